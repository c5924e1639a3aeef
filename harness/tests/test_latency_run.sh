#!/bin/sh
# Curves and searches as a person runs them: what is announced and refused, a run that is killed and gone on with, against a
# generator whose answers are known; and a short one with the real generator, whose numbers a busy machine may all refuse, so
# none is asked for. Prints TAP.
#
# run-tests: alone
# run-tests: timeout 150
# run-tests: plain
set -u
# shellcheck source=harness/tests/tap.sh
. "$(dirname "$0")/tap.sh"
# shellcheck source=harness/tests/run_room.sh
. "$(dirname "$0")/run_room.sh"

says 0 'a look to choose a rate by$' "a dry run names the looks" latency --servers epoll --dry-run
says 0 '^  of these about 32 of latency curves (.*) and about [0-9]* trials of searches (.*, on a restless machine about .*): an estimate' \
    "the rest is said to be an estimate" latency --servers epoll --dry-run
says 0 '"estimated": {' "in JSON, too" latency --servers epoll --dry-run --json
says 0 'of these about 32 of latency curves ([^)]*): an' "the curves alone" latency --servers epoll --only curves --dry-run
says 0 'of these about [0-9]* trials of searches' "the highest rates alone" latency --servers epoll --only rates --dry-run
says 0 'budget: latency curves without their [0-9] lowest rates' "a budget is fitted into, and what went is said" \
    latency --servers epoll --budget 225s --dry-run
says 2 'even the least of latency needs about' "a budget too small is refused with what it takes" \
    latency --servers epoll --budget 5s
says 0 '^latency: 2 servers, ' "who is chosen and not asked is not counted" \
    latency --servers epoll,thread,ceiling --dry-run
says 2 'nothing to measure: ceiling is a ceiling, .*, and latency has no place for it; choose a model' \
    "a ceiling alone has no latency here, and why is said" latency --servers ceiling
says 2 '^backbench: --slo: "p99=5": the limit needs its unit' "an objective that is none is refused" latency --slo p99=5
says 2 '^backbench: --only lines: give curves or rates$' "so is a part that is none" latency --only lines
says 2 '^backbench: --only curves: quick draws no latency curves' "or that an experiment has not" quick --only curves
says 2 '^backbench: --slo: quick searches for no highest rate' "or an objective for one that searches for nothing" \
    quick --slo p99=5ms
says 2 'only curves searches for no highest rate' "or for curves alone" latency --only curves --slo p99=5ms
says 2 'reference: latency takes no ratios' "nor is a reference" latency --reference thread
says 5 'nowhere/pace, which asks servers at a rate, is not there' "a dry run misses the generator that the run would" \
    latency --servers epoll --dry-run --pace ./nowhere/pace
says 2 'even the least of latency .*, or one of its parts (--only curves, --only rates)$' "and what can be left out" \
    latency --servers epoll --budget 5s
says 2 'even the least of latency needs about [^(]*; give that, or fewer servers$' "of a part there is no part" \
    latency --servers epoll,pool --budget 5s --only rates
says 2 'even the least of latency needs about [^(]*; give that$' "and fewer servers than one there are not" \
    latency --servers epoll --budget 5s --only rates
says 0 '^and about .* seconds: latency curves, each' "what is left is called by its name" \
    latency --servers epoll --only curves --dry-run
says 0 '^and about .* seconds: searches, each' "with either part" latency --servers epoll --only rates --dry-run
says 0 '^  p99.9999 within 5.* ms cannot be judged in the 30 s of a trial below 8[0-9]*,[0-9]* requests/s' \
    "an objective beyond nearly all servers is called so" latency --servers epoll --slo p99.9999=5ms --dry-run
says 2 'rates and objectives of latency decide how many' "how many connections is not for the command line to say" \
    latency --connections 8
cpu=$(sed -n 's/^Cpus_allowed_list:[[:space:]]*\([0-9]*\).*/\1/p' /proc/self/status)
taskset -c "$cpu" "$backbench" run latency --servers epoll --dry-run >out 2>err
[ $? -eq 5 ] && grep -q 'nothing is left to measure: .* needs a CPU of its own; allow two CPUs (as with taskset -c 0,1)' err
result $? "on one CPU there is nothing to measure, and why and the remedy are said"

# ---- against a generator whose answers are known: overloaded above 20,000/s ----

