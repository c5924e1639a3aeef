#!/bin/sh
# How a side of a duel is built: what a build gets and leaves, how it fails, is interrupted and killed, and who shares a work
# folder with it.
# run-tests: waits
set -u
# shellcheck source=harness/tests/tap.sh
. "$(dirname "$0")/tap.sh"
# shellcheck source=harness/tests/sides_room.sh
. "$(dirname "$0")/sides_room.sh"

# until COMMAND...: waits for it to succeed, five seconds at most.
until_so() {
    tries=0
    until "$@" 2>/dev/null; do
        tries=$((tries + 1))
        [ $tries -lt 250 ] || return 1
        sleep 0.02
    done
}
gone() { ! kill -0 "$1" 2>/dev/null || grep -q '^State:.*Z' "/proc/$1/status"; }
# What is in a work folder: hidden files are not named.
within() { (cd "$1" && echo *); }
has_part() { within "$1" | grep -q '[.]part'; }

# ---- what a build gets ----------------------------------------------------------------------------------------------
export MAKEFLAGS=n MFLAGS=-n MAKELEVEL=3 GNUMAKEFLAGS=n GIT_DIR=/nowhere GIT_WORK_TREE=/nowhere GIT_INDEX_FILE=/nowhere
side word=main server=server work=steered
unset MAKEFLAGS MFLAGS MAKELEVEL GNUMAKEFLAGS GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
found && [ -x "$(value path)" ]
result $? "a make above, and a hook's variables, do not steer it"
side word=main server="a 'server'" build='cat >read; pwd -P >"a '"'server'"'"; chmod +x "a '"'server'"'"'
found && [ "$(cat "$(value path)")" = "$(dirname "$(value path)")" ] && [ ! -s "$(dirname "$(value path)")/read" ]
result $? "it is built with nothing to read, in the folder that it stays in, by whatever sh understands"
side word=main server=server build='cp source server && chmod +x server'
found && [ "$(builds)" -eq 1 ] && first=$(value path) && side word=main server=server && [ "$(value path)" != "$first" ]
result $? "another command has a copy of its own"

# ---- what fails -----------------------------------------------------------------------------------------------------
# shellcheck disable=SC2016 # it is the build's shell that expands
fails='for i in $(seq 300); do echo out $i; echo err $i >&2; done; exit 3'
side word=main server=server work=failed build="$fails"
unbuilt && says "does not build: \`$fails\` ended with exit status 3" && says "the whole log: $top/demo/failed/$(within failed)" &&
    [ "$(grep '^    ...' "$top/out" | head -n 10)" = "$(for i in 296 297 298 299 300; do echo "    out $i" && echo "    err $i"; done)" ]
result $? "a build that fails is told with its last lines in their order, and where all are"
[ "$(cut -d ' ' -f 2 "failed/$(within failed)" | uniq -c | awk '$1 == 2' | wc -l)" -eq 300 ] && ! has_part failed
result $? "then its log stays, in the order in which it was written, and nothing else"
side word=main server=server work=failed build='mkdir -p read/only && touch read/only/file && chmod 555 read/only && false'
unbuilt && [ "$(find failed -type d | wc -l)" -eq 1 ]
result $? "what it made read-only is removed, too"
side word=main server=other build='make server'
unbuilt && says "made no executable other" && says "--server says which" && ! says "there already"
result $? "a build that makes no such executable is told"
side word=main server=other build='make server'
unbuilt && says "which was there already: without it, it is built anew"
result $? "and the next time how it is built anew"
side word=main server=server work=Makefile/work
unavailable && says "--work names a new or an empty folder"
result $? "a work folder that cannot be made is told"
touch ../mine.part
for work in . ..; do
    side word=main server=server work=$work
    unavailable && says "there are other things in it" && [ ! -e ../.gitignore ] && [ -e ../mine.part ]
    result $? "a folder with other things in it is none to work in: $work"
done
mkdir ../empty
side word=main server=server work=../empty
found
result $? "an empty one is"

# ---- this suite's own trees -----------------------------------------------------------------------------------------
mkdir ../own && cd ../own && git init -q
cat >Makefile <<'END'
# Backbench: one Makefile, no recursion.
build/bin/relinked/server-uring:
	exit 1
