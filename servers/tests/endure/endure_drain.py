#!/usr/bin/env python3
"""SIGTERM while everybody asks: who is connected gets what was begun, or a clean end; who is queued gets an
answer. servers/tests/test_processes.py asks the same of servers that stand still.

run-tests: timeout 120
run-tests: alone
"""
import os
import signal

from crowd import FIN, Crowd, ends
from good import PLAINTEXT
from room import END_S, Trial, each_model, patience, plan

ASKERS = 64
PIPELINE = 16
NEWCOMERS = 200
LOAD_S = 1.0
LOAD_ANSWERS = 2000  # fewer would be no load
CLOSE = b"\r\nConnection: close\r\n"


def ask(client):
    """The next requests; note is how many each time, and how many in all."""
    step, asked = client.note
    client.send(PLAINTEXT * step)
    client.note = step, asked + step


def go_on(client, _):
    """As a client does who has its answers, unless it was told that they are the last."""
    if client.note and client.answers == client.note[1] and CLOSE not in client.tail:
        ask(client)


def newcomers(crowd):
    """In the queue, their requests with them: a connect on loopback is over when it returns."""
    clients = crowd.begin(NEWCOMERS)
    for client in clients:
        client.note = None
        client.send(PLAINTEXT)
    return clients


def load(crowd):
    clients = crowd.open(ASKERS)
    for i, client in enumerate(clients):
        client.note = (1 if i % 2 else PIPELINE), 0
        ask(client)
    crowd.hear = go_on
    crowd.answers_fin = True
    crowd.run(LOAD_S)
    return clients


def term_under_load(model, workers):
    with Trial(f"{model}, {workers} workers: SIGTERM under full load resets nobody who is connected or queued",
               model, "--workers", str(workers), is_met=False, ends=False) as trial, \
            Crowd(trial.server.port) as crowd:
        askers = load(crowd)
        answers = sum(c.answers for c in askers)
        trial.expect(answers >= LOAD_ANSWERS, f"{answers} answers in {LOAD_S} s are no load")
        os.kill(trial.server.pid, signal.SIGSTOP)  # or it might have served them before it hears of the end
        new = newcomers(crowd)
        trial.server.ask_to_end()
        crowd.run(patience(END_S), lambda: all(c.ended for c in askers + new))
        wrong = trial.server.end()
        trial.expect(not wrong, wrong)
        trial.expect(ends(askers) == {FIN: ASKERS}, f"of those who were there: {ends(askers)}")
        trial.expect(ends(new) == {FIN: NEWCOMERS}, f"of those in the queue: {ends(new)}")
        answered = sum(c.answers == 1 for c in new)
        trial.expect(answered == NEWCOMERS, f"{answered} of {NEWCOMERS} in the queue were answered")


def one_worker(model):
    term_under_load(model, 1)


def three_workers(model):
    term_under_load(model, 3)


each_model(one_worker, three_workers)
plan()
