#!/usr/bin/env python3
"""Writes the numbers and pictures of docs/latency.md: servers whose behaviour is known, under wrk and under pace. `make
latency-doc` calls it; it takes three minutes and wants the machine for itself. What was disturbed is measured again, and where
that does not help nothing is written.
"""
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import measured_page  # noqa: E402
from measured_page import FIRST, SECOND, THIRD  # noqa: E402
from pace_room import ATTEMPTS, PACE_CPU, UNUSABLE, Known, Paced  # noqa: E402
from queue_theory import Stall  # noqa: E402

SOURCE = os.environ["BACKBENCH_SOURCE"]
PAGE = os.path.join(SOURCE, "docs/latency.md")
RATE, SERVICE_US, CONNECTIONS = 5000, 20, 64
SECONDS = int(os.environ.get("LATENCY_SECONDS", "30"))
STOP_S, STOP_AFTER_S = 1.7, 0.3
STOP_RATE, STOP_WINDOW_S = 6000, 2  # so many that a p99 is supported, also without those that pace leaves out
LOST_MOST = 0.05  # under wrk: by as much the median of those in line may be longer, which the page gives to two digits
PERCENTILES = (0.5, 0.9, 0.99, 0.999)
room = tempfile.TemporaryDirectory()


class Curve:
    """Response times in ms by counts."""

    def __init__(self, counts):
        self.counts = sorted((value, count) for value, count in counts if count > 0)
        self.total = sum(count for _, count in self.counts)

    def points(self):
        """(p, ms): the share of requests that were no slower."""
        passed = 0
        for value, count in self.counts:
            passed += count
            yield passed / self.total, value

    def percentile(self, p):
        return next((value for share, value in self.points() if share >= p - 1e-12), None)


class WrkRun:
    """What wrk printed, its record as it printed from it, and as it was before it added to it."""

    def __init__(self, known, seconds):
        record = os.path.join(room.name, "record")
        script = os.path.join(SOURCE, "harness/tests/wrk_record.lua")
        self.text = subprocess.run(
            ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", script, known.url], check=True, text=True,
            capture_output=True, timeout=seconds + 120, env={**os.environ, "RECORD": record},
            preexec_fn=lambda: os.sched_setaffinity(0, {PACE_CPU})).stdout
        with open(record, encoding="ascii") as file:
            rows = [tuple(map(int, line.split())) for line in file]
        (self.requests, duration_us), counts = rows[0], dict(rows[1:])
        self.rate = self.requests / duration_us * 1e6
        self.cycle_us = duration_us // (self.requests // CONNECTIONS)
        self.printed = Curve((us / 1e3, count) for us, count in counts.items())
        self.record = Curve((us / 1e3, self._before(counts, us)) for us in counts)
        if self.record.total != self.requests:
            raise ValueError(f"wrk's record holds {self.record.total} of {self.requests} requests once its additions are undone")

    def _before(self, counts, us):
        """wrk 4.1 (src/stats.c, stats_correct) added for each slow answer one sample a mean cycle below it, one below that,
        and so on. Undone exactly, from the highest down (docs/method.md)."""
        return counts[us] - counts.get(us + self.cycle_us, 0) if us > self.cycle_us else counts[us]

    def said(self, what):
        """In wrk's own words: "50%", "99%", "Latency"."""
        found = re.search(rf"^ *{re.escape(what)} +(\S+)", self.text, re.M)
        return found.group(1) if found else "nothing"


def quiet(measure):
    """The first of some runs that nobody disturbed."""
    for _ in range(ATTEMPTS):
        done, why = measure()
        if not why:
            return done
        print(f"again: {why}", file=sys.stderr)
    sys.exit("latency-doc: the machine is not quiet enough; nothing is written")


def under_wrk(mode, number):
    def measure():
        with Known(mode, number, "--service-us", SERVICE_US) as known:
            run = WrkRun(known, SECONDS)
        lost = known.sums["lost_ns"] / 1e9 / known.lived_s
        print(f"wrk, {mode}: known_server lost {lost:.1%} of its time", file=sys.stderr)
        return run, f"known_server lost {lost:.1%} of its time" if lost > LOST_MOST else ""
    return quiet(measure)


def under_pace(mode, number):
    hgrm = os.path.join(room.name, "pace.hgrm")

    def measure():
        with Known(mode, number, "--service-us", SERVICE_US) as known:
            run = Paced(known.url, "-r", RATE, "-d", f"{SECONDS}s", "-c", CONNECTIONS, "--hdr", hgrm, limit_s=SECONDS + 30)
        return run, "" if run.json and not run.own_codes and not set(run.codes) & set(UNUSABLE) else str(run)
    run = quiet(measure)
    with open(hgrm, encoding="ascii") as file:
        rows = [line.split() for line in file if re.match(r" *[0-9.]+ +[01]\.", line)]
    run.curve = [(float(p), float(value)) for value, p, *_ in rows]
    return run


# ---- a server that is stopped to the end of the window ---------------------------------------------------------------
def stop_and_go(known, after_s, moments=None):
    """moments: takes those at which it was stopped and went on."""
    moments = [] if moments is None else moments

    def act():
        time.sleep(after_s)
        os.kill(known.pid, signal.SIGSTOP)
        moments.append(time.monotonic())
        time.sleep(STOP_S + 0.1)
        os.kill(known.pid, signal.SIGCONT)
        moments.append(time.monotonic())
    thread = threading.Thread(target=act)
    thread.start()
    return thread


