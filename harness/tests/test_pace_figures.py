#!/usr/bin/env python3
"""What the measurements of pace itself (pace_resolution.py and its like) make of what they measured: statistics against known
values, verdicts of rounds that are made up here, pages, and what other programs write. Nothing is started. Prints TAP.

run-tests: plain
"""
import base64
import math
import os
import struct
import sys
import tempfile
import zlib
from types import SimpleNamespace

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import callgrind_counts  # noqa: E402
import measured_page  # noqa: E402
import order_statistics  # noqa: E402
import pace_capacity  # noqa: E402
import pace_instructions  # noqa: E402
import pace_lateness  # noqa: E402
import pace_resolution  # noqa: E402
import pace_soak  # noqa: E402
from pace_room import Tap  # noqa: E402
from pace_rounds import DISTURBED, MISSED, REACHED  # noqa: E402

tap = Tap()


def equal(sentence, found, wanted):
    tap.check(sentence, found == wanted, f"found {found!r}\nwanted {wanted!r}")


def near(sentence, found, wanted, within=1e-9):
    tap.check(sentence, abs(found - wanted) <= within, f"found {found!r}\nwanted {wanted!r}")


# ---- statistics: n, rank, and 1 - 2 x the sum of C(n, i) for i < rank, over 2^n, worked out by hand ----------------------
for n, rank, covered in ((6, 1, 1 - 2 * 1 / 64), (9, 2, 1 - 2 * 10 / 512), (11, 2, 1 - 2 * 12 / 2048),
                         (12, 3, 1 - 2 * 79 / 4096), (15, 4, 1 - 2 * 576 / 32768), (20, 5, 1 - 2 * 6196 / 1048576),
                         (21, 6, 1 - 2 * 27896 / 2097152)):
    equal(f"of {n} blocks the interval begins with the {rank}. lowest", order_statistics.interval_rank(n), rank)
    near(f"it covers the median of {n} in {covered:.2%}", order_statistics.coverage(n, rank), covered)
equal("five blocks have no interval", order_statistics.interval_rank(5), 0)
near("a median of an even number lies between two", order_statistics.median([4, 1, 3, 2]), 2.5)
near("one outlier does not move the robust spread", order_statistics.robust_sd([1, 2, 3, 4, 1000]), 1.4826)
of = order_statistics.estimate([math.exp((i - 10.5) / 100) for i in (7, 20, 1, *range(2, 7), *range(8, 20))])
near("ratios around 1 have the estimate 1", of.value, 1)
near("the interval of 20 begins with the fifth", of.low, math.exp(-0.055))
near("and ends with the fifth from above", of.high, math.exp(0.055))
near("the spread is that of the logarithms", of.sd, 1.4826 * 0.05)
equal("no ratios have no estimate", order_statistics.estimate([]), None)

# ---- pages ---------------------------------------------------------------------------------------------------------------
PAGE = "a\n<!-- measured: one -->\nold\n<!-- end -->\nb\n<!-- measured: two -->\nold\n<!-- end -->\n"
equal("a table replaces what stands between its marks, and nothing else", measured_page.put(PAGE, "two", "new\\1"),
      PAGE[:-len("old\n<!-- end -->\n")] + "new\\1\n<!-- end -->\n")
for name, page in (("three", PAGE), ("one", PAGE + PAGE)):
    try:
        measured_page.put(page, name, "new")
        tap.check("a page without the one place is an error", False, f"{name} was written")
    except ValueError:
        tap.check("a page without the one place is an error", True)
with tempfile.TemporaryDirectory() as room:
    path = os.path.join(room, "page.md")
    measured_page.write(path, PAGE)
    measured_page.rewrite(path, one="1", two="2")
    with open(path, encoding="utf-8") as file:
        equal("both places are written at once", file.read(), PAGE.replace("old", "1", 1).replace("old", "2", 1))
    equal("and nothing else is left in the folder", os.listdir(room), ["page.md"])
drawn = measured_page.dressed('<?xml?><svg width="9" viewBox="0 0 9 8"><title>x</title><path stroke="rgb(  1,   0,   4)"/>'
                              '<path stroke="rgb(9, 9, 9)"/></svg>', "named")
tap.check("a stand-in becomes a colour for paper and for dark", 'stroke="var(--first)"' in drawn and
          drawn.count("--first:#") == 2 and "prefers-color-scheme:dark" in drawn, drawn)
tap.check("another colour stays, and the title is ours", 'stroke="rgb(9, 9, 9)"' in drawn and 'aria-label="named"' in drawn and
          "<title>" not in drawn, drawn)


