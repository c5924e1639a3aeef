#!/usr/bin/env python3
"""Clients who send their request so slowly that it never comes: 2,000 heads, 2,000 bodies.

run-tests: timeout 240
"""
import time

from crowd import FIN, Crowd, ends
from promises import late_s
from room import Trial, each_model, patience, plan

CLIENTS = 2000
SLACK_S = 1  # for a machine that does other things too

HEAD_S = 10
HEAD = b"GET /plaintext HTTP/1.1\r\nHost: a\r\nX: "
HEAD_EVERY_S = 2

BODY_S = 5
BODY = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"
BODY_EVERY_S = 1
BODY_STEP = b"x" * 100  # half a KiB in 5 s, where one is due
STEADY_CLIENTS = 20
STEADY_STEP = b"x" * 600

STEPS_PER_TURN = 100


def drip(crowd, clients, steps, every_s):
    """One step more of everyone who is still there, spread over every_s."""
    until_s = time.monotonic() + every_s
    turns = max(1, (len(clients) + STEPS_PER_TURN - 1) // STEPS_PER_TURN)
    for turn in range(turns):
        for client in clients[turn * STEPS_PER_TURN:(turn + 1) * STEPS_PER_TURN]:
            if not client.ended:
                client.send(steps[client.note[0]])
        crowd.run(max(0, until_s - time.monotonic()) / (turns - turn))


def begin(crowd, count, first, kind):
    """note: which step is the client's, and when it began."""
    clients = crowd.open(count)
    for client in clients:
        client.send(first)
        client.note = kind, time.monotonic()
    return clients


def due_s(trial, model, limit_s):
    """When the last one must have heard of it."""
    return limit_s + late_s(model) + patience(SLACK_S) + trial.machine_s()


def judge(trial, model, clients, limit_s):
    """Each was told 408, not before its time and not long after it."""
    last_s = due_s(trial, model, limit_s)
    took_s = sorted(c.ended_s - c.note[1] for c in clients if c.ended)
    told = sum(b" 408 " in c.tail for c in clients)
    trial.expect(ends(clients) == {FIN: CLIENTS}, f"{CLIENTS} were to be closed: {ends(clients)}")
    trial.expect(told == CLIENTS, f"{told} of {CLIENTS} were told 408")
    if took_s:
        trial.expect(limit_s - 0.2 <= took_s[0] and took_s[-1] <= last_s,
                     f"closed between {took_s[0]:.2f} and {took_s[-1]:.2f} s, not {limit_s} to {last_s:.2f}")
    trial.expect_files()  # although no client has closed its own end


def slow_heads(model):
    with Trial(f"{model}: 2,000 clients who send a head a byte at a time are told 408 after 10 s",
               model) as trial, Crowd(trial.server.port) as crowd:
        clients = begin(crowd, CLIENTS, HEAD, 0)
        began_s = time.monotonic()
        while time.monotonic() < began_s + due_s(trial, model, HEAD_S) and not all(c.ended for c in clients):
            drip(crowd, clients, [b"x"], HEAD_EVERY_S)
        judge(trial, model, clients, HEAD_S)


def slow_bodies(model):
    with Trial(f"{model}: 2,000 clients whose bodies come too slowly are told 408 after 5 s, steady ones are "
               "not", model) as trial, Crowd(trial.server.port) as crowd:
        slow = begin(crowd, CLIENTS, BODY, 0)
        steady = begin(crowd, STEADY_CLIENTS, BODY, 1)
        began_s = time.monotonic()
        while time.monotonic() < began_s + due_s(trial, model, BODY_S):
            drip(crowd, slow + steady, [BODY_STEP, STEADY_STEP], BODY_EVERY_S)
        trial.expect(ends(steady) == {"open": STEADY_CLIENTS}, f"of the steady ones: {ends(steady)}")
        for client in steady:
            client.close()
        judge(trial, model, slow, BODY_S)


each_model(slow_heads, slow_bodies, width=3)
plan()
