#!/bin/sh
# Ends one process of a real run with SIGKILL at a random moment, again and again: the harness, a server, or a
# generator. Afterwards nothing of the run may be alive, and rounds.jsonl must be whole: every line but a torn last one
# is JSON. Everything runs from a copy below a temporary folder, so that "of the run" can be told by the executable's path.
# usage: sabotage.sh [TIMES [SEED]], TIMES counts all three together; prints TAP.
set -u
times=${1:-20}
seed=${2:-$$}
source=${BACKBENCH_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
top=$(mktemp -d)
trap 'kill_all; rm -rf "$top"' EXIT
trap 'exit 130' INT TERM

processes() { # pids whose executable lies below $top
    for exe in /proc/[0-9]*/exe; do
        case $(readlink "$exe" 2>/dev/null) in
        "$top"/*) pid=${exe#/proc/}; echo "${pid%/exe}" ;;
        esac
    done
}
kill_all() { for pid in $(processes); do kill -9 "$pid" 2>/dev/null; done; }
random() { # random LIMIT: 0 .. LIMIT-1
    seed=$(((seed * 1103515245 + 12345) % 2147483648))
    echo $((seed / 65536 % $1))
}
victim() { # victim KIND
    for pid in $(processes); do
        case $1:$(readlink "/proc/$pid/exe") in
        harness:*/bin/backbench | server:*/server-* | wrk:*/bin/wrk) echo "$pid"; return ;;
        esac
    done
}

make -s -C "$source" install DESTDIR="$top" PREFIX=/usr >/dev/null || { echo "Bail out! make install failed"; exit 1; }
cp "$(command -v wrk)" "$top/usr/bin/wrk"
echo "1..$times"
failed=0
n=0
while [ "$n" -lt "$times" ]; do
    n=$((n + 1))
    case $((n % 3)) in 0) kind=harness ;; 1) kind=server ;; 2) kind=wrk ;; esac
    results=$top/results-$n
    mkdir "$results"
    "$top/usr/bin/backbench" run quick --servers epoll,thread,uring --seed "$n" --wrk "$top/usr/bin/wrk" \
        --results "$results" >"$top/out" 2>&1 &
    run=$!
    sleep "$((1 + $(random 9))).$(random 10)"
    pid=$(victim "$kind")
    tries=0
    while [ -z "$pid" ] && [ "$tries" -lt 40 ] && kill -0 "$run" 2>/dev/null; do # between two rounds there is none
        sleep 0.1
        tries=$((tries + 1))
        pid=$(victim "$kind")
    done
    said="the run had ended: no $kind"
    if [ -n "$pid" ]; then
        kill -9 "$pid" 2>/dev/null
        said="SIGKILL of a $kind"
    fi
    if [ "$kind" != harness ]; then
        sleep 0.5
        kill -INT "$run" 2>/dev/null
    fi
    wait "$run" 2>/dev/null
    sleep 0.3
    left=$(processes | wc -l)
    torn=$(python3 - "$results" <<'P'
import glob, json, sys
bad = 0
for path in glob.glob(sys.argv[1] + "/*/rounds.jsonl"):
    lines = open(path, "rb").read().split(b"\n")
    for line in lines[:-1]:
        try:
            json.loads(line)
        except ValueError:
            bad += 1
print(bad)
P
    )
    if [ "$left" -eq 0 ] && [ "$torn" = 0 ]; then
        echo "ok $n - after $said nothing is alive and rounds.jsonl is whole"
    else
        failed=$((failed + 1))
        echo "not ok $n - after $said $left processes are alive and $torn lines are torn"
        kill_all
    fi
done
exit "$((failed > 0))"
