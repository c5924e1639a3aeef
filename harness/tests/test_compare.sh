#!/bin/sh
# Two stored results as a person compares them: every exit code, what a folder of earlier ones gives, what is accepted, and
# results that are damaged. Prints TAP.
set -u
# shellcheck source=harness/tests/tap.sh
. "$(dirname "$0")/tap.sh"
backbench=$BACKBENCH_BIN/backbench
tools=$BACKBENCH_TOOLS
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
cd "$top" || exit 1

made() { # made FOLDER KEY=VALUE...
    mkdir -p "$1"
    "$tools/made_result" "$@"
}
says() { # says CODE PATTERN NAME ARGUMENT...
    code=$1 pattern=$2 name=$3
    shift 3
    "$backbench" compare "$@" >out 2>err
    got=$?
    [ $got -eq "$code" ] && cat out err | grep -Eq -e "$pattern"
    result $? "$name"
    [ $got -eq "$code" ] || echo "# exit $got"
}

base=$(made r seed=1 started=2025-06-01T00:00:00Z)
same=$(made r seed=2 started=2025-06-02T00:00:00Z)
worse=$(made r seed=3 uring=1.3 started=2025-06-09T00:00:00Z)

# ---- two results ----

says 0 'uring' "two runs of the same: nothing became worse, exit 0" "$base" "$same"
head -n 1 out | grep -q '^Nothing'
result $? "the decision comes first"
says 3 '^uring on plaintext: CPU per request at saturation \+.* past your 2 %: SUSPECT' \
    "two runs alone can only suspect, exit 3" "$base" "$worse"
says 3 'SUSPECT' "a rounds.jsonl is a result, too" "$base/rounds.jsonl" "$worse/result.json"
other=$(made r seed=4 uring=1.3 host=another started=2025-06-10T00:00:00Z)
says 0 'RATIO ONLY' "of another machine: ratios, for information, exit 0" "$base" "$other"

# ---- a folder of earlier ones ----

mkdir cache empty
says 4 'No baseline: empty holds no earlier result of bench' "without a baseline, exit 4" "$worse" --against empty
says 0 'No baseline' "which may be allowed, exit 0" "$worse" --against empty --allow-missing-base
grep -q 'uring' out
result $? "and then head's own table is there"
cp -r "$base" cache/
says 3 'SUSPECT' "one earlier result is a base" "$worse" --against cache
for i in 2 3 4 5 6; do
    made cache seed=1$i hour=1.00$i started=2025-06-0${i}T00:00:00Z >/dev/null
done
says 1 '^uring on plaintext: CPU per request at saturation \+.*REGRESSED' \
    "six of them tell how runs differ: REGRESSED, exit 1" "$worse" --against cache
cp -r "$worse" cache/
says 1 'REGRESSED' "a result is not compared with itself" "$worse" --against cache
printf 'no result\n' >cache/broken.jsonl
says 1 'broken.jsonl is left out: ' "what cannot be read is named" "$worse" --against cache
rm cache/broken.jsonl
says 4 'nowhere cannot be read .*give the folder' "a folder that is not there" "$worse" --against nowhere

# ---- what stops, and what is accepted ----

printf '[gate]\nsaturated = 60%%\n' >backbench.ini
says 0 '^Nothing' "margins come from backbench.ini" "$worse" --against cache
rm backbench.ini
printf '[gate]\nmetrics = memory\n' >rules.ini
says 0 '^Nothing' "or from a file that is named" "$worse" --against cache --rules rules.ini
says 1 'REGRESSED' "metrics that are named stop, whatever the file says" "$worse" --against cache --rules rules.ini --gate cost,saturated
says 2 'known are cost.*given with --rules FILE' "a file is no list of metrics" "$worse" --against cache --gate rules.ini
says 2 'p99-solo gates with p99: write that' "a metric that gates with another is refused" "$worse" --against cache --gate p99-solo
says 0 'The gate names only instructions and consistency, which no stored result has' \
    "what runs do not have stops nobody, and that is said" "$worse" --against cache --gate instructions,consistency
