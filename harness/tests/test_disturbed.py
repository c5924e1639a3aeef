#!/usr/bin/env python3
"""Is a disturbed server worse by what it was told, and a competitor on its CPU for its share? Bounds that no busy machine moves:
what is spun and slept is a least time, what is held is counted in pages. Prints TAP.
# run-tests: plain
"""
import os
import re
import signal
import socket
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from pace_room import TOOLS, Tap  # noqa: E402

SERVER = os.path.join(os.environ["BACKBENCH_BIN"], "server-epoll")
DISTURBED, COMPETITOR = os.path.join(TOOLS, "disturbed.so"), os.path.join(TOOLS, "competitor")
REQUEST = b"GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n"
PATIENCE_S = 10
KIB, MIB = 1 << 10, 1 << 20
SLACK = 96 * KIB  # what a process may touch besides
tap = Tap()


class Disturbed:
    """A server under DISTURB, asked once; ended with the block."""

    def __init__(self, disturb):
        self.process = subprocess.Popen([SERVER, "--port", "0"], stdout=subprocess.PIPE,
                                        env={**os.environ, "LD_PRELOAD": DISTURBED, "DISTURB": disturb})
        self.connection = socket.create_connection(("127.0.0.1", int(self.process.stdout.readline().split()[1])), PATIENCE_S)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.ask(1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE_S)
        self.process.stdout.close()

    def ask(self, count):
        """Seconds of each answer, one after the other."""
        seconds = []
        for _ in range(count):
            began = time.monotonic()
            self.connection.sendall(REQUEST)
            if not self.connection.recv(4096).endswith(b"Hello, World!"):
                raise RuntimeError("it answered something else")
            seconds.append(time.monotonic() - began)
        return seconds

    def held(self):
        """Pages that it wrote; whether a clean one is its alone depends on who else runs."""
        with open(f"/proc/{self.process.pid}/smaps_rollup", encoding="ascii") as file:
            return sum(int(kib) for kib in re.findall(r"^Private_Dirty: *(\d+) kB", file.read(), re.M)) * KIB

    def cpu_s(self):
        return time.clock_gettime(~self.process.pid << 3 | 2)  # CPUCLOCK_SCHED of a process: clock_getcpuclockid(3)


def check_times():
    with Disturbed("none") as plain:
        quick = min(plain.ask(100))
    with Disturbed("spin:400us") as spun:
        seconds = spun.ask(100)
    tap.check("each answer waits for its spin", min(seconds) >= 400e-6, min(seconds))
    tap.check("and without it none takes that long", quick < 400e-6, quick)
    with Disturbed("walk:8m:16") as walked:
        whole = min(walked.ask(5))
    with Disturbed("walk:8m:.25") as walked:
        part = min(walked.ask(40))
    tap.check("a walk takes time, and a part of it less", quick < whole and part * 4 < whole, (quick, part, whole))
    for kind in ("sleep", "stall"):
        with Disturbed(f"{kind}:3ms:50%") as late:
            before, seconds = late.cpu_s(), late.ask(120)
            used = late.cpu_s() - before
        count = sum(answer >= 3e-3 for answer in seconds)
        tap.check(f"{kind}: about half of the answers come late", 30 <= count <= 90, count)
        if kind == "sleep":
            tap.check("and a sleep takes no CPU time", used < count * 3e-3 / 3, used)


def check_memory():
    with Disturbed("none") as plain:
        plain.ask(200)
        start = plain.held()
    with Disturbed("ballast:3m") as heavy:
        heavy.ask(200)
        more = heavy.held() - start
    tap.check("ballast is held from the start", abs(more - 3 * MIB) <= SLACK, more)
    with Disturbed("leak:64k:10") as leaky:
        before = leaky.held()
        leaky.ask(320)
        more = leaky.held() - before
    tap.check("a leak keeps so many bytes of each so-manieth answer", abs(more - 32 * 64 * KIB) <= SLACK + 64 * KIB, more)


def ended(*words, **environment):
    done = subprocess.run(words, env={**os.environ, **environment}, capture_output=True, text=True, check=False,
                          timeout=PATIENCE_S)
    return done.returncode, done.stderr


def check_refusals():
    wrong = ("", "spin", "spin:160", "spin:0ns", "spin:-1ns", "spin:1ns:2", "sleep:200us", "sleep:1us:101%", "walk:64k:2:2",
             "leak:1k", "ballast:9999m", "none:1", "nap:1ms", "spin:" + "1" * 200 + "ns")
    said = {words: ended(SERVER, "--describe", LD_PRELOAD=DISTURBED, DISTURB=words) for words in wrong}
    tap.check("what is no disturbance is refused in a sentence", all(
        code == 2 and text.startswith(f"disturbed: DISTURB={words}: write spin:") for words, (code, text) in said.items()), said)
    for words in (["x", "10%", "1"], ["0", "10", "1"], ["0", "100%", "1"], ["0", "10%", "-1"], ["0", "10%"]):
        code, text = ended(COMPETITOR, *words)
        tap.check(f"so is competitor {' '.join(words)}", code == 2 and text.startswith("usage: competitor CPU SHARE SECONDS"), text)


def check_competitor():
    cpu = str(min(os.sched_getaffinity(0)))
    began = time.monotonic()
    before = os.times().children_user
    code, text = ended(COMPETITOR, cpu, "50%", "1", "7")
    took, used = time.monotonic() - began, os.times().children_user - before
    tap.check("a competitor ends when its time is over", code == 0 and text == "" and 1 <= took < PATIENCE_S, (code, text, took))
    tap.check("and took some of the CPU, not all", .02 < used < .9, used)
    with subprocess.Popen([sys.executable, "-c", "import subprocess, sys, time\n"
                           "child = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE)\n"
                           "child.stdout.readline(); print(child.pid, flush=True); time.sleep(100)",
                           COMPETITOR, cpu, "1%", "100"], stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        parent.kill()
    end = time.monotonic() + PATIENCE_S
    while is_alive(child) and time.monotonic() < end:
        time.sleep(.01)
    tap.check("it ends with whoever started it", not is_alive(child), child)


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


check_times()
check_memory()
check_refusals()
check_competitor()
tap.end()
