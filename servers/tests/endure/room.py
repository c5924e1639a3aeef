"""What the tests of endurance share: servers that are stopped on every path, the good client who is
served through every fault, results as TAP, and trials, which put these together.

A trial is one promise under one fault:

    with Trial(f"{model}: clients who vanish harm nobody", model) as trial:
        with Crowd(trial.server.port) as crowd:
            ...
            trial.expect(is_so, "what was expected, and what was found")

Whatever the fault is, a trial also expects that the good client was served all the while without a
long delay, that the server falls idle afterwards, that it holds no more open files than before, and
that SIGTERM ends it with 0 in time. A sanitizer that has found something fails it.
"""
import ctypes
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time

from good import ANSWER_S, PLAINTEXT, PLAINTEXT_BODY, GoodClient, ask, unscheduled_s

BIN = os.environ.get("BACKBENCH_BIN") or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "../../../build/bin")
MODELS = ["thread", "pool", "epoll", "uring", "uv", "mhd", "mhd-thread"]
IS_SANITIZED = "san-" in BIN

GOOD_DELAY_S = 0.5
MIRROR_DELAYS = 2  # that the machine may take besides
IDLE_BUSY_S = 0.2  # of a second; a loop that spins is busy for all of it
IDLE_WITHIN_S = 5
FILES_WITHIN_S = 4  # a connection lingers for 2 s, and is seen up to 1 s late
END_S = 2.0

PR_SET_PDEATHSIG = 1  # prctl(2)
libc = ctypes.CDLL(None)


def patience(seconds):
    """A bound, longer where a sanitizer makes everything slow."""
    return seconds * (4 if IS_SANITIZED else 1)


