"""What the measurements of pace itself are made of: fresh servers, one run of pace, one of wrk, and where each may run.

Everything that is started is a context manager, which ends it; a signal ends them all, and if this process is killed, the
kernel does (PR_SET_PDEATHSIG, prctl(2)). Everything is bounded in time. While something is measured this process sleeps.
"""
import argparse
import ctypes
import json
import os
import re
import resource
import select
import signal
import subprocess
import sys
import tempfile
import time

SOURCE = os.environ.get("BACKBENCH_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("BACKBENCH_BIN") or os.path.join(SOURCE, "build/bin")
PACE = os.path.join(BIN, "pace")
PAGE = os.path.join(SOURCE, "docs/pace-resolution.md")
# As harness/measure/placement.h has it: of two CPUs the server has the last, and the harness, which sleeps, shares the other.
CPUS = sorted(os.sched_getaffinity(0))
LOAD_CPU, SERVER_CPU, OWN_CPU = CPUS[len(CPUS) > 2], CPUS[-1], CPUS[0]
START_S, STOP_S, PATIENCE_S = 10, 5, 30   # PATIENCE: beyond what a run takes by its own account
REACHED, MISSED, DISTURBED, ENVIRONMENT, INTERRUPTED = 0, 1, 3, 5, 130  # exit codes, as those of backbench
libc = ctypes.CDLL(None, use_errno=True)


class Failed(Exception):
    """Nothing can be measured; a sentence."""


def say(*words):
    print(*words, file=sys.stderr, flush=True)


def patiently(measure, *arguments):
    """Once more where nothing came of it: a run of many minutes is not given up for one moment of trouble."""
    try:
        return measure(*arguments)
    except Failed as failed:
        say(f"  again: {failed}")
        return measure(*arguments)


def program(name):
    path = os.path.join(BIN, name)
    if not os.access(path, os.X_OK):
        raise Failed(f"{path} is not there: make")
    return path


def _begin(cpu, parent):
    """In the child, before it becomes what it is to be."""
    libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:
        os._exit(1)
    os.sched_setaffinity(0, {cpu})


class Child:
    """A process on one CPU, out of reach of the terminal's Ctrl-C, which is this process' to handle."""

    def __init__(self, words, cpu, environment=None):
        self.errors, self.parent = tempfile.TemporaryFile(), os.getpid()
        self.process = subprocess.Popen(
            [str(word) for word in words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.errors,
            text=True, env=environment, start_new_session=True, preexec_fn=lambda: _begin(cpu, self.parent))
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.errors.close()

    def said(self, limit_s):
        """All that it prints until it ends. communicate(2) sleeps in poll(2) and does not look every few milliseconds."""
        try:
            return self.process.communicate(timeout=limit_s)[0]
        except subprocess.TimeoutExpired as late:
            raise Failed(f"{self.process.args[0]} did not end within {limit_s:.0f} s") from late

    def complained(self):
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace").strip()


class Server(Child):
    """A fresh one, ready. The size of its environment is random, because the place of the stack alone can decide a
    comparison (docs/method.md)."""

    def __init__(self, name, random, cpu=SERVER_CPU):
        padding = {"BACKBENCH_PADDING": "x" * random.randrange(4096)}
        super().__init__([program(name), "--address", "127.0.0.1", "--port", 0, "--workers", 1], cpu, {**os.environ, **padding})
        self.url = ""

    def __enter__(self):
        try:
            ready, *_ = select.select([self.process.stdout], [], [], START_S)
            word, _, port = (self.process.stdout.readline() if ready else "").strip().partition(" ")
            if word != "ready":
                raise Failed(f"{self.process.args[0]} was not ready: {self.complained() or 'it said nothing'}")
            self.url = f"http://127.0.0.1:{port}/plaintext"
        except BaseException:
            super().__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            pass
        super().__exit__()

    def cpu_ns(self):
        clock = ctypes.c_int()
        if libc.clock_getcpuclockid(self.pid, ctypes.byref(clock)) != 0:
            raise Failed(f"{self.process.args[0]} has died: {self.complained()}")
        return time.clock_gettime_ns(clock.value)


class Paced:
    """What one run of pace said. A run without a result, for whatever reason, is an error: exit codes 2 and 5 of pace."""

    def __init__(self, words, seconds, cpu=LOAD_CPU, under=()):
        with Child([*under, PACE, "--json", "--cpu", cpu, *words], cpu) as child:
            text = child.said(seconds + PATIENCE_S)
            self.code = child.process.returncode
            if self.code not in (0, 1, 3, 130) or not text.startswith("{"):
                raise Failed(f"pace ended with {self.code}: {child.complained()}")
        self.json = json.loads(text)
        self.targets, self.generator, self.ratios = self.json["targets"], self.json["generator"], self.json["ratios"]
        self.target = self.targets[0]

    def reasons(self):
        return [reason for target in self.targets for reason in target["outcome"]["reasons"]]

    def codes(self):
        return sorted({reason["code"] for reason in self.reasons()})

    def was_kept_from(self):
        """From outside, so that a repetition may help."""
        return any(reason["external"] for reason in self.reasons())

    def percentile_ns(self, p, target=0):
        """None: pace gives none."""
        return next(rung["value_ns"] for rung in self.targets[target]["percentiles"] if abs(rung["p"] - p) < 1e-9)

    def lateness_ns(self, what):
        split = self.target["split"]
        return split and split["lateness"][what]

    def cost_ns(self, target=0):
        """Of the server, for one request."""
        of = self.targets[target]
        return of["cpu_ns"] / of["completed_count"] if of["cpu_ns"] and of["completed_count"] else None


WRK_SAID = re.compile(r"^ *(\d+) requests in ([0-9.]+)(us|ms|s|m)\b", re.M)
UNIT_S = {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60}


class Wrk(Child):
    """One that has begun. What it says of latency is nobody's measurement (docs/latency.md), so nobody asks it."""

    def __init__(self, url, seconds, connections, cpu=LOAD_CPU):
        super().__init__(["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}", url], cpu)
        self.seconds, self.requests, self.took_s = max(1, round(seconds)), 0, 0.0

    def finish(self):
        """Whatever it complains of makes its count worthless (docs/method.md)."""
        text = self.said(self.seconds + PATIENCE_S)
        found = WRK_SAID.search(text)
        if not found or self.complained() or "Socket errors" in text or "Non-2xx" in text:
            raise Failed(f"wrk: {self.complained() or text}")
        self.requests, self.took_s = int(found.group(1)), float(found.group(2)) * UNIT_S[found.group(3)]
        if self.requests == 0:
            raise Failed("wrk: no request was answered")
        return self


def children_cpu_s():
    """Of those that have ended and were waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def options(description, may_repeat=False, **whole):
    """Each NAME=number is an option --NAME. Only a run with all of them as they are is whole, is judged, and writes the
    page, unless one is named."""
    parser = argparse.ArgumentParser(description=description)
    for name, value in whole.items():
        parser.add_argument(f"--{name}", type=type(value), default=value, help=f"{value}")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3), "big"), help="of all that is random")
    parser.add_argument("--page", help="write this page, also when the run is a short one")
    if may_repeat:
        parser.add_argument("--again", action="store_true", help="measure nothing, show what was measured last")
    given = parser.parse_args()
    given.whole = whole
    if any(getattr(given, name) <= 0 for name in whole):
        parser.error("numbers are above 0")
    return given


def is_whole(given):
    return all(getattr(given, name) == value for name, value in given.whole.items())


def page_of(given):
    """Which page to write; None: none."""
    return given.page or (PAGE if is_whole(given) else None)


def _end(signal_number, _):
    sys.exit(128 + signal_number)


def run(main):
    """main() to its exit code, with all that can end it early."""
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGHUP, _end)
    try:
        if len(CPUS) < 2:
            raise Failed("pace needs a CPU of its own, and there is only one")
        os.sched_setaffinity(0, {OWN_CPU})
        code = main()
    except KeyboardInterrupt:
        say("interrupted: nothing is written")
        code = INTERRUPTED
    except (Failed, FileNotFoundError) as failed:  # the latter names the program that is not installed
        say(f"{os.path.basename(sys.argv[0])}: {failed}")
        code = ENVIRONMENT
    sys.exit(code)
