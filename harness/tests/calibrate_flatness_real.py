"""What the flatness verdict makes of real servers whose memory goes a known way: the runs that are kept (flatness_runs.py),
judged anew by today's code, as tables of docs/calibration-flatness.md. calibrate_flatness.py calls it.
"""
import json
import math
import statistics
import sys
from collections import Counter
from typing import Callable, NamedTuple

import flatness_runs
from shares import interval, percent

EXIT_USAGE = 2
RUNS_MOST, JOBS_MOST = 99, 64
MODES = ("flat", "cache", "sawtooth", "stack", "leak", "connections", "descriptors")
KINDS = ("FLAT", "SAWTOOTH", "STEP", "GROWING", "UNDECIDED")
EXPECTED = {"flat": "FLAT", "cache": "never GROWING in the end", "sawtooth": "never GROWING in the end", "stack": "STEP",
            "leak": "GROWING, confirmed", "connections": "GROWING, confirmed", "descriptors": "FLAT"}
NOTHING = "*None is kept yet: `make calibrate-flatness RUNS=20` makes them.*"


class Figure(NamedTuple):
    """Of how many runs of a server something must hold: of all, or of none."""
    mode: str
    what: str
    holds: Callable
    of_all: bool
    runs: int


FIGURES = tuple(Figure(mode, f"{mode}: GROWING in the end", lambda verdict: verdict.last.startswith("GROWING"), False, 20)
                for mode in flatness_runs.MANY) + \
          tuple(Figure(mode, f"{mode}: GROWING, confirmed", lambda verdict: verdict.last == "GROWING", True, 5)
                for mode in flatness_runs.GROWING) + (
    Figure("flat", "flat: FLAT", lambda verdict: verdict.last == "FLAT", True, 5),
    Figure("stack", "stack: STEP", lambda verdict: verdict.last == "STEP", True, 5),
    Figure("descriptors", "descriptors: their number GROWING", lambda verdict: verdict.descriptors == "GROWING", True, 5),
    Figure("descriptors", "descriptors: memory FLAT", lambda verdict: verdict.last == "FLAT", True, 5))


# ---- what is asked for -------------------------------------------------------------------------------------------------
def whole(name, text, most):
    if not text.isdecimal() or not 1 <= int(text) <= most:
        print(f"calibrate-flatness: {name}={text}: write a whole number from 1 to {most}", file=sys.stderr)
        raise SystemExit(EXIT_USAGE)
    return int(text)


def asked(words):
    """(runs, jobs) from ["--runs", "20", "--jobs", "2"]; None: make none."""
    given, known = dict(zip(words[::2], words[1::2])), {"--runs", "--jobs"}
    if len(words) % 2 or set(given) - known:
        print("usage: calibrate_flatness.py [--runs N] [--jobs N]", file=sys.stderr)
        raise SystemExit(EXIT_USAGE)
    jobs = whole("JOBS", given.get("--jobs", "1"), JOBS_MOST)
    return whole("RUNS", given["--runs"], RUNS_MOST) if "--runs" in given else None, jobs


def make_missing(runs, jobs):
    """How many gave nothing. What a person reads meanwhile goes to stdout."""
    def say(text):
        print(text, flush=True)
    store = flatness_runs.STORE
    try:
        lost = flatness_runs.make(runs, jobs, store, say)
    except KeyboardInterrupt:
        left = len(flatness_runs.missing(runs, store))
        say(f"\nstopped: {len(flatness_runs.kept(store))} runs are kept, {left} are missing; the same command goes on")
        raise SystemExit(flatness_runs.INTERRUPTED) from None
    if lost:
        say(f"{lost} of them gave nothing to judge; the same command makes {'them' if lost > 1 else 'it'} again")
    return lost


# ---- what is kept ------------------------------------------------------------------------------------------------------
def judged(folder):
    """{mode: its verdicts}, of all that is kept; a kept one that nobody can judge is an error."""
    runs = flatness_runs.kept(folder)
    verdicts = flatness_runs.judge([run.path(folder) for run in runs])
    of = {mode: [] for mode in MODES}
    for run in runs:
        verdict = verdicts[run.path(folder)]
        if isinstance(verdict, str):
            raise flatness_runs.Lost(f"{run.path(folder)}: {verdict}")
        of[run.mode].append(verdict)
    return of


