#!/bin/sh
# Phases of load and rest as a person runs them: what is announced and refused, a run that is killed and gone on with,
# against a generator that generates nothing; and a short one with the real generator, too short for any verdict. Prints TAP.
#
# run-tests: alone
# run-tests: timeout 150
# run-tests: plain
set -u
# shellcheck source=harness/tests/tap.sh
. "$(dirname "$0")/tap.sh"
# shellcheck source=harness/tests/run_room.sh
. "$(dirname "$0")/run_room.sh"

says 0 'epoll alone on plaintext through 2 min 04 s of phases$' "a dry run names the rounds" consistency --servers epoll --dry-run
says 0 'epoll alone on plaintext, a look to choose a rate by$' "and the looks before them" consistency --servers epoll --dry-run
says 0 '^  a server whose memory grows goes through phases once more, with 4 times the load: 7 min 34 s each$' \
    "what may come behind is announced" consistency --servers epoll --dry-run
printf '[experiment]\nsummary = s\n[phases]\nworkloads = plaintext\nphases = load 110s\nrate_rps = 5000\nmemory_only = yes\n' >memory.ini
says 0 '^  only memory, descriptors and threads are told: nothing is repeated for who had the CPU$' \
    "that only memory is asked for is announced" ./memory.ini --servers epoll --dry-run
says 0 '"phased": true' "in JSON, too" consistency --servers epoll --dry-run --json
# a tree with one more workload, whose state is bounded
mkdir -p filled/build/bin filled/harness
cp "$BACKBENCH_BIN/backbench" "$BACKBENCH_BIN/pace" "$BACKBENCH_BIN/server-epoll" filled/build/bin/
cp -r "$BACKBENCH_SOURCE/workloads" filled/
cp -r "$BACKBENCH_SOURCE/harness/experiments" filled/harness/
sed '1i --| warm-requests 5000' "$BACKBENCH_SOURCE/workloads/plaintext.lua" >filled/workloads/cache.lua
printf '[experiment]\nsummary = s\n[phases]\nworkloads = cache\nphases = load 110s\nrate_rps = 5000\n' >filled.ini
filled/build/bin/backbench run ./filled.ini --servers epoll --dry-run >out 2>err &&
    grep -q '^  before each round 5,000 requests fill the state of cache, at the rate of the first load: that comes on top$' err
result $? "that a bounded state is filled first is announced"
says 0 'budget: phases have 106 s of load instead of 110$' \
    "a budget shortens loads as far as a verdict allows" consistency --servers epoll --budget 124s --dry-run
says 2 'even the least of consistency needs about 2 min' "and is refused below that" consistency --servers epoll --budget 60s
says 2 'rates and objectives of consistency decide how many' "how many connections is not for the command line to say" \
    consistency --connections 8
says 2 'no workload in this experiment called "jsn"' "a workload that is none of it is refused" consistency --workloads jsn
says 0 'run consistency --servers epoll,uring' "help has an example" --help
cpu=$(sed -n 's/^Cpus_allowed_list:[[:space:]]*\([0-9]*\).*/\1/p' /proc/self/status)
taskset -c "$cpu" "$backbench" run consistency --servers epoll --dry-run >out 2>err &&
    grep -q 'rounds at a rate are left out: .* needs a CPU of its own; allow two CPUs (as with taskset -c 0,1)' err && ! grep -q phases out
result $? "on one CPU connections alone are left to measure, and why and the remedy are said"

printf '[experiment]\nsummary = s\n[connections]\nworkloads = plaintext\nlevels = 64 256\n' >connections.ini
prlimit --nofile=100 "$backbench" run ./connections.ini --servers epoll --dry-run >out 2>err
[ $? -eq 5 ] && [ "$(grep -c . err)" -eq 1 ] &&
    grep -q 'the lowest level of connections is 64 .* files that a process may open here .*: raise ulimit -n$' err
result $? "connections alone that do not fit into the open files are refused, with the remedy"
prlimit --nofile=300 "$backbench" run ./connections.ini --servers epoll --dry-run >out 2>err &&
    grep -q 'a process may open 300, so connections are taken up to 64 instead of 256$' err && grep -q idle out
result $? "levels that do not fit are left out, and it is said"

sed -i 's/plaintext/proxy/' connections.ini
prlimit --nofile=300 "$backbench" run ./connections.ini --servers epoll --dry-run >out 2>err
[ $? -eq 5 ] && grep -q 'raise ulimit -n$' err
result $? "of a proxy fewer fit, because each may take two files"

# wrong WORDS PATTERN NAME: a file with these phases
wrong() {
    printf '[experiment]\nsummary = s\n[phases]\nworkloads = plaintext\nphases = %s\n' "$1" >wrong.ini
    says 2 "$2" "$3" ./wrong.ini
}
wrong 'load 30' '^backbench: ./wrong.ini:5: phases: phase 1, "load 30": "30" is no duration' "a duration without its unit is refused"
wrong 'loads 30s' '^backbench: ./wrong.ini:5: .* did you mean "load"?$' "a misspelt phase is told the nearest one"
wrong 'idle 2m, load 1s' 'servers close connections that are idle for a minute: give at most 50s' "too long a rest is refused"
wrong 'idle 2s' 'nothing is sent in them: add a load' "phases without a load are refused"
[ "$(grep -c . err)" -eq 1 ]
result $? "each in one sentence"

# ---- against a generator that generates nothing ----

