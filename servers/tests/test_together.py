#!/usr/bin/env python3
"""Clients who all ask while a server is kept from its CPU, and then wait: as many as one of its waits may
bring, so that whoever looks for more before it answers these looks for ever. Nobody else is there to wake it.

run-tests: timeout 120
"""
import contextlib
import os
import select
import signal
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "endure"))

from good import ANSWER_S, PLAINTEXT, PLAINTEXT_BODY, ask  # noqa: E402
from room import Trial, each_model, patience, plan, raise_files_limit, settles  # noqa: E402

COUNTS = (64, 128, 256, 512, 1024)  # arrays of events have such sizes
ROUNDS = 3
ANSWERED_S = 3  # takes milliseconds


def is_stopped(pid):
    """All of it: each thread stops on its own."""
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/stat", encoding="ascii", errors="replace") as file:
            if file.read().rpartition(")")[2].split()[0] != "T":
                return False
    return True


def answered(clients, seconds):
    """How many of them have their whole answer within that time."""
    poll = select.poll()
    waiting = {client.fileno(): (client, b"") for client in clients}
    for fd in waiting:
        poll.register(fd, select.POLLIN)
    until = time.monotonic() + seconds
    while waiting and time.monotonic() < until:
        for fd, _ in poll.poll(100):
            client, got = waiting[fd]
            piece = client.recv(65536)
            waiting[fd] = client, got + piece
            if not piece or (got + piece).endswith(PLAINTEXT_BODY):
                poll.unregister(fd)
                if piece:
                    del waiting[fd]
    return len(clients) - len(waiting)


def ask_while_it_stands(pid, clients):
    os.kill(pid, signal.SIGSTOP)
    try:
        if not settles(patience(5), lambda: is_stopped(pid)):
            raise OSError("the server does not stop")
        for client in clients:
            client.sendall(PLAINTEXT)
    finally:
        os.kill(pid, signal.SIGCONT)


def together(model):
    name = f"{model}: all who asked while it stood still are answered, however many they are"
    with Trial(name, model, is_met=False, rests=False) as trial:
        for count in COUNTS:
            with contextlib.ExitStack() as stack:
                clients = [stack.enter_context(socket.create_connection(("127.0.0.1", trial.server.port), ANSWER_S))
                           for _ in range(count)]
                for client in clients:
                    ask(client, PLAINTEXT, PLAINTEXT_BODY)
                for number in range(ROUNDS):
                    ask_while_it_stands(trial.server.pid, clients)
                    found = answered(clients, patience(ANSWERED_S))
                    if not trial.expect(found == count, f"round {number + 1}: {found} of {count} were answered"):
                        return


raise_files_limit()
each_model(together, width=2)
plan()
