#!/bin/sh
# Where io_uring is refused, its servers say so and end with 77, the others run, and a run goes on without it.
# run-tests: waits
set -u
# shellcheck source=harness/tests/tap.sh
. "$(dirname "$0")/tap.sh"
: "${BACKBENCH_BIN:?is set by scripts/run-tests}" "${BACKBENCH_TOOLS:?}"
room=$(mktemp -d) || exit 1
trap 'rm -rf "$room"' EXIT
cd "$room" || exit 1

show_evidence() { cat out; }
refused() {
    timeout 5 "$BACKBENCH_TOOLS/no_uring" "$@" >out 2>&1
    status=$?
}

for server in uring ceiling-uring; do
    refused "$BACKBENCH_BIN/server-$server" --address 127.0.0.1 --port 0
    if [ ! -x "$BACKBENCH_BIN/server-$server" ] || grep -q 'built without liburing' out; then
        skip "server-$server: liburing is missing"
        continue
    fi
    [ $status = 77 ]
    result $? "server-$server ends with 77 where io_uring is refused"
    grep -q io_uring out && grep -q EPERM out
    result $? "server-$server names io_uring and EPERM"
    ! grep -q '^ready' out
    result $? "server-$server does not say that it is ready"
done

refused timeout -s TERM 3 "$BACKBENCH_BIN/server-epoll" --address 127.0.0.1 --port 0
grep -q '^ready [0-9][0-9]*$' out
result $? "server-epoll runs where io_uring is refused"
done_testing
