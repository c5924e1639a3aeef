#!/usr/bin/env python3
"""Connections to a server behind that are kept and that nobody asks for again: those that it has ended are closed
soon, the others after a while, and then the server sleeps.

run-tests: waits
run-tests: timeout 90
"""
import os
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "endure"))
sys.dont_write_bytecode = True

from room import MODELS, Server, each_model, plan, result, settles  # noqa: E402

LOOPS = ["epoll", "uring", "uv"]  # the others look at their clients' deadlines once a second anyway
ENDS = ["finish", "reset", "babble", "keep"]  # what the server behind does once it has answered
SOON_S = 6  # a look a second, on a busy machine
KEPT_S = (8, 18)  # UPSTREAM_LOOKS_LIMIT looks and one more
ASLEEP_S = 2.5


class Upstream:
    """Answers those who ask for an end of ENDS when all have asked: so each has a connection of its own."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.have_asked = threading.Barrier(len(ENDS))
        self.accepted = 0
        self.used_at = self.ended_at = None  # of the last one that was kept
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            connection = self.listener.accept()[0]
            self.accepted += 1
            threading.Thread(target=self.serve, args=[connection], daemon=True).start()

    def serve(self, connection):
        try:
            while asked := connection.recv(4096):
                end = asked.split()[1].decode()[1:]
                if end in ENDS:
                    self.have_asked.wait(10)
                self.used_at = time.monotonic()
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                if end not in ("keep", "again"):
                    time.sleep(0.3)
                    self.end(connection, end)
            self.ended_at = time.monotonic()
        except (OSError, threading.BrokenBarrierError):
            pass

    def end(self, connection, how):
        if how == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
        elif how == "finish":
            connection.shutdown(socket.SHUT_WR)
        else:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen")


def ask(server, paths):
    """All at once, each on a connection of its own. Returns what is wrong with the answers."""
    clients = [socket.create_connection(("127.0.0.1", server.port), timeout=10) for _ in paths]
    try:
        for client, path in zip(clients, paths):
            client.sendall(f"GET /proxy/{path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        answers = [client.recv(4096) for client in clients]
        wrong = [path for path, answer in zip(paths, answers) if not answer.endswith(b"\r\n\r\nok")]
        return f"not answered: {wrong}" if wrong else ""
    finally:
        for client in clients:
            client.close()


def sockets(server):
    links = []
    for fd in os.listdir(f"/proc/{server.pid}/fd"):
        try:
            links.append(os.readlink(f"/proc/{server.pid}/fd/{fd}"))
        except OSError:
            pass  # closed meanwhile
    return sum(link.startswith("socket:") for link in links)


def switches(server):
    """How often its threads have gone to sleep."""
    count = 0
    for task in os.listdir(f"/proc/{server.pid}/task"):
        with open(f"/proc/{server.pid}/task/{task}/status", encoding="ascii") as status:
            count += sum(int(line.split()[1]) for line in status
                         if line.startswith("voluntary_ctxt_switches"))
    return count


def those_that_ended_are_closed(server, upstream, listening):
    wrong = ask(server, ENDS)
    if wrong or upstream.accepted != len(ENDS):
        return wrong or f"{upstream.accepted} connections, not {len(ENDS)}"
    if not settles(SOON_S, lambda: sockets(server) == listening + 1):
        return f"{sockets(server) - listening} sockets after {SOON_S} s, not the 1 that is quiet"
    return ""


def the_quiet_one_is_kept_for_a_while(server, upstream):
    wrong = ask(server, ["again"])
    if wrong or upstream.accepted != len(ENDS):
        return wrong or "the one that is quiet was not used again"
    upstream.ended_at = None
    settles(KEPT_S[1], lambda: upstream.ended_at)
    if not upstream.ended_at:
        return f"it is still open after {KEPT_S[1]} s"
    kept_s = upstream.ended_at - upstream.used_at
    return "" if kept_s >= KEPT_S[0] else f"it was closed after {kept_s:.1f} s"


def then_it_sleeps(server):
    before = switches(server)
    time.sleep(ASLEEP_S)
    woken = switches(server) - before
    return f"woken {woken} times in {ASLEEP_S} s" if woken > 1 else ""


def quiet_connections(model):
    upstream = Upstream()
    server = Server(model, "--workers", "1", "--upstream", f"127.0.0.1:{upstream.port}")
    try:
        listening = sockets(server)
        result(f"{model}: what the server behind has ended is closed soon",
               those_that_ended_are_closed(server, upstream, listening))
        result(f"{model}: what it leaves open is used again, and closed after a while",
               the_quiet_one_is_kept_for_a_while(server, upstream))
        if model in LOOPS:
            result(f"{model}: with nothing kept it sleeps", then_it_sleeps(server))
    finally:
        server.kill()


each_model(quiet_connections, width=len(MODELS))
plan()