ln -s "$tools/fake_pace" "$top/fake_pace-well"
cat >known.ini <<'INI'
[experiment]
summary = phases, known beforehand
ceilings = plaintext
[phases]
workloads = plaintext
phases = idle 1s, load 1s at 500, burst 1s at 2x, close 1s
rate_rps = 400
blocks = 2
warmup_s = 0
INI
folder() { echo "$top"/results/*-known; }
rounds() { grep -sc '^{"type":"round"' "$(folder)/rounds.jsonl" || :; }
"$backbench" run ./known.ini --servers epoll,thread,ceiling --pace "$top/fake_pace-well" --seed 7 >out 2>err &
run=$!
tries=0
until [ "$(rounds)" -ge 2 ] 2>/dev/null; do # nothing, as long as there is no folder
    tries=$((tries + 1))
    [ $tries -gt 600 ] && break
    sleep 0.05
done
kill -9 "$run"
wait "$run" 2>/dev/null
run=
grep '^{"type":"round"' "$(folder)/rounds.jsonl" >kept
"$backbench" run --resume "$(folder)" >out 2>err
code=$?
{ [ $code -eq 0 ] || [ $code -eq 3 ]; } && ls "$(folder)/report.html" >/dev/null
result $? "a run that was killed comes to its end"
python3 - "$(folder)" "$top" >>err 2>&1 <<'P'
import json, sys
folder, top = sys.argv[1:]
whole = "".join(l for l in open(folder + "/rounds.jsonl") if l.startswith('{"type":"round"'))
before = open(top + "/kept").read()
assert 0 < len(before) < len(whole) and whole.startswith(before[:before.rfind("\n") + 1]), "what was measured is gone"
rounds = [json.loads(l) for l in whole.splitlines()]
firsts = [r for r in rounds if r["attempt"] == 0]
assert [r["number"] for r in firsts] == list(range(1, 6)), "a round is missing, or there twice"
assert [r["block"] for r in firsts] == [0, 0, 0, 1, 1]
arms = [r["arm"]["id"] for r in firsts]
assert sorted(arms[:3]) == ["ceiling", "epoll", "thread"] and arms.count("ceiling") == 1, arms
for r in rounds:
    assert [(p["kind"], p["duration_s"], p["rate_rps"]) for p in r["phases"]] == [
        ("idle", 1, None), ("load", 1, 500), ("burst", 1, 800), ("close", 1, None)]
    assert [s["kind"] for s in r["load"]["segments"]] == ["idle", "poisson", "burst", "close"]
    assert r["load"]["rate_rps"] == 400 and r["window_s"] == 4 and not r["confirms_growth"]
    assert r["load"]["connections"] == 32 and r["series"] is None and "series" in r["missing"]
assert len({r["load"]["seed"] for r in firsts if r["block"] == 0}) == 1, "not the same arrivals for all of a block"
header = json.loads(open(folder + "/rounds.jsonl").readline())
assert header["experiment"]["phases"]["phases"][2] == {"kind": "burst", "duration_s": 1, "rate_rps": None, "times": 2.0}
P
result $? "nothing is measured twice or lost, and each round says what it went through"
cp -r "$(folder)" cut
sed '/^{"type":"end"/d; s/"window_s":4,"started/"window_s":5,"started/' "$(folder)/rounds.jsonl" >cut/rounds.jsonl
says 4 'is none of this experiment' "rounds through other phases are not taken for its own" --resume cut

# ---- with the real generator: phases of a second, of which nothing can follow ----

cat >small.ini <<'INI'
[experiment]
summary = small enough for a test
[phases]
workloads = plaintext
phases = idle 1s, load 1s, close 1s, load 1s
rate_rps = 500
INI
"$backbench" run ./small.ini --servers epoll --results real >out 2>err
code=$?
{ [ $code -eq 0 ] || [ $code -eq 3 ]; } && ls real/*-small/report.html >/dev/null
result $? "a server goes through phases, and a report is rendered"
grep -q '^  2 s of load are too few for a verdict on memory: that takes 104$' err
result $? "that it is too short was said before"
rounds=$(echo real/*-small/rounds.jsonl)
[ "$(grep '"phases"' "$rounds" | grep -c '"attempt":0')" -eq 1 ] && ! grep -q LOAD_FAILED "$rounds"
result $? "the record says that it went through them"
[ "$(grep -c 'through 4 s of phases.*: epoll memory UNDECIDED' err)" -ge 1 ]
result $? "after so short a time the verdict is that there is none"
# Of the rounds so far, one that nobody disturbed is enough: 0, it is right; 77, there is none; else none is right.
cat >marks.py <<'P'
import glob, json, sys

def is_right(marks, course):
    at = [m["at_ns"] for m in marks]
    opened = [m["descriptors_count"] - marks[0]["descriptors_count"] for m in marks]
    print("marks at", at, "connections", opened)
    return (len(marks) == 5 and 3 <= len(course["rss_low_bytes"]) <= 5
            and at == sorted(at) and at[0] == 0 and all(abs(t - i * 1e9) < 5e8 for i, t in enumerate(at))
            and opened[2] >= 32 and opened[3] < 8) # in the load, and after they were closed

rounds = [json.loads(line) for name in glob.glob("real*/*-small/rounds.jsonl") for line in open(name)]
rounds = [r for r in rounds if r["type"] == "round" and r.get("phases")
          and "INTERFERED" not in [reason["code"] for reason in r["outcome"]["reasons"]]]
sys.exit(0 if any(is_right(r["phase_marks"], r["course"]) for r in rounds) else 1 if rounds else 77)
P
marks() {
    python3 marks.py >>err 2>&1
    right=$?
}
marks
for again in 2 3; do # a harness that was kept away is late
    [ $right -eq 0 ] && break
    "$backbench" run ./small.ini --servers epoll --results real$again >out 2>err
    marks
done
if [ $right -eq 77 ]; then
    skip "others took the CPU in every round"
else
    result $right "marks lie at the ends of phases, and connections are there when they should be"
fi
done_testing
