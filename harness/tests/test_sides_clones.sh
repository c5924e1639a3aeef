#!/bin/sh
# Sides of a duel from repositories that have less than all of it, or more: clones, submodules, another working tree within, and
# a git that is not there or refuses.
set -u
# shellcheck source=harness/tests/tap.sh
. "$(dirname "$0")/tap.sh"
# shellcheck source=harness/tests/sides_room.sh
. "$(dirname "$0")/sides_room.sh"

main=$(git rev-parse main)
# ---- submodules, and repositories that are none ---------------------------------------------------------------------
mkdir ../lib && (cd ../lib && git init -q && echo part >part && git add . && git commit -q -m part)
git clone -q . ../parent && cd ../parent && git config remote.origin.url "$top/demo"
git submodule --quiet add ../lib lib && git commit -q -m lib
side word=HEAD server=server
found && [ "$(cat "$(dirname "$(value path)")/lib/part")" = part ]
result $? "submodules are fetched from where .gitmodules says, relative to the repository's own origin"
echo more >>lib/part
side word=. server=server
unavailable && says "lib in $top/parent" && says "commit them in it"
result $? "changes within a submodule are refused, because they would not be copied"
mv ../lib ../gone
git -C lib checkout -q . && side word=HEAD server=server work=../other
unavailable && says "its submodules cannot be fetched" && [ "$(ls ../other)" = "" ]
result $? "submodules that cannot be had are told, and nothing is left"
cd ../demo && git worktree add -q within v1 2>/dev/null
side server=server
found && [ "$(value revision)" = "$main" ] && says "within is a repository of its own"
result $? "a working tree within another is none of its files, and that is told"
git worktree remove --force within

# ---- what a clone lacks ---------------------------------------------------------------------------------------------
git clone -q . ../cloned && cd ../cloned && git checkout -q -b mine && git branch -q -D main
side word=main server=server
found && [ "$(value label)" = "origin/main ($(short origin/main))" ] && says "so it is origin/main"
result $? "a branch that only origin has is that, and the label says so"
git clone -q --depth 1 "file://$top/demo" ../shallow && cd ../shallow || exit 1
side word=v1 server=server
unknown && says "this clone is shallow" && says "fetch-depth: 0"
result $? "what a shallow clone does not have is told, with how to get it"
git config --global clone.rejectShallow true
git checkout -q --detach && echo 'echo three' >>source && git commit -q -a -m three && git branch -q -D main &&
    git update-ref -d refs/remotes/origin/HEAD && git update-ref -d refs/remotes/origin/main
git update-ref refs/pull/1/merge HEAD && git checkout -q --detach HEAD~1
side word=refs/pull/1/merge server=server
found && [ "$("$(value path)" | tail -n 1)" = three ]
result $? "what a shallow clone has is built, though it is on no branch"

# ---- git itself -----------------------------------------------------------------------------------------------------
cd ../demo || exit 1
mkdir ../bin && ln -s "$(command -v sh)" ../bin/sh
PATH=$top/bin "$tools/find_side" word=main server=server >"$top/out" 2>"$top/err"
code=$?
unavailable && says "git is not installed: apt-get install git"
result $? "without git it says how to get it"
if [ "$(id -u)" -eq 0 ]; then
    chown -R 12345 ../shallow
    side word=main repo=../shallow server=server
    unavailable && says "git config --global --add safe.directory" && says "$top/shallow"
    result $? "a repository of another user is refused as git does, with the remedy"
else
    skip "not root: nothing here belongs to another user"
fi
done_testing
