#!/usr/bin/env python3
"""When is a trial of queue_trials.py spoilt, because who was due while pace was kept away came in a crowd? By made-up counts,
without a load. Prints TAP.

run-tests: plain
"""
import os
import sys
from types import SimpleNamespace

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from pace_room import Tap  # noqa: E402
from queue_trials import CROWDS_MOST, crowded  # noqa: E402

CASES = [  # how many came so, of how many, how many may, what is said
    ("nobody came in a crowd", 0, 1000, CROWDS_MOST, ""),
    ("as many as may", 30, 1000, CROWDS_MOST, ""),
    ("one more is one too many, and the share is said", 31, 1000, CROWDS_MOST,
     "pace was kept away when 3.1% of the requests were due"),
    ("everybody came so, where theory is not of arrivals", 1000, 1000, 1.0, ""),
    ("where nothing was answered nobody came in a crowd", 0, 0, CROWDS_MOST, ""),
    ("who came so and was not answered is counted", 1, 0, CROWDS_MOST, "pace was kept away when 100.0% of the requests were due"),
]

tap = Tap()
for sentence, disturbed, completed, most, says in CASES:
    paced = SimpleNamespace(target={"disturbed_count": disturbed, "completed_count": completed})
    said = crowded(paced, most)
    tap.check(sentence, said == says, said or "nothing is said")
tap.end()
