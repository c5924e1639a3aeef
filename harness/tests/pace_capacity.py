#!/usr/bin/env python3
"""How many requests a second one CPU of pace can make, beside wrk. `make pace-capacity` calls it; whole it takes five minutes,
wants the machine for itself, and writes its table into docs/pace-resolution.md. Ends with 1 if wrk can make more, with 3 if that
could not be decided; then nothing is written.

A block has one run of each, in random order, alone on the load CPU, each against a fresh server-ceiling on the other. wrk asks
again as soon as it is answered. pace is asked for more than can be: from the first moment on requests wait for a connection, so
it, too, sends on each as soon as that is answered, and every turn of its loop has something to do. Its latencies are void
then, and nobody looks at them.

Whoever uses its CPU to the full is the limit. pace spins, so its CPU time always looks full, and requests per second of it are
a lower bound; how often it looked for nothing is in its turns per request. wrk sleeps, so what it uses is what it needs.
"""
import os
import random
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import measured_page  # noqa: E402
from order_statistics import estimate, median  # noqa: E402
from pace_rounds import (DISTURBED, MISSED, REACHED, Failed, Paced, Server, Wrk, children_cpu_s, is_whole, options,  # noqa: E402
                         page_of, patiently, run, say)

MODEL, CONNECTIONS = "server-ceiling", 64
BEYOND = 1.5         # times what wrk reaches is what pace is asked for: enough never to have nothing to do
ANSWERED_MOST = 0.9  # of what it was asked for; who answers more was not asked for enough
FULL = 0.95          # of its CPU: docs/method.md calls that the limit
LATE_MOST_NS = 25_000    # a request that was sent later than that was not sent in time
RAISES_MOST = 5
FIRST_RPS, STEP, STEPS_MOST, STEP_S, TRIES = 20_000, 1.25, 16, 2.0, 2


class Run:
    """Of either: rate_rps while it ran, cpu_ns of the generator for one request, share of the server's CPU in use."""

    def __init__(self, rate_rps, cpu_ns, server_share, **more):
        self.rate_rps, self.cpu_ns, self.server_share = rate_rps, cpu_ns, server_share
        self.per_core_rps = 1e9 / cpu_ns
        self.own_share = more.get("own_share", 1.0)
        self.turns = more.get("turns")

    @property
    def limit(self):
        own, server = self.own_share >= FULL, self.server_share >= FULL
        return "both" if own and server else "the server" if server else "the generator" if own else "neither"


def wrk_run(seconds, rng):
    with Server(MODEL, rng) as server:
        with Wrk(server.url, 1, CONNECTIONS) as warm:
            warm.finish()
        server_ns, own_s = server.cpu_ns(), children_cpu_s()
        with Wrk(server.url, seconds, CONNECTIONS) as wrk:
            wrk.finish()
        server_ns, own_s = server.cpu_ns() - server_ns, children_cpu_s() - own_s
    return Run(wrk.requests / wrk.took_s, own_s * 1e9 / wrk.requests, server_ns / 1e9 / wrk.took_s,
               own_share=own_s / wrk.took_s)


def pace_run(rate_rps, seconds, rng):
    with Server(MODEL, rng) as server:
        paced = Paced(["-r", rate_rps, "-d", f"{seconds}s", "--warmup", "0", "-c", CONNECTIONS, "--pid", server.pid,
                       "--seed", rng.randrange(2**31), server.url], seconds + 2)
    own, target = paced.generator, paced.target
    if paced.json["end"] != "whole" or target["completed_count"] == 0:
        raise Failed(f"pace ended early: {paced.json['end_reason']}")
    return Run(target["answered_rps"], own["cpu_ns"] / target["completed_count"], target["cpu_ns"] / paced.json["measured_ns"],
               own_share=own["cpu_ns"] / own["wall_ns"], turns=own["turns_count"] / target["completed_count"])


def overload(asked, seconds, rng):
    """pace at a rate that it cannot keep, which is raised as long as it can; and that rate."""
    for _ in range(RAISES_MOST):
        paced = patiently(pace_run, asked, seconds, rng)
        if paced.rate_rps <= ANSWERED_MOST * asked:
            return paced, asked
        asked = round(asked * BEYOND)
    raise Failed(f"pace answered {paced.rate_rps:,.0f}/s, almost all of what it was asked for: that is no overload")


def collect(given, rng):
    """[(pace, wrk)], a pair of each block."""
    asked = round(BEYOND * patiently(wrk_run, 1, rng).rate_rps)
    say(f"{given.blocks} blocks; seed {given.seed}")
    pairs = []
    for block in range(given.blocks):
        runs = {}
        for who in rng.sample(["pace", "wrk"], 2):
            if who == "wrk":
                runs[who] = patiently(wrk_run, given.seconds, rng)
            else:
                runs[who], asked = overload(asked, given.seconds, rng)
            say(f"  {block + 1}/{given.blocks} {who}: {runs[who].rate_rps:,.0f}/s, {runs[who].cpu_ns:,.0f} ns a request, the "
                f"limit was {runs[who].limit}")
        pairs.append((runs["pace"], runs["wrk"]))
    return pairs


