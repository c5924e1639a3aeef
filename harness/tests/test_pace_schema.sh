#!/bin/sh
# Is what `pace --json` prints what results/pace.schema.json says? Judged by a validator of another house,
# python3-jsonschema, on trials of every outcome; and the schema must refuse what is none. Prints TAP.
set -u
top=${BACKBENCH_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
tools=${BACKBENCH_TOOLS:-$top/build/tests/harness/tests}
schema=$top/results/pace.schema.json
python=/usr/bin/python3

if ! "$python" -c 'import jsonschema; jsonschema.Draft202012Validator' 2>/dev/null; then
    echo "1..0 # SKIP no validator: apt-get install python3-jsonschema"
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One process for all, because the validator takes a second to load.
"$tools/test_pace_json" --write "$work" || exit 1
exec "$python" -W ignore - "$schema" "$work" <<'EOF'
import copy, glob, json, os, sys
import jsonschema

schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
trials = {os.path.basename(p)[:-5]: json.load(open(p)) for p in sorted(glob.glob(sys.argv[2] + "/*.json"))}
count = failed = 0

def report(passed, sentence, why=""):
    global count, failed
    count += 1
    failed += not passed
    print("ok" if passed else "not ok", count, "-", sentence)
    if not passed:
        print("#", str(why).split("\n")[0])

for name, trial in trials.items():
    errors = list(validator.iter_errors(trial))
    report(not errors, f"{name} is valid", errors and f"{errors[0].json_path}: {errors[0].message}")

def refuse(name, sentence, change):
    trial = copy.deepcopy(trials[name])
    change(trial)
    report(trial != trials[name] and not validator.is_valid(trial), sentence, "it is accepted, or nothing was changed")

def put(value, *path):
    def change(trial):
        at = trial
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = value
    return change

def drop(*path):
    def change(trial):
        at = trial
        for key in path[:-1]:
            at = at[key]
        del at[path[-1]]
    return change

refuse("valid", "a newer major is refused", put(2, "schema_version", "major"))
refuse("valid", "a seed beyond 2^53 is refused", put(2**53, "asked", "seed"))
refuse("valid", "a number as a string is refused", put("50072", "targets", 0, "completed_count"))
refuse("valid", "a fraction of a nanosecond is refused", put(1.5, "targets", 0, "percentiles", 0, "value_ns"))
refuse("valid", "a percentile without a number or a reason is refused", put(None, "targets", 0, "percentiles", 0, "value_ns"))
refuse("late", "a number that comes with a reason against it is refused", put(7, "targets", 0, "percentiles", 2, "value_ns"))
refuse("overloaded", "a percentile of a trial without latencies is refused",
       lambda t: t["targets"][0]["percentiles"][0].update(value_ns=7, reason=None))
refuse("overloaded", "a missing split without its reason is refused", drop("targets", 0, "missing", "split"))
refuse("valid", "a valid outcome with reasons is refused", put([{"code": "NOISY", "kind": "NOISY", "external": False,
       "detail": ""}], "targets", 0, "outcome", "reasons"))
refuse("overloaded", "an invalid one without is refused", put([], "targets", 0, "outcome", "reasons"))
refuse("valid", "a trial without its generator's audit is refused", drop("generator"))
refuse("valid", "an end that is none is refused", put("finished", "end"))
refuse("interrupted", "an early end without its reason is refused", put(None, "end_reason"))
refuse("refused", "a time of a window that did not open is refused", put(1, "start_monotonic_ns"))
refuse("refused", "a missing start without its reason is refused", drop("missing", "started_utc"))
refuse("interrupted-before", "a rate where nothing was measured is refused", put(5.0, "targets", 0, "asked_rps"))
refuse("overloaded-before", "no window and yet valid is refused",
       put({"kind": "VALID", "word": "VALID", "reasons": []}, "targets", 0, "outcome"))
refuse("valid", "a whole trial without a start is refused", put(None, "started_utc"))
refuse("valid", "an outcome without its word is refused", drop("targets", 0, "outcome", "word"))
refuse("cold", "a target without its warm-up is refused", drop("targets", 0, "warmup"))
refuse("valid", "an unknown kind of segment is refused", put("sine", "asked", "segments", 0, "kind"))
refuse("valid", "a hash that is none is refused", put("A" * 64, "asked", "requests_sha256"))
refuse("valid", "a histogram that is no base64 is refused", put("{}", "targets", 0, "histograms", "response"))
refuse("late", "a mean that was taken away without its reason is refused", drop("targets", 0, "split", "wait", "missing", "mean_ns"))
refuse("duet", "a ratio below 0 is refused", put(-1, "ratios", "p50", "value"))
refuse("duet-late", "a ratio that is none without its reason is refused", drop("ratios", "p50", "missing", "value"))
refuse("duet", "an interval that is none without its reason is refused", drop("ratios", "cpu_per_request", "missing", "low"))
refuse("duet-late", "an interval of no ratio is refused", put(1.5, "ratios", "p50", "low"))
refuse("duet", "a third server is refused", lambda t: t["targets"].append(t["targets"][0]))
print(f"1..{count}")
sys.exit(failed > 0)
EOF
