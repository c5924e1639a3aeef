#!/bin/sh
# Do readers of other houses take a decision in its forms, whatever servers are called? python3-jsonschema judges the JSON by
# results/decision.schema.json, xmllint the XML by junit.xsd, and cmark-gfm renders the Markdown. Prints TAP.
set -u
top=${BACKBENCH_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
tools=${BACKBENCH_TOOLS:-$top/build/tests/harness/tests}
python=/usr/bin/python3
# shellcheck source=harness/tests/tap.sh
. "$top/harness/tests/tap.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
: >out
: >err
"$tools/test_present_decision" --write "$work" >out 2>err
result $? 'all forms are written'

# ---- JSON: one process for all, because the validator takes a second to load.
judge_json() {
    "$python" -W ignore - "$top/results/decision.schema.json" >out 2>err <<'END'
import copy, glob, json, sys
import jsonschema

schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
failed = False
for path in sorted(glob.glob("*.json")):
    for error in list(validator.iter_errors(json.load(open(path))))[:3]:
        failed = True
        print(path, error.json_path, error.message[:200])

worse, duel = json.load(open("worse.json")), json.load(open("duel.json"))

def where(rows, key, value):
    return next(i for i, row in enumerate(rows) if row[key] == value)

# What is changed: a decision, and which of its rows.
at = {
    "whole": (worse, 0),
    "torn": (worse, where(worse["rows"], "verdict", "INVALID")),
    "counted": (duel, where(duel["rows"], "metric", "instructions")),
    "grown": (duel, where(duel["rows"], "metric", "consistency")),
    "solo": (duel, where(duel["rows"], "metric", "p99-solo")),
}

def refuse(sentence, row, change):
    global failed
    decision, number = at[row] if row else (worse, None)
    changed = copy.deepcopy(decision)
    change(changed if number is None else changed["rows"][number])
    if changed == decision or validator.is_valid(changed):
        failed = True
        print("accepted, or nothing was changed:", sentence)

refuse("a newer major", None, lambda it: it["schema_version"].update(major=2))
refuse("a code that is none", None, lambda it: it.update(exit_code=2))
broke = json.load(open("head-broke.json"))
at["broke"] = (broke, None)
refuse("no word on who broke", None, lambda it: it.pop("broken"))
refuse("a side that broke and a pass", "broke", lambda it: it.update(exit_code=0))
refuse("no headline", None, lambda it: it.pop("headline"))
refuse("a verdict that is none", "whole", lambda it: it.update(verdict="WORSE"))
refuse("a figure as text", "whole", lambda it: it.update(base_ns="4620"))
refuse("time as bytes", "whole", lambda it: it.update(base_bytes=it.pop("base_ns")))
refuse("a null without its reason", "torn", lambda it: it["missing"].pop("ratio"))
refuse("one that fails and is accepted", "whole", lambda it: it.update(accepted="why not"))
refuse("one that is invalid for no reason", "torn", lambda it: it.update(why=None))
refuse("no word on the self-check", None, lambda it: it.pop("self_check"))
refuse("one that is confirmed and not worse", "torn", lambda it: it.update(confirmed=True))
refuse("a count as time", "counted", lambda it: it.update(base_ns=it.pop("base_per_request")))
refuse("a count with an interval", "counted", lambda it: it.update(ratio_low=1.01))
refuse("consistency with a figure", "grown", lambda it: it.update(base_bytes=1024))
refuse("consistency with a ratio", "grown", lambda it: it.update(ratio=1.01))
refuse("consistency for no reason", "grown", lambda it: it.update(why=None))
refuse("p99-solo as bytes", "solo", lambda it: it.update(base_bytes=it.pop("base_ns")))
refuse("no more blocks for no reason", "solo", lambda it: it.update(more_blocks=None))
refuse("no blocks that would decide it", "solo", lambda it: it.update(more_blocks=0))
refuse("more blocks for what is decided", "whole", lambda it: it.update(more_blocks=3))
sys.exit(failed)
END
}
if "$python" -c 'import jsonschema; jsonschema.Draft202012Validator' 2>/dev/null; then
    judge_json
    result $? 'the JSON is what its schema says, and the schema refuses what is none'
else
    skip 'no validator: apt-get install python3-jsonschema'
fi

# ---- JUnit
valid() { xmllint --noout --schema "$top/harness/tests/junit.xsd" "$@" >out 2>err; }
counted() { xmllint --xpath "count($1)" "$2"; }
if command -v xmllint >/dev/null; then
    valid ./*.xml
    result $? 'the XML is what JUnit'\''s readers take'
    sed 's/ message="[^"]*"//' worse.xml >unsaid
    ! cmp -s worse.xml unsaid && ! valid unsaid
    result $? 'a failure without its message is refused'
    [ "$(counted '//testcase[failure]' worse.xml)" = "$(xmllint --xpath 'string(/testsuites/@failures)' worse.xml)" ] &&
        [ "$(counted '//testcase' many.xml)" = 1440 ]
    result $? 'all cases are there, and failures are counted'
    verdict() { xmllint --xpath "concat(/testsuites/@tests, /testsuites/@failures, /testsuites/@errors)" "$1.xml"; }
    [ "$(verdict head-refused) $(verdict base-refused) $(verdict none)" = '110 101 101' ] &&
        [ "$(verdict head-broke) $(verdict base-broke) $(verdict calm)" = '210 201 400' ] &&
        [ "$(counted '//testcase[error]' base-broke.xml)" = 1 ]
    result $? 'what nobody could measure, and a side that broke, is no pass'
    xmllint --xpath 'string(//testcase/@classname)' nasty.xml >out 2>err
    printf 'a<b>&|"c,d:e%%f`*_[]#??\n\r\t]]>\n' | cmp -s - out
    result $? 'a name comes out of the XML as it went in, but for control characters'
else
    skip 'no validator: apt-get install libxml2-utils'
fi

# ---- Markdown
# Every row has its seven cells, and no tag is in it that a name brought along.
is_rendered() {
    cmark-gfm --unsafe -e table -e autolink -e strikethrough "$1.md" >out 2>err || return 1
    [ "$(grep -c '^<tr>$' out)" -gt "$2" ] && ! grep -q '<b>' out &&
        awk '/^<tr>$/ { cells = 0 } /^<t[dh]/ { cells++ } /^<\/tr>$/ && cells != 7 { exit 1 }' out
}
if command -v cmark-gfm >/dev/null; then
    is_rendered worse 10 && is_rendered nasty 6 && is_rendered many 300 && is_rendered duel 14
    result $? 'a comment is rendered as tables of seven columns, whatever servers are called'
    is_rendered nasty 6 && grep -qF '<td>a&lt;b&gt;&amp;|&quot;c,d:e%f`*_[]#?????]]&gt; on ' out &&
        grep -qF 'cost: a&lt;b&gt;&amp;|&quot;c,d:e%f`*_[]#?????]]&gt;</li>' out
    result $? 'a name comes out of a comment as it went in, but for control characters'
else
    skip 'no renderer: apt-get install cmark-gfm'
fi
done_testing
