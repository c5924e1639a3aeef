#!/bin/sh
# pace as a person types it, against a real server: what it prints, how it ends, and what it says of everything that can be
# wrong. How well it measures is not asked here: on a busy machine it may call a trial INTERFERED (exit code 3), and that is
# right, too. Prints TAP.
set -u
# shellcheck source=harness/tests/tap.sh
. "$(dirname "$0")/tap.sh"
source=${BACKBENCH_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
bin=${BACKBENCH_BIN:-$source/build/bin}
pace=$bin/pace
python=/usr/bin/python3
LC_ALL=C.UTF-8
export LC_ALL
unset NO_COLOR
top=$(mktemp -d)
servers=
clean() {
    # shellcheck disable=SC2086 # a list of numbers
    [ -z "$servers" ] || kill -KILL $servers 2>/dev/null
    rm -rf "$top"
}
trap clean EXIT
trap 'exit 1' INT TERM HUP

show_evidence() {
    echo "exit code $code"
    cat "$top/out" "$top/err" | head -n 40
}
run() { # run ARGUMENT...: sets code
    (cd "$top" && "$pace" "$@" >"$top/out" 2>"$top/err")
    code=$?
}
# refuses CODE PATTERN NAME ARGUMENT...: exit code, one line on stderr that matches, nothing on stdout
refuses() {
    expected=$1 pattern=$2 name=$3
    shift 3
    run "$@"
    [ "$code" -eq "$expected" ] && [ ! -s "$top/out" ] && [ "$(wc -l <"$top/err")" -eq 1 ] &&
        grep -q -e "^pace: .*$pattern" "$top/err"
    result $? "$name"
}
# Before it catches SIGINT itself, a job of this shell ignores it: proc_pid_status(5), the second bit.
until_it_catches() {
    for _ in $(seq 200); do
        case $(sed -n 's/^SigCgt://p' "/proc/$1/status") in *[2367abef]) return ;; esac
        sleep 0.05
    done
}
# On this machine, now: measured, or disturbed and said so.
measured() { [ "$code" -eq 0 ] || { [ "$code" -eq 3 ] && grep -q -E '^(INTERFERED|GEN_LATE)' "$top/out"; }; }
start() { # start NAME: a server; sets pid and port
    "$bin/server-epoll" --port 0 >"$top/$1" 2>"$top/$1.err" &
    pid=$!
    servers="$servers $pid"
    tries=0
    until port=$(sed -n 's/^ready //p' "$top/$1" 2>/dev/null) && [ -n "$port" ]; do
        tries=$((tries + 1))
        [ $tries -lt 100 ] || { echo "Bail out! the server does not start"; exit 1; }
        sleep 0.1
    done
}

start a
pid_a=$pid port_a=$port
start b
pid_b=$pid port_b=$port
url=http://127.0.0.1:$port_a/plaintext
url_b=http://127.0.0.1:$port_b/plaintext
short='-r 1k -d 500ms --warmup 50ms'

run --help
[ $code -eq 0 ] && grep -q '^usage: pace -r RATE' "$top/out" && [ ! -s "$top/err" ] &&
    [ "$(awk 'length > 80' "$top/out" | wc -l)" -eq 0 ]
result $? "the help is printed, in lines that fit"
run --version
[ $code -eq 0 ] && grep -q '^pace [0-9]' "$top/out"
result $? "the version is printed"

refuses 2 'which server? Give its URL' "no URL" -r 5k -d 10s
refuses 2 '-r: .*0' "a rate of 0" -r 0 -d 10s "$url"
refuses 2 '1e12' "a rate of 1e12" -r 1e12 -d 10s "$url"
refuses 2 '99999999999' "a rate beyond all" -r 99999999999 -d 10s "$url"
refuses 2 'NaN' "a rate that is none" -r NaN -d 10s "$url"
refuses 2 '-d: .*0' "a duration of 0" -r 5k -d 0 "$url"
refuses 2 'S says when' "a rate and a schedule" -r 5k -S poisson:1k:1s "$url"
refuses 2 'given twice' "two rates" -r 5k -r 6k -d 1s "$url"
refuses 2 'did you mean "connections"' "a misspelt option" --conections 3 -r 5k -d 1s "$url"
refuses 2 '--pid 4194304: there is no such process' "a process that is not there" --pid 4194304 -r 5k -d 1s "$url"
refuses 2 '-c 0' "no connections" -c 0 -r 5k -d 1s "$url"
refuses 2 'give a file in a folder that is there' "a folder that is not there is told before the run" \
    --hdr "$top/nowhere/x.hlog" -r 5k -d 1h "$url"
