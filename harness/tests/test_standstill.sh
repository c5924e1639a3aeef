#!/bin/sh
# standstill: a time in which it could not run is told, with when it was.
# run-tests: waits
set -u
: "${BACKBENCH_TOOLS:?is set by scripts/run-tests}"
room=$(mktemp -d) || exit 1
"$BACKBENCH_TOOLS/standstill" >"$room/told" &
pid=$!
trap 'kill -CONT $pid; kill $pid; rm -rf "$room"' EXIT
result() { if [ "$1" = 0 ]; then echo "ok $2"; else
    echo "not ok $2"
    sed 's/^/# told: /' "$room/told"
fi; }

echo 1..2
for _ in $(seq 200); do # until it naps, which only it does voluntarily that often
    [ "$(sed -n 's/^voluntary_ctxt_switches:[^0-9]*//p' /proc/$pid/status)" -gt 5 ] && break
    sleep 0.05
done
began=$(date +%s.%N)
kill -STOP $pid
sleep 1
kill -CONT $pid
for _ in $(seq 200); do
    [ -s "$room/told" ] && break
    sleep 0.05
done
ended=$(date +%s.%N)
awk -v began="$began" -v ended="$ended" '$1 > began - .1 && $2 < ended && $2 - $1 > .7 { found = 1 } END { exit !found }' "$room/told"
result $? "1 - a standstill is told with its beginning and its end"
kill -0 $pid
result $? "2 - and it watches on"
