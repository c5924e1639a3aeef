#!/usr/bin/env python3
"""Does known_server do what it is known for? Asked by plain sockets; what keeps time is judged by its own journal.

run-tests: waits
"""
import os
import socket
import struct
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import queue_theory as theory  # noqa: E402
from pace_room import TOOLS, Known, Tap  # noqa: E402

RIGHT = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!"
tap = Tap()


class Client:
    """One connection."""

    def __init__(self, known):
        self.socket = socket.create_connection(("127.0.0.1", known.port), timeout=5)

    def ask(self, target="/plaintext"):
        self.socket.sendall(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())

    def hear(self, patience_s=5.0):
        """What came at once; b"" at the end, "reset", or None: nothing came."""
        self.socket.settimeout(patience_s)
        try:
            return self.socket.recv(4096)
        except TimeoutError:
            return None
        except ConnectionResetError:
            return "reset"

    def answer(self, patience_s=5.0):
        self.ask()
        return self.hear(patience_s)


def hear_of(mode, number, requests, last, after):
    """What one connection heard, answer by answer, and the server's exit code. Silence is not waited for as long as a word."""
    with Known(mode, number) as known:
        client, heard = Client(known), []
        while len(heard) < requests:
            heard.append(client.answer(0.3 if len(heard) == requests - 1 and last is None else 5.0))
            if heard[-1] in (b"", "reset"):
                break
        return heard, client.hear(0.3 if after is None else 5.0), known.stop()