says 1 'REGRESSED' "beside what they have it is passed over" "$worse" --against cache --gate instructions,saturated
! grep -q 'The gate names only' out
result $? "and nothing is said of it"
printf '[gate]\nmetrics = memry\n' >rules.ini
says 2 'rules.ini:2: .*memory' "a metric that is none is refused, exit 2" "$worse" --against cache --rules rules.ini
printf '[uring plaintext saturated]\nuntil = 2999-12-31\nreason = the parser now checks UTF-8\n' >accepted.ini
says 0 'the parser now checks UTF-8' "what is accepted stops nobody, and why is said" "$worse" --against cache --accept accepted.ini
sed -i 's/2999/2020/' accepted.ini
says 1 'accepted.ini:1: accepted until 2020-12-31, which is over' "until the day is over" "$worse" --against cache --accept accepted.ini
sed -i 's/2020/2999/' accepted.ini
says 0 'accepted.ini:1: nothing of it is known to be worse here' "what is not needed is said" "$base" "$same" --accept accepted.ini

# ---- results that cannot be used ----

mkdir bad
: >bad/empty.jsonl
says 4 'empty.jsonl' "an empty record, exit 4" "$base" bad/empty.jsonl
sed '1s/"major":1/"major":2/' "$worse/rounds.jsonl" >bad/newer.jsonl
says 4 'newer.jsonl.* newer' "a newer major version, exit 4" "$base" bad/newer.jsonl
sed '3s/.*/{"type":"round","number":/' "$worse/rounds.jsonl" >bad/torn.jsonl
says 4 'torn.jsonl' "a line in the middle that is torn, exit 4" "$base" bad/torn.jsonl
sed '$d' "$worse/rounds.jsonl" | head -c -40 >bad/last.jsonl
says 3 'last line' "a torn last line is dropped, and that is said" "$base" bad/last.jsonl
says 4 'nothing.jsonl' "a file that is not there" "$base" bad/nothing.jsonl
sed 's/"outcome":{"kind":"[A-Z]*","reasons":\[[^]]*\]}/"outcome":{"kind":"INVALID","reasons":[{"code":"ERRORS","detail":"3 answers were wrong"}]}/' \
    "$worse/rounds.jsonl" >bad/invalid.jsonl
says 3 'no figure that could be used: 3 answers were wrong' "nothing valid inside, exit 3" "$base" bad/invalid.jsonl

# ---- formats ----

for format in text markdown json github junit; do
    says 1 'uring' "as $format" "$worse" --against cache --format $format
done
GITHUB_STEP_SUMMARY=$top/summary "$backbench" compare "$worse" --against cache --format github >out 2>err
[ $? -eq 1 ] && grep -q '^::error ' out && grep -q 'REGRESSED' summary
result $? "GitHub gets annotations and a summary"
says 2 'no format "jsn".*json' "a format that is none is refused" "$base" "$same" --format jsn
says 1 'REGRESSED' "several forms of one decision" "$worse" --against cache --format junit=duel.xml --format markdown=duel.md --format json=duel.json
head -n 1 out | grep -q '^uring on plaintext' && grep -q '<failure' duel.xml && grep -q '^| \*\*REGRESSED' duel.md &&
    grep -q '"verdict": "REGRESSED"' duel.json
