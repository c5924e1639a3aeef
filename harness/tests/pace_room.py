"""What the tests of pace against known_server share: both processes, what each says of itself, and TAP.

Two programs that keep time are judged, on a machine where others may run too. Of pace a trial counts where pace stands by its
figures: NOISY ones are as good as VALID ones, because pace's own lateness is no part of them. What known_server lost is in its
journal, to the nanosecond and for each answer, so each test knows by how much that moved the figure it judges: where that can be
taken off it is, and where it can only be bounded the trial counts if the bound is small beside the figure's tolerance. Other
trials are made again, and where none can be had the result is skipped.
"""
import atexit
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

import v2_histogram

TOOLS = os.environ.get("BACKBENCH_TOOLS", "build/tests/harness/tests")
PACE = os.path.join(os.environ.get("BACKBENCH_BIN", "build/bin"), "pace")
CPUS = sorted(os.sched_getaffinity(0))
PACE_CPU, SERVER_CPU = CPUS[0], CPUS[-1]
PATIENCE_S = 10          # beyond what a run takes by its own account
ATTEMPTS = 3
TICK = os.sysconf("SC_CLK_TCK")
EXTERNAL = ("NOISY", "SENT_LATE", "INTERFERED", "GEN_LATE", "PORTS")
UNUSABLE = ("INTERFERED", "GEN_LATE", "PORTS")  # of these, where pace does not stand by its figures
ROOM = tempfile.TemporaryDirectory()


class Tap:
    """Results as they come."""

    def __init__(self):
        self.count = self.failed = 0

    def check(self, sentence, holds, notes=""):
        self.count += 1
        self.failed += not holds
        print(f"{'ok' if holds else 'not ok'} {self.count} - {sentence}", flush=True)
        for line in str(notes).splitlines() if not holds else []:
            print("#", line, flush=True)

    def skip(self, sentence, reason):
        self.count += 1
        print(f"ok {self.count} - {sentence} # SKIP {reason}", flush=True)

    def end(self):
        print(f"1..{self.count}")
        sys.exit(self.failed > 0)


def cpu_ticks():
    """Of every process there is: {pid: ticks, with those of children it waited for}."""
    ticks = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        ticks[pid] = sum(map(int, fields[11:15]))
    return ticks


class Others:
    """What others did with the CPUs meanwhile, seen without pace: all but this process and its children, and the
    hypervisor."""

    def __init__(self):
        self.began, self.ticks, self.share = time.monotonic(), self._ticks(), 0.0

    def stop(self):
        self.share = max(0, self._ticks() - self.ticks) / TICK / (time.monotonic() - self.began)

    @staticmethod
    def _ticks():
        """What who has ended used is in its parent's sum by then."""
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
            own = {str(os.getpid()), *file.read().split()}
        with open("/proc/stat", encoding="ascii") as file:
            stolen = int(file.readline().split()[8])
        return stolen + sum(ticks for pid, ticks in cpu_ticks().items() if pid not in own)


class Known:
    """A known_server, alive while the block runs. What it says at its end is in sums, its journal in lines()."""

    def __init__(self, *arguments, cpu=SERVER_CPU, journal=False):
        self.arguments, self.cpu, self.sums, self.stalls = list(map(str, arguments)), cpu, {}, []
        self.journal = tempfile.mktemp(dir=ROOM.name) if journal else None
        if journal:
            self.arguments += ["--journal", self.journal]

    def __enter__(self):
        self.process = subprocess.Popen([os.path.join(TOOLS, "known_server"), *self.arguments], stdout=subprocess.PIPE,
                                        text=True, preexec_fn=self._pin)
        atexit.register(self._kill)
        self.port = int(self.process.stdout.readline().split()[1])
        self.pid, self.started = self.process.pid, time.monotonic()
        self.url = f"http://127.0.0.1:{self.port}/plaintext"
        return self

    def _pin(self):
        if self.cpu is not None:
            os.sched_setaffinity(0, {self.cpu})

    def _kill(self):
        if self.process.poll() is None:
            self.process.kill()

    def stop(self):
        """Its exit code; what it said is read."""
        if self.process.stdout.closed:
            return self.process.returncode
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        for line in self.process.communicate(timeout=PATIENCE_S)[0].splitlines():
            key, *values = line.split()
            if key == "stall":
                self.stalls.append(tuple(map(int, values)))
            else:
                self.sums[key] = int(values[0])
        self.lived_s = time.monotonic() - self.started
        return self.process.returncode

    def __exit__(self, *_):
        self.stop()
        self._kill()

    def lines(self):
        """Its journal, after its end: a dict for each answer, numbers where they are some."""
        with open(self.journal, encoding="ascii") as file:
            names = file.readline().split()
            for line in file:
                values = line.rstrip("\n").split("\t")
                yield {name: int(value) if value.isdigit() else value for name, value in zip(names, values)}

    def lines_of(self, paced):
        """Those of pace's window."""
        start_ns = paced.json["start_monotonic_ns"]
        return [line for line in self.lines() if line["seen_ns"] >= start_ns]


