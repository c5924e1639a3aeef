"""Runs of test servers whose memory goes a known way (growing_server.c): which are missing, how long they take, and making
them by `backbench run` with growing/calibrate.ini. Each is kept in a file of its own, written whole when it ends, so that one
can stop at any moment, on any machine, and go on with the rest: harness/tests/stored/flatness/MODE-NUMBER.jsonl.gz is its
rounds.jsonl without what no verdict on memory needs. Of a run that was cut off nothing is kept.
"""
import contextlib
import ctypes
import glob
import gzip
import heapq
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from typing import NamedTuple

import measured_page

SOURCE, TOOLS = os.environ["BACKBENCH_SOURCE"], os.environ["BACKBENCH_TOOLS"]
BACKBENCH = os.path.join(os.environ["BACKBENCH_BIN"], "backbench")
INI = os.path.join(SOURCE, "harness/tests/growing/calibrate.ini")
STORE = os.path.join(SOURCE, "harness/tests/stored/flatness")
# What their names say (growing/growth.c), and of which a quarter of the runs is enough.
MANY, FEW = ("sawtooth", "cache"), ("leak", "connections", "flat", "stack", "descriptors")
GROWING = ("leak", "connections")  # these go through a longer round as well
LONGER_TIMES = 4
BESIDES_S = 7    # to look at the server before, and to start and end it
STAGGER_S = 5.0  # between two starts, so that bursts do not meet
POLL_S = 0.1
STOP_S = 5       # backbench ends within a second of Ctrl-C
DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG, prctl(2)
INTERRUPTED = 130
LEFT_OUT = "it is no part of what is kept"


class Run(NamedTuple):
    mode: str
    number: int

    @property
    def name(self):
        return f"{self.mode}-{self.number:02d}"

    @property
    def seed(self):
        """One of its own, and the same again if it is made again."""
        return 1000 * (1 + (MANY + FEW).index(self.mode)) + self.number

    def path(self, folder):
        return os.path.join(folder, f"{self.name}.jsonl.gz")


class Lost(Exception):
    """A run that gave nothing to judge, and why."""


