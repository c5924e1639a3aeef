#!/bin/sh
# A server of the user's own beside ours, by one line: one that keeps the contract is measured, and each way not to be
# one is told in a sentence.
# run-tests: waits
# run-tests: timeout 450
# run-tests: plain
set -u
# shellcheck source=harness/tests/tap.sh
. "$(dirname "$0")/tap.sh"
: "${BACKBENCH_SOURCE:?is set by scripts/run-tests}" "${BACKBENCH_BIN:?}" "${BACKBENCH_TOOLS:?}"
room=$(mktemp -d) || exit 1
trap 'rm -rf "$room"' EXIT
cd "$room" || exit 1
cp "$BACKBENCH_SOURCE/harness/tests/own_server.py" my-own

run() {
    "$BACKBENCH_BIN/backbench" "$@" >out 2>err
    code=$?
}
own() { # name, text: an executable
    printf '%s\n' "$2" >"$1" && chmod +x "$1"
}

if ! command -v python3 >/dev/null || ! command -v wrk >/dev/null; then
    skip_all "python3 or wrk is not installed"
fi

[ "$(grep -cv '^ *$' my-own)" -le 22 ]
result $? "a server that keeps the contract needs no more than some twenty lines"

run check --short ./my-own
[ $code = 0 ] && grep -q '^1 server: .* 0 failed' out && grep -q 'my-own is not a model of this suite' out
result $? "check lists what it answers otherwise, and fails nothing"

# shellcheck disable=SC2016 # for the script that is written
own canned '#!/bin/sh
[ "$1" = --describe ] && exit 2
exec "$BACKBENCH_BIN/server-ceiling" "$@"'
run check --short ./canned
[ $code = 0 ] && grep -qx 'canned can be measured on pipeline, plaintext; it answers wrongly: bytes-64k, echo-4k, json, wait-10ms; it does not declare the route of: proxy' out
result $? "check says on which workloads it can be measured, and on which not"

sed 's/Hello, World!/Hello, world!/' my-own >untrue && chmod +x untrue
run check --short ./untrue
grep -q '^untrue can be measured on no workload; it answers wrongly: .*plaintext' out
result $? "one whose plainest answer is wrong is not measured on it"

prlimit --nofile=64 "$BACKBENCH_BIN/backbench" check --short ./my-own >out 2>err
code=$?
[ $code = 0 ] && grep -q '^my-own can be measured on .*plaintext' out && ! grep -q 'no socket' out
result $? "a check that may open few files asks less at a time"

run run quick --servers epoll --server ./untrue
grep -q 'not measured: untrue on plaintext: its route plaintext is answered wrongly: expected .*Hello, World!.*, got .*Hello, world!' err
result $? "a run says what was expected of it and what came"

run run quick --servers epoll --server ./my-own --json
python3 - out <<'END' >err 2>&1 && [ $code = 0 ]
import json, sys
rows = {row["arm"]: row for row in json.load(open(sys.argv[1]))["tables"][0]["rows"]}
print(rows["my-own"])
ratio = rows["my-own"]["cost_ratio"]["value"]
sys.exit(not (ratio > 0.5 and rows["my-own"]["external"] and not rows["epoll"]["external"]))
END
result $? "one line measures it beside epoll: a row of its own with a cost ratio"

grep -q '"server":{"name":"my-own".*"external":true' results/*/rounds.jsonl
result $? "its record says that it is no model of ours"

grep -q 'my-own (external)' results/*/report.md && grep -q 'my-own <small>external</small>' results/*/report.html &&
    grep -q 'no model of this suite' results/*/report.html
result $? "and so does the report"

printf '[experiment]\nsummary = s\nservers = none\n[phases]\nworkloads = plaintext\nphases = load 1s\nrate_rps = 500\n' >alone.ini
run run ./alone.ini --server ./my-own --dry-run
[ $code = 0 ] && grep -q '^alone: 1 server, ' err && grep -q 'my-own alone on plaintext' out
result $? "an experiment without servers measures yours alone"

run run consistency --servers none --server ./my-own --dry-run
[ $code = 0 ] && grep -q '^consistency: 1 server, ' err
result $? "so does --servers none"

run run consistency --servers none --dry-run
[ $code = 2 ] && grep -qx 'backbench: no server is left to measure: give yours with --server PATH' err
result $? "without any there is nothing to measure"

# shellcheck disable=SC2016 # for the script that is written
own mute '#!/bin/sh
[ "$1" = --describe ] || exec sleep 60
exit 2'
# shellcheck disable=SC2016
own loud '#!/bin/sh
[ "$1" = --describe ] && exit 2
echo "Listening on port 80!"; exec sleep 60'
own gone '#!/bin/sh
echo "libfoo.so is missing" >&2; exit 3'
own lost '#!/bin/sh
echo "ready 9"; exec sleep 60'
own away '#!/bin/sh
echo "no such kernel: needs 9.0" >&2; exit 77'
ln -s "$BACKBENCH_TOOLS/broken_server" server-dies
# shellcheck disable=SC2016
own dying '#!/bin/sh
[ "$1" = --describe ] && exit 2
exec ./server-dies "$@"'
# shellcheck disable=SC2016
own cramped '#!/bin/sh
[ "$1" = --describe ] && exit 2
ulimit -n 32
exec python3 -c "
import socket, sys
kept = [socket.create_server((\"127.0.0.1\", 0), backlog=1024)]
print(\"ready\", kept[0].getsockname()[1], flush=True)
try:
    while True:
        kept.append(kept[0].accept()[0])
except OSError as error:
    sys.exit(error.strerror)
"'
touch plain
while IFS='|' read -r name expected sentence says; do
    run run quick --servers epoll --server "./$name"
    [ $code = "$expected" ] && grep -qF -- "$sentence" err
    result $? "$says"
done <<'END'
nobody|2|--server ./nobody: No such file or directory; give the path of an executable|one that is not there
plain|2|--server ./plain: Permission denied; give the path of an executable|one that cannot be executed
gone|1|gone is not measured: ended with 3 (libfoo.so is missing) before it was ready|one that dies
away|3|away is not measured: no such kernel: needs 9.0|one that cannot run here is nobody's failure
END

run run quick --servers epoll --server ./mute --server ./loud --server ./dying --server ./cramped --server ./lost
[ $code = 1 ]
result $? "whatever is wrong with several, each is told:"
while IFS='|' read -r sentence says; do
    grep -qF -- "$sentence" err
    result $? "$says"
done <<'END'
mute is not measured: not ready within 5000 ms: its stdout does not say `ready PORT`|one that is never ready
loud is not measured: its stdout says "Listening on port 80!" where the one line `ready PORT` must be|one that says something else
dying is not measured: ended with 9 (nothing on stderr) during its check|one that ends while it is asked
cramped is not measured: ended with 1 (Too many open files) during its check; it may have 32 files open, and the check up to 192 connections with it: raise the limit (ulimit -n)|one that ends because it may open few files
lost is not measured: said ready, but nothing listens on 127.0.0.1 port 9|one that does not listen where it says
END

grep -q 'epoll was not measured: .*nobody was left to pair it with' out
result $? "the row of who had nobody beside it says so"

own banner 'echo a line of mine'
run run quick --servers epoll --server ./banner
[ $code = 2 ] && grep -q 'banner is not measured: .*--describe: unknown line "a line of mine"' err
result $? "one whose description cannot be read"
done_testing