class Paced:
    """One run of pace, as it ended: its exit code, what it said, and its JSON where there is one."""

    def __init__(self, url, *options, limit_s=60, cpu=PACE_CPU):
        self.took_s, self.code, self.json, self.others = None, None, None, Others()
        began = time.monotonic()
        try:
            done = subprocess.run([PACE, "--json", "--cpu", str(cpu), *map(str, options), url], capture_output=True,
                                  text=True, timeout=limit_s, check=False)
        except subprocess.TimeoutExpired:
            self.error = f"pace did not end within {limit_s} s"
            return
        self.took_s, self.code, self.error = time.monotonic() - began, done.returncode, done.stderr
        self.others.stop()
        if done.stdout.startswith("{"):
            self.json = json.loads(done.stdout)

    @property
    def target(self):
        return self.json["targets"][0]

    @property
    def kind(self):
        return self.target["outcome"]["kind"]

    @property
    def codes(self):
        return [reason["code"] for reason in self.target["outcome"]["reasons"]]

    @property
    def own_codes(self):
        """Those that are no matter of the machine."""
        return [code for code in self.codes if code not in EXTERNAL]

    def all_us(self):
        """[(us, count)], ascending: each answered request's waiting and service, also of those that pace leaves out of its
        figures because they were due while it was kept away."""
        return sorted(self.counts_us("response") + self.counts_us("disturbed"))

    def counts_us(self, name):
        """Of one histogram: [(us, count)]."""
        return [(value / 1e3, count) for value, count in v2_histogram.read(self.target["histograms"][name])]

    def percentile_us(self, p):
        """Of the response; None where pace gives none."""
        value = next(rung["value_ns"] for rung in self.target["percentiles"] if abs(rung["p"] - p) < 1e-9)
        return None if value is None else value / 1e3

    def __str__(self):
        said = f"exit code {self.code}, {self.took_s} s; {self.error.strip()}"
        if self.json:
            shown = [key for key in self.target if key in ("outcome", "faults", "statuses", "first_fault", "max_ns", "mean_ns",
                                                           "percentiles") or key.endswith("_count")]
            said += "".join(f"\n{key} {json.dumps(self.target[key])}" for key in shown)
        return said + f"\nothers used {self.others.share:.1%} of a CPU"


def undisturbed(attempt, spoilt=lambda paced, known: "", attempts=ATTEMPTS):
    """The first of so many trials that counts, or why there is none: (paced, known, ""), or (None, None, why). attempt() gives
    (paced, known), known at its end; spoilt() says why what known_server lost makes the trial worthless, or "" if it does not."""
    why = []
    for _ in range(attempts):
        paced, known = attempt()
        if paced.json is None:
            return None, None, f"pace gave no result: {paced}"
        reasons = [code for code in paced.codes if code in UNUSABLE] or list(filter(None, [spoilt(paced, known)]))
        if not reasons:
            return paced, known, ""
        why += reasons
    return None, None, ", ".join(dict.fromkeys(why))


def judge(tap, sentence, why, holds):
    """holds() gives (does it, notes). Why there is no trial is a reason to skip. Whether that is true cannot be told from
    within a virtual machine: what its host takes from it shows as nobody's."""
    if not why:
        tap.check(sentence, *holds())
    elif "no result" in why:
        tap.check(sentence, False, why)
    else:
        tap.skip(sentence, f"the machine was disturbed each time: {why}")