# ---- what is missing, and how long it takes ----------------------------------------------------------------------------
def wanted(runs):
    """So many of MANY, a quarter of it of FEW: those that take longest first, so that they do not end alone."""
    counts = {**{mode: runs for mode in MANY}, **{mode: -(-runs // 4) for mode in FEW}}
    return sorted((Run(mode, number + 1) for mode, count in counts.items() for number in range(count)),
                  key=lambda run: (run.mode not in GROWING, run.number, run.mode))


def kept(folder):
    names = os.listdir(folder) if os.path.isdir(folder) else ()
    found = (re.fullmatch(r"([a-z]+)-(\d\d)\.jsonl\.gz", name) for name in names)
    return sorted(Run(match[1], int(match[2])) for match in found if match and match[1] in MANY + FEW)


def missing(runs, folder):
    there = set(kept(folder))
    return [run for run in wanted(runs) if run not in there]


def ini(key):
    with open(INI, encoding="utf-8") as file:
        return re.search(rf"^{key} = (.*)$", file.read(), re.M)[1]


def seconds_of(run):
    phases = [(kind, int(seconds)) for kind, seconds in re.findall(r"(\w+) (\d+)s", ini("phases"))]
    whole = sum(seconds for _, seconds in phases)
    load = sum(seconds for kind, seconds in phases if kind == "load")
    rounds = [whole] + ([whole + (LONGER_TIMES - 1) * load] if run.mode in GROWING else [])
    return BESIDES_S + sum(seconds + int(ini("warmup_s")) for seconds in rounds)


def seconds_left(runs, ends):
    """Until the last ends, if the places where runs are made are free after so many seconds each."""
    ends = list(ends)
    heapq.heapify(ends)
    for run in runs:
        heapq.heappush(ends, heapq.heappop(ends) + seconds_of(run))
    return max(ends)


def whole_seconds(runs, jobs):
    return seconds_left(runs, [STAGGER_S * job for job in range(min(jobs, len(runs)))]) if runs else 0


def duration(seconds):
    minutes = round(seconds / 60)
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60:02d} min"


def clock(seconds):
    """When it is so many seconds later."""
    return time.strftime("%H:%M UTC", time.gmtime(time.time() + seconds))


def plan_text(todo, jobs):
    """"12 runs are missing (leak 5, cache 7): about 31 min, 2 at a time, until 14:05 UTC"."""
    counts = {mode: sum(run.mode == mode for run in todo) for mode in MANY + FEW}
    each = ", ".join(f"{mode} {count}" for mode, count in counts.items() if count)
    seconds = whole_seconds(todo, jobs)
    return (f"{len(todo)} run{'s are' if len(todo) > 1 else ' is'} missing ({each}): about {duration(seconds)}, "
            f"{f'{jobs} at a time' if jobs > 1 else 'one at a time'}, until {clock(seconds)}")


# ---- what is kept ------------------------------------------------------------------------------------------------------
def without_places(value):
    """Nobody needs to know in which folders it was measured."""
    if isinstance(value, dict):
        return {key: without_places(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_places(item) for item in value]
    return os.path.basename(value) if isinstance(value, str) and value.startswith("/") else value


def pruned(text, jobs):
    """A record's lines: its header, with how it was made; its rounds, without what times are told by; its end."""
    lines = []
    for line in map(json.loads, text.splitlines()):
        if line["type"] == "arm":  # what a test server answers otherwise than it should
            continue
        if line["type"] == "header":
            line["host"]["name"] = None
            line["host"]["facts"].pop("command", None)
            line["calibration"] = {"jobs": jobs, "machine": measured_page.machine()}
        elif line["type"] == "round":
            for field in ("hist", "latency_series"):
                if line.get(field):
                    line[field] = None
                    line["missing"][field] = LEFT_OUT
        lines.append(json.dumps(without_places(line), separators=(",", ":"), ensure_ascii=False) + "\n")
    return "".join(lines)


def unpacked(path):
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            return file.read()
    except (OSError, EOFError, UnicodeError) as error:
        raise Lost(f"{path}: {error}") from None


def keep(text, path):
    """Whole or not at all; the same text makes the same bytes."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    half = os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.{os.getpid()}")
    try:
        with open(half, "wb") as file:
            file.write(gzip.compress(text.encode(), 9, mtime=0))
            file.flush()
            os.fsync(file.fileno())
        os.replace(half, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(half)
        raise


# ---- what today's code says of it --------------------------------------------------------------------------------------
class Verdict(NamedTuple):
    """Of memory after the planned round and in the end, of descriptors; drift and the smallest visible one in bytes."""
    first: str
    last: str
    descriptors: str
    drift: float
    smallest: float
    requests: float
    load_s: float


def judge(paths):
    """Each path's Verdict; or why there is none. What is packed is unpacked for it."""
    with tempfile.TemporaryDirectory() as room:
        plain = []
        for number, path in enumerate(paths):
            plain.append(os.path.join(room, f"{number}.jsonl"))
            with open(plain[-1], "w", encoding="utf-8") as file:
                file.write(unpacked(path))
        out = subprocess.run([os.path.join(TOOLS, "judge_flatness"), *plain], capture_output=True, text=True, check=False,
                             start_new_session=True)  # Ctrl-C is not for it
    if out.returncode:
        raise Lost(out.stderr.strip())
    rows = [line.split("\t")[1:] for line in out.stdout.splitlines()]
    return {path: words[1] if words[0] == "UNUSED" else Verdict(*words[:3], *map(float, words[3:]))
            for path, words in zip(paths, rows, strict=True)}


def verdict_words(run, verdict):
    if run.mode == "descriptors":
        return f"{verdict.last}, descriptors {verdict.descriptors}"
    if verdict.first != verdict.last:
        said = "confirmed by nothing" if verdict.last == "GROWING_SO_FAR" else f"in the end {verdict.last}"
        return f"{verdict.first}, {said}"
    return verdict.last + (", confirmed" if verdict.last == "GROWING" else "")


# ---- making them -------------------------------------------------------------------------------------------------------
class Child:
    """One `backbench run`, in a session of its own: Ctrl-C is for its parent, which tells it."""

    def __init__(self, run, room, jobs):
        self.run, self.jobs, self.room = run, jobs, os.path.join(room, run.name)
        os.mkdir(self.room)
        server = os.path.join(self.room, f"growing_server-{run.mode}")
        shutil.copy(os.path.join(TOOLS, "growing_server"), server)  # a link would lose the name that says its way
        words = [BACKBENCH, "run", INI, "--server", server, "--seed", str(run.seed),
                 "--results", os.path.join(self.room, "results")]
        if "CALIBRATE_PACE" in os.environ:  # another generator, for tests
            words += ["--pace", os.environ["CALIBRATE_PACE"]]
        self.said = os.path.join(self.room, "said")
        with open(self.said, "wb") as said:
            self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True,
                                            preexec_fn=self._end_with_parent)
        self.begun = time.monotonic()

    @staticmethod
    def _end_with_parent():
        ctypes.CDLL(None).prctl(DEATH_SIGNAL, signal.SIGINT)

    def interrupt(self):
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGINT)

    def end(self):
        """It was told; what does not listen is killed, and all that it started."""
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def take(self, folder):
        """Keeps its record; what is to be said of it."""
        records = glob.glob(os.path.join(self.room, "results/*/rounds.jsonl"))
        if self.process.returncode in (INTERRUPTED, -signal.SIGINT) or len(records) != 1:
            raise Lost(self._why())
        with open(records[0], encoding="utf-8") as file:
            text = pruned(file.read(), self.jobs)
        trial = os.path.join(self.room, "trial.gz")
        keep(text, trial)
        verdict = judge([trial])[trial]
        if isinstance(verdict, str):
            raise Lost(verdict)
        keep(text, self.run.path(folder))
        return verdict_words(self.run, verdict)

    def _why(self):
        with open(self.said, encoding="utf-8", errors="replace") as file:
            lines = file.read().split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "no word")
        return f"exit code {self.process.returncode}: {last}"