mkdir "$top/folder.hlog"
refuses 2 'is no file' "a folder is no file" --hdr folder.hlog -r 5k -d 1h "$url"
refuses 2 '--cpu 4000' "a CPU that is not there" --cpu 4000 -r 5k -d 1s "$url"
refuses 2 'http' "a URL of another kind" -r 5k -d 1s https://127.0.0.1/
refuses 2 'nobody.lua' "a script that is not there" -r 5k -d 1s -s nobody.lua "$url"
printf 'wrk.method = "GET"\nnonsense here\n' >"$top/broken.lua"
refuses 2 'broken.lua:2' "a script with an error is told with its line" -r 5k -d 1s -s broken.lua "$url"
printf 'response = function() end\n' >"$top/response.lua"
refuses 2 'response' "a script that wants the answers is refused" -r 5k -d 1s -s response.lua "$url"
printf '%s| expect-status 404\n' '--' >"$top/only.lua"
run -r 1k -d 500ms --warmup 50ms -s only.lua "http://127.0.0.1:$port_a/nowhere"
measured && ! grep -q '^ERRORS' "$top/out"
result $? "one line at the top of a script says which status is right"
refuses 2 '-H "a: 2": a field of this name was given already' "two fields of one name" -r 5k -d 1s -H 'A: 1' -H 'a: 2' "$url"
printf 'wrk.headers.X = "a\\r\\nY: b"\n' >"$top/injection.lua"
refuses 2 'injection.lua: the value of the field X has a line break' "a line break in a script's field" \
    -r 5k -d 1s -s injection.lua "$url"
refuses 2 'fewer than one request' "a rate and a duration that make no request" -r 0.5 -d 100ms "$url"
printf 'function request() while true do end end\n' >"$top/endless.lua"
"$pace" -r 5k -d 1s -s "$top/endless.lua" "$url" >"$top/out" 2>"$top/err" &
paced=$!
servers="$servers $paced"
until_it_catches $paced
sleep 0.7
kill -INT $paced
wait $paced
code=$?
[ $code -eq 130 ] && [ ! -s "$top/out" ] && grep -q 'endless.lua:1: it was interrupted' "$top/err"
result $? "an interrupt ends a script that has no end"
refuses 5 'REFUSED: nothing listens' "nothing listens" -r 500 -d 1s http://127.0.0.1:1/
run -r 500 -d 1s --json http://127.0.0.1:1/
[ $code -eq 5 ] && grep -q 'REFUSED: nothing listens' "$top/err" && "$python" - "$top/out" <<'EOF'
import json, sys
trial = json.load(open(sys.argv[1]))
assert trial["end"] == "refused" and trial["exit_code"] == 5 and "nothing listens" in trial["end_reason"]
assert trial["targets"][0]["outcome"]["word"] == "REFUSED" and trial["started_utc"] is None
assert trial["trusted_p"] == 0 and trial["generator"]["missing"]["run_delay_ns"] == "pace had not begun to keep time"
assert '"p": 0.9,' in open(sys.argv[1]).read()
EOF
result $? "nor is JSON silent about it"
if command -v prlimit >/dev/null; then
    (cd "$top" && prlimit --nofile=64:64 "$pace" -c 100 -r 500 -d 1s "$url" >"$top/out" 2>"$top/err")
    code=$?
    [ $code -eq 5 ] && [ ! -s "$top/out" ] && grep -q 'descriptors.*take fewer (-c), or have root raise the limit with ulimit -n 1[0-9]*$' "$top/err"
    result $? "more connections than descriptors"
