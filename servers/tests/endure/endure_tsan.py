#!/usr/bin/env python3
"""Data races: the models in which threads share something, under ThreadSanitizer and a load of every kind
at once, while clients come, vanish and reset; ended by SIGTERM in the middle of it.

    endure_tsan.py [MODEL...]      TSAN_SECONDS=12 each run lasts, TSAN_RUNS=3 there are of each model

Builds what it needs (make SAN=thread). A model passes if the sanitizer has said nothing, every kind of
load was served without an error, and each end was in time and with exit code 0.

run-tests: alone
run-tests: timeout 900
"""
import os
import random
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

SOURCE = os.path.realpath(f"{os.path.dirname(os.path.abspath(__file__))}/../../..")
BIN = f"{SOURCE}/build/san-thread/bin"
UPSTREAM = "epoll"
MODELS = {
    "thread": [],
    "pool": [],
    "uv": ["--workers", "2"],
    "mhd": ["--workers", "2"],
    "mhd-thread": [],
}
RUN_S = float(os.environ.get("TSAN_SECONDS", "12"))
RUNS = int(os.environ.get("TSAN_RUNS", "3"))
END_S = 8.0  # 2 s is the contract; the sanitizer is ten times as slow, and sleeps for a second itself
LOAD_CONNECTIONS = "8"
# Where the sanitizer is too slow for a drain within its time, the server's watchdog ends the process, as it
# should: with threads that the library has not joined yet, which would be reported as leaked.
TSAN_OPTIONS = "exitcode=66 second_deadlock_stack=1 history_size=4 report_thread_leaks=0"
VISITORS = 4
VISIT_PAUSE_S = 0.02

# Each load: its name, wrk's arguments, the path.
LOADS = [
    ("plaintext", ["-s", f"{SOURCE}/workloads/plaintext.lua"], "/"),
    ("echo-4k", ["-s", f"{SOURCE}/workloads/echo-4k.lua"], "/"),
    ("bytes-64k", ["-s", f"{SOURCE}/workloads/bytes-64k.lua"], "/"),
    ("wait-10ms", ["-s", f"{SOURCE}/workloads/wait-10ms.lua"], "/"),
    ("a connection for each request", ["-H", "Connection: close"], "/json"),
]
PROXY_LOADS = [
    ("proxy, small", [], "/proxy/plaintext"),
    ("proxy, large", [], "/proxy/bytes/65536"),
    ("proxy that waits", [], "/proxy/wait/10"),
]

# What a visitor has sent when it goes: of each kind of work the server may then be in.
VISITS = [
    b"",
    b"GET /plaintext HT",
    b"GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n" * 3,
    b"GET /bytes/4000000 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /wait/300 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /proxy/wait/300 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /proxy/bytes/900000 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n" + b"x" * 3000,
    b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n400\r\nhalf",
    b"NONSENSE\r\n\r\n",
]


def build():
    names = [f"build/san-thread/bin/server-{name}" for name in [*MODELS, UPSTREAM]]
    made = subprocess.run(["make", "-C", SOURCE, "SAN=thread", *names], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    if made.returncode:
        sys.exit(f"Bail out! make SAN=thread: {made.stdout.decode()[-2000:]}")


def prefix():
    """The sanitizer of gcc 12 does not start where the kernel spreads mappings further than it knows
    (vm.mmap_rnd_bits)."""
    command = [f"{BIN}/server-{UPSTREAM}", "--describe"]
    started = subprocess.run(command, capture_output=True, check=False)
    return [] if started.returncode == 0 else ["setarch", os.uname().machine, "-R"]


class Server:
    def __init__(self, wrapper, name, *options):
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [*wrapper, f"{BIN}/server-{name}", "--address", "127.0.0.1", "--port", "0", *options],
            stdout=subprocess.PIPE, stderr=self.errors,
            env={**os.environ, "TSAN_OPTIONS": TSAN_OPTIONS})
        ready = self.process.stdout.readline().split()
        self.port = int(ready[1]) if len(ready) == 2 else 0

    def said(self):
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace")

    def end(self):
        """SIGTERM; what is wrong with its end, or with what it has said."""
        began = time.monotonic()
        self.process.terminate()
        try:
            status = self.process.wait(END_S)
        except subprocess.TimeoutExpired:
            status = f"none within {END_S} s"
        said = self.said()
        if status == 0 and "ThreadSanitizer" not in said:
            return []
        return [f"exit {status} after {time.monotonic() - began:.2f} s", said[:8000]]

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.errors.close()


