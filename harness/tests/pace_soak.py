#!/usr/bin/env python3
"""Does pace itself stay as it is for an hour? `make pace-soak` calls it: 1,000 requests a second, pace's memory each second, and
at the end whether the histogram holds every request. It writes its table into docs/pace-resolution.md. Ctrl-C ends it with what
there is by then. Ends with 1 if pace grew or lost a request, with 3 if the machine disturbed it.
"""
import base64
import json
import os
import random
import select
import signal
import struct
import sys
import time
import zlib

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import measured_page  # noqa: E402
from pace_rounds import (DISTURBED, INTERRUPTED, LOAD_CPU, MISSED, PACE, PATIENCE_S, REACHED, SERVER_CPU, STOP_S, Child,  # noqa: E402
                         Failed, Server, is_whole, options, page_of, run, say)

MODEL = "server-epoll"
GROWTH_MOST_KIB = 64
PARTS = 12
COMPRESSED, PLAIN, WORD_SIZE = 0x1C849304, 0x1C849303, 0xF0  # HdrHistogram's V2, and the bits in which its cookies may differ


def count_in(text):
    """How many values a histogram in HdrHistogram's V2 holds: whole numbers in zigzag LEB128 of up to nine bytes, where one
    below zero stands for so many empty bins."""
    cookie, length = struct.unpack_from(">II", raw := base64.b64decode(text))
    plain = zlib.decompress(raw[8:8 + length])
    if cookie & ~WORD_SIZE != COMPRESSED or struct.unpack_from(">I", plain)[0] & ~WORD_SIZE != PLAIN:
        raise ValueError("no histogram of V2")
    at, total = 40, 0
    end = at + struct.unpack_from(">I", plain, 4)[0]
    while at < end:
        value, shift = 0, 0
        while True:
            byte = plain[at]
            at += 1
            value |= (byte if shift == 56 else byte & 0x7F) << shift
            shift += 7
            if shift > 56 or byte < 0x80:
                break
        total += 0 if value & 1 else value >> 1
    return total


def rss_kib(pid):
    """Counted page by page, which statm before Linux 6.2 is not. None: the process has ended."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("Rss:"))
    except (OSError, StopIteration):
        return None


class Soak:
    """One long run: pace's JSON and exit code, and [(monotonic ns, KiB)]."""

    def __init__(self, given, server):
        self.samples, self.was_interrupted, self.json = [], False, None
        words = [PACE, "--json", "--cpu", LOAD_CPU, "-r", given.rate, "-d", f"{given.seconds}s", "--seed", given.seed,
                 "--pid", server.pid, server.url]
        with Child(words, LOAD_CPU) as child:
            text = self._watch(child, given)
            self.code = child.process.returncode
            if self.was_interrupted and not text.startswith("{"):
                raise KeyboardInterrupt  # before its window
            if not text.startswith("{"):
                raise Failed(f"pace ended with {self.code}: {child.complained()}")
        self.json = json.loads(text)

    def _watch(self, child, given):
        """Sleeps between samples until pace prints, at the latest until it must have."""
        until, every_s = time.monotonic() + given.seconds + PATIENCE_S, min(1.0, given.seconds / 60)
        try:
            while not select.select([child.process.stdout], [], [], every_s)[0]:
                self.samples.append((time.monotonic_ns(), rss_kib(child.pid)))
                if time.monotonic() > until:
                    raise Failed(f"pace did not end within {given.seconds + PATIENCE_S:.0f} s")
        except KeyboardInterrupt:
            self.was_interrupted = True
            child.process.send_signal(signal.SIGINT)
        return child.said(STOP_S)

    @property
    def target(self):
        return self.json["targets"][0]

    def measured(self):
        """[(seconds from the start of the window, KiB)], of the window only."""
        start_ns, end_s = self.json["start_monotonic_ns"], self.json["measured_ns"] / 1e9
        timed = [((at_ns - start_ns) / 1e9, kib) for at_ns, kib in self.samples if kib is not None]
        return [(at_s, kib) for at_s, kib in timed if 0 <= at_s <= end_s]


def growth_kib(samples):
    """The highest of the last half above where that began; None: too few samples."""
    half = [kib for at_s, kib in samples if at_s >= samples[-1][0] / 2] if samples else []
    return max(half) - half[0] if len(half) > 1 else None


def histogram_holds(target):
    """(counted in it and in that of disturbed requests, requests that must be there); None: a trial that is void has none."""
    encoded = target["histograms"]
    counted = sum(count_in(encoded[name]) for name in ("response", "disturbed")) if encoded else None
    return counted, target["completed_count"] + target["censored_count"]


# ---- what it says ------------------------------------------------------------------------------------------------------
def clock(seconds, whole):
    return f"{seconds / 60:.0f} min" if whole >= 60 * PARTS else f"{seconds:.1f} s"


def rows(samples, seconds):
    """Twelve parts of the time."""
    for part in range(PARTS):
        begin, end = seconds * part / PARTS, seconds * (part + 1) / PARTS
        of_part = [kib for at_s, kib in samples if begin <= at_s < end]
        if of_part:
            yield f"| {clock(begin, seconds)} … {clock(end, seconds)} | {min(of_part):,} | {max(of_part):,} | {len(of_part)} |"


def judge(soak):
    """The exit code, and a line for each figure."""
    growth, (counted, due) = growth_kib(soak.measured()), histogram_holds(soak.target)
    offered, lost = soak.target["offered_count"], soak.target["failed_count"] + soak.target["dropped_count"]
    is_flat, holds_all = growth is not None and growth <= GROWTH_MOST_KIB, counted in (None, due) and due == offered - lost
    outcome = soak.target["outcome"]
    holding = "there is no histogram" if counted is None else f"the histogram holds {counted:,} of {offered:,} requests"
    lines = [f"memory in the last half: {'too few samples' if growth is None else f'{growth:+,} KiB'} (at most "
             f"{GROWTH_MOST_KIB} KiB)",
             holding + (f"; {lost:,} went wrong" if lost else ""),
             f"allocations once the window was open: {soak.json['generator']['allocations_count']}",
             f"pace: {' '.join([outcome['kind'], *(reason['code'] for reason in outcome['reasons'])])}, exit code {soak.code}"]
    if not is_flat or not holds_all or soak.code not in (0, DISTURBED):
        return MISSED, lines
    return (DISTURBED if soak.code or counted is None else REACHED), lines


def main():
    given = options(__doc__.splitlines()[0], seconds=3600.0, rate=1000)
    os.sched_setaffinity(0, {SERVER_CPU})  # whoever reads pace's memory shall not make it late
    say(f"{given.rate:,}/s for {given.seconds:g} s; seed {given.seed}")
    with Server(MODEL, random.Random(given.seed)) as server:
        soak = Soak(given, server)
    code, lines = judge(soak)
    seconds = soak.json["measured_ns"] / 1e9
    text = "\n".join(["| time | lowest RSS, KiB | highest | samples |", "|---|---:|---:|---:|",
                      *rows(soak.measured(), seconds), "", *(f"- {line}" for line in lines), "",
                      f"{given.rate:,}/s for {seconds:,.0f} s. {measured_page.machine()}; seed {given.seed}."])
    print(text)
    if soak.was_interrupted:
        say(f"interrupted after {seconds:.0f} s: nothing is written")
        return INTERRUPTED
    if page_of(given) and not (is_whole(given) and code == DISTURBED):
        measured_page.rewrite(page_of(given), soak=text)
    return code


if __name__ == "__main__":
    run(main)
