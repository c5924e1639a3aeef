#!/bin/sh
# Counts the instructions of a request in pace's loop, in user mode, by callgrind, and fails above the budget. At full
# use: a burst is due at once, which keeps all connections busy until it is drained. Where the server is kept from its
# CPU, the loop turns in vain: the least of three runs counts, and if that turned too often, nothing is said (exit 3).
# What the vDSO's clock takes is not seen, because valgrind hides it: some 30 instructions for each of two to three
# readings a request.
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
for run in 1 2 3; do
    valgrind --tool=callgrind --toggle-collect=pacing_keep_time --callgrind-out-file="$folder/out" "$bin/pace" --json \
        --seed 1 --warmup 0 -c 64 -S burst:100k:120ms "http://127.0.0.1:$port/plaintext" \
        >"$folder/$run.json" 2>"$folder/$run.err"
done
python3 - "$folder" "$budget" <<'EOF'
import json, re, sys

folder, budget = sys.argv[1], float(sys.argv[2])

def read(run):
    with open(f"{folder}/{run}.json") as file:
        result = json.load(file)
    with open(f"{folder}/{run}.err") as file:
        counted = re.search(r"Collected : (\d+)", file.read())
    requests = result["targets"][0]["completed_count"]
    return int(counted[1]) / requests, result["generator"]["turns_count"] / requests, requests

each, turns, requests = min(read(run) for run in (1, 2, 3))
print(f"{each:.0f} instructions a request over {requests} requests, {turns:.2f} turns of the loop each; "
      f"{budget:.0f} are allowed")
if turns > .5:
    print("the machine was too busy: most turns brought nothing; run it again when it is quiet")
    sys.exit(3)
sys.exit(each > budget)
EOF
