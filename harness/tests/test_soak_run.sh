#!/bin/sh
# A soak as a person runs it, with loads of seconds and a generator that generates nothing: it is killed, read, gone on with,
# interrupted, and gone on with again. What was read is there each time, once, and the verdict says of how much it is. Then
# its disk fills up. And what is no duration. Prints TAP.
#
# run-tests: waits
# run-tests: timeout 240
# run-tests: plain
set -u
# shellcheck source=harness/tests/tap.sh
. "$(dirname "$0")/tap.sh"
# shellcheck source=harness/tests/run_room.sh
. "$(dirname "$0")/run_room.sh"

says 0 'epoll alone on plaintext through 1 h 01 min of phases$' "an hour is the default" soak --servers epoll --dry-run
says 0 'epoll alone on plaintext through 8 h 01 min of phases$' "--duration is the time under load" \
    soak --servers epoll --duration 8h --dry-run
says 0 'ends about .*; takes at most 4 MiB of disk' "when it ends and what it takes of the disk is announced" soak --dry-run
! grep -q 'with 4 times the load' err
result $? "nobody is promised a run of four times as long"
says 2 'bench goes through no phases of load' "what has no load to stretch refuses a duration" bench --duration 1h
printf '[experiment]\nsummary = s\n[phases]\nworkloads = plaintext\nphases = load 5s at 700\n' >fixed.ini
says 2 'every phase of fixed names its rate' "and what names its rates another one" ./fixed.ini --rate 5
printf '[experiment]\nsummary = s\n[phases]\nworkloads = plaintext\nphases = load 5s\nsoak = perhaps\n' >perhaps.ini
says 2 'perhaps.ini:6: soak = perhaps: write yes or no' "a soak is one or not" ./perhaps.ini
for wrong in 9m59s 24h1s 1.5h 90 ten; do
    says 2 "^backbench: --duration $wrong: give 10 minutes to 24 hours, as 10m, 90m, 1h or 1h30m\$" "$wrong is no duration" \
        soak --duration $wrong
done

says 0 'epoll alone on plaintext' "a rate is written as in an experiment" soak --servers epoll --rate 2k --dry-run
for wrong in 0 2x 11M 1.5 fast; do
    says 2 "^backbench: --rate $wrong: give requests a second, as 500 or 10k, at most 10M\$" "$wrong is no rate" soak --rate $wrong
done
says 0 'epoll alone on plaintext through 30 min' "a budget takes minutes and seconds" soak --servers epoll --budget 30m25s --dry-run
says 2 '^backbench: --budget 1h30: give a time such as 90s, 6m40s or 1h30m, at most 720h' "but each with its unit" soak --budget 1h30

# ---- killed, read, gone on with, interrupted, gone on with ----

