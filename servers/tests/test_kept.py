#!/usr/bin/env python3
"""Connections to a server behind that are kept and that nobody asks for again: those that it has ended are closed
soon, the others after a while, and then the server sleeps.

run-tests: timeout 90
"""
import os
import socket
import struct
import subprocess
import threading
import time

BIN = os.environ["BACKBENCH_BIN"]
MODELS = ["thread", "pool", "epoll", "uring", "uv", "mhd", "mhd-thread"]
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


def settles(is_so, seconds):
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


class Server:
    def __init__(self, model, upstream):
        self.process = subprocess.Popen(
            [f"{BIN}/server-{model}", "--address", "127.0.0.1", "--port", "0", "--workers", "1",
             "--upstream", f"127.0.0.1:{upstream.port}"], stdout=subprocess.PIPE)
        ready = self.process.stdout.readline().split()
        self.port = int(ready[1]) if len(ready) == 2 else 0
        self.proc = f"/proc/{self.process.pid}"

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def ask(self, paths):
        """All at once, each on a connection of its own. Returns what is wrong with the answers."""
        clients = [socket.create_connection(("127.0.0.1", self.port), timeout=10) for _ in paths]
        try:
            for client, path in zip(clients, paths):
                client.sendall(f"GET /proxy/{path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            answers = [client.recv(4096) for client in clients]
            wrong = [path for path, answer in zip(paths, answers) if not answer.endswith(b"\r\n\r\nok")]
            return f"not answered: {wrong}" if wrong else ""
        finally:
            for client in clients:
                client.close()

    def sockets(self):
        links = []
        for fd in os.listdir(f"{self.proc}/fd"):
            try:
                links.append(os.readlink(f"{self.proc}/fd/{fd}"))
            except OSError:
                pass  # closed meanwhile
        return sum(link.startswith("socket:") for link in links)

    def switches(self):
        """How often its threads have gone to sleep."""
        count = 0
        for task in os.listdir(f"{self.proc}/task"):
            with open(f"{self.proc}/task/{task}/status", encoding="ascii") as status:
                count += sum(int(line.split()[1]) for line in status
                             if line.startswith("voluntary_ctxt_switches"))
        return count


def those_that_ended_are_closed(server, upstream, listening):
    wrong = server.ask(ENDS)
    if wrong or upstream.accepted != len(ENDS):
        return wrong or f"{upstream.accepted} connections, not {len(ENDS)}"
    if not settles(lambda: server.sockets() == listening + 1, SOON_S):
        return f"{server.sockets() - listening} sockets after {SOON_S} s, not the 1 that is quiet"
    return ""


def the_quiet_one_is_kept_for_a_while(server, upstream):
    wrong = server.ask(["again"])
    if wrong or upstream.accepted != len(ENDS):
        return wrong or "the one that is quiet was not used again"
    upstream.ended_at = None
    settles(lambda: upstream.ended_at, KEPT_S[1])
    if not upstream.ended_at:
        return f"it is still open after {KEPT_S[1]} s"
    kept_s = upstream.ended_at - upstream.used_at
    return "" if kept_s >= KEPT_S[0] else f"it was closed after {kept_s:.1f} s"


def then_it_sleeps(server):
    before = server.switches()
    time.sleep(ASLEEP_S)
    woken = server.switches() - before
    return f"woken {woken} times in {ASLEEP_S} s" if woken > 1 else ""


def trial(results, model):
    upstream = Upstream()
    server = Server(model, upstream)
    try:
        listening = server.sockets()
        tests = [("what the server behind has ended is closed soon",
                  lambda: those_that_ended_are_closed(server, upstream, listening)),
                 ("what it leaves open is used again, and closed after a while",
                  lambda: the_quiet_one_is_kept_for_a_while(server, upstream))]
        if model in LOOPS:
            tests.append(("with nothing kept it sleeps", lambda: then_it_sleeps(server)))
        for name, test in tests:
            results[f"{model}: {name}"] = test()
    except (OSError, subprocess.TimeoutExpired) as error:
        results[f"{model}: all of it"] = str(error)
    finally:
        server.kill()


def can_run(model):
    if not os.path.exists(f"{BIN}/server-{model}"):
        return False
    server = Server(model, Upstream())
    server.kill()
    return server.port != 0


def main():
    results = {}
    threads = []
    for model in MODELS:
        if not can_run(model):
            results[f"{model} # SKIP server-{model} cannot run here"] = ""
            continue
        threads.append(threading.Thread(target=trial, args=(results, model)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    for number, name in enumerate(sorted(results), 1):
        print(f"{'not ok' if results[name] else 'ok'} {number} - {name}")
        for line in results[name].splitlines():
            print(f"# {line}")
    print(f"1..{len(results)}")


if __name__ == "__main__":
    main()
