#!/bin/sh
# backbench run --explain as a person asks for it: where it is refused; and, with the real generator, a server that leaks a
# known amount into mappings of its own, which is named with that amount and nothing else beside it. Prints TAP.
#
# run-tests: alone
# run-tests: timeout 90
# run-tests: plain
set -u
# shellcheck source=harness/tests/tap.sh
. "$(dirname "$0")/tap.sh"
# shellcheck source=harness/tests/run_room.sh
. "$(dirname "$0")/run_room.sh"

says 2 '^backbench: --explain: quick has no phases in which memory could grow; consistency has$' \
    "without phases it is refused" quick --explain --dry-run
[ "$(grep -c . err)" -eq 1 ]
result $? "in one sentence"
says 0 'through 2 min 04 s of phases' "with phases it is taken" consistency --servers epoll --explain --dry-run
says 0 '^  --explain  ' "help names it" --help

# 64 KiB for 20 requests: at 1,000 a second 3.2 MiB in the load between the two marks.
cat >leaking <<S
#!/bin/sh
exec "$tools/growing_server" --mode leak --bytes 65536 --every 20 "\$@"
S
chmod +x leaking
cat >small.ini <<'INI'
[experiment]
summary = small enough for a test
servers = epoll
[phases]
workloads = plaintext
phases = idle 1s, load 1s, idle 1s, load 1s
rate_rps = 1000
INI
"$backbench" run ./small.ini --servers epoll --server ./leaking --explain --results kept --json >out 2>err
code=$?
{ [ $code -eq 0 ] || [ $code -eq 3 ]; } && ls kept/*-small/report.html >/dev/null
result $? "a run that explains comes to its end"
folder=$(echo kept/*-small)
python3 - "$folder" >>err 2>&1 <<'P'
import json, sys
header = json.loads(open(sys.argv[1] + "/rounds.jsonl").readline())
assert header["experiment"]["phases"]["explain"] is True, "its experiment does not say so"
assert "--explain" in header["argv"], "who goes on with it does not know"
P
result $? "that it was asked for stands in the record"
python3 - "$folder" out >>err 2>&1 <<'P'
import json, sys
folder, summary = sys.argv[1:]
rounds = [json.loads(l) for l in open(folder + "/rounds.jsonl")]
rounds = [r for r in rounds if r["type"] == "round" and r.get("phases")]
assert rounds and all("explanation" in r for r in rounds)
for r in rounds:
    kinds, marks = r["explanation"]["kinds"], r["phase_marks"]
    assert len(kinds) == len(marks) == 5
    least, most = [m["rss_bytes"] for m in marks[:-1]], [m["rss_bytes"] for m in marks[1:]]
    for at, low, high in zip(kinds, least, most): # read after their mark, and long before the next one
        rss = sum(kind["rss_bytes"] for kind in at.values())
        assert low - (256 << 10) < rss < max(low, high) + (256 << 10), (r["arm"]["id"], low, rss, high)
leaks = [r for r in rounds if r["arm"]["id"] == "leaking"][-1]
first, last = (leaks["explanation"]["kinds"][i] for i in (2, 4))
grown = {kind: last[kind]["rss_bytes"] - first[kind]["rss_bytes"] for kind in first}
loaded_s = [sum(max(0, min(m["at_ns"] / 1e9, end) - (end - 1)) for end in (2, 4)) for m in leaks["phase_marks"]]
due = (loaded_s[4] - loaded_s[2]) * leaks["load"]["rate_rps"] * 65536 / 20 # whenever the marks were read
assert due > 0 and .6 * due < grown["anonymous"] < 1.5 * due, (grown, due)
assert all(abs(bytes) < 256 << 10 for kind, bytes in grown.items() if kind != "anonymous"), grown
P
result $? "the kind that leaks grew by what was leaked, and no other"
python3 - out >>err 2>&1 <<'P'
import json, sys
servers = {s["arm"]: s for c in json.load(open(sys.argv[1]))["consistencies"] for s in c["servers"]}
leaking, epoll = servers["leaking"]["attribution"], servers["epoll"]["attribution"]
assert leaking["resident"][0]["kind"] == "anonymous" and (leaking["from_phase"], leaking["to_phase"]) == (2, 4), leaking
assert abs(leaking["rss_bytes"] - sum(k["bytes"] for k in leaking["resident"]) - leaking["unexplained_rss_bytes"]) < 1
each = leaking["resident"][0]["bytes_per_request"]
if each is not None: # on a busy machine the generator vouches for few requests, or for none
    assert each > .6 * 65536 / 20, leaking
assert "MiB anonymous mappings" in servers["leaking"]["sentence"], servers["leaking"]["sentence"]
assert "no kind of its memory grew by 128 KiB" in servers["epoll"]["sentence"], servers["epoll"]["sentence"]
P
result $? "the summary names it, and says of the other that nothing grew"
for file in report.md report.html; do
    grep -q 'MiB anonymous mappings' "$folder/$file" && grep -q 'no kind of its memory grew' "$folder/$file"
    result $? "$file says so, too"
done
if /usr/bin/python3 -c 'import jsonschema' 2>/dev/null; then
    /usr/bin/python3 - "$source/results/schema.json" "$folder" >>err 2>&1 <<'P'
import json, sys, jsonschema
validator = jsonschema.Draft202012Validator(json.load(open(sys.argv[1])))
lines = [json.loads(l) for l in open(sys.argv[2] + "/rounds.jsonl")]
for line in lines:
    validator.validate(line)
round_ = [l for l in lines if l.get("explanation")][0]
round_["explanation"]["kinds"][1] = None
assert not validator.is_valid(round_), "a null without its reason"
P
    result $? "it is as the schema has it, and a null without its reason is not"
else
    skip "no validator: apt-get install python3-jsonschema"
fi
done_testing
