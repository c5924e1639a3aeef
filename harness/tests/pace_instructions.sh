#!/bin/sh
# Counts the instructions of a request in pace, in user mode, by callgrind, and fails above the budget. Only its loop is
# counted, and runs are subtracted from one another, so that what start and end cost falls out: two that send little tell
# what a turn of the loop costs in which nothing comes, two bursts what a request costs. A request is charged with one
# turn, which is more than its share when the loop is in full use. What the vDSO's clock takes is not seen, because
# valgrind hides it: some 30 instructions for each of two to three readings a request.
#
#   harness/tests/pace_instructions.sh BIN [BUDGET]
set -u

bin=$1
budget=${2:-1500}
folder=$(mktemp -d "${TMPDIR:-/tmp}/pace-instructions.XXXXXX") || exit 1
server=
trap 'kill "$server" 2>/dev/null; rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM HUP

command -v valgrind >/dev/null || { echo "valgrind is missing: sh scripts/deps profile installs it" >&2; exit 5; }
"$bin/server-epoll" --address 127.0.0.1 --port 0 >"$folder/ready" 2>"$folder/log" &
server=$!
tries=0
while [ ! -s "$folder/ready" ] && [ $tries -lt 100 ]; do sleep .1; tries=$((tries + 1)); done
read -r _ port <"$folder/ready" || { cat "$folder/log" >&2; exit 1; }

# pace's own exit code says that it was late, which it is here.
for schedule in constant:200:200ms constant:200:600ms burst:100k:40ms burst:100k:120ms; do
    valgrind --tool=callgrind --toggle-collect=pacing_keep_time --callgrind-out-file="$folder/out" "$bin/pace" --json \
        --seed 1 --warmup 0 -c 64 -S $schedule "http://127.0.0.1:$port/plaintext" \
        >"$folder/$schedule.json" 2>"$folder/$schedule.err"
done
python3 - "$folder" "$budget" <<'EOF'
import json, re, sys

folder, budget = sys.argv[1], float(sys.argv[2])

def read(schedule):
    with open(f"{folder}/{schedule}.json") as file:
        run = json.load(file)
    with open(f"{folder}/{schedule}.err") as file:
        counted = re.search(r"Collected : (\d+)", file.read())
    target = run["targets"][0]
    if target["completed_count"] < target["offered_count"]:
        sys.exit(f"the machine is too busy: {schedule} was not drained in time")
    return target["completed_count"], run["generator"]["turns_count"], int(counted[1])

def less(more, little):
    return [a - b for a, b in zip(read(more), read(little))]

requests, turns, instructions = less("constant:200:600ms", "constant:200:200ms")
busy_requests, busy_turns, busy_instructions = less("burst:100k:120ms", "burst:100k:40ms")
# Two equations: requests x each + turns x turn = instructions.
below = busy_requests * turns - requests * busy_turns
each = (busy_instructions * turns - instructions * busy_turns) / below
turn = (busy_requests * instructions - requests * busy_instructions) / below
print(f"{each + turn:.0f} instructions a request: {each:.0f}, and {turn:.0f} for a turn of the loop; "
      f"{budget:.0f} are allowed")
sys.exit(each + turn > budget)
EOF
