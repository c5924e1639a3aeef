"""The good client: a process that asks on one keep-alive connection every few milliseconds, for as long as
its stdin is open, and says how long it had to wait. A process, because the clients who do harm keep the
interpreter of theirs busy.

Who waits on a busy machine may wait for the machine. So the time in which this process, or the server's
thread, was ready to run while others ran does not count; and a mirror, a process that does nothing but answer,
is asked in between: the longest that it took is what the machine does to anybody.
"""
import json
import os
import select
import socket
import subprocess
import sys
import time

PLAINTEXT = b"GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n"
PLAINTEXT_BODY = b"Hello, World!"
LARGE = b"GET /bytes/65536 HTTP/1.1\r\nHost: a\r\n\r\n"
LARGE_BODY = bytes(i % 251 for i in range(65536))
ECHO_BODY = b"x" * 999
ECHO = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 999\r\n\r\n" + ECHO_BODY
PLAIN_ROUNDS = 18  # between the others

PAUSE_S = 0.004
FEW_THREADS = 4
ANSWER_S = 20  # later than that it does not come
UNSEEN = {"answers": 0, "longest_s": 0.0, "mirror_s": 0.0, "wrong": ""}


class GoodClient:
    """Returns from its making once it has been served, or will not be."""

    def __init__(self, port, pid):
        self.process = subprocess.Popen([sys.executable, os.path.abspath(__file__), str(port), str(pid)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.process.stdout.readline()

    def stop(self):
        """What it has seen: how many `answers`, the `longest_s` it waited for one, the `mirror_s` that it
        waited for the mirror, and what was `wrong`."""
        try:
            return json.loads(self.process.communicate(timeout=ANSWER_S + 5)[0])
        except (ValueError, subprocess.TimeoutExpired) as error:
            return {**UNSEEN, "wrong": f"it did not report: {error}"}
        finally:
            self.kill()

    def kill(self):
        self.process.kill()
        self.process.wait()


def requests():
    """Without end, each with the body that is due."""
    while True:
        for _ in range(PLAIN_ROUNDS):
            yield PLAINTEXT, PLAINTEXT_BODY
        yield LARGE, LARGE_BODY
        yield ECHO, ECHO_BODY


def ask(client, request, body):
    client.sendall(request)
    got, head, came = b"", b"", b""
    while not head or len(came) < len(body):
        piece = client.recv(1 << 17)
        if not piece:
            raise ConnectionError(f"closed behind {got[:200]!r}")
        got += piece
        if b"\r\n\r\n" in got:
            head, _, came = got.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200 ") or came != body:
        raise ConnectionError(f"wrong answer to {request[:20]!r}: {head!r} and {len(came)} octets")


def threads_of(pid):
    """All, if they are so few that the good client's is not one among many; else the first."""
    if os.stat(f"/proc/{pid}/task").st_nlink - 2 > FEW_THREADS:
        return [pid]
    return os.listdir(f"/proc/{pid}/task")


def unscheduled_s(pid):
    """How long its threads were ready to run while others ran; 0 once it has ended."""
    waited_ns = 0
    try:
        for thread in threads_of(pid):
            with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as file:
                waited_ns += int(file.read().split()[1])
    except (OSError, IndexError):
        return 0.0
    return waited_ns / 1e9


def delay_s(action, *pids):
    """How long it takes, but for the time in which these processes were not let run."""
    before_s, began_s = [unscheduled_s(pid) for pid in pids], time.monotonic()
    action()
    took_s = time.monotonic() - began_s
    return took_s - sum(max(0.0, unscheduled_s(pid) - was_s) for pid, was_s in zip(pids, before_s))


class Mirror:
    """Ends with its maker, whose end of the pair closes then."""

    def __init__(self):
        self.mine, its = socket.socketpair()
        if os.fork() == 0:
            self.mine.close()
            while its.recv(1):
                its.send(b"m")
            os._exit(0)
        its.close()

    def ask(self):
        self.mine.send(b"m")
        self.mine.recv(1)


def look(port, pid, seen):
    """Until stdin ends."""
    mirror = Mirror()
    client = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_S)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for request, body in requests():
        answer_s = delay_s(lambda due=(request, body): ask(client, *due), os.getpid(), pid)
        seen["longest_s"] = max(seen["longest_s"], answer_s)
        seen["mirror_s"] = max(seen["mirror_s"], delay_s(mirror.ask, os.getpid()))
        seen["answers"] += 1
        if seen["answers"] == 1:
            print("served", flush=True)
        if select.select([0], [], [], PAUSE_S)[0]:
            break


def main(port, pid):
    seen = dict(UNSEEN)
    try:
        look(port, pid, seen)
    except OSError as error:
        seen["wrong"] = f"{type(error).__name__}: {error}"
        if seen["answers"] == 0:
            print("not served", flush=True)
    print(json.dumps(seen))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
