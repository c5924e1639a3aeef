#!/usr/bin/env python3
"""Does pace measure what queueing theory says must be there? The trials and their tolerances: queue_trials.py.

run-tests: alone
run-tests: timeout 240
run-tests: plain
"""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from pace_room import Tap, judge  # noqa: E402
from queue_trials import constant_service, mean_wait, stall  # noqa: E402

tap = Tap()
rows, path_us, unknown = constant_service(2)
rows += mean_wait(0.66, 5, path_us, unknown) + mean_wait(0.8, 6, path_us, unknown)
stalled, trial = stall(3, path_us, unknown)
for row in rows + stalled:
    judge(tap, f"{row.what} is what theory says", row.why, lambda row=row: (row.holds, row))
judge(tap, "a trial with stalls is usable: that a server stands still is its latency, no fault", trial.why,
      lambda: (not trial.paced.own_codes and trial.paced.code == 0, trial.paced))
tap.end()
