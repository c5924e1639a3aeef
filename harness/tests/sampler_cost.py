#!/usr/bin/env python3
"""What the sampler costs, and whether the server feels it. `make sampler-cost` calls it: a minute and a half on a quiet machine.
Ends with 1 if a figure is missed, with 3 if the machine was too busy to have the last one.

The CPU time that ten samples a second take of the harness, counted by its own clock: of a process with one thread, and of one
with 1,000 threads and 1,000 descriptors. Then pairs of two equal servers under one pace, one of them sampled and the other not, by
turns: the ratio of their CPU per request, and its interval, by docs/method.md.
"""
import os
import random
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from order_statistics import INTERVAL_LEAST_N, estimate  # noqa: E402
from pace_rounds import (DISTURBED, MISSED, OWN_CPU, REACHED, Child, Failed, Paced, Server, options, patiently, run,
                         say)  # noqa: E402

TOOLS = os.environ.get("BACKBENCH_TOOLS", "build/tests/harness/tests")
SAMPLING = os.path.join(TOOLS, "sampling")
MODEL, CONNECTIONS, WARMUP_S = "server-epoll", 64, 1
SHARES_MOST = [((1, 16), 0.002), ((1000, 1000), 0.005)]  # (threads, descriptors): of one core
EQUIVALENT = 0.015  # one and a half times the smallest effect of cost in pairs that is worth a word: docs/method.md


def said(words, seconds):
    with Child([SAMPLING, *words], OWN_CPU) as child:
        text = child.said(seconds + 30)
        if child.process.returncode != 0:
            raise Failed(f"sampling ended with {child.process.returncode}: {child.complained()}")
    return {key: int(value) for key, value in map(str.split, text.splitlines())}


def share(threads, descriptors, seconds):
    """Of one core."""
    seen = said([threads, descriptors, seconds], seconds)
    if seen["threads"] != threads or seen["descriptors"] < descriptors or seen["rss_bytes"] <= 0:
        raise Failed(f"sampling did not see what there is: {seen}")
    return seen["cpu_ns"] / seen["wall_ns"]


def check_shares(seconds):
    code = REACHED
    for (threads, descriptors), most in SHARES_MOST:
        taken = min(share(threads, descriptors, seconds) for _ in range(2))  # others can only add
        holds = taken <= most
        print(f"{threads:>5} threads, {descriptors:>5} descriptors: {taken * 100:.3f} % of one core, at most {most * 100:.1f} %: "
              f"{'reached' if holds else 'missed'}", flush=True)
        code = code if holds else MISSED
    return code


def pair(given, rng, sampled_is_first):
    """CPU per request of the sampled one to that of the other; None: the machine did not let it be had."""
    seconds = given.seconds + WARMUP_S + 1
    with Server(MODEL, rng) as one, Server(MODEL, rng) as two:
        sampled, other = (one, two) if sampled_is_first else (two, one)
        with Child([SAMPLING, "--of", sampled.pid, round(seconds)], OWN_CPU) as child:
            paced = Paced(["-r", given.rate, "-d", f"{given.seconds}s", "--warmup", f"{WARMUP_S}s", "-c", CONNECTIONS, "--seed",
                           rng.randrange(2**31), "--pid", f"{other.pid},{sampled.pid}", other.url, sampled.url], seconds)
            child.said(seconds + 10)
    return paced.ratios["cpu_per_request"]["value"]


def check_pairs(given):
    rng, ratios = random.Random(given.seed), []
    say(f"{given.pairs} pairs at {given.rate:,}/s for {given.seconds:g} s; seed {given.seed}")
    for block in range(given.pairs):
        ratio = patiently(pair, given, rng, block % 2 == 0)
        say(f"  {block + 1}/{given.pairs}: {'–' if ratio is None else f'{ratio:.4f}'}")
        ratios += [] if ratio is None else [ratio]
    if len(ratios) < INTERVAL_LEAST_N:
        print(f"sampled ÷ not sampled: not had, {len(ratios)} pairs are too few for an interval")
        return DISTURBED
    of = estimate(ratios)
    holds = 1 - EQUIVALENT <= of.low and of.high <= 1 + EQUIVALENT
    print(f"sampled ÷ not sampled, CPU per request: {of.value:.4f} ({of.low:.4f} … {of.high:.4f}), {of.n} pairs: "
          f"{'EQUIVALENT' if holds else 'not EQUIVALENT'} within ± {EQUIVALENT * 100:.1f} %")
    return REACHED if holds else MISSED


def main():
    given = options(__doc__.splitlines()[0], pairs=12, seconds=4.0, rate=20000)
    code = check_shares(max(2, round(given.seconds)))
    return code or check_pairs(given)


if __name__ == "__main__":
    run(main)
