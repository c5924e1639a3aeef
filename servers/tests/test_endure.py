#!/usr/bin/env python3
"""What single clients do, 50 at a time: they reset or half-close at every stage of a conversation, vanish
while an answer is written; and a server that was left over keeps its port. The longer tests of endurance are
in endure/, and run by `make endure`.

run-tests: waits
run-tests: timeout 150
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "endure"))

from crowd import FIN, Crowd, ends  # noqa: E402
from good import PLAINTEXT  # noqa: E402
from promises import answers_wait_behind_fin  # noqa: E402
from room import Server, Trial, each_model, patience, plan  # noqa: E402

CLIENTS = 50
MANY = 20
LARGE_BYTES = 1 << 24
SOME_BYTES = 1000000


def get(path):
    return b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n" % path


POST = b"POST /echo HTTP/1.1\r\nHost: a\r\n"
LARGE = get(b"/bytes/%d" % LARGE_BYTES)
SOME = get(b"/bytes/%d" % SOME_BYTES)
WAIT = get(b"/wait/600")
DONE = b"HTTP/1.1 204 "

RESETS = [
    ("before it asks", b""),
    ("in a head", b"GET /plaintext HTT"),
    ("in a body", POST + b"Content-Length: 9999\r\n\r\nabc"),
    ("in a chunk", POST + b"Transfer-Encoding: chunked\r\n\r\n1000\r\nabc"),
    ("before it reads", PLAINTEXT),
    ("while a large answer is sent", LARGE),
    ("while it waits", WAIT),
    ("with requests behind a wait", WAIT + PLAINTEXT * MANY),
    ("with many requests unread", PLAINTEXT * MANY * MANY + LARGE * 3),
]

# What is sent before FIN; then how many answers of /plaintext, how many octets at least, and whether a wait
# is answered.
HALF_CLOSES = [
    ("before it asks", b"", 0, 0, 0),
    ("in a head", b"GET /plaintext HTT", 0, 0, 0),
    ("in a body", POST + b"Content-Length: 9999\r\n\r\nabc", 0, 0, 0),
    ("in a chunk", POST + b"Transfer-Encoding: chunked\r\n\r\n1000\r\nabc", 0, 0, 0),
    ("behind a request", PLAINTEXT, 1, 0, 0),
    ("behind many", PLAINTEXT * MANY, MANY, 0, 0),
    ("behind one for much", SOME, 0, SOME_BYTES, 0),
    ("behind many and much", PLAINTEXT * MANY + SOME, MANY, SOME_BYTES, 0),
    ("while it waits", WAIT, 0, 0, 1),
]


def begin(crowd, data, is_reading):
    clients = crowd.open(CLIENTS, segment_bytes=1460, is_reading=is_reading)
    for client in clients:
        client.send(data)
    return clients


def resets(model):
    with Trial(f"{model}: clients who reset at any stage of a conversation harm nobody", model) as trial, \
            Crowd(trial.server.port) as crowd:
        for stage, data in RESETS:
            clients = begin(crowd, data, is_reading=False)
            crowd.run(0.05)
            for client in clients:
                client.reset()
            trial.expect_files(f"reset {stage}: ")


def judge_half_close(trial, stage, clients, due):
    answers, least_bytes, waits = due
    right = [c for c in clients if c.ended == FIN and c.answers == answers and c.bytes_count >= least_bytes and
             c.tail.count(DONE) == waits and (c.bytes_count > 0) == any(due)]
    trial.expect(len(right) == CLIENTS,
                 f"half-closed {stage}: {len(right)} of {CLIENTS} got what was due; {ends(clients)}")


def half_closes(model):
    with Trial(f"{model}: clients who half-close at any stage get what they asked for, no more", model) as trial, \
            Crowd(trial.server.port) as crowd:
        for stage, data, answers, least_bytes, waits in HALF_CLOSES:
            clients = begin(crowd, data, is_reading=True)
            for client in clients:
                client.finish()
            crowd.run(patience(5), lambda group=clients: all(c.ended for c in group))
            waits = waits and answers_wait_behind_fin(model)
            judge_half_close(trial, stage, clients, (answers, least_bytes, waits))
            for client in clients:
                client.close()
            trial.expect_files(f"half-closed {stage}: ")


def vanishing(model):
    """With the default action of SIGPIPE, as a server has it that does not see to it."""
    with Trial(f"{model}: clients who vanish while it writes do not end it", model) as trial, \
            Crowd(trial.server.port) as crowd:
        for taken_bytes in (1, 100000, 1000000):
            clients = begin(crowd, LARGE, is_reading=True)
            crowd.run(patience(5), lambda group=clients: all(c.bytes_count >= taken_bytes for c in group))
            for client in clients:
                client.close()
            trial.expect_files(f"vanished behind {taken_bytes} octets: ")


def start_beside(trial, model, workers):
    """A second server on the port of the first."""
    second = Server(model, "--workers", str(workers), port=trial.server.port)
    try:
        status = second.wait(patience(2))
        said = second.complaints()
        trial.expect(status == 1, f"{workers} workers beside it: exit {status}, 1 is due")
        trial.expect(said.count("\n") == 1 and "in use" in said, f"one sentence is due, it said {said!r}")
    finally:
        second.kill()


def leftover(model):
    for workers in (1, 3):
        with Trial(f"{model}: a server of {workers} workers keeps its port to itself", model, "--workers",
                   str(workers), rests=False) as trial:
            start_beside(trial, model, 1)
            start_beside(trial, model, 3)


each_model(resets, half_closes, vanishing, leftover, width=3)
plan()
