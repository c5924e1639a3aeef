#!/bin/sh
# backbench duel from options to exit code, with real servers and a generator that measures nothing: what a server costs is what
# FAKE_PACE_WEIGHS says of its command line. Prints TAP.
#
# run-tests: waits
# run-tests: timeout 480
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
common="--pace $top/fake_pace-weighs1000000 --rate 2k --no-instructions --seed 5"

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
mkdir copy && cp "$folder/result.json" copy
"$backbench" duel --resume copy >out 2>err
expect 0 '^Nothing .*worse' "also where its record cannot be written any more"
rm -r copy
"$backbench" run --resume "$folder" >out 2>err
expect 4 'duel --resume' "it is no run"
"$backbench" report "$folder" >out 2>err
expect 2 'duel --resume' "and has no report of models"
rm -r results

duel --base ./light-server --head ./heavy-server --budget 30s --no-witness
expect 3 'Nothing can be said: there was time for only' "a budget that ends before the first look says nothing"
rm -r results

# ---- what is to be built, or is not

git init -q small && git -C small -c user.name=a -c user.email=a@b commit -q --allow-empty -m a
duel --repo small --base HEAD --head nosuchbranch --build "touch '$top/built'" --server server
expect 2 'head: "nosuchbranch" is no revision' "a slip of the pen in the head is told"
[ ! -e built ]
result $? "before the base is built"
duel --repo small --base HEAD --head HEAD --build "touch '$top/built'" --server server
[ -e built ]
result $? "(which leaves something behind)"
rm -rf small built build

duel --base ./light-server --head ./heavy-server --build 'make all' --server bin/shop
expect 2 '^backbench: --server: neither side is built' "what says how to build is not left unheard where nothing is"
mkdir slow
printf 'server:\n\tsleep 60\n' >slow/Makefile
# shellcheck disable=SC2086
"$backbench" duel $common --base ./slow --head ./slow --server server >out 2>err &
run=$!
for _ in $(seq 300); do
    grep -q building err && break
    sleep .05
