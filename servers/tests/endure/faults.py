"""What faults.so is to do, told to it and read from it while its server runs (faults.c), and trials of servers
that have it below them."""
import errno
import mmap
import os
import tempfile

import conversations as said
from conversations import Client, Gone, Late, Refused, Wrong
from room import BIN, Server, Trial, patience, settles

LIBRARY = os.path.join(BIN, "../tests/servers/tests/endure/faults.so")
HEAD = ["seed", "clock_step_s"]
KINDS = ["receive", "send", "accept", "memory", "thread", "watch"]
FIELDS = ["error", "after", "every", "times", "bytes", "calls", "failed", "cut"]
NUMBER_BYTES = 8
BY_CHANCE = -1
DELAY_S = 1.0  # a pause of the gate's, and a machine that has other work


class Faults:
    """struct plan of faults.c."""

    def __init__(self):
        self.file = tempfile.NamedTemporaryFile()
        size = (len(HEAD) + len(KINDS) * len(FIELDS)) * NUMBER_BYTES
        self.file.truncate(size)
        self.numbers = memoryview(mmap.mmap(self.file.fileno(), size)).cast("q")

    def environment(self):
        """The library is not the sanitizer's, and must come before it."""
        return {"LD_PRELOAD": LIBRARY, "FAULTS": self.file.name,
                "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}

    def place(self, kind, field):
        return len(HEAD) + KINDS.index(kind) * len(FIELDS) + FIELDS.index(field)

    def set_head(self, name, value):
        self.numbers[HEAD.index(name)] = value

    def set(self, kind, **values):
        for field, value in values.items():
            self.numbers[self.place(kind, field)] = value

    def count(self, kind, field):
        """calls, failed or cut."""
        return self.numbers[self.place(kind, field)]

    def fail(self, kind, error, every=1, after=0, times=0):
        """From the next call of that kind on, counted anew; every < 0: one in so many, by chance."""
        self.set(kind, error=0)
        self.set(kind, after=after, every=every, times=times, calls=0, failed=0)
        self.set(kind, error=error)

    def cut(self, kind, most_bytes):
        self.set(kind, bytes=most_bytes, cut=0)

    def stop(self):
        for kind in KINDS:
            self.set(kind, error=0, bytes=0)


def start(model, options, faults):
    """A server that has served: libuv opens a file of its own for the first client."""
    server = Server(model, *options, environment=faults.environment())
    if server.port:
        files = server.files()
        with Client(server.port) as client:
            client.hold(said.PLAINTEXT)
        settles(0.2, lambda: server.files() <= files)
    return server


class FaultTrial(Trial):
    """A trial of a server with faults below it; they are over before it is judged."""

    def __init__(self, name, model, *options, delay_s=DELAY_S, **how):
        self.faults = Faults()
        super().__init__(name, model, *options, delay_s=delay_s, **how)
        self.start = lambda: start(model, options, self.faults)

    def judge(self):
        self.faults.stop()
        super().judge()


VICTIMS = [said.PLAINTEXT, said.PIPELINED, said.ECHO_100K, said.CHUNKED, said.WAIT, said.BYTES_1M]


def victim(trial, conversation, may_wait_s=0):
    """May be refused or dropped, and gets nothing wrong and nothing half for good; or has to wait, for so long."""
    try:
        with Client(trial.server.port, may_wait_s or patience(5)) as client:
            client.hold(conversation)
    except (Refused, Gone):
        return
    except (Wrong, Late) as error:
        if may_wait_s and isinstance(error, Late):
            return
        trial.expect(False, f"{conversation.name}, allocation {trial.faults.count('memory', 'after')}: "
                            f"{type(error).__name__}: {error}")


def victims(trial, after, times, may_wait_s=0):
    """Allocation `after` fails while these are served. Returns how many there were."""
    trial.faults.fail("memory", errno.ENOMEM, after=after, times=times)
    for conversation in VICTIMS:
        victim(trial, conversation, may_wait_s)
    calls = trial.faults.count("memory", "calls")
    trial.faults.set("memory", error=0)
    return calls
