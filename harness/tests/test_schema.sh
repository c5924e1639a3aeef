#!/bin/sh
# Is what the code writes what results/schema.json says? Judged by a validator of another house, python3-jsonschema,
# on the golden run; and the schema must refuse what is no result. Prints TAP.
#
# run-tests: plain
set -u
# shellcheck source=harness/tests/tap.sh
. "$(dirname "$0")/tap.sh"
top=$(cd "$(dirname "$0")/../.." && pwd)
schema=$top/results/schema.json
golden=$top/results/golden
python=/usr/bin/python3

if ! "$python" -c 'import jsonschema; jsonschema.Draft202012Validator' 2>/dev/null; then
    skip_all "no validator: apt-get install python3-jsonschema"
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

show_evidence() { cat "$work/said"; }
# jsonschema's own command checks the schema against its metaschema first.
validate() { "$python" -W ignore -m jsonschema -i "$1" "$schema" >"$work/said" 2>&1; }

number=0
while IFS= read -r line; do
    number=$((number + 1))
    printf '%s\n' "$line" >"$work/line-$number"
    validate "$work/line-$number"
    result $? "line $number of the golden run is valid"
done <"$golden/rounds.jsonl"
validate "$golden/result.json"
result $? "result.json of the golden run is valid"

# refuse LINE FROM TO SENTENCE: the changed line is refused.
refuse() {
    sed "s/$2/$3/" "$work/line-$1" >"$work/changed"
    if cmp -s "$work/changed" "$work/line-$1"; then
        echo "the change did not apply" >"$work/said"
        result 1 "$4"
        return
    fi
    ! validate "$work/changed"
    result $? "$4"
}
refuse 1 '"major":1' '"major":2' 'a newer major is refused'
refuse 1 '"seed":9007199254740991' '"seed":9007199254740992' 'a seed beyond 2^53 is refused'
refuse 1 '"host":' '"hots":' 'a header without its host is refused'
refuse 1 '"class":"plain"' '"class":"plane"' 'an unknown class of workload is refused'
refuse 1 '"body_sha256":"8f' '"body_sha256":"8F' 'a hash that is none is refused'
refuse 2 '"reason":"its' '"raisin":"its' 'a workload skipped without a reason is refused'
refuse 3 '"requests_count":100' '"requests_count":"100"' 'a number as a string is refused'
refuse 3 '"duration_ns":2000000000' '"duration_ns":2.5' 'a fraction of a nanosecond is refused'
refuse 3 '"cpu_server_ns":700000' '"cpu_server_ns":null' 'a null without its reason is refused'
refuse 3 '"memory.uss_bytes":' '"memory.usu_bytes":' 'a null in a group without its reason is refused'
refuse 3 '"cpu_load_ns":1990000000,' '' 'a round without one of its numbers is refused'
refuse 3 '"kind":"CENSORED","reasons"' '"kind":"VALID","reasons"' 'a valid outcome with reasons is refused'
refuse 3 '"unit":"ns"' '"unit":"us"' 'a histogram of another unit is refused'
refuse 3 '"base64":"HIST' '"base64":"TSIH' 'a histogram that is none is refused'
refuse 3 '"format":"HdrHistogram V2",' '' 'a histogram that does not say what it is is refused'
refuse 3 '"role":"subject"' '"role":"object"' 'an unknown role is refused'
refuse 1 '"upstream":{"server":"epoll",' '"upstream":{' 'an upstream without its name is refused'
refuse 6 '"cpu_upstream_ns":400000' '"cpu_upstream_ns":null' 'a null of what stands behind without its reason is refused'
refuse 3 '"upstream_opens_count":"no server' '"upstream_count":"no server' 'and so is one of its connections'
refuse 7 '"kind":"open"' '"kind":"ajar"' 'an unknown kind of load is refused'
refuse 7 '"segments":\[{"kind":"poisson",' '"segments":[{' 'a segment that does not say what is due is refused'
refuse 7 '"trusted_p":0.5' '"trusted_p":50' 'a percentile above 1 is refused'
refuse 9 '"interval_ns":1500000000' '"interval_ns":0' 'a series over no time is refused'
refuse 9 '"p50_ns":\[1000,1000\],' '' 'a series without one of its arrays is refused'
refuse 10 '"p":0.99' '"p":99' 'an objective for 99 times all requests is refused'
refuse 10 '"confirms":true,' '' 'a trial that does not say what it is for is refused'
refuse 10 '"trial.missed_count":' '"trial.misses":' 'a null of a trial without its reason is refused'
refuse 10 '"latency_series":"more' '"latency":"more' 'a series that is not there without its reason is refused'
refuse 1 '"rates_rps":\[1000,' '"rates_rps":["1k",' 'a rate as a text is refused'
refuse 1 '"objectives":\[{"p":0.99,"limit_ns":5000000}' '"objectives":[{"p":0.99}' 'an objective without a limit is refused'
refuse 11 '"kind":"burst","duration_s"' '"kind":"bust","duration_s"' 'an unknown kind of phase is refused'
refuse 11 '"confirms_growth":true' '"confirms_growth":1' 'a number for whether it confirms is refused'
refuse 11 '"interval_ns":4500000000,"rss' '"interval_ns":0,"rss' 'a course over no time is refused'
refuse 11 '"rss_low_bytes":\[2097152,2101248\],' '' 'a course without one of its arrays is refused'
refuse 11 '"course.cpu_server_ns":' '"course.cpu":' 'a null within a course without its reason is refused'
refuse 11 '"course.threads_count":' '"course.threads":' 'and so is one for all of it'
refuse 11 '"at_ns":1000000000,' '' 'a mark that does not say when is refused'
refuse 11 '"phase_marks.cgroup_bytes":' '"phase_marks.bytes":' 'a null of a mark without its reason is refused'
refuse 1 '"times":1.0}' '"times":0}' 'a multiple by nothing is refused'
refuse 1 '"kind":"idle"' '"kind":"idol"' 'an unknown kind of phase is refused in an experiment, too'
refuse 12 '"instructions_per_request":1234.5,' '' 'a count without its number or a reason is refused'
refuse 12 '"instructions_per_request":1234.5' '"instructions_per_request":null' 'and so is one that is null'
refuse 12 '"each":1000.25' '"each":-1' 'a function that costs less than nothing is refused'
refuse 12 '"workload":"plaintext",' '' 'a count of no workload is refused'
refuse 13 '"missing":"valgrind is not installed"' '"missing":""' 'a count that is missing for no reason is refused'
refuse 7 '"anon_bytes":1036288' '"anon_bytes":null' 'a null of what was allocated without its reason is refused'
refuse 7 '"idle_anon_bytes":1032192' '"idle_anon_bytes":null' 'a null of the memory after the load without its reason is refused'
refuse 14 '"finished_utc":"2026-01-31T10:15:37Z"' '"finished_utc":"yesterday"' 'a date that is none is refused'
refuse 14 '"type":"end"' '"type":"stop"' 'a line of unknown type is refused'
for stored in "$top"/harness/tests/stored/schema-1.[345].jsonl; do
    sed -n 3p "$stored" >"$work/stored"
    validate "$work/stored"
    result $? "a round of $(basename "$stored" .jsonl) is valid"
done
# What was written before there was V2 stays a result, with the bins of that time.
for stored in "$top"/harness/tests/stored/schema-1.[012].jsonl; do
    sed -n 3p "$stored" >"$work/stored"
    grep -q '"bins":\[\[1000,90\]' "$work/stored" && validate "$work/stored"
    result $? "a round of $(basename "$stored" .jsonl) is valid"
done
sed 's/\[1000,90\]/[1000]/' "$work/stored" >"$work/changed"
! validate "$work/changed"
result $? 'a bin without its count is refused'
# What was written before there were upstreams stays a result.
sed 's/"cpu_upstream_ns":null,//; s/"cpu_upstream_window_ns":null,//; s/"upstream_opens_count":null,//
    s/"upstream_cpus":null,//; s/"cpu_upstream_[a-z_]*":"[^"]*",//g; s/"upstream_opens_count":"[^"]*",//' \
    "$work/line-3" >"$work/older"
! grep -q upstream "$work/older" && validate "$work/older"
result $? 'a round written before there were upstreams is valid'
done_testing
