#!/bin/sh
# backbench duel from options to exit code, with real servers and a generator that measures nothing: what a server costs is what
# FAKE_PACE_WEIGHS says of its command line. Prints TAP.
#
# run-tests: waits
# run-tests: timeout 120
# run-tests: plain
set -u
# shellcheck source=harness/tests/tap.sh
. "$(dirname "$0")/tap.sh"
# shellcheck source=harness/tests/run_room.sh
. "$(dirname "$0")/run_room.sh"

cp "$bin/server-epoll" "$top/light-server"
cp "$bin/server-epoll" "$top/heavy-server"
ln -s "$tools/fake_pace" "$top/fake_pace-weighs1000000"
FAKE_PACE_WEIGHS=heavy-server=120
export FAKE_PACE_WEIGHS
common="--pace $top/fake_pace-weighs1000000 --rate 20k --no-instructions --seed 5"

duel() { # arguments: `backbench duel` with what all have, into out and err
    # shellcheck disable=SC2086 # words, on purpose
    "$backbench" duel $common "$@" >out 2>err
}
expect() { # code, pattern, name: of the last
    got=$?
    cat out err | grep -q -e "$2" && [ "$got" -eq "$1" ]
    result $? "$3"
}

duel --base ./light-server --head "$bin/server-epoll" --no-witness
expect 0 '^Nothing .*worse' "two that cost the same pass"
grep -q 'The base against its own copy' out
result $? "the self-check is told"
folder=$(echo results/*-duel)
[ -s "$folder/decision.json" ] && [ -s "$folder/decision.md" ] && [ -s "$folder/rounds.jsonl" ]
result $? "the decision stands beside the record"

rounds=$(wc -l <"$folder/rounds.jsonl")
"$backbench" duel --resume "$folder" --format markdown --format json=again.json >out 2>err
expect 0 '^\*\*Nothing .*worse' "a duel that has ended is shown again, in other forms"
[ "$(wc -l <"$folder/rounds.jsonl")" -eq "$rounds" ] && cmp -s again.json "$folder/decision.json"
result $? "without a round more, and the same"
"$backbench" run --resume "$folder" >out 2>err
expect 4 'duel --resume' "it is no run"
"$backbench" report "$folder" >out 2>err
expect 2 'duel --resume' "and has no report of models"
rm -r results

duel --base ./light-server --head ./heavy-server --budget 30s --no-witness
expect 3 'Nothing can be said: there was time for only' "a budget that ends before the first look says nothing"
rm -r results

# ---- cut off, and gone on with

# shellcheck disable=SC2086
"$backbench" duel $common --base ./light-server --head ./heavy-server --no-witness >out 2>err &
run=$!
for _ in $(seq 300); do
    [ "$(cat results/*-duel/rounds.jsonl 2>/dev/null | grep -c '"type": *"round"')" -ge 6 ] && break
    sleep .05
done
kill -INT "$run"
wait "$run"
expect 130 'duel --resume results/' "an interrupt ends it, and says how to go on"
run=
folder=$(echo results/*-duel)
[ ! -e "$folder/running" ] && ! pgrep -f "$top/(light|heavy)-server" >/dev/null
result $? "no server is left"
"$backbench" duel --resume "$folder" >out 2>err
expect 1 'REGRESSED, confirmed' "it goes on, and one that costs 20 % more is stopped"
grep -q '^heavy-server against light-server on plaintext: CPU per request.* +20' out
result $? "the first line says by how much"
python3 - "$folder/rounds.jsonl" <<'EOF'
import json, sys
seen = {}
for line in open(sys.argv[1]):
    data = json.loads(line)
    if data["type"] != "round":
        continue
    r = data
    codes = [x["code"] for x in r["outcome"]["reasons"]]
    if "INTERRUPTED" not in codes:
        key = (r["number"], str(r["arm"]))
        sys.exit(f"round {key} twice") if key in seen else seen.setdefault(key, r)
numbers = sorted({k[0] for k in seen})
sys.exit(0 if numbers == list(range(1, numbers[-1] + 1)) else f"numbers {numbers}")
EOF
result $? "no round is there twice, and none is missing"
rm -r results

# ---- words and options

says_duel() { # code, pattern, name, arguments
    code=$1 pattern=$2 name=$3
    shift 3
    duel "$@"
    expect "$code" "$pattern" "$name"
}
says_duel 2 '--base is missing' "a base must be named" --head ./light-server
says_duel 2 'nobody-knows' "a word that means nothing is refused" --base nobody-knows-it --head ./light-server
says_duel 2 'one of them' "contradictions are refused" --base ./light-server --instructions
says_duel 2 'workload' "a workload that is none is refused" --base ./light-server --head ./light-server --workloads plain
says_duel 2 '--blocks' "blocks are numbers" --base ./light-server --blocks many
says_duel 1 'head' "a head that is no server is the head's fault" --base ./light-server --head /bin/true
says_duel 4 'base' "a base that is no server is no base" --base /bin/true --head ./light-server
folders=$(find results -name '*-duel' 2>/dev/null | wc -l)
says_duel 0 'rounds' "a dry run measures nothing" --base ./light-server --head ./heavy-server --dry-run
[ "$(find results -name '*-duel' 2>/dev/null | wc -l)" -eq "$folders" ]
result $? "and leaves nothing"
"$backbench" duel --resume nowhere >out 2>err
expect 4 'nowhere' "a record must be there to be gone on with"
"$backbench" duel --resume nowhere --base main >out 2>err
expect 2 'only --format' "and has its own options"

done_testing
