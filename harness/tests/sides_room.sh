# What the tests of a duel's sides share: a folder of their own, with quotes and spaces in its name, that is removed on every
# exit; a home without anybody's settings; and a repository `demo` in it whose make builds a server, and counts that.
# Sourced by them after tap.sh; they begin in demo.
#   side KEY=VALUE...       the side that find_side finds: what it prints in $top/out and $top/err, its end in $code
#   found | unknown | unbuilt | unavailable | interrupted    does $code say so?
#   value KEY               what it printed of that
#   says TEXT               does it print that text?
#   builds                  how many there were so far
# shellcheck shell=sh disable=SC2034,SC2317 # they use what is here
source=${BACKBENCH_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
tools=${BACKBENCH_TOOLS:-$source/build/tests/harness/tests}
folder=$(mktemp -d)
run=
leave() {
    [ -z "$run" ] || kill -9 "$run" 2>/dev/null
    chmod -R u+w "$folder"
    rm -rf "$folder"
}
trap leave EXIT
trap 'exit 130' INT TERM
command -v git >/dev/null || skip_all "no git: sh scripts/deps test"

top="$folder/the user's \"own\" place"
mkdir -p "$top/home" && cd "$top" || exit 1
export HOME="$top/home" XDG_CONFIG_HOME="$top/home" GIT_CONFIG_NOSYSTEM=1
git config --global user.name Somebody
git config --global user.email somebody@example.org
git config --global init.defaultBranch main
git config --global protocol.file.allow always
counter=$top/builds
: >"$counter"

# make_demo DIR: two commits, the first of them tagged.
make_demo() {
    mkdir -p "$1/sub" && cd "$1" || exit 1
    git init -q
    # shellcheck disable=SC2016 # make and its shell expand
    printf '%s\n' 'server: source' '	@echo built >>"$$COUNTER"' '	@echo it is made' '	cp source server' \
        '	chmod +x server' >Makefile
    printf '%s\n' '#!/bin/sh' 'echo one' >source
    printf '%s\n' 'server' '*.ignored' '/work' 'out/' >.gitignore
    echo text >sub/text
    git add . && git commit -q -m one && git tag -a v1 -m v1
    echo 'echo two' >>source
    git commit -q -a -m two
}
export COUNTER="$counter"

show_evidence() { cat "$top/out" "$top/err"; }
side() {
    "$tools/find_side" "$@" >"$top/out" 2>"$top/err"
    code=$?
}
found() { [ "$code" -eq 0 ]; }
unknown() { [ "$code" -eq 1 ]; }
unbuilt() { [ "$code" -eq 2 ]; }
unavailable() { [ "$code" -eq 3 ]; }
interrupted() { [ "$code" -eq 4 ]; }
value() { sed -n "s/^$1=//p" "$top/out"; }
says() { grep -qF -e "$1" "$top/out" "$top/err"; }
builds() { wc -l <"$counter"; }
short() { git rev-parse "$1" | cut -c 1-12; }

make_demo "$top/demo"