ln -s "$tools/fake_pace" "$top/fake_pace-lasts"
cat >short.ini <<'INI'
[experiment]
summary = a soak of seconds
servers = epoll
[phases]
workloads = plaintext
warmup_s = 0
phases = idle 1s, load 7s, idle 1s
rate_rps = 500
soak = yes
INI
folder() { echo "$top"/results/*-short; }
await() { # await COMMAND...: at most a minute, while the run lives
    tries=0
    until "$@" 2>/dev/null; do
        tries=$((tries + 1))
        if [ $tries -gt 600 ] || ! kill -0 "$run" 2>/dev/null; then return 1; fi
        sleep 0.1
    done
}
has_seen() { # has_seen SECONDS: what is kept is of so many
    python3 -c 'import json, sys; sys.exit(json.load(open(sys.argv[1]))["duration_ns"] < 1e9 * int(sys.argv[2]))' \
        "$(folder)/unfinished.json" "$1"
}
"$backbench" run ./short.ini --pace "$top/fake_pace-lasts" --seed 7 >out 2>err &
run=$!
await has_seen 2
result $? "while it lasts, what was read so far is kept"
kill -9 "$run"
wait "$run" 2>/dev/null
run=
cp "$(folder)/unfinished.json" kept
[ -s kept ] && [ "$(grep -c '^{"type":"round"' "$(folder)/rounds.jsonl")" -eq 0 ]
result $? "it was killed before its round had a line"
"$backbench" report "$(folder)" >out 2>err
tr '\n' ' ' <out | grep -q 'epoll.*undecided'
result $? "the report tells what was seen by then"

"$backbench" run --resume "$(folder)" >out 2>err &
run=$!
await has_seen 2
result $? "it goes on, and what it reads is kept again"
kill -INT "$run"
wait "$run"
[ $? -eq 130 ] && [ ! -e "$(folder)/unfinished.json" ] && grep -q 'to go on: backbench run --resume' err
result $? "Ctrl-C ends it and says how to go on"
tr '\n' ' ' <out | grep -q 'epoll is undecided:' && ls "$(folder)/report.html" >/dev/null &&
    [ "$(grep -n 'report.html' err | cut -d : -f 1)" -lt "$(grep -n 'to go on' err | cut -d : -f 1)" ]
result $? "after the verdict on what was seen by then"
run=
"$backbench" run --resume "$(folder)" >out 2>err
code=$?
{ [ $code -eq 0 ] || [ $code -eq 3 ]; } && ls "$(folder)/report.html" >/dev/null
result $? "it comes to its end"
python3 - "$(folder)" kept >>err 2>&1 <<'P'
import json, sys
folder, kept = sys.argv[1:]
rounds = [json.loads(l) for l in open(folder + "/rounds.jsonl") if l.startswith('{"type":"round"')]
assert [(r["number"], r["attempt"]) for r in rounds] == [(1, 0), (1, 1), (1, 2)], "a stretch is missing, or there twice"
assert rounds[0]["course"] == json.load(open(kept))["course"], "what was read is gone"
killed, stopped, whole = rounds
for r in (killed, stopped):
    assert {x["code"] for x in r["outcome"]["reasons"] if x["kind"] == "INVALID"} - {"INTERFERED"} == {"INTERRUPTED"}, r["outcome"]
    assert len(r["course"]["rss_low_bytes"]) >= 1 and None not in r["course"]["rss_low_bytes"], r["course"]
assert killed["requests_count"] is None and "kept" in killed["missing"]["requests_count"], killed["missing"]
assert stopped["requests_count"] == 100, "the generator's report is lost"
marks = stopped["phase_marks"]
assert len(marks) == 3 and marks[2]["pss_bytes"] and 2e9 < marks[2]["at_ns"] < 8e9, "no mark where it was cut off"
assert stopped["memory"]["pss_bytes"], stopped["missing"]
assert all(x["code"] != "INTERRUPTED" for x in whole["outcome"]["reasons"]), whole["outcome"]
assert json.loads(open(folder + "/rounds.jsonl").readline())["experiment"]["phases"]["soak"] is True
P
result $? "each stretch is there once, with what was read of it"
tr '\n' ' ' <"$(folder)/report.md" | grep -q 'longest of 3 stretches, each a process of its own; the others: [0-9]* s of load, undecided; '
result $? "the longest is told, and the others beside it"
[ "$(du -sk "$(folder)" | cut -f 1)" -le 2048 ]
result $? "and no more disk is taken than was said"

# ---- a disk that fills up: from one moment on no file of the run may grow, and then again ----

if command -v prlimit >/dev/null; then
    sed 's/load 7s/load 9s/' short.ini >filling.ini
    folder() { echo "$top"/results/*-filling; }
    mkfifo said shown # files of the run's own could not grow either
    cat said >err &
    readers=$!
    cat shown >out &
    readers="$readers $!"
    "$backbench" run ./filling.ini --pace "$top/fake_pace-lasts" --seed 7 >shown 2>said &
    run=$!
    await has_seen 2
    prlimit --pid "$run" --fsize=1:
    await grep -q 'can no longer be kept: .*unfinished.json cannot be written (File too large); make room, and it goes on$' err
    result $? "a minute that cannot be kept is told at once, with what helps"
    prlimit --pid "$run" --fsize=unlimited:
    await grep -q 'what is read of this round is kept again$' err
    result $? "and that it can be kept again"
    prlimit --pid "$run" --fsize=1:
    wait "$run"
    code=$?
    run=
    # shellcheck disable=SC2086 # two of them
    wait $readers
    [ $code -eq 5 ] && grep -q 'rounds.jsonl cannot be written' err && [ "$(grep -c '^{"type":"round"' "$(folder)/rounds.jsonl")" -eq 0 ]
    result $? "a record that cannot be written at the end is exit 5"
    tr '\n' ' ' <out | grep -q 'epoll.*undecided' && tr '\n' ' ' <out | grep -q 'could for a time not be kept (File too large)'
    result $? "after the verdict on all that was seen"
    [ -e "$(folder)/unfinished.json" ] &&
        grep -q "^  what was read of a round until then is kept; to go on, once there can be written: backbench run --resume results/.*-filling\$" err
    result $? "and how to go on with what was kept before is said"
else
    skip "prlimit is not installed: nothing else fills a disk here"
fi
done_testing