def last_words(verdicts):
    """"5", or "5 (1 unconfirmed)": how many were GROWING in the end."""
    confirmed = sum(verdict.last == "GROWING" for verdict in verdicts)
    unconfirmed = sum(verdict.last == "GROWING_SO_FAR" for verdict in verdicts)
    total = str(confirmed + unconfirmed or "–")
    return f"{total} ({unconfirmed} unconfirmed)" if unconfirmed else total


def middle_kib(values):
    known = [value for value in values if not math.isnan(value)]  # it is not of what is UNDECIDED
    return f"{statistics.median(known) / 1024:,.0f} KiB" if known else "–"


def row(name, kinds, last, sizes, expected):
    counts = Counter(kinds)
    each = " | ".join(str(counts[kind] or "–") for kind in KINDS)
    return f"| {name} | {len(kinds)} | {each} | {last} | {sizes} | {expected} |"


def table(of):
    lines = ["| server | runs | " + " | ".join(KINDS) + " | GROWING in the end | drift | smallest visible | expected |",
             "|---|---:" + "|---:" * (len(KINDS) + 3) + "|---|"]
    for mode in (mode for mode in MODES if of[mode]):
        sizes = f"{middle_kib([v.drift for v in of[mode]])} | {middle_kib([v.smallest for v in of[mode]])}"
        lines.append(row(mode, [v.first for v in of[mode]], last_words(of[mode]), sizes, EXPECTED[mode]))
    if of["descriptors"]:
        lines.append(row("descriptors, their number", [v.descriptors for v in of["descriptors"]], "–", "– | –", "GROWING"))
    return lines


def count_words(count, total):
    return f"none of {total}" if count == 0 else f"all {total}" if count == total else f"{count} of {total}"


def reached(of):
    """A line a figure, and whether none of them is missed. What is not whole yet is neither reached nor missed."""
    lines, holds = ["| | asked for | is | 95 % interval | |", "|---|---:|---:|---:|---|"], True
    for figure in FIGURES:
        total = len(of[figure.mode])
        count = sum(map(figure.holds, of[figure.mode]))
        is_missed = count != (total if figure.of_all else 0)
        said = "**missed**" if is_missed else f"{figure.runs - total} runs to go" if total < figure.runs else "reached"
        low, high = interval(count, total) if total else (0.0, 1.0)
        lines.append(f"| {figure.what} | {'all' if figure.of_all else 'none of'} {figure.runs} | "
                     f"{count_words(count, total) if total else '–'} | {percent(low)} … {percent(high)} | {said} |")
        holds = holds and not is_missed
    return lines, holds


def how(folder):
    """Where, how many at once, and what that did to the rounds: by what the kept records say themselves."""
    made, rounds, reasons = Counter(), 0, Counter()
    for run in flatness_runs.kept(folder):
        for line in map(json.loads, flatness_runs.unpacked(run.path(folder)).splitlines()):
            if line["type"] == "header":
                made[line["calibration"]["machine"], line["calibration"]["jobs"]] += 1
            elif line["type"] == "round":
                rounds += 1
                codes = {reason["code"] for reason in line["outcome"]["reasons"] if reason["kind"] == "INVALID"}
                reasons.update(codes | ({"any"} if codes else set()))
    lines = [f"- {count} run{'s' if count > 1 else ''} on {machine}, {f'{jobs} at a time' if jobs > 1 else 'one at a time'}." for (machine, jobs), count
             in sorted(made.items())]
    disturbed = reasons.pop("any", 0)
    codes = ", ".join(f"{code} {count}" for code, count in sorted(reasons.items()))
    return lines + [f"- Rounds: {rounds}. Disturbed in their times: {disturbed}{f' ({codes})' if codes else ''}, which leaves "
                    "memory and descriptors as they were; no cost and no latency is told of any."]


def texts(folder=None):
    """The places of the page by their names, and whether no figure is missed."""
    folder = folder or flatness_runs.STORE
    if not flatness_runs.kept(folder):
        return {name: [NOTHING] for name in ("real", "real-reached", "real-how")}, True
    of = judged(folder)
    lines, holds = reached(of)
    return {"real": table(of), "real-reached": lines, "real-how": how(folder)}, holds
