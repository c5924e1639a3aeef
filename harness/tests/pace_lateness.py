#!/usr/bin/env python3
"""How late pace itself is, and whether it says so. `make pace-lateness` calls it: rounds against fresh servers on the other CPU
until ten were undisturbed, two minutes on a quiet machine, at most five; it writes its table into docs/pace-resolution.md. Ends
with 1 if a figure is missed, with 3 if the machine was not quiet for long enough.
"""
import os
import random
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import measured_page  # noqa: E402
from pace_rounds import (DISTURBED, MISSED, REACHED, Paced, Server, is_whole, options, page_of, patiently, run,
                         say)  # noqa: E402

MODEL, CONNECTIONS = "server-epoll", 64
P50_MOST_NS, P99_MOST_NS = 1_000, 25_000
VALID_LEAST = 0.8      # of the undisturbed rounds
KEPT_AWAY = ("INTERFERED", "NOISY")  # others had the CPU; whoever is late without them is so by itself
ROUNDS_FOR_ONE = 2     # tried, for each undisturbed one that is wanted


class Round:
    """What is asked of one run of pace."""

    def __init__(self, kind, codes, trusted_p, lateness, p99_ns):
        self.kind, self.codes, self.trusted_p, self.p99_ns = kind, codes, trusted_p, p99_ns
        self.late_p50_ns, self.late_p99_ns = lateness or (None, None)

    @classmethod
    def measured(cls, given, rng):
        with Server(MODEL, rng) as server:
            paced = Paced(["-r", given.rate, "-d", f"{given.seconds}s", "--warmup", f"{min(1.0, given.seconds)}s",
                           "-c", CONNECTIONS, "--seed", rng.randrange(2**31), server.url], given.seconds + 3)
        split = paced.target["split"]
        lateness = (paced.lateness_ns("p50_ns"), paced.lateness_ns("p99_ns")) if split else None
        return cls(paced.target["outcome"]["kind"], paced.codes(), paced.json["trusted_p"], lateness, paced.percentile_ns(0.99))

    @property
    def was_undisturbed(self):
        return not set(self.codes) & set(KEPT_AWAY)

    @property
    def is_late(self):
        return self.late_p50_ns is None or self.late_p50_ns > P50_MOST_NS or self.late_p99_ns > P99_MOST_NS

    @property
    def says_so(self):
        """It has another outcome than VALID, or no p99."""
        return self.kind != "VALID" or self.p99_ns is None

    @property
    def has_valid_p99(self):
        return self.kind == "VALID" and self.p99_ns is not None


def collect(given):
    rng, rounds = random.Random(given.seed), []
    say(f"{given.rounds} undisturbed rounds of {given.rate:,}/s for {given.seconds:g} s; seed {given.seed}")
    while len(rounds) < ROUNDS_FOR_ONE * given.rounds and sum(one.was_undisturbed for one in rounds) < given.rounds:
        rounds.append(patiently(Round.measured, given, rng))
        say(f"  {len(rounds)}: {row(len(rounds), rounds[-1])}")
    return rounds


# ---- what it says ------------------------------------------------------------------------------------------------------
def us(value_ns):
    return "–" if value_ns is None else f"{value_ns / 1e3:.2f} µs" if value_ns < 10_000 else f"{value_ns / 1e3:.0f} µs"


def up_to(p):
    return "all" if p == 1 else "none" if p == 0 else f"p{p * 100:.4g}"


def row(number, one):
    outcome = " ".join([one.kind, *(code for code in one.codes if code != one.kind)])
    return (f"| {number} | {us(one.late_p50_ns)} | {us(one.late_p99_ns)} | {us(one.p99_ns)} | {outcome} | "
            f"{up_to(one.trusted_p)} | {'yes' if one.was_undisturbed else 'no'} |")


def judge(rounds, wanted):
    """The exit code, and a line for each figure."""
    quiet = [one for one in rounds if one.was_undisturbed]
    n = len(quiet)
    silent = sum(one.is_late and not one.says_so for one in quiet)
    in_p50 = sum(one.late_p50_ns is not None and one.late_p50_ns <= P50_MOST_NS for one in quiet)
    in_p99 = sum(one.late_p99_ns is not None and one.late_p99_ns <= P99_MOST_NS for one in quiet)
    valid = sum(one.has_valid_p99 for one in quiet)
    lines = [f"half of the requests sent within {us(P50_MOST_NS)}: {in_p50} of {n} undisturbed rounds",
             f"99 of 100 within {us(P99_MOST_NS)}: {in_p99} of {n}",
             f"later than either and called VALID: {silent} (asked for: none)",
             f"p99 of the response VALID: {valid} of {n} (asked for: {VALID_LEAST * 100:.0f} % of them)"]
    if n < wanted:
        return DISTURBED, [*lines, f"only {n} of {wanted} undisturbed rounds in {len(rounds)}: not decided"]
    # Who is late in most rounds has missed the figure, however truthful it is about it.
    missed = silent > 0 or valid < VALID_LEAST * n or min(in_p50, in_p99) < VALID_LEAST * n
    return (MISSED if missed else REACHED), [*lines, "missed" if missed else "reached"]


def table(rounds, given):
    lines = ["| round | L p50 | L p99 | R p99 | outcome | trusted up to | undisturbed |", "|---:|---:|---:|---:|---|---|---|",
             *(row(number, one) for number, one in enumerate(rounds, 1))]
    return "\n".join(lines)


def main():
    given = options(__doc__.splitlines()[0], rounds=10, seconds=8.0, rate=20000)
    rounds = collect(given)
    code, lines = judge(rounds, given.rounds)
    text = "\n".join([table(rounds, given), "", *(f"- {line}" for line in lines), "",
                      f"{given.rate:,}/s for {given.seconds:g} s over {CONNECTIONS} connections to {MODEL}. "
                      f"{measured_page.machine()}; seed {given.seed}."])
    print(text)
    if page_of(given) and not (is_whole(given) and code == DISTURBED):
        measured_page.rewrite(page_of(given), lateness=text)
    return code if is_whole(given) else REACHED


if __name__ == "__main__":
    run(main)
