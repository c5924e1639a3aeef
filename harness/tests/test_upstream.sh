#!/bin/sh
# A workload that puts another server behind those measured, from the command to the report: who is measured on it, what is
# recorded, what happens when what stands behind is killed, and that it does not outlive the harness.
# run-tests: timeout 240
# run-tests: plain
set -u
# shellcheck source=harness/tests/tap.sh
. "$(dirname "$0")/tap.sh"
: "${BACKBENCH_BIN:?is set by scripts/run-tests}" "${BACKBENCH_TOOLS:?}" "${BACKBENCH_SOURCE:?}"
room=$(mktemp -d) || exit 1
harness=
trap '[ -z "$harness" ] || kill -9 "$harness" 2>/dev/null; rm -rf "$room"' EXIT
cd "$room" || exit 1

run() {
    "$BACKBENCH_BIN/backbench" "$@" >out 2>err
    code=$?
}
# await SECONDS COMMAND...: until it succeeds
await() {
    tries=$(($1 * 20))
    shift
    until "$@"; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || return 1
        sleep 0.05
    done
}

if ! command -v wrk >/dev/null || ! command -v python3 >/dev/null; then
    skip_all "wrk or python3 is not installed"
fi
printf '#!/bin/sh\nexec "%s/server-pool" "$@"\n' "$BACKBENCH_BIN" >asks && chmod +x asks # a link would be resolved
cp "$BACKBENCH_SOURCE/harness/tests/own_server.py" undeclared
cat >behind.ini <<'END'
[experiment]
summary = one look at servers that ask another one
reference = epoll
servers = epoll
connections = 8
[glance]
workloads = proxy
blocks = 1
warmup_s = 1
window_s = 2
END

run run ./behind.ini --dry-run --server ./asks --server ./undeclared
[ $code = 0 ] && grep -q 'asks alone on proxy' out && ! grep -q undeclared out
result $? "only who declares the route is measured on it"
grep -q 'note: where another server stands behind' err
result $? "where it will run is said first"

# ---- it is killed in its round -----------------------------------------------------------------------------------
all_run() { # the server, what stands behind it, and the generator
    set -- results/*/running
    [ -e "$1" ] && [ "$(wc -l <"$1")" = 3 ] && grep -q wrk "$1"
}
start_run() {
    rm -rf results
    "$BACKBENCH_BIN/backbench" run ./behind.ini --servers thread --reference thread --server ./asks >out 2>err &
    harness=$!
}
one_more='import json, sys
rounds = [line for line in map(json.loads, open(sys.argv[1])) if line["type"] == "round"]
rounds = [line for line in rounds if line["arm"]["id"] == rounds[0]["arm"]["id"]] # whoever was first
codes = [[reason["code"] for reason in line["outcome"]["reasons"]] for line in rounds]
print([(line["attempt"], line["outcome"]) for line in rounds])
'
start_run
await 100 all_run
result $? "the file of running processes names it"
# the first that was started: the lowest pid that is one of the suite
pid=$(awk '/server-epoll/ { print $1; exit }' results/*/running)
kill -9 "$pid"
wait "$harness"
harness=
python3 - results/*/rounds.jsonl <<END >>err 2>&1
$one_more
first, second = rounds
sys.exit(not (first["attempt"] == 0 and first["outcome"]["kind"] == "INVALID" and "UPSTREAM" in codes[0] and second["attempt"] == 1))
END
result $? "its end is the round's reason, and the round is tried once more"
grep -q 'UPSTREAM' results/*/rounds.jsonl && ! grep -q '"code":"ERRORS"' results/*/rounds.jsonl
result $? "and the server is not blamed"
python3 - results/*/rounds.jsonl <<END >>err 2>&1
$one_more
again = rounds[-1]
own = {"ERRORS", "HUNG", "DIED", "FAILED_START", "UPSTREAM", "PORTS"} & set(codes[-1])
sys.exit(bool(own) or not (again["requests_count"] > 0 and again["cpu_upstream_ns"] > 0 and again["cpu_upstream_window_ns"] > 0
         and again["upstream_cpus"] and again["upstream_opens_count"] >= 0
         and again["cpu_server_ns"] > 0 and again["passive_opens_count"] >= 9))
END
result $? "the second one has the CPU of both, apart"
grep -q '"upstream":{"server":"epoll","path":"[^"]*server-epoll","sha256":"[0-9a-f]\{64\}"}' results/*/result.json
result $? "which program stood behind is recorded"
grep -q 'Behind each server stands epoll with one worker' results/*/report.md &&
    grep -q 'Behind each server stands epoll with one worker' results/*/report.html
result $? "and the reports say so"

# ---- the harness is killed ---------------------------------------------------------------------------------------
start_run
await 100 all_run
result $? "a second run has its three processes"
pids=$(awk '{ print $1 }' results/*/running)
kill -9 "$harness"
wait "$harness" 2>/dev/null
harness=
none_left() {
    for pid in $pids; do
        [ -d "/proc/$pid" ] && ! grep -q '^State:[[:space:]]*Z' "/proc/$pid/status" 2>/dev/null && return 1
    done
    return 0
}
await 10 none_left
result $? "nothing outlives a harness that is killed"
done_testing