# ---- faults: at which answer, and what -----------------------------------------------------------------------------
def check_faults():
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
    cases = [  # mode, number, requests, what the last one hears, what comes after it
        ("hang", 3, 4, None, None),
        ("hang", 0, 1, None, None),
        ("die", 3, 4, b"", b""),
        ("reset", 4, 4, "reset", b""),
        ("stale", 3, 4, head + b"Content-Length: 13\r\n\r\nHello, Earth!", None),
        ("unasked", 4, 4, RIGHT + RIGHT, None),
        ("close", 4, 4, head + b"Connection: close\r\nContent-Length: 13\r\n\r\nHello, World!", b""),
        ("alert", 3, 4, b"\x15\x03\x03\x00\x02\x02\x0a", b""),
        ("garbage", 4, 4, b"220 mail.example.org ESMTP\r\n", None),
        ("status", 4, 4, b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n", None),
        ("body", 4, 4, head + b"Content-Length: 5\r\n\r\nHello", None),
        ("cut", 4, 4, head + b"Content-Length: 13\r\n\r\nHello", b""),
    ]
    for mode, number, requests, last, after in cases:
        heard, then, code = hear_of(mode, number, requests, last, after)
        right = heard[:-1] == [RIGHT] * (requests - 1)
        tap.check(f"{mode} {number}: {requests - 1} right answers, then its fault",
                  right and heard[-1] == last and then == after and code == (3 if mode == "die" else 0),
                  "" if right and heard[-1] == last else f"{heard} {then} {code}")


def check_repeated():
    with Known("status", 3) as known:
        client = Client(known)
        heard = [client.answer()[9:12] for _ in range(9)]
    tap.check("status 3: every third answer, again and again", heard == [b"200", b"200", b"503"] * 3, heard)
    with Known("reset-connections", 3) as known:
        clients = [Client(known) for _ in range(6)]
        heard = [clients[n].answer() for n in (0, 1, 2, 0, 1, 3, 4, 5)]
    tap.check("reset-connections 3: every third connection, whatever was asked on others",
              heard == [RIGHT, RIGHT, "reset", RIGHT, RIGHT, RIGHT, RIGHT, "reset"], heard)
    with Known("mute", 3) as known:
        heard = [Client(known).answer(patience_s) for patience_s in (5.0, 5.0, 0.3, 5.0)]
    tap.check("mute 3: the third, and then it goes on", heard == [RIGHT, RIGHT, None, RIGHT], heard)
    with Known("again", 2) as known:
        client = Client(known)
        heard, asked = client.answer(), time.monotonic()
        client.ask()
        while len(heard) < 3 * len(RIGHT):
            heard += client.hear() or bytes(len(RIGHT))
        took_s, then = time.monotonic() - asked, client.hear(0.2)
    tap.check("again 2: the second, and once more later", heard == 3 * RIGHT and took_s > 0.09 and then is None, (heard, took_s, then))
    with Known("close", 2) as known:
        clients = [Client(known) for _ in range(2)]
        heard = [b"close" in client.answer() for client in clients * 2]
    tap.check("close 2: counted for each connection", heard == [False, False, True, True], heard)


def check_end():
    with Known("die-ms", 2000) as known:
        client = Client(known)
        right, after = client.answer(), client.hear()
        lived_s = time.monotonic() - known.started
        code = known.process.wait(5)
    tap.check("die-ms 2000: it answers, and ends when it is time", right == RIGHT and after == b"" and code == 3 and
              1.5 < lived_s < 7, f"{right} {after} {code} {lived_s}")
    wrong = [["constant"], ["constant", "x"], ["constant", "-1"], ["reset", "0"], ["dance", "1"], ["stall", "1000"],
             ["hang", "1", "--journal"], ["hang", "1", "--nonsense"], []]
    codes = [subprocess.run([os.path.join(TOOLS, "known_server"), *arguments], capture_output=True, timeout=5,
                            check=False).returncode for arguments in wrong]
    tap.check("a command line that it does not know ends with 2", codes == [2] * len(wrong), codes)


# ---- time -----------------------------------------------------------------------------------------------------------
def check_line():
    """First come, first served, over all connections: every answer begins where the one before it ended."""
    with Known("constant", 2000, journal=True) as known:
        clients = [Client(known) for _ in range(8)]
        began = time.monotonic()
        for number, client in enumerate(clients):
            client.ask(f"/{number}")
        for client in reversed(clients):
            client.hear()
        took_s = time.monotonic() - began
        clients[0].ask("/late")
        clients[0].hear()
        known.stop()
    lines = list(known.lines())
    free_ns, exact, ordered = 0, True, True
    for line in lines:
        exact = exact and line["begun_ns"] == max(line["seen_ns"], free_ns) and line["due_ns"] == line["begun_ns"] + 2000000
        ordered = ordered and line["seen_ns"] <= line["begun_ns"] and line["due_ns"] <= line["sent_ns"]
        free_ns = line["due_ns"]
    tap.check("constant: each request is served from when the line was free, for the service time exactly",
              exact and ordered and len(lines) == 9 and known.sums["answers"] == 9, lines)
    tap.check("constant: in the order in which they came",
              [line["target"] for line in lines] == [f"/{n}" for n in range(8)] + ["/late"], lines)
    tap.check("constant: eight at once are eight service times, never less", 0.0155 < took_s < 5, took_s)


def check_late():
    """The third of five is held back for 100 ms, and the others, on their connections, are not."""
    with Known("late", 3, "--service-us", 1000, journal=True) as known:
        clients = [Client(known) for _ in range(5)]
        for number, client in enumerate(clients):
            client.ask(f"/{number}")
        heard = [client.hear() for client in clients]
        known.stop()
    lines = list(known.lines())
    tap.check("late 3: one of three comes 100 ms later, and holds up nobody",
              heard == [RIGHT] * 5 and [line["target"] for line in lines] == ["/0", "/1", "/3", "/4", "/2"] and
              [line["due_ns"] - line["begun_ns"] for line in lines] == [1000000] * 4 + [101000000] and
              all(line["sent_ns"] >= line["due_ns"] for line in lines), lines)


def check_stall():
    """A request every 30 ms for two seconds: those that come into a stall are due at its end."""
    with Known("stall", 300, journal=True) as known:
        client = Client(known)
        for _ in range(60):
            client.answer()
            time.sleep(0.03)
        known.stop()
    lines = list(known.lines())
    late = [line for line in lines if line["due_ns"] > line["seen_ns"]]
    ends = {stall[1] for stall in known.stalls}
    tap.check("stall: who comes into it is due at its end, nobody else waits",
              len(late) >= 1 and all(line["due_ns"] in ends for line in late) and
              all(not stall[0] < line["due_ns"] < stall[1] for line in lines for stall in known.stalls),
              f"{known.stalls} {late}")
    tap.check("stall: each is 300 ms, a second after the one before",
              len(known.stalls) >= 1 and all(end - begin == 300000000 for begin, end in known.stalls) and
              all(b[0] - a[0] == 1000000000 for a, b in zip(known.stalls, known.stalls[1:])), known.stalls)


def check_work_in_stall():
    """Work that a stall interrupts goes on after it: 800 ms of service with 300 ms of each second standing still."""
    with Known("stall", 300, "--service-us", 800000, journal=True) as known:
        client = Client(known)
        client.answer()
        known.stop()
    line = next(known.lines())
    tap.check("stall: it interrupts work, which goes on after it", (line["due_ns"] - line["begun_ns"] - 800000000) / 300000000 in (1, 2), line)


def check_pipeline():
    """Requests in pieces and in one piece."""
    with Known("constant", 0, journal=True) as known:
        client = Client(known)
        client.socket.sendall(b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2?x HTTP/1.1\r\nHost: a\r\n\r\nGET /a-long-target")
        time.sleep(0.05)
        client.socket.sendall(b"-that-is-cut-in-the-journal HTTP/1.1\r\nHost: a\r")
        time.sleep(0.05)
        client.socket.sendall(b"\n\r\n")
        heard = b""
        while len(heard) < 3 * len(RIGHT):
            heard += client.hear()
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.socket.close()
        alive = Client(known).answer() == RIGHT
        known.stop()
    targets = [line["target"] for line in known.lines()]
    tap.check("requests are told apart however they come, and a client that resets costs nobody else anything",
              heard == 3 * RIGHT and targets[:3] == ["/1", "/2?x", "/a-long-target-that-is-cut-in-th"[:31]] and alive,
              targets)


# ---- the arithmetic that the tests of pace use ---------------------------------------------------------------------
def check_theory():
    for load in (0.1, 0.5, 0.8, 0.9):
        known = load * (2 + 5 * load - 4 * load ** 2 + load ** 3) / (1 - load) ** 4
        found = theory.waiting_variance(load, [1, 2, 6, 24])
        tap.check(f"the variance of a mean wait at load {load} is the known one where service is exponential",
                  abs(found / known - 1) < 1e-9, f"{found} {known}")
    tap.check("the mean wait of M/D/1 at load 0.8 is two service times", abs(theory.md1(0.8, 1)[0] - 2) < 1e-12)


check_faults()
check_repeated()
check_end()
check_line()
check_late()
check_stall()
check_work_in_stall()
check_pipeline()
check_theory()
tap.end()
