#!/bin/sh
# scripts/new-server makes a model that builds and passes the conformance cases, and spoils nothing.
# run-tests: timeout 180
# run-tests: plain
set -u
: "${BACKBENCH_SOURCE:?is set by scripts/run-tests}" "${BACKBENCH_BIN:?}"
room=$(mktemp -d) || exit 1
trap 'rm -rf "$room"' EXIT

count=0
check() { # name, status: 0 holds
    count=$((count + 1))
    if [ "$2" = 0 ]; then echo "ok $count - $1"; else
        echo "not ok $count - $1"
        sed 's/^/# /' "$room/out"
    fi
}

# refused NAME WORDS: exit 2, one sentence with these words, nothing written
refused() {
    before=$(ls "$room/tree/servers")
    # shellcheck disable=SC2086 # one name, none, or several
    sh "$room/tree/scripts/new-server" $1 >"$room/out" 2>&1
    [ $? = 2 ] && grep -q -- "$2" "$room/out" && [ "$(wc -l <"$room/out")" = 1 ] &&
        [ "$before" = "$(ls "$room/tree/servers")" ]
    check "new-server $1 is refused: $2" $?
}

mkdir "$room/tree"
cp -r "$BACKBENCH_SOURCE/Makefile" "$BACKBENCH_SOURCE/servers" "$BACKBENCH_SOURCE/scripts" "$room/tree"

refused "" "usage:"
refused "two names" "usage:"
refused "Upper" "cannot be a server's name"
refused "../up" "cannot be a server's name"
refused "end-" "cannot be a server's name"
refused "fifteen-letters" "longer than 14"
refused "epoll" "exists already"
refused "core" "is a folder"

sh "$room/tree/scripts/new-server" four-teen-long >"$room/out" 2>&1
check "new-server makes servers/NAME.c" $?

env -u MAKEFLAGS -u MAKELEVEL make -C "$room/tree" --no-print-directory WERROR=1 SAN= \
    "BUILD=$room/build" "$room/build/bin/server-four-teen-long" >"$room/out" 2>&1
check "it builds without a warning" $?

"$room/build/bin/server-four-teen-long" --describe >"$room/out" 2>&1 && grep -qx "name four-teen-long" "$room/out"
check "it is described by its name" $?

"$BACKBENCH_BIN/backbench" check --short "$room/build/bin/server-four-teen-long" >"$room/out" 2>&1
check "it passes the conformance cases" $?
echo "1..$count"