# ---- how small a difference shows ------------------------------------------------------------------------------------------
def duets(n, off, spread, **missing):
    """n blocks whose ratios are off and alternate around that."""
    blocks = [{name: math.exp(off + spread * (-1) ** i) for name in pace_resolution.METRICS} for i in range(n)]
    for name, count in missing.items():
        for block in blocks[:count]:
            block[name] = None
    return {"duet": blocks, "sequential": [], "wrks": []}


for sentence, found, wanted in (
        ("equal servers that look equal reach the figures", duets(20, 0.001, 0.001), REACHED),
        ("a median that is off by 2 % misses them", duets(20, 0.02, 0.001), MISSED),
        ("to either side", duets(20, -0.02, 0.001), MISSED),
        ("blocks that differ by 1 % miss them", duets(20, 0, 0.01), MISSED),
        ("ratios that were refused in a few blocks are no matter", duets(20, 0, 0.001, p99=3), REACHED),
        ("in too many blocks nothing is decided", duets(20, 0, 0.001, p99=5), DISTURBED),
        ("what is missed stays missed beside that", duets(20, 0.02, 0.001, p99=20), MISSED)):
    equal(sentence, pace_resolution.verdict(found, 20)[0], wanted)
given = SimpleNamespace(pairs=20, rate=20000, seconds=8.0, seed=1)
text = pace_resolution.table(duets(20, 0.0012, 0.001, p99=3), given)
tap.check("a row has how many, the median, its interval and the spread",
          "| one pace, both at once | CPU per request | 20 | +0.12 % | +0.02 % … +0.22 % | 0.15 % |" in text and
          "| one pace, both at once | p99 | 17 |" in text and "covers the median in 98.8 %" in text, text)
tap.check("what was not measured is a dash", "| one after the other | p50 | 0 | – | – | – |" in text, text)


# ---- capacity -----------------------------------------------------------------------------------------------------------
def pair(pace_ns, wrk_ns, server_share=0.8, own_share=0.99):
    return (pace_capacity.Run(1e9 / pace_ns, pace_ns, server_share, own_share=own_share, turns=0.5),
            pace_capacity.Run(1e9 / wrk_ns, wrk_ns, 0.8, own_share=0.99))


for sentence, pairs, wanted in (
        ("a pace that needs less than wrk reaches it", [pair(5000, 6000)] * 11, REACHED),
        ("one that needs more misses it", [pair(6000, 5000)] * 11, MISSED),
        ("unless the server was the limit, who hides what pace needs", [pair(6000, 5000, 0.97)] * 11, DISTURBED),
        ("or others, so that nobody used a CPU to the full", [pair(5000, 6000, 0.5, 0.6)] * 6 + [pair(5000, 6000)] * 5, DISTURBED),
        ("a few bad blocks do not decide", [pair(5000, 6000)] * 7 + [pair(9000, 5000)] * 4, REACHED)):
    equal(sentence, pace_capacity.decide(pairs)[0], wanted)
for own, server, limit in ((0.99, 0.8, "the generator"), (0.5, 0.99, "the server"), (1, 0.95, "both"), (0.5, 0.5, "neither")):
    equal(f"{own} of its own CPU and {server} of the server's: the limit is {limit}",
          pace_capacity.Run(1, 1, server, own_share=own).limit, limit)
given = SimpleNamespace(seconds=5.0, seed=1)
text = pace_capacity.table([pair(5000, 6000)] * 11, (80000, "at 100,000/s it was late"), given)
tap.check("the table tells both apart and how far pace is in time", "| pace | 200,000 | 5,000 |" in text and
          "pace was up to 80,000/s; at 100,000/s it was late." in text and "1.200 (1.200 … 1.200)" in text, text)


# ---- lateness -----------------------------------------------------------------------------------------------------------
def rounds(n, kind="VALID", codes=(), late_ns=(150, 4000), p99_ns=90000):
    return [pace_lateness.Round(kind, list(codes), 1, late_ns, p99_ns) for _ in range(n)]


for sentence, made, wanted in (
        ("ten rounds in time reach the figures", rounds(10), REACHED),
        ("two of ten may be late and say so", rounds(8) + rounds(2, "INVALID", ["GEN_LATE"], (900, 40000), None), REACHED),
        ("three may not", rounds(7) + rounds(3, "INVALID", ["GEN_LATE"], (900, 40000), None), MISSED),
        ("one that is late and called VALID misses them", rounds(9) + rounds(1, late_ns=(900, 40000)), MISSED),
        ("two of ten may be sent late and say so", rounds(8) + rounds(2, "NOISY", ["SENT_LATE"], (900, 40000)), REACHED),
        ("three may not, for nobody else made them late", rounds(7) + rounds(3, "NOISY", ["SENT_LATE"], (900, 40000)), MISSED),
        ("ten that all were late miss them, and are not disturbed", rounds(10, "NOISY", ["SENT_LATE"], (900, 40000)), MISSED),
        ("so does a median that is late", rounds(9) + rounds(1, late_ns=(1200, 4000)), MISSED),
        ("disturbed rounds do not count, whatever they say",
         rounds(10) + rounds(9, "INVALID", ["INTERFERED"], None, None) + rounds(1, "NOISY", ["NOISY"], (5000, 90000)), REACHED),
        ("nine undisturbed ones decide nothing", rounds(9) + rounds(11, "NOISY", ["NOISY"]), DISTURBED)):
    equal(sentence, pace_lateness.judge(made, 10)[0], wanted)

