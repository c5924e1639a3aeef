#!/usr/bin/env python3
"""How many instructions a request costs in pace, counted by callgrind. `make pace-instructions` calls it: ten seconds, and it
may run beside other work. Ends with 1 if it is more than the limit, with 3 where the machine was too busy to count.

Only the loop that keeps the time is counted (pacing_keep_time), in user mode, without the kernel's part and what the vDSO's
clock takes, which valgrind hides: some 30 instructions for each of two to three readings a request. What the loop costs is
    what is done once + requests x (a request) + turns x (a turn of the loop)
and three runs say what each of the three is: two in which everything is due at once, so that pace is at full use until the last
answer, a short one and a long one; and one in which it turns and turns because a few answers take their time. So neither what is
done once, nor how often a machine that is busy otherwise let it turn in vain, is in the number. A turn serves all that has come
by then; what is judged is the dearest case, a request with a turn of its own.
"""
import math
import os
import random
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import callgrind_counts  # noqa: E402
import measured_page  # noqa: E402
from pace_rounds import (DISTURBED, MISSED, PACE, PATIENCE_S, REACHED, Failed, Paced, Server, options, page_of, run,  # noqa: E402
                         say)

LIMIT = 1500
MODEL, CONNECTIONS, SEED = "server-epoll", 64, 4711
# Rate, duration and path. Under callgrind pace needs a second for what is due in the 10 ms, and it waits for two.
SHORT, LONG, IDLE = ("1M", "2ms", "/plaintext"), ("1M", "10ms", "/plaintext"), ("1k", "5ms", "/wait/600")
TURNS_LEAST, TURNS_MOST = 20_000, 8  # of the idle run; of the long one, for each request
NEWS_LEAST = 0.01
LARGEST = 12         # functions that are named
ATTEMPTS = 3


class Counted:
    """One run: requests, turns, and instructions by function."""

    def __init__(self, rate, duration, path, server):
        with tempfile.TemporaryDirectory() as room:
            out = os.path.join(room, "callgrind.out")
            paced = Paced(["-r", rate, "-d", duration, "--warmup", "0", "-c", CONNECTIONS, "--seed", SEED,
                           server.url.replace("/plaintext", path)], PATIENCE_S,
                          under=["valgrind", "--quiet", "--vgdb=no", "--tool=callgrind", "--toggle-collect=pacing_keep_time",
                                 f"--callgrind-out-file={out}"])
            self.functions, calls = callgrind_counts.read(out)
        self.requests, self.turns = paced.target["completed_count"], calls["epoll_wait"]
        self.is_whole = self.requests == paced.target["offered_count"]

    def total(self):
        return sum(self.functions.values())


def solve(runs, costs):
    """(a request, a turn) of costs = start + requests x + turns y, for three runs, by Cramer's rule."""
    (n1, t1), (n2, t2) = [(run.requests - runs[0].requests, run.turns - runs[0].turns) for run in runs[1:]]
    c1, c2 = costs[1] - costs[0], costs[2] - costs[0]
    whole = n1 * t2 - n2 * t1
    return (c1 * t2 - c2 * t1) / whole, (n1 * c2 - n2 * c1) / whole


def by_function(runs):
    """{function: (of a request, of a turn)}"""
    return {name: solve(runs, [run.functions.get(name, 0) for run in runs])
            for name in set().union(*(run.functions for run in runs))}


def tell_apart(runs):
    """Do the runs differ enough in both? Turns of the idle one must outnumber the busy ones', or a few of theirs that are a
    little dearer move the count of a request."""
    short, long, idle = runs
    return long.requests > 2 * short.requests and idle.turns > TURNS_LEAST and long.turns < TURNS_MOST * long.requests


def count():
    """Three runs that can be told apart."""
    why = ""
    for _ in range(ATTEMPTS):
        with Server(MODEL, random.Random(SEED)) as server:
            runs = [Counted(*which, server) for which in (SHORT, LONG, IDLE)]
        if not all(run.is_whole for run in runs):
            why = "not everything that was asked was answered in time"
        elif not tell_apart(runs):
            why = "the busy run turned in vain too often, or the idle one too seldom"
        else:
            return runs
        say(f"again: {why}")
    return None


def has_sanitizer():
    with open(PACE, "rb") as file:
        return b"__asan_init" in file.read()


def table(runs):
    request, turn = solve(runs, [run.total() for run in runs])
    functions = by_function(runs)
    largest = sorted(functions, key=lambda name: -sum(functions[name]))[:LARGEST]
    named = ", ".join(f"`{name}` {sum(functions[name]):.0f}" for name in largest)
    lines = ["| | instructions |", "|---|---:|", f"| a request | {request:.0f} |",
             f"| a turn of the loop, which serves all requests that it finds | {turn:.0f} |",
             f"| **a request with a turn of its own** | **{request + turn:.0f}** |", f"| limit | {LIMIT} |", "",
             f"The largest functions of the sum: {named}."]
    return request + turn, "\n".join(lines)


def compiler():
    """As it signed pace; a compiler alone changes counts."""
    with open(PACE, "rb") as file:
        signed = re.search(rb"GCC: \([^)]*\) ([0-9.]+)|(clang) version ([0-9.]+)", file.read())
    if not signed:
        return "an unknown compiler"
    return f"gcc {signed[1].decode()}" if signed[1] else f"clang {signed[3].decode()}"


def is_news(page, total):
    """A page whose figure differs by what differs from run to run is left alone."""
    with open(page, encoding="utf-8") as file:
        stands = re.search(r"its own\*\* \| \*\*(\d+)\*\*", file.read())
    return not stands or abs(total / int(stands[1]) - 1) > NEWS_LEAST


def version():
    return subprocess.run(["valgrind", "--version"], capture_output=True, text=True, check=True, timeout=PATIENCE_S).stdout.strip()


def least():
    """(instructions, table) of the first count within the limit, or of the lowest of some: a busy machine makes requests late, and
    pace does more for those that are; nothing makes it do less. (inf, None): nothing could be counted."""
    found = (math.inf, None)
    for _ in range(ATTEMPTS):
        runs = count()
        if runs is not None:
            found = min(found, table(runs), key=lambda one: one[0])
        if runs is None or found[0] <= LIMIT:
            break
    return found


def main():
    given = options(__doc__.splitlines()[0])
    if has_sanitizer():
        raise Failed("pace was built with a sanitizer, which valgrind cannot run and which would be counted: make")
    tool = version()
    total, text = least()
    if text is None:
        say("nothing could be counted: the machine is too busy")
        return DISTURBED
    print(text)
    if is_news(page_of(given), total):
        measured_page.rewrite(page_of(given), instructions=f"{text}\n\nplaintext over {CONNECTIONS} connections; counted by "
                                                           f"{tool}, built by {compiler()}.")
    if total > LIMIT:
        say(f"pace-instructions: a request costs {total:.0f} instructions in pace, {total - LIMIT:.0f} more than the {LIMIT} it may")
        return MISSED
    return REACHED


if __name__ == "__main__":
    run(main)
