#!/usr/bin/env python3
"""Clients who come, ask once and go, 50,000 of them: nothing is left behind.

run-tests: timeout 300
run-tests: alone
"""
from crowd import FIN, Crowd
from good import PLAINTEXT
from room import IS_SANITIZED, Trial, each_model, patience, plan

WARM_UP = 5000
CLIENTS = 50000
AT_ONCE = 100
WITHIN_S = 90
LAST = PLAINTEXT.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")

# Stacks of threads are kept for the next ones, and free memory in pieces: 2 MiB are 42 octets a client. A
# sanitizer keeps what was freed for a while.
GROWTH_BYTES = 2 * 1024 * 1024
SANITIZED_GROWTH_BYTES = 512 * 1024 * 1024


def churn(crowd, count, seconds):
    """Returns how many were answered and closed in peace."""
    waiting, served, begun = set(), 0, 0

    def step():
        nonlocal served, begun
        for client in [c for c in waiting if c.ended]:
            served += client.answers == 1 and client.ended == FIN
            waiting.discard(client)
            client.close()
        while begun < count and len(waiting) < AT_ONCE:
            waiting.update(crowd.begin(1))
            begun += 1
        for client in waiting:
            if client.is_connected and not client.note:
                client.note = client.send(LAST)
        return not waiting

    crowd.run(seconds, step)
    return served


def many_who_go(model):
    with Trial(f"{model}: 50,000 clients who come, ask and go leave no file and no memory behind", model) as trial, \
            Crowd(trial.server.port) as crowd:
        served = churn(crowd, WARM_UP, patience(WITHIN_S))
        trial.expect_files()
        before_bytes = trial.server.memory_bytes()
        served += churn(crowd, CLIENTS, patience(WITHIN_S))
        trial.expect(served == WARM_UP + CLIENTS, f"{served} of {WARM_UP + CLIENTS} were served and closed")
        trial.expect_files()
        grown_bytes = trial.server.memory_bytes() - before_bytes
        trial.expect(grown_bytes <= (SANITIZED_GROWTH_BYTES if IS_SANITIZED else GROWTH_BYTES),
                     f"{grown_bytes // 1024} KiB more memory than after the first {WARM_UP}")


each_model(many_who_go)
plan()
