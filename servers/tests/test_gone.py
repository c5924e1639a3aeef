#!/usr/bin/env python3
"""Requests that wait when their client or their server goes: for time (/wait), or for a server behind this one
that never answers (/proxy). Nobody else waits for them, what they held is let go, once.

run-tests: timeout 60
"""
import os
import signal
import socket
import struct
import subprocess
import threading
import time

BIN = os.environ["BACKBENCH_BIN"]
MODELS = ["thread", "pool", "epoll", "uring", "uv", "mhd", "mhd-thread"]
WAITS = {"time": b"/wait/10000", "a server behind": b"/proxy/never"}
CLIENTS = 8
GONE_S = 4  # time-outs come up to a second or two late
END_S = 2.5 if "san-" in BIN else 2.0


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


def settles(is_so, seconds):
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def request(target):
    return b"GET " + target + b" HTTP/1.1\r\nHost: a\r\n\r\n"


class Server:
    def __init__(self, model, upstream):
        self.process = subprocess.Popen(
            [f"{BIN}/server-{model}", "--address", "127.0.0.1", "--port", "0",
             "--max-connections", str(CLIENTS), "--upstream", f"127.0.0.1:{upstream.port}"],
            stdout=subprocess.PIPE)
        ready = self.process.stdout.readline().split()
        self.port = int(ready[1]) if len(ready) == 2 else 0

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def crowd(self, target):
        clients = [socket.create_connection(("127.0.0.1", self.port), timeout=5)
                   for _ in range(CLIENTS)]
        for client in clients:
            client.sendall(request(target))
        return clients

    def serves(self, seconds):
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as client:
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
    if target != WAITS["time"] and not settles(lambda: upstream.asked == CLIENTS, 5):
        return f"the server behind was asked {upstream.asked} times, not {CLIENTS}"
    time.sleep(0.2)
    return ""


def clients_go(model, target):
    """They have all the places there are."""
    upstream = Silence()
    server = Server(model, upstream)
    try:
        crowd = server.crowd(target)
        wrong = wait_until_asked(upstream, target)
        reset(crowd)
        if not server.serves(GONE_S):
            wrong = wrong or f"their places are not free within {GONE_S} s"
        if not settles(lambda: upstream.ended == upstream.asked, GONE_S):
            wrong = wrong or f"{upstream.asked - upstream.ended} connections stay open behind it"
        server.process.terminate()
        status = server.process.wait(5)
        return wrong or (f"exit {status}" if status else "")
    finally:
        server.kill()


def server_goes(model, target):
    upstream = Silence()
    server = Server(model, upstream)
    try:
        crowd = server.crowd(target)
        wrong = wait_until_asked(upstream, target)
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        status = server.process.wait(5)
        took_s = time.monotonic() - began
        for client in crowd:
            client.close()
        if status or took_s > END_S:
            wrong = wrong or f"exit {status} after {took_s:.2f} s"
        return wrong
    finally:
        server.kill()


def trial(results, model, name, test, target):
    try:
        results[name] = test(model, target)
    except (OSError, subprocess.TimeoutExpired) as error:
        results[name] = str(error)


def can_run(model):
    if not os.path.exists(f"{BIN}/server-{model}"):
        return False
    server = Server(model, Silence())
    server.kill()
    return server.port != 0


def main():
    results = {}
    for model in MODELS:
        if not can_run(model):
            results[f"{model} # SKIP server-{model} cannot run here"] = ""
            continue
        threads = []
        for what, target in WAITS.items():
            for test, end in ((clients_go, f"clients who reset while they wait for {what} free their places"),
                              (server_goes, f"requests that wait for {what} do not hold up its end")):
                threads.append(threading.Thread(target=trial, args=(
                    results, model, f"{model}: {end}", test, target)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for number, name in enumerate(sorted(results), 1):
        print(f"{'not ok' if results[name] else 'ok'} {number} - {name}")
        for line in results[name].splitlines():
            print(f"# {line}")
    print(f"1..{len(results)}")


if __name__ == "__main__":
    main()
