#!/usr/bin/env python3
"""The real half of `make calibrate-flatness`: what is missing and how long it takes, how runs are made, kept and judged, against
a `backbench` that copies made-up records; and the runs that are kept, judged anew by today's code. Prints TAP.

run-tests: plain
"""
import contextlib
import copy
import io
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import calibrate_flatness_real as real  # noqa: E402
import flatness_runs as runs  # noqa: E402
import measured_page  # noqa: E402
from pace_room import Tap  # noqa: E402

SOURCE = os.environ["BACKBENCH_SOURCE"]
KEPT_MOST = 16 * 1024
RPS, PAGE, MIB = 5000, 4096, 1 << 20
PATIENCE_S = 40
PLANNED = (("idle", 2), ("load", 30), ("burst", 2), ("load", 30), ("idle", 5), ("close", 5), ("load", 50))
tap = Tap()
room = tempfile.TemporaryDirectory()


def equal(sentence, got, wanted):
    tap.check(sentence, got == wanted, f"{got} instead of {wanted}")


# ---- made-up records ---------------------------------------------------------------------------------------------------
with open(os.path.join(SOURCE, "results/golden/rounds.jsonl"), encoding="utf-8") as golden:
    GOLDEN = [json.loads(line) for line in golden]


def round_of(memory, descriptors, times, code=None):
    """The golden one that went through phases, through ours; memory and descriptors by seconds since its start."""
    made = copy.deepcopy(next(line for line in GOLDEN if line.get("phases")))
    phases = [(kind, seconds * (times if kind == "load" else 1)) for kind, seconds in PLANNED]
    count = sum(seconds for _, seconds in phases)
    made["phases"] = [{"kind": kind, "duration_s": seconds, "rate_rps": {"load": RPS, "burst": 2 * RPS}.get(kind)}
                      for kind, seconds in phases]
    low = [int(memory(at)) // PAGE * PAGE for at in range(count)]
    made["course"] = {"interval_ns": 10**9, "rss_low_bytes": low, "rss_high_bytes": [value + PAGE for value in low],
                      "cpu_server_ns": [10**8 + 12345 * (at * 7919 % 1000) for at in range(count)],
                      "descriptors_count": [int(descriptors(at)) for at in range(count)], "threads_count": [1] * count}
    made["missing"] = {key: why for key, why in made["missing"].items() if not key.startswith("course.")}
    made.update(number=times, confirms_growth=times > 1, window_s=count, duration_ns=count * 10**9,
                requests_count=RPS * count)
    if code:
        made["outcome"] = {"kind": "INVALID", "reasons": [{"code": code, "kind": "INVALID", "external": True, "detail": "made up"}]}
    return made


def record(memory, descriptors=lambda at: 210, times=(1,), code="INTERFERED"):
    header = copy.deepcopy(GOLDEN[0])
    header["experiment"]["phases"].update(soak=False, memory_only=True)
    header["host"]["facts"]["command"] = "backbench run /home/somebody/x.ini"
    header["argv"] = ["run", "/home/somebody/x.ini"]
    end = {**GOLDEN[-1], "rounds_count": len(times)}
    lines = [header, GOLDEN[1], *(round_of(memory, descriptors, time, code) for time in times), end]
    return "".join(json.dumps(line) + "\n" for line in lines)


def leaks(at):
    return 4 * MIB + 5 * 1024 * at


RECORDS = {
    "flat": record(lambda at: 4 * MIB), "cache": record(lambda at: 4 * MIB + min(at / 40, 1) * 16 * MIB),
    "sawtooth": record(lambda at: 4 * MIB + (at % 10) * 320000), "stack": record(lambda at: (4 if at < 22 else 5) * MIB),
    "leak": record(leaks, times=(1, 4)), "connections": record(leaks, times=(1, 4)),
    "descriptors": record(lambda at: 4 * MIB, descriptors=lambda at: 210 + 5 * at)}


def judged(text):
    path = os.path.join(room.name, "one.jsonl.gz")
    runs.keep(runs.pruned(text, 3), path)
    return runs.judge([path])[path]


def check_judging():
    for mode, wanted in (("flat", ("FLAT", "FLAT")), ("cache", ("STEP", "STEP")), ("sawtooth", ("SAWTOOTH", "SAWTOOTH")),
                         ("stack", ("STEP", "STEP")), ("leak", ("GROWING", "GROWING"))):
        equal(f"a made-up {mode} is judged for what it is", judged(RECORDS[mode])[:2], wanted)
    equal("descriptors are judged apart from memory", judged(RECORDS["descriptors"])[1:3], ("FLAT", "GROWING"))
    equal("growth without a longer round is so far", judged(record(leaks))[:2], ("GROWING", "GROWING_SO_FAR"))
    equal("of a server that was overloaded nothing is told", judged(record(leaks, code="OVERLOADED")), "made up")
    drift = judged(RECORDS["leak"]).drift
    tap.check("how much it grew is told of the longer round", 440 * 5 * 1024 * .8 < drift < 454 * 5 * 1024, drift)


def check_keeping():
    text = runs.pruned(record(leaks, times=(1, 4)), 3)
    path = os.path.join(room.name, "kept/leak-01.jsonl.gz")
    runs.keep(text, path)
    lines = [json.loads(line) for line in runs.unpacked(path).splitlines()]
    equal("what is kept says how many runs were made at once", lines[0]["calibration"]["jobs"], 3)
    equal("times are left out of it, with a reason", [(line["hist"], line["missing"]["hist"]) for line in lines[1:3]],
          [(None, runs.LEFT_OUT)] * 2)
    tap.check("no folder and no name of the host are in it", "/home" not in text and lines[0]["host"]["name"] is None, text[:300])
    tap.check("it is small", os.path.getsize(path) < KEPT_MOST, os.path.getsize(path))
    before = sorted(os.listdir(os.path.dirname(path)))
    replace, os.replace = os.replace, lambda *_: (_ for _ in ()).throw(OSError("made up"))
    try:
        runs.keep(text, path.replace("01", "02"))
    except OSError:
        pass
    finally:
        os.replace = replace
    equal("what cannot be kept whole leaves nothing behind", sorted(os.listdir(os.path.dirname(path))), before)


# ---- planning ----------------------------------------------------------------------------------------------------------
def ini_phases(path):
    with open(os.path.join(SOURCE, path), encoding="utf-8") as file:
        return next(line for line in file if line.startswith("phases ="))


def check_plan():
    wanted = runs.wanted(20)
    counts = {mode: sum(run.mode == mode for run in wanted) for mode in real.MODES}
    equal("20 runs are 20 of two servers and 5 of each other", counts,
          {**dict.fromkeys(real.MODES, 5), "sawtooth": 20, "cache": 20})
    equal("each has a seed of its own", len({run.seed for run in wanted}), 65)
    equal("a quarter is never none", len(runs.wanted(1)), len(real.MODES))
    tap.check("what takes longest comes first", all(run.mode in runs.GROWING for run in wanted[:10]), wanted[:10])
    folder = os.path.join(room.name, "some")
    os.mkdir(folder)
    for name in ("flat-01.jsonl.gz", ".leak-01.jsonl.gz.123", "stack-01.jsonl", "walk-01.jsonl.gz", "cache-01.jsonl.gz.1"):
        with open(os.path.join(folder, name), "wb"):
            pass
    equal("missing is what is not kept whole", {run.mode for run in runs.missing(1, folder)}, set(real.MODES) - {"flat"})
    equal("a run takes what its phases take", runs.seconds_of(runs.Run("flat", 1)), 1 + 124 + runs.BESIDES_S)
    equal("one that grows takes a longer round as well", runs.seconds_of(runs.Run("leak", 1)), 2 + 124 + 454 + runs.BESIDES_S)
    three = [runs.Run("flat", number) for number in (1, 2, 3)]
    equal("one at a time they follow each other", runs.whole_seconds(three, 1), 3 * 132)
    equal("two at a time they overlap", runs.whole_seconds(three, 2), 2 * 132)
    equal("that is announced with its end", runs.plan_text(three, 2).split(", until ")[0],
          "3 runs are missing (flat 3): about 4 min, 2 at a time")
    equal("these are the phases of consistency", ini_phases("harness/tests/growing/calibrate.ini"),
          ini_phases("harness/experiments/consistency.ini"))
    for seconds, words in ((99, "99 s"), (100, "2 min"), (5400, "90 min"), (13000, "3 h 37 min")):
        equal(f"{seconds} s are {words}", runs.duration(seconds), words)


def refusal(words):
    with contextlib.redirect_stderr(io.StringIO()) as said, contextlib.suppress(SystemExit):
        return real.asked(words), said.getvalue()
    return 2, said.getvalue()


def check_refusals():
    for name, text, most in (("RUNS", "0", 99), ("RUNS", "many", 99), ("RUNS", "-1", 99), ("RUNS", "100", 99), ("RUNS", "1.5", 99),
                             ("JOBS", "0", 64), ("JOBS", "65", 64), ("JOBS", "two", 64)):
        equal(f"{name}={text} is refused in a sentence", refusal([f"--{name.lower()}", text]),
              (2, f"calibrate-flatness: {name}={text}: write a whole number from 1 to {most}\n"))
    equal("what is whole is taken", refusal(["--runs", "20", "--jobs", "6"]), ((20, 6), ""))
    equal("without RUNS none is made", refusal([]), ((None, 1), ""))
    script = subprocess.run([sys.executable, os.path.join(HERE, "calibrate_flatness.py"), "--runs", "x"], capture_output=True,
                            text=True, check=False, timeout=PATIENCE_S)
    equal("and the program ends with 2", (script.returncode, script.stdout, script.stderr.count("\n")), (2, "", 1))


# ---- making runs -------------------------------------------------------------------------------------------------------
# A run that gives the record of its server's way at once; or, while there is a file "hold", begins one and never ends.
FAKE = """#!/bin/sh
[ "$1 $3 $5 $7" = "run --server --seed --results" ] && [ -x "$4" ] || exit 2
mode=${4##*-}
mkdir -p "$8/x"
sleeper=
trap 'echo $$ >>"$ROOM/told"; [ -n "$sleeper" ] && kill "$sleeper"; exit 130' INT
echo $$ >>"$ROOM/started"
if [ -e "$ROOM/hold-$mode" ]; then
    head -c 2000 "$ROOM/$mode.jsonl" >"$8/x/rounds.jsonl"
    sleep 100 &
    sleeper=$!
    wait
fi
[ -e "$ROOM/cut-$mode" ] && mode=cut
[ -e "$ROOM/lose-$mode" ] && { echo "no CPU of its own" >&2; exit 5; }
cp "$ROOM/$mode.jsonl" "$8/x/rounds.jsonl"
exit 3
"""
DRIVER = """import sys
sys.path.insert(0, sys.argv[1])
import flatness_runs as runs, calibrate_flatness_real as real
runs.BACKBENCH, runs.STORE, runs.STAGGER_S, runs.POLL_S, runs.STOP_S = sys.argv[2], sys.argv[3], 0, .01, 90
sys.exit(real.make_missing(1, 3) > 0)
"""


class Making:
    """A fake backbench and a store of its own."""

    def __init__(self, name):
        self.room = os.path.join(room.name, name)
        self.store, self.fake = os.path.join(self.room, "store"), os.path.join(self.room, "backbench")
        os.mkdir(self.room)
        for mode, text in [*RECORDS.items(), ("cut", record(leaks))]:
            with open(os.path.join(self.room, f"{mode}.jsonl"), "w", encoding="utf-8") as file:
                file.write(text)
        with open(self.fake, "w", encoding="utf-8") as file:
            file.write(FAKE)
        os.chmod(self.fake, 0o755)

    def touch(self, name):
        with open(os.path.join(self.room, name), "wb"):
            pass

    def start(self):
        return subprocess.Popen([sys.executable, "-c", DRIVER, HERE, self.fake, self.store], stdout=subprocess.PIPE, text=True,
                                env={**os.environ, "ROOM": self.room})

    def make(self):
        with self.start() as process:
            said = process.communicate(timeout=PATIENCE_S)[0].splitlines()
            return process.returncode, said

    def pids(self, what):
        try:
            with open(os.path.join(self.room, what), encoding="ascii") as file:
                return [int(pid) for pid in file.read().split()]
        except FileNotFoundError:
            return []


def check_making():
    making = Making("all")
    making.touch("lose-stack")
    making.touch("cut-leak")
    code, said = making.make()
    tap.check("what is missing is said first, and how long it takes", said[0].startswith(
        "7 runs are missing (sawtooth 1, cache 1, leak 1, connections 1, flat 1, stack 1, descriptors 1): about "), said)
    tap.check("each run has a line with its verdict and what is left", len(said) == 1 + 7 + 1 and any(
        re.fullmatch(r"connections-01: GROWING, confirmed; \d left, about \d+ (s|min)", line) for line in said), said)
    tap.check("one that gives nothing is told, and why", code == 1 and any(
        line.startswith("stack-01: not kept: exit code 5: no CPU of its own; ") for line in said), said)
    tap.check("so is one whose longer round gave nothing", any(
        line.startswith("leak-01: not kept: it grew, and nothing can be told of its longer run; ") for line in said), said)
    equal("the others are kept", {run.mode for run in runs.kept(making.store)}, set(real.MODES) - {"stack", "leak"})
    os.unlink(os.path.join(making.room, "lose-stack"))
    os.unlink(os.path.join(making.room, "cut-leak"))
    code, said = making.make()
    equal("these alone are made again", (code, len(said), {line.split(";")[0] for line in said[1:]}),
          (0, 3, {"stack-01: STEP", "leak-01: GROWING, confirmed"}))
    equal("and then there is nothing to do", making.make(), (0, ["all 7 runs are kept"]))
    of = real.judged(making.store)
    equal("all are in the table", sum(len(of[mode]) for mode in real.MODES), 7)
    text, holds = real.texts(making.store)
    to_go = sum("runs to go" in line for line in text["real-reached"])
    tap.check("no figure is missed by them, nor reached yet", holds and to_go == len(real.FIGURES), text["real-reached"])
    where, disturbed = text["real-how"]
    tap.check("how they were made is told from what is kept", where.startswith("- 7 runs on ") and
              where.endswith(", 3 at a time.") and "Rounds: 9. Disturbed in their times: 9 (INTERFERED 9)" in disturbed,
              text["real-how"])


def check_stopping(number, name):
    making = Making(name)
    for mode in ("sawtooth", "stack"):
        making.touch(f"hold-{mode}")
    with making.start() as process:
        end = time.monotonic() + PATIENCE_S
        while (len(making.pids("started")) < 7 or len(runs.kept(making.store)) < 5) and time.monotonic() < end:
            time.sleep(0.01)
        process.send_signal(number)
        said = process.communicate(timeout=PATIENCE_S)[0].splitlines()
    equal(f"{name}: it ends with 130 and a sentence", (process.returncode, said[-1]),
          (130, "stopped: 5 runs are kept, 2 are missing; the same command goes on"))
    equal(f"{name}: what still ran was told, and nothing is left of it", (len(making.pids("told")), [
        pid for pid in making.pids("started") if os.path.exists(f"/proc/{pid}")]), (2, []))
    equal(f"{name}: of what was cut off nothing is kept", len(os.listdir(making.store)), 5)
    for mode in ("sawtooth", "stack"):
        os.unlink(os.path.join(making.room, f"hold-{mode}"))
    code, said = making.make()
    equal(f"{name}: the same command goes on", (code, len(said), len(runs.kept(making.store))), (0, 3, 7))


# ---- figures -----------------------------------------------------------------------------------------------------------
def verdict(last="FLAT", first=None, descriptors="FLAT"):
    return runs.Verdict(first or last.removesuffix("_SO_FAR"), last, descriptors, 1.0, 2.0, 3.0, 110.0)


def as_wanted():
    return {"flat": [verdict()] * 5, "cache": [verdict("STEP", "GROWING")] * 20, "sawtooth": [verdict("SAWTOOTH")] * 20,
            "stack": [verdict("STEP")] * 5, "leak": [verdict("GROWING")] * 5, "connections": [verdict("GROWING")] * 5,
            "descriptors": [verdict(descriptors="GROWING")] * 5}


def check_figures():
    lines, holds = real.reached(as_wanted())
    tap.check("where all is as wanted, each figure is reached",
              holds and all(line.endswith("| reached |") for line in lines[2:]), lines)
    for sentence, mode, wrong in (("a sawtooth that is called a leak", "sawtooth", verdict("GROWING")),
                                  ("one that is growing so far", "cache", verdict("GROWING_SO_FAR")),
                                  ("a leak that is not found", "leak", verdict("FLAT")),
                                  ("one that nothing confirms", "connections", verdict("GROWING_SO_FAR")),
                                  ("a flat one that is not", "flat", verdict("SAWTOOTH")),
                                  ("a step that is none", "stack", verdict("FLAT")),
                                  ("descriptors that are not seen", "descriptors", verdict())):
        of = as_wanted()
        of[mode] = of[mode][1:] + [wrong]
        lines, holds = real.reached(of)
        tap.check(f"{sentence} misses a figure", not holds and sum("**missed**" in line for line in lines) == 1, lines)
    equal("an unconfirmed one is counted as such", real.last_words([verdict("GROWING"), verdict("GROWING_SO_FAR")]),
          "2 (1 unconfirmed)")
    with open(os.path.join(SOURCE, "docs/calibration-flatness.md"), encoding="utf-8") as file:
        page = file.read()
    for name in real.texts(os.path.join(room.name, "nowhere"))[0]:
        page = measured_page.put(page, name, "here it stands")
    equal("each table has its place in the page", page.count("here it stands"), 3)


def check_damage():
    folder = os.path.join(room.name, "damaged")
    path = runs.Run("leak", 1).path(folder)
    runs.keep(runs.pruned(RECORDS["leak"], 1), path)
    with open(path, "r+b") as file:
        file.truncate(os.path.getsize(path) // 2)
    try:
        said = real.texts(folder)
    except runs.Lost as why:
        said = str(why)
    tap.check("a kept run that is damaged is told by its name", isinstance(said, str) and said.startswith(path), said)


def check_kept():
    """What is in the tree, by today's code."""
    sentence = "what is kept is judged as it must be: no sawtooth and no cache is a leak, and each leak is one"
    if not runs.kept(runs.STORE):
        tap.skip(sentence, "no run is kept yet: make calibrate-flatness RUNS=20")
        return
    lines, holds = real.reached(real.judged(runs.STORE))
    tap.check(sentence, holds, "\n".join(lines))
    sizes = {run.name: os.path.getsize(run.path(runs.STORE)) for run in runs.kept(runs.STORE)}
    tap.check("each of them is small", max(sizes.values()) < KEPT_MOST, max(sizes.items(), key=lambda item: item[1]))


check_judging()
check_keeping()
check_plan()
check_refusals()
check_making()
check_stopping(signal.SIGTERM, "TERM")
check_stopping(signal.SIGINT, "Ctrl-C")
check_figures()
check_damage()
check_kept()
tap.end()