ln -s "$tools/fake_pace" "$top/fake_pace-bears20000"
cat >known.ini <<'INI'
[experiment]
summary = curves and searches, known beforehand
[latency]
workloads = plaintext
rates = 1000 20000 50000
blocks = 2
warmup_s = 0
window_s = 1
[slo]
workloads = plaintext
objectives = p95=5ms
blocks = 1
warmup_s = 0
window_s = 3
INI
folder() { echo "$top"/results/*-known; }
rounds() { grep -sc '^{"type":"round"' "$(folder)/rounds.jsonl" || :; }
# kill_after ROUNDS NUMBER: kills the run when its record has so many, and keeps what it has
kill_after() {
    tries=0
    until [ "$(rounds)" -ge "$1" ] 2>/dev/null; do # nothing, as long as there is no folder
        tries=$((tries + 1))
        [ $tries -gt 600 ] && return
        sleep 0.05
    done
    kill -9 "$run"
    wait "$run" 2>/dev/null
    grep '^{"type":"round"' "$(folder)/rounds.jsonl" >"$top/kept-$2"
}

"$backbench" run ./known.ini --servers epoll,thread --pace "$top/fake_pace-bears20000" --seed 7 >out 2>err &
run=$!
for kill in 1 2; do # among the curves, and among the searches
    kill_after $((14 * kill - 7)) $kill
    "$backbench" run --resume "$(folder)" >out 2>err &
    run=$!
done
wait $run
code=$?
run=
{ [ $code -eq 0 ] || [ $code -eq 3 ]; } && ls "$(folder)/report.html" >/dev/null
result $? "a run that was killed twice comes to its end"
python3 - "$(folder)" "$top" >>err 2>&1 <<'P'
import json, sys
folder, top = sys.argv[1:]
whole = "".join(l for l in open(folder + "/rounds.jsonl") if l.startswith('{"type":"round"'))
rounds = [json.loads(l) for l in whole.splitlines()]
before = [open(f"{top}/kept-{k}").read() for k in (1, 2)]
assert 0 < len(before[0]) < len(before[1]) < len(whole), "a kill came before the first round or after the last"
for text in before:
    assert whole.startswith(text[:text.rfind("\n") + 1]), "what was measured is gone"
keys = [(r["number"], r["attempt"]) for r in rounds]
assert len(set(keys)) == len(keys), "a round is there twice"
assert sorted({r["number"] for r in rounds}) == list(range(1, rounds[-1]["number"] + 1)), "a round is missing"
assert [bool(r.get("probe")) for r in rounds if r["attempt"] == 0][:3] == [True, True, False]
curves = [r for r in rounds if r.get("curve")]
trials = [r for r in rounds if r.get("trial")]
assert rounds.index(curves[-1]) < rounds.index(trials[0]), "a trial before the end of the curves"
assert len({r["load"]["connections"] for r in curves}) == 1
for r in curves + trials:
    assert (r["outcome"]["kind"] == "INVALID") >= (r["load"]["rate_rps"] > 20000), "more than it bears"
    assert r["latency_series"] or r["outcome"]["kind"] == "INVALID"
for arm in ("epoll", "thread"):
    own = [r for r in curves if r["arm"]["id"] == arm and r["attempt"] == 0]
    assert [r["load"]["rate_rps"] for r in own] == [1000, 1000, 20000, 20000, 50000, 50000]
    own = [t for t in trials if t["arm"]["id"] == arm]
    if any(reason["external"] and reason["kind"] == "INVALID" for t in own for reason in t["outcome"]["reasons"]):
        print("others took the CPU: no search of", arm)
        continue
    found = own[-1]
    assert found["trial"]["confirms"] and not any(t["trial"]["confirms"] for t in own[:-1])
    assert 19400 <= found["load"]["rate_rps"] <= 20000, found["load"]
P
result $? "nothing is measured twice or lost, and what is found is what the generator bears"
cp -r "$(folder)" cut
awk '/"curve":true/ { c++ } c < 4 { print }' "$(folder)/rounds.jsonl" | sed 's/"rate_rps":1000,/"rate_rps":1001,/' >cut/rounds.jsonl
says 4 'is none of this experiment' "rounds of another plan are not taken for its own" --resume cut

# ---- with the real generator ----

cat >small.ini <<'INI'
[experiment]
summary = small enough for a test
[latency]
workloads = plaintext
rates = 500
blocks = 1
warmup_s = 0
window_s = 1
INI
"$backbench" run ./small.ini --servers epoll,thread --results real >out 2>err
code=$?
{ [ $code -eq 0 ] || [ $code -eq 3 ]; } && ls real/*-small/report.html >/dev/null
result $? "curves of two servers are measured and rendered"
rounds=$(echo real/*-small/rounds.jsonl)
[ "$(grep '"curve":true' "$rounds" | grep '"attempt":0' | grep -c '"rate_rps":500,')" -eq 2 ] && # a repeat comes behind
    ! grep -q LOAD_FAILED "$rounds"
result $? "each of them was asked at the rate"
grep -q 'begin at 500 requests/s and have 32 connections' real/*-small/report.md
result $? "the report says over how many connections"
done_testing