result $? "each in its file, and the text on stdout"
says 1 '^::error ' "or another form there" "$worse" --against cache --format text=duel.txt --format github
! grep -q '::error' duel.txt && grep -q REGRESSED duel.txt && [ "$(echo duel.*)" = 'duel.json duel.md duel.txt duel.xml' ]
result $? "and nothing is left beside the files"
mkdir mine
for file in shown.json shown.json.new; do echo mine >"mine/$file"; done
says 4 'nowhere cannot be read' "what is looked at first is not touched" nowhere "$same" --format json=mine/shown.json --format junit=mine/other.xml
[ "$(cat mine/*)" = "$(printf 'mine\nmine')" ] && [ "$(cd mine && echo *)" = 'shown.json shown.json.new' ]
result $? "and nothing is left there"
GITHUB_STEP_SUMMARY=$top/mine/summary "$backbench" compare nowhere "$same" --format github >out 2>err
[ $? -eq 4 ] && [ ! -e mine/summary ]
result $? "nor an empty summary"
(umask 027 && "$backbench" compare "$base" "$same" --format json=mine/shown.json >out 2>err)
grep -q '"decision"' mine/shown.json && [ "$(cat mine/shown.json.new)" = mine ] && [ "$(stat -c %a mine/shown.json)" = 640 ]
result $? "a file of the user's beside it stays, and others may read it as any new file"
(
    trap '' XFSZ
    ulimit -f 0
    "$backbench" compare "$base" "$same" --format json=mine/shown.json
) 2>&1 >/dev/null | grep -q 'mine/shown.json cannot be written: File too large' &&
    grep -q '"decision"' mine/shown.json && [ "$(cd mine && echo *)" = 'shown.json shown.json.new' ]
result $? "one that finds no room leaves what was there, and nothing else"
ln -s duel.xml link.xml
printf 'older\n' >duel.xml
says 1 'REGRESSED' "a symbolic link is written through" "$worse" --against cache --format junit=link.xml
[ -L link.xml ] && grep -q '<failure' duel.xml
result $? "and stays one"
says 2 'one form goes to stdout, and that is json.*markdown=FILE' "two forms on stdout are refused" "$base" "$same" --format json --format markdown
says 2 'both be written into one.xml' "two forms in one file, too" "$base" "$same" --format json=one.xml --format junit=one.xml
says 2 'never written over: name another file' "nor into a result's record" "$base" "$same" --format "json=$base/rounds.jsonl"
says 2 'names no file: write it as json=FILE' "a file without a name, too" "$base" "$same" --format json=
for unwritable in nowhere/x.json cache nowhere/ duel.json/x; do
    says 5 "$unwritable cannot be written: " "what cannot be written is told first, exit 5 ($unwritable)" "$base" "$same" --format "json=$unwritable"
    [ ! -s out ]
    result $? "before anything else is said"
done
says 5 '/dev/full cannot be written: No space left' "a full disk, exit 5" "$base" "$same" --format json=/dev/full
[ -c /dev/full ]
result $? "a device is written to, and stays one"
"$backbench" compare "$base" "$same" >/dev/full 2>err
[ $? -eq 5 ] && grep -q 'stdout: No space left' err
result $? "a full disk behind stdout, exit 5"

# ---- options ----

says 2 'give two results' "one result alone" "$base"
says 2 'give one result beside --against' "two beside a folder" "$base" "$same" --against cache
says 2 'it is for --against' "a missing base that is named" "$base" "$same" --allow-missing-base
says 2 'gate: given twice; several metrics stand in one list' "what gates is said once" "$base" "$same" --gate cost --gate p99
says 2 'against: given twice' "as is the folder" "$base" --against cache --against empty
says 0 'examples:' "help has examples" --help
grep -q -- '--against DIR' out && grep -q -- '--format FORMAT' out && [ "$(awk 'length > 80' out | wc -l)" -eq 0 ]
result $? "and the options"

# ---- many ----

large=$(made r arms=12 workloads=10 seed=21 started=2025-06-11T00:00:00Z)
larger=$(made r arms=12 workloads=10 seed=22 started=2025-06-12T00:00:00Z)
case $BACKBENCH_BIN in
*/san-*) skip "the shadow memory of sanitizers is larger than that" ;;
*)
    prlimit --as=209715200 "$backbench" compare "$large" "$larger" >out 2>err
    [ $? -le 3 ] && grep -q 'workload-9' out
    result $? "1,700 rounds of 12 servers on 10 workloads fit into 200 MB"
    ;;
esac

done_testing
