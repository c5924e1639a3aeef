#!/bin/sh
# Where io_uring is refused, its servers say so and end with 77, the others run, and a run goes on without it.
set -u
: "${BACKBENCH_BIN:?is set by scripts/run-tests}" "${BACKBENCH_TOOLS:?}"
room=$(mktemp -d) || exit 1
trap 'rm -rf "$room"' EXIT
cd "$room" || exit 1

count=0
check() { # name, status: 0 holds
    count=$((count + 1))
    if [ "$2" = 0 ]; then echo "ok $count - $1"; else
        echo "not ok $count - $1"
        sed 's/^/# /' out
    fi
}
refused() {
    timeout 5 "$BACKBENCH_TOOLS/no_uring" "$@" >out 2>&1
    status=$?
}

for server in uring ceiling-uring; do
    refused "$BACKBENCH_BIN/server-$server" --address 127.0.0.1 --port 0
    if [ ! -x "$BACKBENCH_BIN/server-$server" ] || grep -q 'built without liburing' out; then
        count=$((count + 1))
        echo "ok $count - # SKIP server-$server: liburing is missing"
        continue
    fi
    [ $status = 77 ]
    check "server-$server ends with 77 where io_uring is refused" $?
    grep -q io_uring out && grep -q EPERM out
    check "server-$server names io_uring and EPERM" $?
    ! grep -q '^ready' out
    check "server-$server does not say that it is ready" $?
done

refused timeout -s TERM 1 "$BACKBENCH_BIN/server-epoll" --address 127.0.0.1 --port 0
grep -q '^ready [0-9][0-9]*$' out
check "server-epoll runs where io_uring is refused" $?
echo "1..$count"
