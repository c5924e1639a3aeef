#!/bin/sh
# What make install puts below a DESTDIR works from any folder, and uninstall takes all of it away again.
set -u
: "${BACKBENCH_SOURCE:?is set by scripts/run-tests}" "${BACKBENCH_BIN:?}"
room=$(mktemp -d) || exit 1
trap 'rm -rf "$room"' EXIT
sanitizers=$(basename "$(dirname "$BACKBENCH_BIN")" | sed -n 's/^san-//p' | tr - ,)

count=0
check() { # name, status: 0 holds
    count=$((count + 1))
    if [ "$2" = 0 ]; then echo "ok $count - $1"; else
        echo "not ok $count - $1"
        sed 's/^/# /' "$room/out"
    fi
}
installing() { # target: the tree is built, so this only copies
    env -u MAKEFLAGS -u MAKELEVEL make -C "$BACKBENCH_SOURCE" --no-print-directory "SAN=$sanitizers" \
        "DESTDIR=$room/root" PREFIX=/opt/bb "$1" >"$room/out" 2>&1
}
bb=$room/root/opt/bb

installing install
check "make install DESTDIR= PREFIX= succeeds" $?

[ -z "$(find "$room/root" -path "$bb" -prune -o -type f -print | tee "$room/out")" ]
check "nothing is put outside PREFIX" $?

(cd / && "$bb/bin/backbench" list) >"$room/out" 2>&1
check "backbench list works from another folder" $?

for what in epoll nginx plaintext quick; do
    grep -qw "$what" "$room/out"
    check "backbench list knows $what" $?
done

mkdir "$room/elsewhere"
(cd "$room/elsewhere" && "$bb/bin/backbench" run quick --dry-run --servers epoll,thread) >"$room/out" 2>&1
check "backbench run quick --dry-run works from another folder" $?

cmp -s "$BACKBENCH_SOURCE/workloads/plaintext.lua" "$bb/share/backbench/workloads/plaintext.lua"
check "workloads are installed as they are" $?

[ -x "$bb/libexec/backbench/relinked/server-epoll" ]
check "the self-check's second copy is installed" $?

installing uninstall
[ -z "$(find "$room/root" -type f | tee "$room/out")" ]
check "make uninstall leaves no file" $?
echo "1..$count"
