#!/bin/sh
# Words that name a side of a duel and mean nothing, or two things, and what is said of them.
set -u
# shellcheck source=harness/tests/tap.sh
. "$(dirname "$0")/tap.sh"
# shellcheck source=harness/tests/sides_room.sh
. "$(dirname "$0")/sides_room.sh"

main=$(git rev-parse main)
for word in '' --help -; do
    side word="$word" server=server
    unknown && says "base: \"$word\" is no name"
    result $? "the word \"$word\" is refused"
done
git branch feature
side word=featur server=server role=head
unknown && says 'head: "featur" is no revision of' && says 'did you mean "feature"?'
result $? "an unknown word has its nearest name"
side word=^feature server=server
unknown
result $? "what git leaves out is no revision"
side word=HEAD:source server=server
unknown
result $? "what is no commit is no revision"
side word=source server=server
unknown && says "a file or folder is written with a slash: ./source"
result $? "a file's name without a slash is no path, and that is told"
(cd ../home && side word=main && unknown && says "is in no git repository" && says "--repo")
result $? "a word where there is no repository says so"
label="main ($(short main))"
git init -q ../empty
(cd ../empty && side word=HEAD server=server && unknown && says "has no commit yet: make one")
result $? "and where there is no commit"
(cd ../home && side word=main repo=../demo server=server && found && [ "$(value label)" = "$label" ])
result $? "--repo says where revisions are"
side word=main repo=nowhere
unknown && says "--repo nowhere is no folder"
result $? "where there is no such folder is told"
git tag feature main~1
side word=feature server=server
unknown && says refs/heads/feature && says refs/tags/feature
result $? "a branch and a tag of one name are refused, with both ways to write them"
side word=refs/heads/feature server=server
found && [ "$(value revision)" = "$main" ]
result $? "and the way to write one is taken"

mkdir ../catalog && cp source ../catalog/server-epoll && chmod +x ../catalog/server-epoll
side word=epoll catalog=../catalog
found && [ "$(value kind)" = catalog ] && [ "$(value name)" = epoll ] && [ "$(value path)" = NULL ]
result $? "a server of the catalog is that"
git branch epoll main
side word=epoll catalog=../catalog server=server
unknown && says "write refs/heads/epoll for the revision, ../catalog/server-epoll for the server"
result $? "what is a revision too is refused, with both ways to write them"
side word=../catalog/server-epoll
found && [ "$(value kind)" = executable ] && [ "$(value path)" = "$top/catalog/server-epoll" ] && [ "$(value name)" = epoll ]
result $? "a path to an executable is that file"
side word=./source
unknown && says "no file that can be executed"
result $? "a file that cannot be executed is refused"
side word=main
unknown && says "--server PATH"
result $? "which executable a foreign build makes has to be said"
for server in /bin/sh ../server sub/../../server sub/ ''; do
    side word=main server="$server"
    unknown && says "below the copy"
    result $? "--server '$server' is refused: it is not below the copy"
done

done_testing