def raise_files_limit():
    """As many open files as there may be; returns how many that are."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard == resource.RLIM_INFINITY or hard > 1 << 20:
        hard = 1 << 20
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    return hard


# ---- results ----

class Results:
    """Printed at once; in a process of each_model, handed to its parent."""
    count = 0
    held = None


def result(name, wrong=""):
    """wrong: what was found, line by line; empty if the promise was kept."""
    if Results.held is not None:
        Results.held.append((name, wrong))
        return
    Results.count += 1
    print(f"{'not ok' if wrong else 'ok'} {Results.count} - {name}", flush=True)
    for line in wrong.splitlines():
        print(f"# {line}", flush=True)


def plan():
    print(f"1..{Results.count}", flush=True)


# ---- a server ----

class Server:
    """A server of the suite on a port of the kernel's choice.

    files: its limit of open files, soft and hard. environment: added to this process's own.
    """

    def __init__(self, model, *options, port=0, files=None, environment=None):
        self.errors = tempfile.TemporaryFile()
        self.port = 0

        def prepare():
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if files:
                resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

        self.process = subprocess.Popen(
            [f"{BIN}/server-{model}", "--address", "127.0.0.1", "--port", str(port), *options],
            stdout=subprocess.PIPE, stderr=self.errors, preexec_fn=prepare,
            env={**os.environ, **(environment or {})})
        self.pid = self.process.pid
        self.asked_to_end_s = self.starved_s = 0.0
        try:
            ready = self.process.stdout.readline().split()
        except BaseException:
            self.kill()
            raise
        if len(ready) == 2 and ready[0] == b"ready":
            self.port = int(ready[1])

    def complaints(self):
        """What it has said on stderr."""
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace")

    def wait(self, seconds):
        """Its exit status; None if it still runs."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def ask_to_end(self):
        """SIGTERM, once: a second one ends it at once."""
        if not self.asked_to_end_s and self.process.poll() is None:
            self.starved_s = unscheduled_s(os.getpid())
            self.asked_to_end_s = time.monotonic()
            self.process.terminate()
            self.process.send_signal(signal.SIGCONT)

    def end(self, within_s=None):
        """Asks it, unless it has been asked; returns what is wrong with its end, or nothing."""
        within_s = within_s or patience(END_S)
        self.ask_to_end()
        status = self.wait(within_s + 3)
        took_s = time.monotonic() - self.asked_to_end_s - (unscheduled_s(os.getpid()) - self.starved_s)
        self.kill()
        said = self.complaints()
        if status == 0 and took_s <= within_s and "Sanitizer" not in said and "runtime error" not in said:
            return ""
        what = "did not end" if status is None else f"exit {status}"
        return f"{what} after {took_s:.2f} s; stderr:\n{said[-4000:]}"

    def files(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def threads(self):
        return len(os.listdir(f"/proc/{self.pid}/task"))

    def busy_s(self, seconds):
        """How long its threads run in that time, or are ready to: a machine with much to do lets nobody run
        for long. One that ends meanwhile is none that goes on running."""
        def clocks():
            found = {}
            for thread in os.listdir(f"/proc/{self.pid}/task"):
                try:
                    with open(f"/proc/{self.pid}/task/{thread}/schedstat", encoding="ascii") as file:
                        ran_ns, waited_ns = file.read().split()[:2]
                except (FileNotFoundError, ProcessLookupError):
                    continue
                found[thread] = int(ran_ns) + int(waited_ns)
            return found

        before = clocks()
        time.sleep(seconds)
        return sum(now_ns - before.get(thread, 0) for thread, now_ns in clocks().items()) / 1e9

    def memory_bytes(self):
        """Anonymous resident memory: what it has allocated and touched."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            for line in file:
                if line.startswith("RssAnon:"):
                    return int(line.split()[1]) * 1024
        raise OSError("the kernel does not tell RssAnon")


def can_run(model):
    """Empty, or why not."""
    if not os.path.exists(f"{BIN}/server-{model}"):
        return "is not built"
    server = Server(model)
    if server.port:
        server.kill()
        return ""
    status = server.wait(5)
    server.kill()
    return server.complaints() if status == 77 else ""


def settles(seconds, is_so):
    """Whether it is so within that time."""
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


# ---- trials ----

class Trial:
    """One promise under one fault, by one server, and what holds under any: see above.

    options are the server's. is_met: the good client is there from the start; otherwise from meet()
    on, or not at all. ends: the trial ends the server; otherwise its body has. rests: files and CPU
    are looked at once all clients have left.
    """

    def __init__(self, name, model, *options, is_met=True, ends=True, rests=True,
                 delay_s=GOOD_DELAY_S, files=None, environment=None):
        self.name, self.is_met, self.ends, self.delay_s = name, is_met, ends, delay_s
        self.rests = rests
        self.start = lambda: Server(model, *options, files=files, environment=environment)
        self.good = None
        self.wrongs = []

    def __enter__(self):
        self.server = self.start()
        try:
            if not self.server.port:
                raise OSError(f"server is not ready: {self.server.complaints()}")
            self.files_before = self.files_alone()
            self.began_s = self.unscheduled_s()
            if self.is_met:
                self.meet()
        except BaseException:
            self.server.kill()
            raise
        return self

    def files_alone(self):
        """Once it has served somebody: some are opened for the first client."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=ANSWER_S) as guest:
            ask(guest, PLAINTEXT, PLAINTEXT_BODY)
            return self.server.files() - 1

    def unscheduled_s(self):
        return unscheduled_s(os.getpid()) + unscheduled_s(self.server.pid)

    def machine_s(self):
        """How long the machine has kept this process, or the server's first thread, from running: what a
        deadline may be late by that nobody here can help."""
        return self.unscheduled_s() - self.began_s

    def meet(self):
        self.good = GoodClient(self.server.port, self.server.pid)

    def expect(self, is_so, wrong):
        if not is_so:
            self.wrongs.append(wrong)
        return is_so

    def part(self):
        """Ends the good client's part: it was served, and never had to wait for long."""
        seen, self.good = self.good.stop(), None
        bound_s = patience(self.delay_s) + MIRROR_DELAYS * seen["mirror_s"]
        self.expect(not seen["wrong"], f"the good client, after {seen['answers']} answers: {seen['wrong']}")
        self.expect(seen["longest_s"] <= bound_s,
                    f"the good client waited {seen['longest_s']:.3f} s, more than {bound_s:.3f} s")

    def expect_files(self, when=""):
        """Those of clients who have gone are closed."""
        due = self.files_before + (self.good is not None)

        def are_back():
            return self.server.files() <= due

        self.expect(settles(patience(FILES_WITHIN_S), are_back),
                    f"{when}{self.server.files()} open files, where {due} are due")

    def expect_idle(self):
        busy_s = 0
        for _ in range(IDLE_WITHIN_S):
            busy_s = self.server.busy_s(1)
            if busy_s < IDLE_BUSY_S:
                return
        self.wrongs.append(f"it was busy for {busy_s:.2f} s of a second in which nobody asked for anything")

    def judge(self):
        alive = self.server.process.poll() is None
        if self.rests and alive:
            self.expect_files()
        if self.good:
            self.part()
        if self.rests and alive:
            self.expect_idle()
        if self.ends:
            self.expect(not (wrong := self.server.end()), wrong)

    def __exit__(self, kind, error, trace):
        if error is not None:
            self.wrongs.append(f"{kind.__name__}: {error}")
        try:
            if error is None or isinstance(error, Exception):
                self.judge()
        except OSError as failure:
            self.wrongs.append(f"{type(failure).__name__}: {failure}")
        finally:
            if self.good:
                self.good.kill()
            self.server.kill()
        wrong = "\n".join(self.wrongs)
        if wrong and "stderr:" not in wrong:
            wrong += "\n" + self.server.complaints()[-4000:]
        result(self.name, wrong)
        return isinstance(error, Exception)


# ---- all models ----

def attempt(test, model):
    """A test that ends by an exception is a result like any other."""
    try:
        test(model)
    except Exception as error:  # pylint: disable=broad-except
        result(f"{model}: {test.__name__}", f"{type(error).__name__}: {error}")


def in_child(test, model, pipe):
    """Its results, as JSON into the pipe."""
    Results.held = []
    attempt(test, model)
    with os.fdopen(pipe, "w") as out:
        json.dump(Results.held, out)


def fork_test(test, model):
    reader, writer = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        os.close(writer)
        return pid, model, os.fdopen(reader)
    status = 1
    try:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        os.close(reader)
        in_child(test, model, writer)
        status = 0
    finally:
        os._exit(status)


def collect(child):
    pid, model, pipe = child
    said = pipe.read()
    pipe.close()
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status or not said:
        result(f"{model}: tested to the end", f"its test ended with {status}")
        return
    for name, wrong in json.loads(said):
        result(name, wrong)


def each_model(*tests, width=1, models=None):
    """Calls test(model), for all that can run here, `width` at a time, each then in a process of its own."""
    models = models or sys.argv[1:] or MODELS
    reasons = {model: can_run(model) for model in models}
    for model, reason in reasons.items():
        if reason:
            result(f"{model} # SKIP server-{model} {reason.strip()}")
    runs = [(test, model) for test in tests for model in models if not reasons[model]]
    if width == 1:
        for test, model in runs:
            attempt(test, model)
        return
    children = []
    try:
        while runs or children:
            while runs and len(children) < width:
                children.append(fork_test(*runs.pop(0)))
            collect(children[0])
            children.pop(0)
    finally:
        for pid, _, _ in children:
            os.kill(pid, signal.SIGTERM)
            os.waitpid(pid, 0)


def on_signal(number, frame):
    """Unwinds, so that everything is stopped."""
    del frame
    sys.exit(128 + number)


signal.signal(signal.SIGTERM, on_signal)
signal.signal(signal.SIGINT, on_signal)
