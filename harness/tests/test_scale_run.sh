#!/bin/sh
# A sweep as a person runs it: what it announces, what it refuses, what it leaves behind. The numbers of a busy machine
# may all be refused, so none is asked for. Prints TAP.
#
# run-tests: timeout 200
# run-tests: plain
set -u
# shellcheck source=harness/tests/tap.sh
. "$(dirname "$0")/tap.sh"
# shellcheck source=harness/tests/run_room.sh
. "$(dirname "$0")/run_room.sh"

says 0 'epoll alone on plaintext at 4096 connections$' "a dry run names the connections of each round" \
    scale --servers epoll --dry-run
says 0 'at 64 connections and 10000 idle ones$' "and the idle ones" scale --servers epoll --dry-run
says 0 '"idle_connections": 10000' "so does its JSON" scale --servers epoll --dry-run --json
says 2 'names the numbers it measures at in its file' "a number of connections is not to be overridden" \
    scale --connections 8
says 0 'budget: .*1 block of the curve instead of' "a budget is fitted into, and what went is said" \
    scale --servers epoll --budget 70s --dry-run
says 2 'needs about' "a budget too small is refused with what it takes" scale --servers epoll --budget 5s
cpu=$(sed -n 's/^Cpus_allowed_list:[[:space:]]*\([0-9]*\).*/\1/p' /proc/self/status)
taskset -c "$cpu" "$backbench" run scale --servers epoll --dry-run >out 2>err &&
    grep -q 'note: workers: only 1' err
result $? "on one core there is one worker, and why is said"
prlimit --nofile=300 "$backbench" run scale --servers epoll --dry-run >out 2>err
most=$(sed -n 's/.*a process may open 300 files: servers are started with --max-connections //p' err)
prlimit --nofile=300 timeout 2 "$bin/server-epoll" --port 0 --max-connections "${most:-0}" >ready 2>>err
grep -q '^ready' ready && [ "${most:-0}" -ge 100 ] &&
    grep -q 'at most 64 active connections instead of 4096' err &&
    grep -q "$((most - 64)) idle connections instead of 10000" err && ! grep -q '4096 connections' out
result $? "a low limit on open files shrinks the sweep, and each loss is said"
prlimit --nofile=100 "$backbench" run scale --servers epoll --dry-run >out 2>err
[ $? -eq 5 ] && grep -q 'raise ulimit -n' err
result $? "one too low for the base is refused"

cat >small.ini <<'INI'
[experiment]
summary = small enough for a test
[scale]
workloads = plaintext
connections = 1 4 32
base = 4
idle = 100
warmup_s = 0
window_s = 1
INI
"$backbench" run ./small.ini --servers epoll >out 2>err
code=$?
{ [ $code -eq 0 ] || [ $code -eq 3 ]; } && ls results/*-small/report.html >/dev/null
result $? "a sweep is measured and rendered"
rounds=$(echo results/*-small/rounds.jsonl)
for load in '"connections":1,"idle_connections":0,' '"connections":4,"idle_connections":0,' \
    '"connections":32,"idle_connections":0,' '"connections":4,"idle_connections":100,'; do
    grep '"scale":true' "$rounds" | grep -q "$load"
    result $? "a round is there with $load"
done
grep -q '"argv":\[[^]]*"--max-connections","12000"\]' "$rounds"
result $? "the arguments say for how many connections the server was started"
grep -q '^## Scale' results/*-small/report.md && ! grep -q '^## Workload by workload' results/*-small/report.md
result $? "the report is about growth alone"
done_testing
