#!/bin/sh
# A run that is killed at random moments and gone on with, again and again: it comes to its end, and nothing is measured
# twice or lost. And what is no run to go on with. Prints TAP.
# usage: test_resume.sh [KILLS [SEED]]
#
# run-tests: timeout 120
# run-tests: plain
set -u
# shellcheck source=harness/tests/tap.sh
. "$(dirname "$0")/tap.sh"
kills=${1:-2}
seed=${2:-$$}
# shellcheck source=harness/tests/run_room.sh
. "$(dirname "$0")/run_room.sh"

show_evidence() { cat "$top/out" "$top/err" | tail -n 40; }
random() { # random LIMIT: 0 .. LIMIT-1
    seed=$(((seed * 1103515245 + 12345) % 2147483648))
    echo $((seed / 65536 % $1))
}
folder() { echo "$top"/results/*-pairs; }

cat >"$top/pairs.ini" <<'INI'
[experiment]
summary = a pair and single looks, short
reference = epoll
[paired]
workloads = plaintext
blocks = 3
warmup_s = 0
window_s = 1
[solo]
workloads = json
blocks = 1
warmup_s = 0
window_s = 1
INI

# What is whole in the record now, but for the line of an end.
kept() { python3 - "$(folder)/rounds.jsonl" <<'P'
import sys
lines = open(sys.argv[1], "rb").read().split(b"\n")[:-1]
sys.stdout.buffer.write(b"".join(line + b"\n" for line in lines if not line.startswith(b'{"type":"end"')))
P
}

# Each round of the schedule once, but for repeats under numbers of their own; what was there at a kill is there still.
whole() { python3 - "$(folder)" "$top" "$1" <<'P'
import glob, json, sys
folder, top, expected = sys.argv[1], sys.argv[2], int(sys.argv[3])
text = open(folder + "/rounds.jsonl", "rb").read()
rounds = [json.loads(line) for line in text.split(b"\n") if line.startswith(b'{"type":"round"')]
keys = [(r["number"], r["attempt"], r["arm"]["id"]) for r in rounds]
for path in glob.glob(top + "/kept-*"):
    before = open(path, "rb").read()
    if not text.startswith(before):
        # half a pair goes, and is measured again
        assert text.startswith(before[:before[:-1].rindex(b"\n") + 1]), "what was measured is gone"
assert len(set(keys)) == len(keys), "a round is there twice"
assert {r["number"] for r in rounds} == set(range(1, expected + 1)), "a round is missing"
for number in range(1, expected + 1):
    tries = [r for r in rounds if r["number"] == number and r["attempt"] > 0]
    for r in tries:
        before = [b for b in rounds if b["number"] == number and b["attempt"] < r["attempt"]]
        assert any(b["outcome"]["kind"] == "INVALID" for b in before), f"round {number} was measured again"
whole = json.load(open(folder + "/result.json"))
assert len(whole["rounds"]) == len(rounds) and whole["finished_utc"], "result.json is not whole"
P
}

cd "$top" || exit 1
"$backbench" run "$top/pairs.ini" --servers epoll,thread --seed 7 --dry-run >"$top/plan" 2>"$top/err"
expected=$(grep -c '^ *[0-9]' "$top/plan")
[ "$expected" -eq 5 ]
result $? "the schedule has five rounds"

"$backbench" run "$top/pairs.ini" --servers epoll,thread --seed 7 >"$top/out" 2>"$top/err" &
run=$!
killed=0
while [ $killed -lt "$kills" ]; do
    sleep "$((2 + $(random 4))).$(random 10)"
    kill -9 $run 2>/dev/null && killed=$((killed + 1))
    wait $run 2>/dev/null
    status=$?
    run=
    if [ $status -ne 137 ]; then # it came to its end before it was killed: another one
        whole "$expected" 2>>"$top/err" || break
        rm -rf "$top/results" "$top"/kept-*
        "$backbench" run "$top/pairs.ini" --servers epoll,thread --seed 7 >"$top/out" 2>"$top/err" &
    else
        kept >"$top/kept-$killed"
        "$backbench" run --resume "$(folder)" >"$top/out" 2>"$top/err" &
    fi
    run=$!
done
result "$((killed != kills))" "a run goes on after each of $kills kills"
wait $run
result $? "it comes to its end"
run=
whole "$expected" 2>>"$top/err"
result $? "nothing is measured twice or lost"
"$backbench" report "$(folder)" >"$top/out" 2>"$top/err" && grep -q 'rounds and resumed at 2' "$(folder)/report.md"
result $? "the report says that it was gone on with"

# refused CODE PATTERN NAME ARGUMENT...
refused() {
    code=$1 pattern=$2 name=$3
    shift 3
    "$backbench" run "$@" >"$top/out" 2>"$top/err"
    got=$?
    [ $got -eq "$code" ] && grep -q -e "$pattern" "$top/err"
    result $? "$name"
}
refused 0 'has finished' "one that has finished is said to have" --resume "$(folder)"
refused 4 'cannot be opened' "a folder without a record is none to go on with" --resume "$top"
refused 2 'only --json' "other options stand in the record" --resume "$(folder)" --blocks 9

# cut off after its first round
cut() { # cut NAME: a copy of the run, shortened
    mkdir "$top/$1" && awk '{ print } /^{"type":"round"/ { exit }' "$(folder)/rounds.jsonl" >"$top/$1/rounds.jsonl"
}
cut other && sed -i 's/"fingerprint":"[0-9a-f]*"/"fingerprint":"0"/' "$top/other/rounds.jsonl"
cp "$top/other/rounds.jsonl" "$top/before"
refused 4 'its host is another one now' "another host cannot go on with it" --resume "$top/other"
cmp -s "$top/before" "$top/other/rounds.jsonl"
result $? "and leaves its record as it was"
cut program && sed -i 's/"sha256":"[0-9a-f]*"/"sha256":"0"/' "$top/program/rounds.jsonl"
refused 4 'its server.*program is another one now' "nor can other servers" --resume "$top/program"
cut cpus && sed -i 's/"load_cpus":"[^"]*"/"load_cpus":"4000"/' "$top/cpus/rounds.jsonl"
refused 4 'its load CPU 4000, and now they would have CPU .* taskset -c [0-9,-]*,4000$' \
    "who may not use its CPUs is told which they were" --resume "$top/cpus"
cut schedule && sed -i 's/"position":[0-9]*/"position":77/' "$top/schedule/rounds.jsonl"
refused 4 'is none of this experiment' "rounds of another schedule are not taken for its own" --resume "$top/schedule"
cut busy
python3 - "$top/busy/rounds.jsonl" "$backbench" "$top/busy" >"$top/out" 2>"$top/err" <<'P'
import fcntl, subprocess, sys
with open(sys.argv[1], "rb") as record:
    fcntl.flock(record, fcntl.LOCK_EX)
    run = subprocess.run([sys.argv[2], "run", "--resume", sys.argv[3]], capture_output=True, text=True, check=False)
sys.stdout.write(run.stderr)
sys.exit(0 if run.returncode == 4 and "is being written" in run.stderr else 1)
P
result $? "a run that another process writes is left alone"

sed -e 's/^workloads = plaintext/workloads =/' "$top/pairs.ini" >"$top/alone.ini"
"$backbench" run "$top/alone.ini" --servers epoll --seed 8 --results "$top/interrupted" >"$top/out" 2>"$top/err" &
run=$!
for _ in $(seq 200); do # until then nobody catches it
    ls "$top"/interrupted/*/rounds.jsonl >/dev/null 2>&1 && break
    sleep 0.1
done
kill -INT $run
wait $run
status=$?
command=$(sed -n 's/.*to go on: backbench //p' "$top/err")
sed -i 's/"warnings":\[[^]]*\]/"warnings":["load: 99.00 processes ran then"]/' "$top"/interrupted/*/rounds.jsonl
# shellcheck disable=SC2086 # words of a command line
"$backbench" $command >"$top/out" 2>"$top/err"
again=$? # 3: on a busy machine the one round has no usable number
[ $status -eq 130 ] && { [ $again -eq 0 ] || [ $again -eq 3 ]; } && ls "$top"/interrupted/*/report.md >/dev/null 2>&1
result $? "after Ctrl-C the line that it prints goes on with it"
run=
python3 - "$top"/interrupted/*/result.json "$top/err" >"$top/out" 2>&1 <<'P'
import json, sys
kept = json.load(open(sys.argv[1]))
said = [line[11:].rstrip("\n") for line in open(sys.argv[2]) if line.startswith("  warning: ")]
assert not any("99.00" in warning for warning in said), "what was true at its first start is said as if it were now"
assert kept["warnings"] == ["load: 99.00 processes ran then"] + [f"when it was resumed: {w}" for w in said], kept["warnings"]
assert sum("the run was cut off after" in note for note in kept["notes"]) == 1, kept["notes"]
assert not any("after 1 rounds" in note for note in kept["notes"]), kept["notes"]
P
result $? "it warns of what is found now, and the record tells both starts apart"
done_testing