# ---- the soak -----------------------------------------------------------------------------------------------------------
for sentence, kib, wanted in (("what is flat grows by nothing", [9] * 10, 0),
                              ("the first half is not asked", [1, 2, 3, 4, 9, 9, 9, 9, 9, 9], 0),
                              ("the highest of the last half counts, not the last", [9] * 6 + [9, 80, 9, 9], 71)):
    equal(sentence, pace_soak.growth_kib([(float(i), value) for i, value in enumerate(kib)]), wanted)
equal("two samples too few are no growth of 0", pace_soak.growth_kib([(1.0, 9)]), None)


def histogram(*words):
    """V2 of these bytes, by the letter of its description."""
    plain = struct.pack(">IIIIQQd", 0x1C849313, len(words), 0, 3, 1, 2**40, 1.0) + bytes(words)
    packed = zlib.compress(plain)
    return base64.b64encode(struct.pack(">II", 0x1C849314, len(packed)) + packed)


for sentence, words, wanted in (
        ("a count of 1 is a 2 (zigzag)", (2,), 1),
        ("300 takes two bytes", (0xD8, 0x04), 300),
        ("empty bins are no values", (2, 9, 4), 3),
        ("the ninth byte has eight bits", (0xFE, *[0xFF] * 8), 2**63 - 1),
        ("an empty one is empty", (), 0)):
    equal(sentence, pace_soak.count_in(histogram(*words)), wanted)


def soaked(kib, code=0, counted=3, left_out=0, **counts):
    target = {"completed_count": 3, "censored_count": 0, "failed_count": 0, "dropped_count": 0, "offered_count": 3, **counts,
              "outcome": {"kind": "VALID", "reasons": []},
              "histograms": {"response": histogram(2 * counted), "disturbed": histogram(*[2 * left_out] * (left_out > 0))}
              if counted is not None else None}
    return SimpleNamespace(measured=lambda: [(float(i), value) for i, value in enumerate(kib)], target=target, code=code,
                           json={"generator": {"allocations_count": 0}})


for sentence, soak, wanted in (
        ("flat and whole is what is asked for", soaked([9] * 10), REACHED),
        ("64 KiB may come", soaked([9] * 7 + [73] * 3), REACHED),
        ("65 may not", soaked([9] * 7 + [74] * 3), MISSED),
        ("a request that is in no histogram is missed", soaked([9] * 10, counted=2), MISSED),
        ("one that was left out is in the other one", soaked([9] * 10, counted=2, left_out=1), REACHED),
        ("so is one that is nowhere", soaked([9] * 10, offered_count=4), MISSED),
        ("and a server that failed", soaked([9] * 10, code=1), MISSED),
        ("a disturbed hour decides nothing", soaked([9] * 10, code=3), DISTURBED),
        ("nor does one without a histogram", soaked([9] * 10, code=3, counted=None), DISTURBED),
        ("unless memory grew in it", soaked([9] * 7 + [900] * 3, code=3), MISSED)):
    equal(sentence, pace_soak.judge(soak)[0], wanted)

# ---- instructions ---------------------------------------------------------------------------------------------------------
CALLGRIND = """events: Ir
fl=(1) a.c
fn=(1) outer
16 400
+2 7
cfn=(2) inner
calls=3 50
* 900
-1 3
* 5
fn=(2)
50 900
cfi=(2) b.c
cfn=(3) leaf
calls=4 1
+1 20

fn=(3)
1 20
totals: 1335
"""
with tempfile.NamedTemporaryFile("w", suffix=".out") as file:
    file.write(CALLGRIND)
    file.flush()
    counts, calls = callgrind_counts.read(file.name)
equal("each function has its own instructions, without those it calls", counts, {"outer": 415, "inner": 900, "leaf": 20})
equal("and how often it was called", calls, {"inner": 3, "leaf": 4})
runs = [SimpleNamespace(requests=n, turns=t) for n, t in ((2000, 2500), (10000, 90000), (6, 200000))]
request, turn = pace_instructions.solve(runs, [7e6 + 1234 * run.requests + 150 * run.turns for run in runs])
near("three runs tell a request from a turn", request, 1234, 1e-6)
near("and a turn from what is done once", turn, 150, 1e-6)

tap.end()