build/bin/%:
	@mkdir -p $(@D)
	@echo "echo $@" >$@
	@chmod +x $@
END
git add . && git commit -q -m own
side word=HEAD
found && [ "$(value name)" = epoll ] && [ "$(value path)" = "$(ls -d "$top"/own/work/*/)build/bin/server-epoll" ] &&
    [ "$("$(value relinked)")" = build/bin/relinked/server-epoll ] && says ": make build/bin/server-epoll"
result $? "of this suite's own tree epoll is built, and linked once more"
side word=HEAD server=thread
found && [ "$(value name)" = thread ] && [ "$("$(value path)")" = build/bin/server-thread ]
result $? "or the server that is named"
side word=HEAD server=build/bin/server-uring
found && [ "$(value name)" = uring ] && [ -x "$(value path)" ] && [ "$(value relinked)" = NULL ]
result $? "one that cannot be linked once more does without"
cd ../demo || exit 1

# ---- what does not end ----------------------------------------------------------------------------------------------
# A build that has a child in its group, and one that left it; both write down who they are.
cat >../slow <<'END'
echo $$ >"$PIDS/shell"
sh -c 'echo $$ >"$PIDS/child"; exec sleep 60' &
setsid sh -c 'echo $$ >"$PIDS/stranger"; exec sleep 60' &
wait
END
mkdir ../pids && export PIDS="$top/pids"
all_there() { [ -s "$PIDS/shell" ] && [ -s "$PIDS/child" ] && [ -s "$PIDS/stranger" ]; }
all_gone() { for file in "$PIDS"/*; do gone "$(cat "$file")" || return 1; done; }
begin_slow() {
    rm -f "$PIDS"/*
    "$tools/find_side" word=main server=server work=slow build="sh ../../../slow" >"$top/out" 2>"$top/err" &
    run=$!
    until_so all_there
}
begin_slow
kill -INT $run
began=$(date +%s%N)
wait $run
code=$?
ended=$(date +%s%N)
run=
interrupted && [ $(((ended - began) / 1000000)) -lt 5000 ] && says error=NULL
result $? "an interrupt ends a build of a minute in a few seconds"
all_gone && [ "$(within slow)" = '*' ]
result $? "and nothing of it is left, no process and no file"

begin_slow
kill -KILL $run
wait $run 2>/dev/null
run=
kill -KILL "$(cat "$PIDS/child")" "$(cat "$PIDS/stranger")"
[ "$(within slow | wc -w)" -eq 3 ]
result $? "(one that is killed leaves what it was making)"
side word=v1 server=server work=slow
found && [ "$(find slow -mindepth 1 -maxdepth 1 ! -name '.gitignore' | wc -l)" -eq 2 ] && ! has_part slow
result $? "which the next to come removes"

# shellcheck disable=SC2016 # it is the build's shell that expands
side word=main server=server work=daemon build='make && (setsid sh -c "echo \$\$ >\"\$PIDS/stranger\"; exec sleep 60" & sleep 0.1)'
found && gone "$(cat "$PIDS/stranger")"
result $? "what a build that succeeded left running does not run beside a measurement"

# ---- two at once ----------------------------------------------------------------------------------------------------
: >"$counter"
export GATE="$top/gate"
gated="until [ -e \"\$GATE\" ]; do sleep 0.02; done; make"
"$tools/find_side" word=main server=server work=both build="$gated" >../first.out 2>../first.err &
first=$!
until_so grep -q building ../first.err
"$tools/find_side" word=main server=server work=both build="$gated" >../second.out 2>../second.err &
second=$!
until_so grep -q waiting ../second.err
result $? "who wants what another is making waits, and says so"
side word=v1 server=server work=both
found && has_part both
result $? "a third who wants something else does not, and leaves theirs alone"
: >"$counter"
touch "$GATE"
wait $first && wait $second && cmp ../first.out ../second.out && [ "$(builds)" -eq 1 ] && ! has_part both
result $? "and both have it, built once"
echo 'echo more' >>source
"$tools/find_side" server=server work=snapshots >../first.out 2>../first.err &
first=$!
"$tools/find_side" server=server work=snapshots >../second.out 2>../second.err
second=$?
wait $first && [ $second -eq 0 ] && cmp ../first.out ../second.out
result $? "two may take the files of one folder at once"
done_testing
