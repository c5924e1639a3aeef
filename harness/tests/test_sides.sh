#!/bin/sh
# What a word means that names a side of a duel, and which files are built of it: with real repositories.
set -u
# shellcheck source=harness/tests/tap.sh
. "$(dirname "$0")/tap.sh"
# shellcheck source=harness/tests/sides_room.sh
. "$(dirname "$0")/sides_room.sh"

# All that the user has here: files and folders with their times, and git's own. Objects without theirs: git renews it
# where it would have written one again.
everything() {
    find . -path './.git/objects/??/*' -o -printf '%p %y %m %T@ %s\n' | sort
    find . -type f -print0 | sort -z | xargs -0 sha256sum
    git worktree list
}

# ---- revisions ----------------------------------------------------------------------------------------------------
main=$(git rev-parse main) one=$(git rev-parse v1^0)
side word=main server=server
found && [ "$(value label)" = "main ($(short main))" ] && [ "$(value revision)" = "$main" ] &&
    [ "$(value name)" = server ] && [ "$("$(value path)")" = "$(printf 'one\ntwo')" ] && [ "$(builds)" -eq 1 ] &&
    says "says: building main ($(short main)): make"
result $? "a revision is copied and built by make"
first=$(value path)
copy=$(dirname "$first")
[ "$(git -C "$copy" describe)" = "$(git describe)" ] && [ -z "$(git -C "$copy" status --porcelain)" ]
result $? "git describe works in a copy, and what is ours in it is no change of it"
side word=main server=server
found && [ "$(value path)" = "$first" ] && [ "$(builds)" -eq 1 ] && [ ! -s "$top/err" ]
result $? "it is built once"
side word=HEAD~1 server=server
found && [ "$(value revision)" = "$one" ] && [ "$("$(value path)")" = one ]
result $? "an older revision has its own files"
side word="$(short main)" server=server
found && [ "$(value label)" = "$(short main)" ]
result $? "the first digits of a commit are not said twice"
side server=server
found && [ "$(value label)" = "HEAD ($(short main))" ] && [ "$(value path)" = "$first" ]
result $? "a folder without changes is its commit, and nothing said is the current folder"
side word=../demo/sub server=server
found && [ "$(value path)" = "$first" ]
result $? "a folder in a working tree stands for all of it"

# ---- folders with changes -----------------------------------------------------------------------------------------
echo 'echo changed' >>source
side word=. server=server
changed=$(value path)
found && [ "$(value label)" = "HEAD+dirty ($(basename "$(dirname "$changed")" | cut -c 1-12))" ]
result $? "a folder with changes is HEAD+dirty, with the digits that its copy is named by"
[ "$(value revision)" = "$main" ] && [ "$("$changed" | tail -n 1)" = changed ] &&
    [ "$(git -C "$(dirname "$changed")" describe --dirty)" = "$(git describe --dirty)" ]
result $? "its files are those that it has now, and its commit is that which they stand on"
echo new >added && echo none >not.ignored
side server=server
fresh=$(dirname "$(value path)")
found && [ "$fresh" != "$(dirname "$changed")" ] && [ -f "$fresh/added" ] && [ ! -e "$fresh/not.ignored" ] && [ ! -e "$fresh/work" ]
result $? "a file that is not tracked is copied, one that is ignored is not"
count=$(builds)
side server=server
found && [ "$(dirname "$(value path)")" = "$fresh" ] && [ "$(builds)" -eq "$count" ]
result $? "the same changes are built once"
git add added && git rm -q --cached sub/text
side server=server
found && [ "$(dirname "$(value path)")" = "$fresh" ]
result $? "what is staged makes no difference: the files do"
everything >"$top/before"
for word in . main v1 ../demo; do
    side word="$word" server=server work=../elsewhere
    found || break
done
everything >"$top/after"
found && diff "$top/before" "$top/after" >>"$top/err" && [ "$(git worktree list | wc -l)" -eq 1 ]
result $? "the user's repository and files are what they were, to the byte and the second"
sed -i '/work/d' .gitignore
side server=server work="inside it"
inside=$(value path)
side server=server work="inside it"
found && [ "$(value path)" = "$inside" ] && [ ! -e "$(dirname "$inside")/inside it" ] && ! git status --porcelain | grep -q inside
result $? "a work folder inside the folder, which nothing ignores, is none of its files"
rm -rf "inside it" added not.ignored && git reset -q --hard && git status >/dev/null

git worktree add -q ../beside v1 2>/dev/null && echo 'echo beside' >>../beside/source
side word=../beside server=server
found && [ "$(value label | cut -d ' ' -f 1)" = beside+dirty ] && [ "$(value revision)" = "$one" ] &&
    [ "$("$(value path)" | tail -n 1)" = beside ]
result $? "another folder has its own name, a working tree of the same repository too"
git worktree remove --force ../beside
mkdir -p out/experiment && printf 'server:\n\techo "#!/bin/sh" >server; chmod +x server\n' >out/experiment/Makefile
side word=out/experiment server=server
found && [ "$(value label | cut -d ' ' -f 1)" = experiment ] && [ "$(wc -l <"$(value path)")" -eq 1 ]
result $? "a folder that its repository ignores stands for itself"
rm -rf out

mkdir "../no repository" && cp Makefile source "../no repository"
side word="../no repository" server=server
found && [ "$(value label)" = "no repository ($(value revision | cut -c 1-12))" ] && [ ! -e "../no repository/.git" ] &&
    [ "$("$(value path)")" = "$(printf 'one\ntwo')" ] && [ "$(find "../no repository" -type f | wc -l)" -eq 2 ]
result $? "a folder in no repository has its tree for a revision"
(cd "../no repository" && git init -q)
side word="../no repository" server=server
found && [ "$(value label)" = "no repository ($(value revision | cut -c 1-12))" ]
result $? "so has one in a repository without a commit"

done_testing
