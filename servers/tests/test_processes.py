#!/usr/bin/env python3
"""What servers promise as processes, from a client's side: nobody who has asked before SIGTERM is
left without an answer, and fds that the parent has left open do no harm.

run-tests: timeout 120
run-tests: alone
"""
import os
import resource
import signal
import socket
import subprocess
import time

BIN = os.environ["BACKBENCH_BIN"]
MODELS = ["thread", "pool", "epoll", "uring", "uv"]
CEILINGS = ["ceiling", "ceiling-uring"]
REQUEST = b"GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n"
BODY = b"Hello, World!"
CLIENTS = 200
INHERITED = 3000
BURST_LIMIT = 100  # leaves io_uring room for a multishot accept
RESERVED_FILES = 80  # what core/server.c lets a server have beside its clients

# The contract is an end within 2 s. A sanitizer looks for leaks at the end, which now and then takes until
# the server's own watchdog ends it.
SANITIZED_S = 0.5 if "san-" in BIN else 0

count = 0


def result(name, wrong):
    """wrong is what went wrong, or empty."""
    global count
    count += 1
    print(f"{'not ok' if wrong else 'ok'} {count} - {name}", flush=True)
    if wrong:
        print(f"# {wrong}", flush=True)


def start(server, *options, **popen):
    process = subprocess.Popen(
        [f"{BIN}/server-{server}", "--address", "127.0.0.1", "--port", "0", *options],
        stdout=subprocess.PIPE, **popen)
    ready = process.stdout.readline().split()
    if len(ready) != 2:
        process.wait()
        return process, 0
    return process, int(ready[1])


def can_run(server):
    process, port = start(server)
    process.terminate()
    process.wait()
    return port != 0


def connect(port):
    client = socket.create_connection(("127.0.0.1", port), timeout=5)
    client.settimeout(5)
    return client


def read_all(client):
    """All bytes until FIN, and what ended them instead, if something did."""
    got = b""
    try:
        while piece := client.recv(65536):
            got += piece
    except OSError as error:
        return got, str(error)
    return got, ""


def ask(client):
    client.sendall(REQUEST)
    got = b""
    while not got.endswith(BODY):
        piece = client.recv(65536)
        if not piece:
            raise ConnectionError("closed instead of an answer")
        got += piece


def judge(clients, closes):
    """The first thing wrong with what clients got after SIGTERM."""
    answered = closing = 0
    error = ""
    for client in clients:
        got, ended = read_all(client)
        answered += got.count(BODY)
        closing += got.count(b"\r\nConnection: close\r\n")
        error = error or ended
        client.close()
    if error or answered < len(clients) or (closes and closing < len(clients)):
        return f"{answered} of {len(clients)} answered, {closing} with close; {error or 'no error'}"
    return ""


def stop(process, began, limit_s):
    process.send_signal(signal.SIGCONT)
    status = process.wait(timeout=5)
    took_s = time.monotonic() - began
    if status or took_s > (2.0 + SANITIZED_S if SANITIZED_S else limit_s):
        return f"exit {status} after {took_s:.2f} s"
    return ""


def test_asked_before_term(server, workers, are_new):
    """Clients that are idle, or not even accepted, ask while the server stands still."""
    process, port = start(server, "--workers", str(workers))
    clients = [] if are_new else [connect(port) for _ in range(CLIENTS)]
    for client in clients:
        ask(client)
    process.send_signal(signal.SIGSTOP)
    if are_new:
        clients = [connect(port) for _ in range(CLIENTS)]
    for client in clients:
        client.sendall(REQUEST)
    process.terminate()
    began = time.monotonic()
    process.send_signal(signal.SIGCONT)
    # Where there are more threads, some may serve before the one that takes the signal has run.
    wrong = judge(clients, closes=server in ("epoll", "uring", "uv") and workers == 1)
    who = "new" if are_new else "idle"
    result(f"{server}, {workers} workers: {who} clients who ask before SIGTERM are answered",
           wrong or stop(process, began, 1.8))


def test_idle_at_term(server):
    process, port = start(server)
    clients = [connect(port) for _ in range(20)]
    for client in clients[:10]:
        ask(client)
    process.terminate()
    began = time.monotonic()
    wrong = [read_all(client) for client in clients]
    result(f"{server}: idle clients do not hold up the end, and see no error",
           stop(process, began, 1.0) or next((str(w) for w in wrong if w != (b"", "")), ""))
    for client in clients:
        client.close()


def test_burst_beyond_limit(server):
    """More come at once than there is room for: the others wait in the queue, for their turn."""
    process, port = start(server, "--max-connections", str(BURST_LIMIT))
    process.send_signal(signal.SIGSTOP)
    clients = [connect(port) for _ in range(2 * CLIENTS)]
    process.send_signal(signal.SIGCONT)
    time.sleep(0.3)
    files = len(os.listdir(f"/proc/{process.pid}/fd"))
    for client in clients:
        client.sendall(REQUEST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    wrong = judge(clients, closes=True)
    if files > BURST_LIMIT + RESERVED_FILES:
        wrong = f"{files} files open"
    process.terminate()
    result(f"{server}: a burst beyond the limit waits for its turn",
           wrong or stop(process, time.monotonic(), 1.8))


def test_inherited_files(server):
    """As many fds as a careless parent may leave, the lowest numbers all taken."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files[1], files[1]))
    null = os.open("/dev/null", os.O_RDONLY)
    inherited = [os.dup2(null, 100 + i) for i in range(INHERITED)]
    process, port = start(server, "--max-connections", "4", close_fds=False)
    for fd in inherited:
        os.close(fd)
    wrong = ""
    try:
        for _ in range(8):
            client = connect(port)
            ask(client)
            client.close()
    except OSError as error:
        wrong = str(error)
    process.terminate()
    result(f"{server}: files that the parent left open do no harm",
           wrong or stop(process, time.monotonic(), 1.8))


def main():
    for server in MODELS + CEILINGS:
        if not can_run(server):
            result(f"# SKIP server-{server} cannot run here", "")
            continue
        for workers in (1, 3):
            test_asked_before_term(server, workers, are_new=False)
            test_asked_before_term(server, workers, are_new=True)
        test_idle_at_term(server)
        if server in MODELS:
            test_burst_beyond_limit(server)
        test_inherited_files(server)
    print(f"1..{count}")


main()