@contextlib.contextmanager
def told_to_stop():
    """A list that holds something once Ctrl-C or SIGTERM came. Neither cuts anything short: who was being started, judged or
    ended is known to whoever ends them."""
    told = []
    before = {number: signal.signal(number, lambda number, _: told.append(number)) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def stop_all(running):
    for child in running:
        child.interrupt()
    for child in running:
        child.end()


def left_words(todo, running, jobs):
    """How many runs are left, and how long they take."""
    if not todo and not running:
        return "that was the last one"
    ends = [max(0, seconds_of(child.run) - (time.monotonic() - child.begun)) for child in running]
    seconds = seconds_left(todo, ends + [0] * (jobs - len(ends)))
    return f"{len(todo) + len(running)} left, about {duration(seconds)}"


def make(runs, jobs, folder, say):
    """Makes what is missing, so many at a time; how many gave nothing. Ctrl-C and SIGTERM end it by KeyboardInterrupt, with all
    that it started."""
    todo, running, lost, started = missing(runs, folder), [], 0, -STAGGER_S
    if not todo:
        say(f"all {len(wanted(runs))} runs are kept")
        return 0
    say(plan_text(todo, jobs))
    with told_to_stop() as told, tempfile.TemporaryDirectory() as room:
        try:
            while (todo or running) and not told:
                if todo and len(running) < jobs and time.monotonic() - started >= STAGGER_S:
                    started = time.monotonic()
                    running.append(Child(todo.pop(0), room, jobs))
                time.sleep(POLL_S)
                for child in [child for child in running if child.process.poll() is not None]:
                    running.remove(child)
                    try:
                        words = child.take(folder)
                    except Lost as why:
                        lost += 1
                        words = f"not kept: {why}"
                    shutil.rmtree(child.room)
                    say(f"{child.run.name}: {words}; {left_words(todo, running, jobs)}")
        finally:
            stop_all(running)
    if todo or running:
        raise KeyboardInterrupt
    return lost