fi
if [ -e /dev/full ]; then
    # shellcheck disable=SC2086 # words
    (cd "$top" && "$pace" $short "$url" >/dev/full 2>"$top/err")
    code=$?
    [ $code -eq 5 ] && grep -q 'standard output' "$top/err"
    result $? "a full disk is told"
    for option in --help --version; do
        "$pace" $option >/dev/full 2>"$top/err"
        code=$?
        : >"$top/out"
        [ $code -eq 5 ] && [ "$(wc -l <"$top/err")" -eq 1 ] && grep -q '^pace: standard output: No space' "$top/err"
        result $? "a full disk is told of $option, too"
    done
fi

# shellcheck disable=SC2086 # words
{
    run $short --seed 7 --slo 5ms --pid "$pid_a" "$url"
    measured && grep -q 'seed 7$' "$top/out" && [ "$(wc -L <"$top/out")" -le 80 ] && grep -q '^answered .*(100 %)' "$top/out" && ! grep -q "$(printf '\033')" "$top/out" &&
        [ ! -s "$top/err" ] && [ "$(wc -l <"$top/out")" -le 40 ]
    result $? "a plain run fills one screen, without escapes where there is no terminal"
    LC_ALL=C run $short --seed 7 "$url"
    measured && ! grep -q -P '[^\x00-\x7f]' "$top/out"
    result $? "without UTF-8 the screen is ASCII"
    run $short --seed 7 --json "$url"
    cp "$top/out" "$top/first.json"
    run $short --seed 7 --json "$url"
    "$python" - "$top/first.json" "$top/out" <<'EOF'
import json, sys
a, b = (json.load(open(path)) for path in sys.argv[1:])
one, other = a["targets"][0], b["targets"][0]
assert one["offered_count"] == other["offered_count"] > 400, "the same seed gives the same arrivals"
assert a["asked"] == b["asked"] and len(a["asked"]["requests_sha256"]) == 64
assert one["completed_count"] == one["offered_count"] == one["statuses"]["2xx"]
assert a["exit_code"] in (0, 3) and a["generator"]["allocations_count"] == 0
EOF
    result $? "the same seed asks the same, and all is answered"
    if "$python" -c 'import jsonschema; jsonschema.Draft202012Validator' 2>/dev/null; then
        "$python" -W ignore -m jsonschema -i "$top/out" "$source/results/pace.schema.json" 2>"$top/err"
        result $? "its JSON is what the schema says"
    fi
    run $short --json --pid "$pid_a,$pid_b" "$url" "$url_b"
    "$python" - "$top/out" <<'EOF'
import json, sys
trial = json.load(open(sys.argv[1]))
a, b = trial["targets"]
assert a["offered_count"] + b["offered_count"] > 400 and min(a["offered_count"], b["offered_count"]) > 150
assert a["cpu_ns"] > 0 and b["cpu_ns"] > 0
ratio = trial["ratios"]["cpu_per_request"]
assert trial["exit_code"] == 3 if "value" in ratio["missing"] else ratio["value"] > 0
EOF
    result $? "two servers share the arrivals, and their cost is compared"
    run $short "http://127.0.0.1:$port_a/nowhere"
    [ $code -eq 1 ] && grep -q '^ERRORS: .*404' "$top/out" && ! grep -q 'p50' "$top/out"
    result $? "a wrong path is the server's word, and no number"
    printf 'done = function(s, l) print("p99 " .. l:percentile(99)) end\n' >"$top/done.lua"
    run $short -s done.lua "http://127.0.0.1:$port_a/nowhere"
    [ $code -eq 1 ] && ! grep -q 'p99' "$top/out" "$top/err" &&
        grep -q '^pace: done() of done.lua is not run: the trial has no latencies' "$top/err"
    result $? "done() is not given what the screen refuses"
    sleep 60 &
    stranger=$!
    servers="$servers $stranger"
    run $short --pid $stranger "$url"
    grep -q "^  note     --pid $stranger: it holds no socket of port" "$top/out"
    result $? "a process that is not the server is doubted"
    run $short --pid $$ "$url"
    grep -q "^  note     --pid $$: process $pid_a, which descends from it, holds" "$top/out"
    result $? "a process whose child is the server is told which one it is"
    run $short --pid "$pid_a" "$url"
    ! grep -q '^  note' "$top/out"
    result $? "the server itself is not"
    for form in hgrm hlog; do
        echo old >"$top/d.$form"
        run $short --hdr "d.$form" "$url"
        if grep -q 'is not written' "$top/err"; then
            [ "$code" -eq 3 ] && [ "$(cat "$top/d.$form")" = old ]
        else
            measured && ! grep -q old "$top/d.$form" && [ "$(wc -l <"$top/d.$form")" -ge 12 ]
        fi
        result $? "--hdr writes .$form, or leaves what was there and says so"
    done
    printf 'done = function(s) print("done with " .. s.requests) end\n' >"$top/done.lua"
    run $short --json -s done.lua "$url"
    "$python" -c 'import json, sys; json.load(open(sys.argv[1]))' "$top/out" && grep -q 'done with [45]\|done() of done.lua is not run' "$top/err"
    result $? "what done() prints does not come between the JSON"
}

