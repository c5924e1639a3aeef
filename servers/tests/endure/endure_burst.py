#!/usr/bin/env python3
"""Thousands who come in one moment: as many as there may be descriptors, more than --max-connections, more
than the backlog holds.

run-tests: timeout 400
run-tests: alone
"""
import os
import signal

from crowd import FIN, RESET, Crowd, ends
from good import PLAINTEXT
from promises import clients_at_once
from room import Trial, each_model, patience, plan, raise_files_limit

MOST = 20000
SPARE_FILES = 400  # what a server keeps for itself, and this process
LIMIT = 1000
WAITING = 5000  # more than the 4,096 that the backlog holds
WITHIN_S = 40
# Who does not fit into the backlog waits with half a connection, on which the kernel may give up when there are many
# (Linux, reqsk_timer_handler): its own refusal, that no server hears of.
GIVEN_UP = 5
LAST = PLAINTEXT.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")


def ask_when_connected(crowd, clients, request, seconds, is_enough):
    """Until it is enough, or the time is over."""
    left = set(clients)

    def step():
        for client in [c for c in left if c.is_connected or c.ended]:
            client.send(request)
            left.discard(client)
        return is_enough()

    return crowd.run(seconds, step)


def expect_answers(trial, clients, lost=0):
    answered = sum(c.answers == 1 for c in clients)
    trial.expect(answered >= len(clients) - lost,
                 f"{answered} of {len(clients)} were answered; {ends(clients)}; "
                 f"{sum(c.is_connected for c in clients)} had connected")


def all_at_once(model):
    count = clients_at_once(model, min(MOST, raise_files_limit()) - SPARE_FILES)
    with Trial(f"{model}: a burst of as many clients as there may be descriptors, up to 20,000, is served", model,
               "--max-connections", str(count + 1)) as trial, Crowd(trial.server.port) as crowd:
        clients = crowd.open(count, within_s=WITHIN_S)
        ask_when_connected(crowd, clients, PLAINTEXT, patience(WITHIN_S),
                           lambda: all(c.answers or c.ended for c in clients))
        expect_answers(trial, clients)
        trial.expect(ends(clients) == {"open": count}, f"all were to stay: {ends(clients)}")


def beyond_the_limit(model):
    with Trial(f"{model}: of 5,000 clients at --max-connections 1000 all get their turn", model,
               "--max-connections", str(LIMIT)) as trial, Crowd(trial.server.port) as crowd:
        clients = crowd.begin(WAITING)
        most = []

        def all_are_done():
            most.append(trial.server.files())
            return all(c.ended for c in clients)

        ask_when_connected(crowd, clients, LAST, patience(WITHIN_S), all_are_done)
        expect_answers(trial, clients)
        trial.expect(ends(clients) == {FIN: WAITING}, f"all were to be closed in peace: {ends(clients)}")
        trial.expect(max(most) <= LIMIT + SPARE_FILES, f"{max(most)} files were open")


def full_backlog(model):
    with Trial(f"{model}: 5,000 clients who come while nobody accepts are served once somebody does", model,
               is_met=False) as trial, Crowd(trial.server.port) as crowd:
        os.kill(trial.server.pid, signal.SIGSTOP)
        clients = crowd.begin(WAITING)
        ask_when_connected(crowd, clients, LAST, 0.5, lambda: False)
        queued = sum(c.is_connected for c in clients)
        trial.expect(queued < WAITING, "the backlog never was full")
        os.kill(trial.server.pid, signal.SIGCONT)
        trial.meet()
        ask_when_connected(crowd, [c for c in clients if not c.is_connected], LAST, patience(WITHIN_S),
                           lambda: all(c.ended for c in clients))
        expect_answers(trial, clients, GIVEN_UP)
        reset = ends(clients).get(RESET, 0)
        trial.expect(ends(clients).get(FIN, 0) + reset == WAITING and reset <= GIVEN_UP,
                     f"all were to be closed in peace: {ends(clients)}")


raise_files_limit()
each_model(all_at_once, beyond_the_limit, full_backlog)
plan()
