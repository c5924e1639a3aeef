#!/usr/bin/env python3
"""What server-uring promises where its rings run out: its options make them so small that each does all the time.
Faults of libc do not reach what io_uring does (endure_faults.py).

run-tests: timeout 400
run-tests: alone
"""
import re
import resource
import shutil
import subprocess
import sys
import time

import conversations as said
from conversations import Client, Gone, Late, Refused, Wrong
from room import IS_SANITIZED, Trial, each_model, patience, plan, result, settles

IS_SHORT = "--short" in sys.argv
BUFFERS = ("--ring-buffers", "4", "--ring-buffer-bytes", "64")
QUEUE = ("--cq-entries", "8")
SLICES = ("--send-bytes", "1")
SETTINGS = [
    ("4 receive buffers of 64 bytes", BUFFERS),
    ("1 receive buffer of 1 byte", ("--ring-buffers", "1", "--ring-buffer-bytes", "1")),
    ("a completion queue of 8", QUEUE),
    ("a completion queue of 2", ("--cq-entries", "2")),
    ("sends of 1 byte", SLICES),
    ("all of these", (*BUFFERS, *QUEUE, *SLICES)),
]
MIDDLE = [conversation for conversation in said.ALL if conversation is not said.BYTES_1M]


def hold(trial, conversations):
    wrong = said.hold_all(trial.server.port, conversations, patience(20))
    trial.expect(not wrong, wrong)


def test_conversations(model):
    for name, options in SETTINGS[-1:] if IS_SHORT else SETTINGS:
        slow = "--send-bytes" in options
        with Trial(f"{model}, {name}: answers are right", model, *options, is_met=False) as trial:
            hold(trial, MIDDLE if slow else said.ALL)


def test_many(model):
    """Many at once, who send more than there are buffers for, all at the same time."""
    for name, options in SETTINGS:
        with Trial(f"{model}, {name}: 40 clients who ask at once are all answered", model, *options,
                   is_met=False) as trial:
            clients = [Client(trial.server.port, patience(20)) for _ in range(40)]
            for number, client in enumerate(clients):
                client.say(MIDDLE[number % len(MIDDLE)].said)
            try:
                for number, client in enumerate(clients):
                    client.listen(MIDDLE[number % len(MIDDLE)])
                    client.socket.close()
            except (Wrong, Refused, Gone, Late) as error:
                trial.expect(False, f"client {number}: {type(error).__name__}: {error}")


def load(trial, seconds, target):
    """wrk's summary; an answer that is not 2xx, or an error of a socket, is wrong."""
    said_by_wrk = subprocess.run(
        ["wrk", "-t", "1", "-c", "64", "-d", str(seconds), f"http://127.0.0.1:{trial.server.port}{target}"],
        capture_output=True, text=True, check=False).stdout
    requests = re.search(r"(\d+) requests in", said_by_wrk)
    trial.expect(requests and int(requests.group(1)) > 20, f"hardly a request was served:\n{said_by_wrk}")
    trial.expect("Non-2xx" not in said_by_wrk and "Socket errors" not in said_by_wrk, said_by_wrk)


def test_load(model):
    if not shutil.which("wrk"):
        result(f"{model} under load # SKIP wrk is not installed")
        return
    for name, options in SETTINGS:
        for target in ("/plaintext", "/bytes/3000"):
            with Trial(f"{model}, {name}: 64 connections under load are served, and it is idle after ({target})", model,
                       *options, delay_s=3) as trial:
                load(trial, 2, target)


def test_files(model):
    """The limit on open files is reached while a multishot accept is armed: it was lowered before that."""
    with Trial(f"{model}: out of files, those who come wait in the queue and it does not spin", model,
               "--max-connections", "100", delay_s=2) as trial:
        crowd = [Client(trial.server.port) for _ in range(60)]  # so few places are left that it only polls
        for client in crowd:
            client.hold(said.PLAINTEXT)
        limit = trial.server.files() - 60 + 10
        hard = resource.prlimit(trial.server.pid, resource.RLIMIT_NOFILE)[1]
        resource.prlimit(trial.server.pid, resource.RLIMIT_NOFILE, (limit, hard))
        for client in crowd:
            client.socket.close()
        trial.expect(settles(patience(3), lambda: trial.server.files() <= limit - 10), "files are not closed")
        time.sleep(0.2)  # it arms the accept anew
        crowd = [Client(trial.server.port, patience(10)) for _ in range(30)]
        for client in crowd:
            client.say(said.PLAINTEXT.said)
        trial.expect(trial.server.busy_s(1) < (1 if IS_SANITIZED else 0.5), "it spins without files")
        trial.expect(trial.server.files() <= limit, f"{trial.server.files()} files where {limit} are the limit")
        for client in crowd:  # each makes room for another
            try:
                client.listen(said.PLAINTEXT)
            except (Wrong, Refused, Gone, Late) as error:
                trial.expect(False, f"{type(error).__name__}: {error}")
            client.socket.close()


def run():
    tests = [test_conversations, test_files] if IS_SHORT else [test_conversations, test_many, test_files]
    each_model(*tests, width=2, models=["uring"])
    if not IS_SHORT:
        each_model(test_load, models=["uring"])


if __name__ == "__main__":
    run()
    plan()