"$pace" -r 500 -d 60s --warmup 100ms --json "$url" >"$top/out" 2>"$top/err" &
paced=$!
servers="$servers $paced"
until_it_catches $paced
sleep 1.5
kill -INT $paced
wait $paced
code=$?
"$python" - "$top/out" "$code" <<'EOF'
import json, sys
trial = json.load(open(sys.argv[1]))
assert trial["end"] == "interrupted" and trial["exit_code"] == int(sys.argv[2]) == 130
assert 2e8 < trial["measured_ns"] < 30e9 and trial["targets"][0]["completed_count"] > 50
EOF
result $? "an interrupted run shows what it had, calls it so and ends with 130"

for _ in 1 2 3 4 5; do # where others keep pace from its CPU, nobody knows whose doing it was
    run -r 200k -d 1s --max-backlog 1ms -c 1 "$url"
    grep -q INTERFERED "$top/out" || break
done
if grep -q INTERFERED "$top/out"; then
    skip "the machine was disturbed each time: INTERFERED"
else
    [ "$code" -eq 1 ] && grep -q '^OVERLOADED: .*before the window opened' "$top/out" && ! grep -q 'p50\|VALID' "$top/out" &&
        grep -q '^warm-up  *answered' "$top/out"
    result $? "a warm-up that is too much is an overload"
fi

"$pace" -r 500 -d 1s --warmup 60s "$url" >"$top/out" 2>"$top/err" &
paced=$!
servers="$servers $paced"
until_it_catches $paced
sleep 1
kill -INT $paced
wait $paced
code=$?
[ $code -eq 130 ] && grep -q '^INTERRUPTED before the window opened: nothing was measured' "$top/out" &&
    ! grep -q 'p50\|after warming up' "$top/out"
result $? "a warm-up that is interrupted has no latencies"

# On a terminal there are colours and a line of progress; with NO_COLOR only the latter.
on_terminal() {
    "$python" - "$pace" "$url" <<'EOF' >"$top/out" 2>"$top/err"
import os, pty, sys
chunks = []
os.environ["TERM"] = os.environ.get("PACE_TERM", "xterm")
def read(fd):
    chunks.append(os.read(fd, 4096))
    return chunks[-1]
status = pty.spawn([sys.argv[1], "-r", "20", "-d", "2s", "--warmup", "100ms", sys.argv[2]], read)
EOF
}
on_terminal
code=$?
grep -q "$(printf '\033')\[1" "$top/out" && grep -q 's of 2 s' "$top/out"
result $? "a terminal gets colours and progress"
NO_COLOR=1 on_terminal
code=$?
! grep -q "$(printf '\033')\[1" "$top/out" && grep -q 's of 2 s' "$top/out"
result $? "NO_COLOR is heeded"
PACE_TERM=dumb on_terminal
code=$?
! grep -q "$(printf '\033')" "$top/out" && grep -q '^asked ' "$top/out"
result $? "a terminal that knows no escapes gets none"

kill -TERM "$pid_b"
wait "$pid_b" 2>/dev/null
refuses 5 'nothing listens' "one of two servers that is not there" -r 500 -d 1s "$url" "$url_b"

done_testing
