#!/usr/bin/env python3
"""Does growing_server grow as each of its ways says? Counted in pages, by smaps_rollup, which is exact."""
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from pace_room import TOOLS, Tap  # noqa: E402

TOOL = os.path.abspath(os.path.join(TOOLS, "growing_server"))
ANSWER = (b"HTTP/1.1 200 OK\r\nServer: growing\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!")
REQUEST = b"GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n"
BATCH = 200
KIB, MIB = 1 << 10, 1 << 20
SLACK = 96 * KIB  # what a process may touch besides: a page of code, a buffer
PATIENCE_S = 10
tap = Tap()


class Server:
    """One growing_server, warmed up by a few requests; ended with the block."""

    def __init__(self, *arguments, program=TOOL):
        self.process = subprocess.Popen([program, "--port", "0", *map(str, arguments)], stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline().split()[1])
        self.connections = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for connection in self.connections:
            connection.close()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def connect(self):
        self.connections.append(socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S))
        return self.connections[-1]

    def ask(self, count, connection=None):
        """So many requests, in batches; True if every answer was right."""
        connection = connection or (self.connections[0] if self.connections else self.connect())
        while count > 0:
            batch = min(count, BATCH)
            connection.sendall(REQUEST * batch)
            heard = b""
            while len(heard) < batch * len(ANSWER):
                piece = connection.recv(1 << 16)
                if not piece:
                    return False
                heard += piece
            if heard != ANSWER * batch:
                return False
            count -= batch
        return True

    def rss(self):
        with open(f"/proc/{self.process.pid}/smaps_rollup", encoding="ascii") as file:
            return next(int(line.split()[1]) * KIB for line in file if line.startswith("Rss:"))

    def count(self, folder):
        return len(os.listdir(f"/proc/{self.process.pid}/{folder}"))

    def wait_for(self, holds):
        end = time.monotonic() + PATIENCE_S
        while not holds() and time.monotonic() < end:
            time.sleep(0.01)
        return holds()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)


def is_near(grown, expected):
    return expected <= grown <= expected + SLACK


def grows(server, requests):
    before = server.rss()
    assert server.ask(requests)
    return server.rss() - before


def check_flat():
    with Server("--mode", "flat") as server:
        server.ask(BATCH)
        grown, fds = grows(server, 20000), server.count("fd")
        server.ask(BATCH)
        tap.check("flat: 20,000 requests leave no more than they found", grown <= SLACK and server.count("fd") == fds, grown)


def check_leak():
    with Server("--mode", "leak", "--every", 10) as server:
        server.ask(BATCH)
        grown = [grows(server, 10000) for _ in range(2)]
        tap.check("leak: so many bytes for every so many requests, and again", all(is_near(g, 1000 * KIB) for g in grown), grown)
    with Server("--mode", "leak") as server:
        server.ask(BATCH)
        grown = grows(server, 400000)
        tap.check("leak: 1 KB for 1,000 requests where nothing else is said", is_near(grown, 396 * KIB), grown)


def check_connections():
    with Server("--mode", "connections") as server:
        server.ask(BATCH)
        before = server.rss()
        for _ in range(100):
            server.ask(1, server.connect())
        opened = server.rss() - before
        for connection in server.connections[1:]:
            connection.close()
        asked = grows(server, 10000)
        tap.check("connections: so many bytes for each, which outlive it", is_near(opened, 400 * KIB) and asked >= -SLACK,
                  f"{opened} {asked}")
        tap.check("connections: none for a request", asked <= SLACK, asked)


def check_cache():
    with Server("--mode", "cache", "--every", 1, "--size", MIB) as server:
        first = grows(server, 200)
        filled = first + grows(server, 10000)
        more = grows(server, 10000)
        tap.check("cache: it fills up to its size", 300 * KIB < first < MIB and is_near(filled, MIB), f"{first} {filled}")
        tap.check("cache: and stays full", abs(more) <= SLACK, more)


def check_sawtooth():
    with Server("--mode", "sawtooth", "--bytes", 4096, "--every", 1000) as server:
        server.ask(1)
        low, teeth = server.rss(), []
        for _ in range(2):
            server.wait_for(lambda: server.rss() <= low + 4 * KIB)
            begun = time.monotonic()
            server.ask(150)
            high = server.rss()
            fell = server.wait_for(lambda: server.rss() <= low + 4 * KIB)
            teeth.append((high - low, fell, time.monotonic() - begun))
        tap.check("sawtooth: so many bytes for each request, and all are freed when it is time, again and again",
                  any(rise >= 590 * KIB for rise, _, _ in teeth) and all(fell and took < 3 for _, fell, took in teeth), teeth)


def check_stack():
    with Server("--mode", "stack", "--every", 1000) as server:
        server.ask(500)
        before, threads = server.rss(), server.count("task")
        server.ask(499)
        still = server.rss() - before
        server.ask(1)
        grown = server.wait_for(lambda: server.rss() - before >= MIB)
        more = grows(server, 5000)
        tap.check("stack: a thread's grows once, at the request it is told", still <= SLACK and grown and abs(more) <= SLACK and
                  threads == server.count("task") == 2, f"{still} {server.rss() - before} {more} {threads}")


def check_descriptors():
    with Server("--mode", "descriptors", "--every", 10) as server:
        server.ask(BATCH)
        before, rss = server.count("fd"), server.rss()
        server.ask(400)
        opened, grown = server.count("fd") - before, server.rss() - rss
        tap.check("descriptors: one for every so many requests, and no memory", opened == 40 and grown <= SLACK,
                  f"{opened} {grown}")


def check_contract():
    with Server("--mode", "flat", "--workers", 2, "--max-connections", 3) as server:
        first = [server.connect() for _ in range(3)]
        right = all(server.ask(1, connection) for connection in first)
        fourth = server.connect()
        fourth.sendall(REQUEST)
        fourth.settimeout(0.3)
        try:
            waits = not fourth.recv(4096)
        except TimeoutError:
            waits = True
        first[0].close()
        fourth.settimeout(PATIENCE_S)
        heard = fourth.recv(4096)
        tap.check("more clients than it may take wait until one goes", right and waits and heard == ANSWER, heard)
        begun = time.monotonic()
        code = server.stop()
        tap.check("SIGTERM ends it with 0, soon", code == 0 and time.monotonic() - begun < 2, code)
    with tempfile.TemporaryDirectory() as room:
        link = os.path.join(room, "growing_server-descriptors")
        os.symlink(TOOL, link)
        with Server("--every", 10, program=link) as server:
            server.ask(BATCH)
            before = server.count("fd")
            server.ask(100)
            opened = server.count("fd") - before
        said = subprocess.run([link, "--describe"], capture_output=True, text=True, timeout=5, check=False)
        tap.check("its name tells its way, too", opened == 10 and "name growing-descriptors\n" in said.stdout, f"{opened} {said}")
    wrong = [["--mode", "dance"], ["--every", "0"], ["--every", "x"], ["--bytes", "-1"], ["--nonsense"], ["more"]]
    codes = [subprocess.run([TOOL, *arguments], capture_output=True, timeout=5, check=False).returncode for arguments in wrong]
    tap.check("a command line that it does not know ends with 2", codes == [2] * len(wrong), codes)


for check in (check_flat, check_leak, check_connections, check_cache, check_sawtooth, check_stack, check_descriptors,
              check_contract):
    check()
tap.end()
