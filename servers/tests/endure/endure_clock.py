#!/usr/bin/env python3
"""A clock that is set while a server runs: what it says of the date follows, and no time-out does.

    endure_clock.py [MODEL...]

run-tests: timeout 120
run-tests: alone
"""
import email.utils
import http.client
import sys
import time

import conversations as said
from conversations import Client
from faults import FaultTrial
from room import MODELS, each_model, patience, plan, settles

HOUR_S = 3600


def date_s(port):
    """What Date says."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience(5))
    try:
        connection.request("GET", "/plaintext")
        answer = connection.getresponse()
        answer.read()
        return email.utils.parsedate_to_datetime(answer.getheader("Date")).timestamp()
    finally:
        connection.close()


def expect_date(trial, step_s):
    def is_right():
        return abs(date_s(trial.server.port) - time.time() - step_s) <= 2

    trial.expect(settles(patience(3), is_right), f"Date is {date_s(trial.server.port) - time.time():.0f} s ahead, "
                                                 f"where the clock is {step_s} s ahead")


def test_clock(model):
    """Hours forward, and back behind where it was."""
    with FaultTrial(f"{model}: Date follows a clock that is set, and no time-out does", model) as trial, \
            Client(trial.server.port) as idle, Client(trial.server.port) as slow, \
            Client(trial.server.port) as waiting:
        idle.hold(said.PLAINTEXT)
        slow.say(said.PLAINTEXT.said[:10])
        for step_s in (5 * HOUR_S, -5 * HOUR_S, 0):
            began_s = time.monotonic()
            waiting.say(said.get(b"/wait/400"))
            trial.faults.set_head("clock_step_s", step_s)
            expect_date(trial, step_s)
            waiting.answer()
            took_s = time.monotonic() - began_s
            trial.expect(0.4 <= took_s <= patience(1.5) + 3, f"a wait of 0.4 s took {took_s:.3f} s")
            time.sleep(1.2)  # deadlines are looked at once a second
        idle.hold(said.PLAINTEXT)
        slow.say(said.PLAINTEXT.said[10:])
        slow.listen(said.PLAINTEXT)


def test_clock_timeout(model):
    """10 s for a head, whatever the clock says."""
    with FaultTrial(f"{model}: a head's time-out comes in its time though the clock is set back", model) as trial, \
            Client(trial.server.port, patience_s=20) as slow:
        slow.say(said.PLAINTEXT.said[:10])
        began_s = time.monotonic()
        time.sleep(1)
        trial.faults.set_head("clock_step_s", -5 * HOUR_S)
        status = slow.answer()[0]
        took_s = time.monotonic() - began_s
        trial.expect(status == 408 and 9.5 <= took_s <= 13.5, f"status {status} after {took_s:.2f} s")


if __name__ == "__main__":
    chosen = sys.argv[1:] or MODELS
    each_model(test_clock, test_clock_timeout, width=len(chosen), models=chosen)  # they sleep
    plan()
