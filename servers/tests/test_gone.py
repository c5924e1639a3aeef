#!/usr/bin/env python3
"""Requests that wait when their client or their server goes: for time (/wait), or for a server behind this one
that never answers (/proxy). Nobody else waits for them, what they held is let go, once.

run-tests: waits
"""
import os
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "endure"))
sys.dont_write_bytecode = True

from room import Server, each_model, patience, plan, result, settles  # noqa: E402

FOR_TIME, FOR_A_SERVER = b"/wait/10000", b"/proxy/never"
CLIENTS = 8
GONE_S = 4  # time-outs come up to a second or two late


class Silence:
    """An upstream server that accepts, reads and says nothing."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.asked = self.ended = 0
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            connection = self.listener.accept()[0]
            threading.Thread(target=self.listen, args=[connection], daemon=True).start()

    def listen(self, connection):
        try:
            while piece := connection.recv(4096):
                self.asked += piece.count(b"GET /never ")
        except OSError:
            pass
        self.ended += 1
        connection.close()


def request(target):
    return b"GET " + target + b" HTTP/1.1\r\nHost: a\r\n\r\n"


def start(model, upstream):
    return Server(model, "--max-connections", str(CLIENTS), "--upstream", f"127.0.0.1:{upstream.port}")


def crowd_of(server, target):
    clients = [socket.create_connection(("127.0.0.1", server.port), timeout=5) for _ in range(CLIENTS)]
    for client in clients:
        client.sendall(request(target))
    return clients


def serves(server, seconds):
    with socket.create_connection(("127.0.0.1", server.port), timeout=seconds) as client:
        client.sendall(request(b"/plaintext"))
        try:
            return client.recv(4096).startswith(b"HTTP/1.1 200 ")
        except OSError:
            return False


def reset(clients):
    for client in clients:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()


def wait_until_asked(upstream, target):
    """All of a crowd's requests are on their way; those for time cannot be seen."""
    if target == FOR_A_SERVER and not settles(5, lambda: upstream.asked == CLIENTS):
        return f"the server behind was asked {upstream.asked} times, not {CLIENTS}"
    time.sleep(0.2)
    return ""


def clients_go(model, target):
    """They have all the places there are."""
    upstream = Silence()
    server = start(model, upstream)
    try:
        crowd = crowd_of(server, target)
        wrong = wait_until_asked(upstream, target)
        reset(crowd)
        if not serves(server, GONE_S):
            wrong = wrong or f"their places are not free within {GONE_S} s"
        if not settles(GONE_S, lambda: upstream.ended == upstream.asked):
            wrong = wrong or f"{upstream.asked - upstream.ended} connections stay open behind it"
        return wrong or server.end()
    finally:
        server.kill()


def server_goes(model, target):
    upstream = Silence()
    server = start(model, upstream)
    try:
        crowd = crowd_of(server, target)
        wrong = wait_until_asked(upstream, target)
        wrong = wrong or server.end(patience(GONE_S))  # they would wait for ten seconds
        for client in crowd:
            client.close()
        return wrong
    finally:
        server.kill()


def clients_who_wait_for_time(model):
    result(f"{model}: clients who reset while they wait for time free their places",
           clients_go(model, FOR_TIME))


def clients_who_wait_for_a_server(model):
    result(f"{model}: clients who reset while they wait for a server behind free their places",
           clients_go(model, FOR_A_SERVER))


def end_while_some_wait_for_time(model):
    result(f"{model}: requests that wait for time do not hold up its end", server_goes(model, FOR_TIME))


def end_while_some_wait_for_a_server(model):
    result(f"{model}: requests that wait for a server behind do not hold up its end",
           server_goes(model, FOR_A_SERVER))


each_model(clients_who_wait_for_time, clients_who_wait_for_a_server, end_while_some_wait_for_time,
           end_while_some_wait_for_a_server, width=4)
plan()