done
kill -INT "$run"
wait "$run"
expect 130 'interrupted before anything was measured' "an interrupt while a side is built has its sentence"
run=
[ ! -e results ] && ! ls build/duel/*.part >/dev/null 2>&1
result $? "and leaves nothing"
rm -r slow

# ---- cut off, and gone on with

printf '[gate]\nmetrics = cost memory throughput\n' >rules.ini
printf '[* * cost]\nuntil = 2020-02-02\nreason = once it was\n' >accepted.ini
printf '[epoll plaintext p50]\nuntil = 2999-12-31\nreason = of another\n' >>accepted.ini
# shellcheck disable=SC2086
"$backbench" duel $common --base ./light-server --head ./heavy-server --no-witness --rules rules.ini \
    --accept accepted.ini >out 2>err &
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
grep -q 'note: saturated and throughput are for information' err
result $? "what never gates is told, where something else does"
told_warnings() { # of the record's header, on stderr
    python3 -c 'import json, sys
header, err = json.loads(open(sys.argv[1]).readline()), open("err").read()
sys.exit(any("  warning: " + warning not in err for warning in header["warnings"]))' "$folder/rounds.jsonl"
}
told_warnings
result $? "what touches the numbers is told before"
grep -q 'warning: accepted.ini:4: nothing of it is measured here: this duel is of heavy-server against light-server on plaintext (\* stands' err &&
    ! grep -q 'accepted.ini:1: ' err
result $? "what is accepted and fits nothing is told before"
# other rules, and what it was begun with is gone
rm rules.ini accepted.ini
mkdir elsewhere
printf '[gate]\nmetrics = p50\n' >elsewhere/backbench.ini
resume_elsewhere() { (cd elsewhere && "$backbench" duel --resume "../$folder" "$@") >out 2>err; }
resume_elsewhere
expect 1 'REGRESSED, confirmed' "it goes on, and one that costs 20 % more is stopped"
grep -q 'the duel was cut off after [0-9]* rounds and resumed at' out
result $? "that it was cut off is told"
grep -q 'accepted.ini:1: .*over' out
result $? "and what was accepted, and is so no more"
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
sed 's/headline/HEADLINE/' "$folder/decision.json" >kept.json && cp kept.json "$folder/decision.json"
resume_elsewhere --format json
expect 1 'REGRESSED' "shown again elsewhere it is decided by its own rules"
cmp -s kept.json "$folder/decision.json"
result $? "and what stands beside the record stays"
damage() { # what of the record, in Python, with header for its first line
    python3 - "$folder/rounds.jsonl" "$1" <<'EOF'
import json, sys
lines = open(sys.argv[1]).read().splitlines(True)
header = json.loads(lines[0])
exec(sys.argv[2])
open(sys.argv[1], "w").write(json.dumps(header) + "\n" + "".join(lines[1:]))
EOF
}
cp -r "$folder" damaged
folder=damaged
damage 'header["host"]["facts"]["gate"] = "[gate]\ncost = x\n"'
"$backbench" duel --resume damaged >out 2>err
expect 4 'damaged, its rules:2: cost = x' "rules that cannot be read are damage"
damage 'del header["host"]["facts"]["gate"]'
"$backbench" duel --resume damaged >out 2>err
expect 4 'does not say what gates' "and so is none"
rm -r results damaged

# ---- cut off before its first round, and who fails the check

mkdir path
cat >path/valgrind <<'EOF'
#!/bin/sh
[ "$1" = --version ] && echo valgrind-9 && exit
exec sleep 60
EOF
chmod +x path/valgrind
counted() { # arguments; into out and err, interrupted while instructions are counted
    PATH=$top/path:$PATH "$backbench" duel "$@" >out 2>err &
    run=$!
    for _ in $(seq 200); do
        grep -q 'counting instructions' err && break
        sleep .05
    done
    kill -INT "$run"
    wait "$run"
}
counted --pace "$top/fake_pace-weighs1000000" --rate 2k --seed 5 --base ./light-server --head ./heavy-server
expect 130 'to go on: backbench duel --resume results/' "interrupted while it counts, it says how to go on"
run=
folder=$(echo results/*-duel)
tail -n 1 "$folder/rounds.jsonl" | grep -q '"type":"end"'
result $? "and its record has an end"
sed -i '/"type":"arm"/s/"differences":\[\]/"differences":["invented"]/' "$folder/rounds.jsonl"
grep -q invented "$folder/rounds.jsonl" && counted --resume "$folder"
expect 130 'to go on: backbench duel --resume results/' "before its first round it is proved again"
run=
! grep '"type":"arm"' "$folder/rounds.jsonl" | tail -n 3 | grep -q invented
result $? "and what was found before is forgotten"
cp -r "$folder" without-wrk
folder=without-wrk
damage 'header["argv"] += ["--wrk", "no-wrk"]'
"$backbench" duel --resume without-wrk >out 2>err
expect 5 'no-wrk is not installed' "what is missing is said before it goes on"
rm -r without-wrk
folder=$(echo results/*-duel)
damage 'header["arms"] = [dict(a, server=dict(a["server"], path=None)) for a in header["arms"]]
lines = [line for line in lines if not line.startswith("{\"type\":\"arm\"")]'
"$backbench" duel --resume "$folder" >out 2>err
expect 4 'is damaged: it does not say what its base is' "a record that names no program is damaged"
rm -r results

ln -s "$tools/broken_server" server-broken
duel --base ./light-server --head ./server-broken --format json=first.json
expect 1 '^Nothing was measured: head, ./server-broken, fails its check' "a head that fails its check is refused"
folder=$(echo results/*-duel)
cmp -s first.json "$folder/decision.json" && grep -q '"finished_utc":"2' "$folder/rounds.jsonl"
result $? "with a record that has ended, and a decision beside it"
"$backbench" duel --resume "$folder" --format json=again.json >out 2>err
expect 1 '^Nothing was measured: head, ./server-broken, fails its check' "which is shown again"
cmp -s first.json again.json
result $? "in the same words"
"$backbench" compare "$folder" "$folder" >out 2>err
expect 4 'is a duel, which has a base and a head of its own; backbench duel --resume' "and it is no side of a comparison"
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
says_duel 2 '^backbench: --gate throughput: .*never gate: name' "what never gates gates nothing alone" \
    --base ./light-server --gate throughput
says_duel 2 'not counted with --no-instructions: name' "nor does what is not counted" \
    --base ./light-server --gate instructions,saturated
printf '[gate]\nmetrics = saturated\n' >rules.ini
says_duel 2 '^backbench: rules.ini: .*never gate' "whoever says it" --base ./light-server --rules rules.ini
printf '[gate]\nworkloads = plaintxt json\n' >rules.ini
says_duel 2 '^backbench: rules.ini: of workloads only plaintxt, json can stop a duel, and this one measures plaintext' \
    "a gate of other workloads is refused before anything is measured" --base ./light-server --rules rules.ini
mkdir none && printf '#!/bin/sh\nexit 127\n' >none/valgrind && chmod +x none/valgrind
PATH=$top/none:$PATH "$backbench" duel --base ./light-server --head ./heavy-server --instructions >out 2>err
expect 5 'instructions: valgrind is not installed; type: ' "what is asked for and cannot be counted is said at once"
[ ! -e results ]
result $? "and no record is begun"
mkdir repo && git -C repo init -q && printf 'all:\n\tcp %s server\n' "$bin/server-epoll" >repo/Makefile
git -C repo add . && git -C repo -c user.name=a -c user.email=a@b commit -qm a
says_duel 0 'head: HEAD (' "without a head it is the repository that is named" --base HEAD --repo repo \
    --server ./server --dry-run
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
expect 4 'nowhere.* or of a duel' "a record must be there to be gone on with"
"$backbench" duel --resume nowhere --base main >out 2>err
expect 2 'only --format' "and has its own options"

done_testing