class Load:
    """wrk, for as long as it is let."""

    def __init__(self, name, arguments, url):
        self.name = name
        self.process = subprocess.Popen(
            ["wrk", "-t", "1", "-c", LOAD_CONNECTIONS, "-d", "600", "--timeout", "10", *arguments, url],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def judge(self):
        """How many were answered, and what went wrong."""
        self.process.send_signal(signal.SIGINT)
        said = self.process.communicate(timeout=20)[0].decode()
        answered = re.search(r"(\d+) requests in", said)
        refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
        count = int(answered.group(1)) if answered else 0
        if count == 0 or refused:
            return count, [f"{self.name}: {said}"]
        return count, []

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Visitor(threading.Thread):
    """Comes, sends something, and goes with a FIN or a reset, over and over."""

    def __init__(self, port, seed):
        super().__init__(daemon=True)
        self.port, self.random = port, random.Random(seed)
        self.has_to_go = threading.Event()
        self.visits = 0
        self.start()

    def visit(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as client:
            client.sendall(self.random.choice(VISITS))
            self.has_to_go.wait(self.random.choice([0, 0.001, 0.02, 0.1]))
            if self.random.random() < 0.5:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.visits += 1

    def run(self):
        while not self.has_to_go.wait(VISIT_PAUSE_S):
            try:
                self.visit()
            except OSError:
                pass  # nobody listens any more


def load_for(server, run):
    """Loads and visitors for RUN_S, then SIGTERM under them. Returns answers and what went wrong."""
    url = f"http://127.0.0.1:{server.port}"
    loads, visitors, wrong, counts = [], [], [], []
    try:
        for name, arguments, path in LOADS + (PROXY_LOADS if serves_proxy() else []):
            loads.append(Load(name, arguments, url + path))
        visitors = [Visitor(server.port, f"{run}/{i}") for i in range(VISITORS)]
        time.sleep(RUN_S)
        wrong += server.end()
        for load in loads:
            count, bad = load.judge()
            counts.append(count)
            wrong += bad
        if sum(visitor.visits for visitor in visitors) == 0:
            wrong.append("no visitor could come")
    finally:
        for visitor in visitors:
            visitor.has_to_go.set()
        for visitor in visitors:
            visitor.join()
        for load in loads:
            load.kill()
    return sum(counts), wrong


def serves_proxy():
    described = subprocess.run([*WRAPPER, f"{BIN}/server-{UPSTREAM}", "--describe"],
                               capture_output=True, check=True)
    return "proxy" in re.search(r"^routes (.*)$", described.stdout.decode(), re.M).group(1).split()


def run_model(model, run, upstream):
    options = ["--upstream", f"127.0.0.1:{upstream.port}"] if serves_proxy() else []
    server = Server(WRAPPER, model, *MODELS[model], *options)
    try:
        if not server.port:
            return 0, [f"it did not start: {server.said()[:2000]}"]
        return load_for(server, run)
    finally:
        server.kill()


def judge(number, model, upstream):
    answers, wrong = 0, []
    for run in range(RUNS):
        count, bad = run_model(model, run, upstream)
        answers += count
        wrong += bad
    print(f"{'not ok' if wrong else 'ok'} {number} - {model}: no data race in {answers} answers and "
          f"{RUNS * RUN_S:.0f} s of load, ended {RUNS} times in the middle of it", flush=True)
    for line in "\n".join(wrong).splitlines():
        print(f"# {line}", flush=True)
    return bool(wrong)


def main():
    models = sys.argv[1:] or list(MODELS)
    upstream = Server(WRAPPER, UPSTREAM)
    try:
        failed = [judge(i + 1, model, upstream) for i, model in enumerate(models)]
        print(f"1..{len(models)}", flush=True)
    finally:
        upstream.kill()
    sys.exit(any(failed))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    build()
    WRAPPER = prefix()
    main()