# ---- until which rate pace keeps its times ---------------------------------------------------------------------------------
def step(rate_rps, seconds, rng):
    """Why it was not in time at this rate; "" if it was."""
    with Server(MODEL, rng) as server:
        paced = Paced(["-r", rate_rps, "-d", f"{seconds}s", "--warmup", f"{min(1.0, seconds)}s", "-c", CONNECTIONS,
                       "--seed", rng.randrange(2**31), server.url], seconds + 3)
    late_ns = paced.lateness_ns("p99_ns")
    if late_ns is None:
        return " ".join(paced.codes())
    return f"one in 100 was sent {late_ns / 1e3:.0f} µs late or more" if late_ns > LATE_MOST_NS else ""


def in_time(given, rng):
    """(the highest rate at which it was, why it was not at the next one); either may be None."""
    reached = None
    for number in range(given.steps):
        rate_rps = round(FIRST_RPS * STEP**number, -2)
        why = ""
        for _ in range(TRIES):
            why = patiently(step, rate_rps, min(STEP_S, given.seconds), rng)
            say(f"  {rate_rps:,.0f}/s: {why or 'in time'}")
            if not why:
                break
        if why:
            return reached, f"at {rate_rps:,.0f}/s {why}"
        reached = rate_rps
    return reached, None


# ---- what it says ------------------------------------------------------------------------------------------------------
def middle(runs, what):
    return median([getattr(run, what) for run in runs])


def limits(runs):
    """Most frequent first: the server 9, both 2"""
    counted = {name: sum(run.limit == name for run in runs) for name in dict.fromkeys(run.limit for run in runs)}
    return ", ".join(f"{name} ({count})" for name, count in sorted(counted.items(), key=lambda item: -item[1]))


def row(name, runs):
    turns = f"{middle(runs, 'turns'):.2f}" if runs[0].turns is not None else "–"
    return (f"| {name} | {middle(runs, 'rate_rps'):,.0f} | {middle(runs, 'cpu_ns'):,.0f} | {middle(runs, 'per_core_rps'):,.0f} | "
            f"{middle(runs, 'own_share') * 100:.0f} % | {middle(runs, 'server_share') * 100:.0f} % | {turns} | {limits(runs)} |")


def ratio(pairs, what):
    """pace over wrk, from the blocks' ratios, in words."""
    of = estimate([getattr(pace, what) / getattr(wrk, what) for pace, wrk in pairs])
    return f"{of.value:.3f}" + (f" ({of.low:.3f} … {of.high:.3f})" if of.low else "")


def most(holds):
    holds = list(holds)
    return 2 * sum(holds) > len(holds)


def decide(pairs):
    """The exit code, and a sentence."""
    of = estimate([pace.per_core_rps / wrk.per_core_rps for pace, wrk in pairs])
    server_limited = most(pace.limit in ("the server", "both") for pace, _ in pairs)
    if most("neither" in (pace.limit, wrk.limit) for pace, wrk in pairs):
        return DISTURBED, "not decided: neither generator nor server could use its CPU to the full; others did"
    bound = "at least " if server_limited else ""
    if of.value >= 1:
        return REACHED, f"reached: a CPU of pace makes {bound}{of.value:.3f} times the requests of one of wrk"
    if server_limited:
        return DISTURBED, "not decided: the server was the limit under pace, whose own need is below what it used"
    return MISSED, f"missed: a CPU of pace makes {of.value:.3f} times the requests of one of wrk, asked for is 1"


def table(pairs, ladder, given):
    pace, wrk = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    reached, why = ladder
    lines = ["| | requests/s | its CPU a request, ns | requests a second of its CPU | its CPU in use | the server's | turns a "
             "request | who was the limit (runs) |", "|---|---:|---:|---:|---:|---:|---:|---|", row("pace", pace), row("wrk", wrk),
             "", f"Medians of {len(pairs)} blocks. pace ÷ wrk, block by block: requests/s {ratio(pairs, 'rate_rps')}, requests a "
             f"second of its CPU {ratio(pairs, 'per_core_rps')}.", "",
             "In time, that is, with 99 of 100 requests sent within 25 µs of the moment when they were due, pace was up to "
             f"{f'{reached:,.0f}/s' if reached else 'no rate that was tried'}" + (f"; {why}." if why else ", the highest tried."),
             "", f"{given.seconds:g} s a run over {CONNECTIONS} connections to {MODEL}. {measured_page.machine()}; seed "
             f"{given.seed}."]
    return "\n".join(lines)


def main():
    given = options(__doc__.splitlines()[0], blocks=11, seconds=5.0, steps=STEPS_MOST)
    rng = random.Random(given.seed)
    pairs = collect(given, rng)
    text = table(pairs, in_time(given, rng), given)
    code, sentence = decide(pairs)
    print(text, "", sentence, sep="\n")
    if page_of(given) and not (is_whole(given) and code == DISTURBED):
        measured_page.rewrite(page_of(given), capacity=text)
    return code if is_whole(given) else REACHED


if __name__ == "__main__":
    run(main)
