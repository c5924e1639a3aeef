#!/usr/bin/env python3
"""Clients who ask for 16 MiB and then hardly read: what they cost, and how long they are borne.

A client's kernel acknowledges what it has room for; one that reads a byte a second makes no room for long,
and looks as one that reads nothing. One that empties its buffer once a second is slow, and is served.

run-tests: timeout 200
"""
import time

from crowd import RESET, Crowd, ends
from promises import late_s
from room import IS_SANITIZED, Trial, each_model, patience, plan

LARGE_BYTES = 16 * 1024 * 1024
LARGE = b"GET /bytes/%d HTTP/1.1\r\nHost: a\r\n\r\n" % LARGE_BYTES
READERS = 200
STEADY = 20
STEP_S = 1
RECEIVE_BYTES = 4096
SEGMENT_BYTES = 1460
STALL_S = 30
LOOK_S = 5  # a blocked write is tried again: the socket may then take a little more, which is progress
SLACK_S = 2

# A thread has a stack and its buffers; nobody has a copy of what is to be sent.
READER_BYTES = 64 * 1024 * (8 if IS_SANITIZED else 1)


def begin(crowd, count):
    """note: when it last saw something new."""
    clients = crowd.open(count, receive_bytes=RECEIVE_BYTES, segment_bytes=SEGMENT_BYTES, is_reading=False)
    for client in clients:
        client.send(LARGE)
        client.note = time.monotonic()
    return clients


def read_a_bit(clients, limit):
    for client in clients:
        if not client.ended:
            client.receive(limit)


def due_s(trial, model):
    """When the last one must have been reset."""
    return STALL_S + LOOK_S + late_s(model) + patience(SLACK_S) + trial.machine_s()


def slow_readers(model):
    with Trial(f"{model}: 200 clients who read 16 MiB a byte a second cost no copy and are reset after 30 s, "
               "steady readers are not", model) as trial, Crowd(trial.server.port) as crowd:
        before_bytes = trial.server.memory_bytes()
        slow, steady = begin(crowd, READERS), begin(crowd, STEADY)
        began_s = time.monotonic()
        most_bytes = 0
        while time.monotonic() < began_s + due_s(trial, model) + STEP_S:
            crowd.run(STEP_S)
            read_a_bit(slow, 1)
            read_a_bit(steady, 65536)
            most_bytes = max(most_bytes, trial.server.memory_bytes() - before_bytes)
        took_s = sorted(c.ended_s - c.note for c in slow if c.ended)
        trial.expect(ends(slow) == {RESET: READERS}, f"of the slow: {ends(slow)}")
        trial.expect(ends(steady) == {"open": STEADY}, f"of the steady: {ends(steady)}")
        if took_s:
            last_s = due_s(trial, model)
            trial.expect(STALL_S - 1 <= took_s[0] and took_s[-1] <= last_s,
                         f"reset between {took_s[0]:.1f} and {took_s[-1]:.1f} s, not {STALL_S} to {last_s:.1f}")
        trial.expect(most_bytes <= (READERS + STEADY) * READER_BYTES,
                     f"{most_bytes // 1024} KiB more memory, for {READERS + STEADY} readers")


# All at once: they mostly wait.
each_model(slow_readers, width=7)
plan()
