#!/usr/bin/env python3
"""How often the gate on instructions is wrong: counts the same program against itself, and against one that takes two in a hundred
more (heavier.c), again and again, beside a competitor, and keeps what each time said. `make calibrate-counts` calls it; about a
quarter of an hour. `make calibrate-duel` writes docs/calibration-duel.md from what is kept.
"""
import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import duel_runs  # noqa: E402
import measured_page  # noqa: E402
from flatness_runs import INTERRUPTED, Lost, keep  # noqa: E402

TIMES, SHARE, SECONDS_MOST = 20, "50%", 3600
HEADS = (("same", duel_runs.SERVER), ("heavier", os.path.join(duel_runs.TOOLS, "heavier")))


def count(head, times):
    """What each time said; valgrind and the client share the last CPU there is, and so does the competitor."""
    with tempfile.TemporaryDirectory() as room, duel_runs.competitor(max(os.sched_getaffinity(0)), SHARE, SECONDS_MOST):
        done = subprocess.run([os.path.join(duel_runs.TOOLS, "count_duel"), duel_runs.SERVER, head, room, str(times)],
                              stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise Lost(f"count_duel ended with {done.returncode}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def main():
    kept = []
    try:
        for name, head in HEADS:
            kept += [{"head_is": name, "machine": measured_page.machine(), **line} for line in count(head, TIMES)]
    except Lost as why:
        print(f"calibrate-counts: {why}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    keep("".join(json.dumps(line, sort_keys=True, separators=(",", ":")) + "\n" for line in kept),
         duel_runs.path_of(duel_runs.COUNTS, duel_runs.STORE))
    print("kept; make calibrate-duel writes the page")
    return 0


if __name__ == "__main__":
    sys.exit(main())