def stopped():
    """(wrk, pace, for how long the server was stopped under pace in s)."""
    moments = []
    with Known("constant", SERVICE_US) as known:
        thread = stop_and_go(known, STOP_AFTER_S)
        wrk = WrkRun(known, 2)
        thread.join()

    def measure():
        with Known("constant", SERVICE_US) as known:
            moments.clear()
            thread = stop_and_go(known, 0.5 + STOP_AFTER_S, moments)
            run = Paced(known.url, "-r", STOP_RATE, "-d", f"{STOP_WINDOW_S}s", "-c", CONNECTIONS, "--warmup", "500ms")
            thread.join()
        return run, "" if run.json and not set(run.codes) & set(UNUSABLE) else str(run)
    pace = quiet(measure)
    return wrk, pace, moments[1] - moments[0]


# ---- the page ----------------------------------------------------------------------------------------------------------
def ms(value):
    if value is None:
        return "–"
    return f"{value * 1000:.0f} µs" if value < 1 else f"{value:.1f} ms" if value < 10 else f"{value:,.0f} ms"


def row(name, values):
    return f"| {name} | " + " | ".join(map(ms, values)) + " |"


def heading(names):
    return ["| | " + " | ".join(names) + " |", "|---|" + "---:|" * len(names)]


def percentiles_of(paced):
    return [None if value is None else value / 1e3 for value in map(paced.percentile_us, PERCENTILES)]


def table(pace, wrk, theory):
    lines = heading([f"p{p * 100:g}" for p in PERCENTILES])
    if theory:
        lines.append(row("by arithmetic", theory))
    lines.append(row(f"**pace**, {RATE:,}/s", percentiles_of(pace)))
    lines.append(row(f"wrk, what it recorded, {wrk.rate:,.0f}/s", map(wrk.record.percentile, PERCENTILES)))
    lines.append(row("wrk, what it printed", map(wrk.printed.percentile, PERCENTILES)))
    lines += ["", f"wrk recorded {wrk.requests:,} answers and added {wrk.printed.total - wrk.requests:,} that nobody gave."]
    return "\n".join(lines)


def stop_table(wrk, pace, stop_s):
    """Who comes x into the stop waits for its end and for those before it: stop_s - x (1 - load). See queue_theory.Stall."""
    lines = heading(["p50", "p99", "requests"])
    idle = 1 - STOP_RATE * SERVICE_US / 1e6
    due = [(stop_s - (1 - p) * STOP_WINDOW_S * idle) * 1e3 for p in (0.5, 0.99)]
    lines.append("| by arithmetic | " + " | ".join(map(ms, due)) + f" | {STOP_RATE * STOP_WINDOW_S:,} |")
    shown = [pace.percentile_us(0.5), pace.percentile_us(0.99)]
    lines.append(f"| **pace**, {STOP_RATE:,}/s: {pace.kind} | " +
                 " | ".join(ms(value and value / 1e3) for value in shown) + f" | {pace.target['offered_count']:,} |")
    lines.append(f"| wrk, what it printed | {wrk.said('50%')} | {wrk.said('99%')} | {wrk.requests:,} |")
    return "\n".join(lines)


# ---- the pictures ------------------------------------------------------------------------------------------------------
def block(name, points):
    """Of all points those that differ to the eye."""
    lines, last = [f"${name} << EOD"], None
    for p, value in points:
        x, y = 1 / max(1 - p, 1e-9), max(value, 1e-3)
        if last is None or x / last[0] > 1.01 or y / last[1] > 1.01:
            lines.append(f"{x:.6g} {y:.6g}")
            last = (x, y)
    return "\n".join(lines + ["EOD"])


def names(curves):
    """Where each curve ends, at its picture's right edge, apart from one another."""
    lines, taken = ["$names << EOD"], []
    for name, points, colour in sorted(curves, key=lambda curve: -ends(curve[1])):
        y = min(ends(points), 250)
        while any(abs(y / other - 1) < 0.45 for other in taken):
            y /= 1.5
        taken.append(y)
        lines.append(f'12000 {y:.6g} "{name}" {colour}')
    return "\n".join(lines + ["EOD"])


def ends(points):
    return next((value for p, value in points if 1 / max(1 - p, 1e-9) >= 12000), points[-1][1])


def draw(name, title, pace, wrk):
    record, printed = list(wrk.record.points()), list(wrk.printed.points())
    script = "\n".join([block("pace", pace.curve), block("record", record), block("printed", printed),
                        names([("pace", pace.curve, FIRST), ("wrk recorded", record, SECOND),
                               ("wrk printed", printed, THIRD)]),
                        "load 'docs/latency.gp'"])
    measured_page.draw(os.path.join(SOURCE, f"docs/latency-{name}.svg"), title, script, SOURCE)


def stall_theory():
    """Of Stall, those percentiles that lie in the stall."""
    stall = Stall(RATE, SERVICE_US / 1e6, 0.1, 1.0, SERVICE_US / 1e6)
    return [stall.percentile(p) * 1e3 if p > 1 - stall.share_later(stall.least) else None for p in PERCENTILES]


def picture(name):
    """It is there only once it was drawn."""
    says = {"stall": "Percentile curves of the stalled server: pace's rises at 90 % to 100 ms, what wrk recorded stays low past 99 %",
            "late": "Percentile curves of the server that holds back one answer in 500: what wrk printed rises far too early"}
    return f"![{says[name]}](latency-{name}.svg)\n\n"


def main():
    stall = under_pace("stall", 100), under_wrk("stall", 100)
    late = under_pace("late", 500), under_wrk("late", 500)
    at_stop = stopped()
    measured_page.rewrite(PAGE, stall=picture("stall") + table(*stall, stall_theory()), late=picture("late") + table(*late, None),
                          stopped=stop_table(*at_stop))
    draw("stall", "Response times of a server that stands still for 100 ms of each second, under pace and under wrk", *stall)
    draw("late", "Response times of a server that answers one request in 500 late, under pace and under wrk", *late)


if __name__ == "__main__":
    main()
