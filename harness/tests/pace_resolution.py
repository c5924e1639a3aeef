#!/usr/bin/env python3
"""How small a difference pace can see: pairs of one and the same server, whose ratio is 1, compared in three ways. `make
pace-resolution` calls it; whole it takes 15 minutes, wants the machine for itself, and writes the table and the picture of
docs/pace-resolution.md. Ends with 1 if a figure is missed, with 3 if the machine did not let it be had.

A block has one pair of each form, of fresh processes, in random order, so that all three see the same machine:
  duet        both servers at once, each request to either at random; RATE in all
  sequential  each alone, one after the other, at RATE, for as long: twice the duet's time, and twice its requests for each
  wrks        both at once, each under a wrk of its own; cost only, because wrk's latency is none
"""
import json
import os
import random
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import measured_page  # noqa: E402
from order_statistics import coverage, estimate, interval_rank  # noqa: E402
from pace_rounds import (DISTURBED, MISSED, REACHED, SOURCE, Paced, Server, Wrk, is_whole, options, page_of, patiently,
                         run, say)  # noqa: E402

KEPT = os.path.join(SOURCE, "build/pace-resolution.json")
MODEL, CONNECTIONS = "server-epoll", 64
FORMS = {"duet": "one pace, both at once", "sequential": "one after the other", "wrks": "two wrks, both at once"}
TITLE = "Ratios of two equal servers, block by block: CPU per request, p50 and p99, under one pace, one after the other, and two wrks"
METRICS = {"cost": "CPU per request", "p50": "p50", "p99": "p99"}
PERCENTILE = {"p50": 0.5, "p99": 0.99}
# What a duet is to reach, of the ratio and of its robust sd a block; docs/method.md says what rests on it.
OFF_MOST = {"cost": 0.01, "p50": 0.01}
SD_MOST = {"cost": 0.006, "p50": 0.005, "p99": 0.03}
BLOCKS_LEAST = 0.8  # of those asked for; with fewer a figure was not had


def words(given, seconds, rng):
    return ["-r", given.rate, "-d", f"{seconds}s", "--warmup", f"{min(1.0, seconds)}s", "-c", CONNECTIONS,
            "--seed", rng.randrange(2**31)]


def lasts(seconds):
    """With warm-up and draining."""
    return seconds + min(1.0, seconds) + 2


def duet(given, rng):
    """(ratios, was it kept from a figure from outside)"""
    first_is_a = rng.random() < 0.5
    with Server(MODEL, rng) as one, Server(MODEL, rng) as two:
        a, b = (one, two) if first_is_a else (two, one)
        paced = Paced([*words(given, given.seconds, rng), "--pid", f"{a.pid},{b.pid}", a.url, b.url], lasts(given.seconds))
    said = {"cost": "cpu_per_request", "p50": "p50", "p99": "p99"}
    return {metric: paced.ratios[name]["value"] for metric, name in said.items()}, paced.codes(), paced.was_kept_from()


def alone(given, rng):
    with Server(MODEL, rng) as server:
        paced = Paced([*words(given, given.seconds, rng), "--pid", server.pid, server.url], lasts(given.seconds))
    cost = paced.cost_ns() if paced.target["split"] else None  # what was void as a trial has no cost either
    return {"cost": cost, **{name: paced.percentile_ns(p) for name, p in PERCENTILE.items()}}, paced


def sequential(given, rng):
    (a, first), (b, second) = alone(given, rng), alone(given, rng)
    ratios = {metric: b[metric] / a[metric] if a[metric] and b[metric] else None for metric in METRICS}
    return ratios, sorted({*first.codes(), *second.codes()}), first.was_kept_from() or second.was_kept_from()


def under_wrk(servers, seconds):
    """CPU of each for one request, from before its wrk begins until both have ended."""
    before = [server.cpu_ns() for server in servers]
    with Wrk(servers[0].url, seconds, CONNECTIONS) as one, Wrk(servers[1].url, seconds, CONNECTIONS) as two:
        requests = [one.finish().requests, two.finish().requests]
    return [(server.cpu_ns() - then) / count for server, then, count in zip(servers, before, requests)]


def wrks(given, rng):
    with Server(MODEL, rng) as a, Server(MODEL, rng) as b:
        servers = [a, b]
        rng.shuffle(servers)
        under_wrk(servers, 1)
        of_first, of_second = under_wrk(servers, given.seconds)
    return {"cost": of_second / of_first}, [], False


MEASURE = {"duet": duet, "sequential": sequential, "wrks": wrks}


def measure(form, given, rng):
    """A block's pair; where something outside kept it from a figure, once more."""
    ratios, codes, outside = patiently(MEASURE[form], given, rng)
    if None in ratios.values() and outside:
        say(f"  {form} again: {' '.join(codes)}")
        ratios, codes, _ = patiently(MEASURE[form], given, rng)
    return ratios, codes


def keep(found, given):
    """What a whole run has measured so far: --again makes table and picture of it, without measuring."""
    os.makedirs(os.path.dirname(KEPT), exist_ok=True)
    measured_page.write(KEPT, json.dumps({"pairs": given.pairs, "seconds": given.seconds, "rate": given.rate,
                                          "seed": given.seed, "found": found}))


def kept(given):
    """What the last whole run measured, as if it had been this one."""
    with open(KEPT, encoding="utf-8") as file:
        stored = json.load(file)
    found = stored.pop("found")
    vars(given).update(stored)
    return found


def collect(given):
    """{form: [ratios of a block]}"""
    rng, found = random.Random(given.seed), {form: [] for form in FORMS}
    say(f"{given.pairs} blocks of {', '.join(FORMS)}; seed {given.seed}; about "
        f"{given.pairs * (5 * given.seconds + 5) / 60:.0f} minutes")
    for block in range(given.pairs):
        for form in rng.sample(list(FORMS), len(FORMS)):
            ratios, codes = measure(form, given, rng)
            found[form].append(ratios)
            if is_whole(given):
                keep(found, given)
            shown = ", ".join(f"{metric} {'–' if value is None else f'{value:.4f}'}" for metric, value in ratios.items())
            say(f"  {block + 1}/{given.pairs} {form}: {shown} {' '.join(codes)}")
    return found


# ---- what it says ------------------------------------------------------------------------------------------------------
def values(found, form, metric):
    return [ratios[metric] for ratios in found[form] if ratios.get(metric) is not None]


def percent(value):
    return f"{value * 100:.2g} %" if abs(value) < 0.1 else f"{value * 100:.0f} %"


def signed(ratio):
    return f"{(ratio - 1) * 100:+.2f} %".replace("-", "−")


def asked(form, metric):
    if form != "duet":
        return ""
    median = f"median within ± {percent(OFF_MOST[metric])}, " if metric in OFF_MOST else ""
    return f"{median}sd ≤ {percent(SD_MOST[metric])}"


def holds(metric, of):
    return abs(of.value - 1) <= OFF_MOST.get(metric, 1) and of.sd <= SD_MOST[metric]


def row(found, form, metric):
    of = estimate(values(found, form, metric))
    cells = [FORMS[form], METRICS[metric]]
    if of is None:
        cells += ["0", "–", "–", "–"]
    else:
        span = f"{signed(of.low)} … {signed(of.high)}" if of.low else "–"
        cells += [str(of.n), signed(of.value), span, f"{of.sd * 100:.2f} %" if of.n > 1 else "–"]
    return "| " + " | ".join([*cells, asked(form, metric)]) + " |"


def conditions(given):
    rank = interval_rank(given.pairs)
    interval = (f"the interval goes from the {rank}. lowest of n = {given.pairs} to the {rank}. highest, which covers the "
                f"median in {coverage(given.pairs, rank) * 100:.1f} % of all cases" if rank
                else f"n = {given.pairs} is too small for an interval")
    return (f"{given.pairs} blocks; {given.rate:,}/s for {given.seconds:g} s over {CONNECTIONS} connections to each server; "
            f"{interval}. {measured_page.machine()}; seed {given.seed}.")


def table(found, given):
    lines = ["| how | of | n | median ratio − 1 | interval | robust sd a block | asked for |", "|---|---|---:|---:|---:|---:|---|"]
    lines += [row(found, form, metric) for form in FORMS for metric in METRICS if form != "wrks" or metric == "cost"]
    return "\n".join([*lines, "", conditions(given)])


def verdict(found, pairs):
    """The exit code, and a sentence for each figure."""
    sentences, code = [], REACHED
    for metric in METRICS:
        of = estimate(values(found, "duet", metric))
        if of is None or of.n < BLOCKS_LEAST * pairs or of.n < 2:
            sentences.append(f"{METRICS[metric]}: not had, too many pairs were disturbed")
            code = code or DISTURBED
        elif holds(metric, of):
            sentences.append(f"{METRICS[metric]}: reached ({asked('duet', metric)})")
        else:
            sentences.append(f"{METRICS[metric]}: missed ({asked('duet', metric)})")
            code = MISSED
    return code, sentences


# ---- the picture -------------------------------------------------------------------------------------------------------
def points(found, form, metric):
    rows = [f"{block} {(ratios[metric] - 1) * 100:.4f}" for block, ratios in enumerate(found[form], 1)
            if ratios.get(metric) is not None]
    return "\n".join([f"${form}_{metric} << EOD", *(rows or ["NaN NaN"]), "EOD"])


def reach(found, metric):
    """How far the panel goes: to the outermost point, and a little further."""
    off = [abs(value - 1) * 100 for form in FORMS for value in values(found, form, metric)]
    return max([0.1, *off]) * 1.15


def draw(found, given, path):
    script = [points(found, form, metric) for form in FORMS for metric in METRICS]
    script += [f"blocks = {given.pairs}", *(f"reach_{metric} = {reach(found, metric):.4f}" for metric in METRICS),
               "load 'docs/pace-resolution.gp'"]
    measured_page.draw(path, TITLE, "\n".join(script), SOURCE)


def main():
    given = options(__doc__.splitlines()[0], may_repeat=True, pairs=20, seconds=8.0, rate=20000)
    found = kept(given) if given.again else collect(given)
    text = table(found, given)
    print(text)
    code, sentences = verdict(found, given.pairs)
    print("", *sentences, sep="\n")
    if is_whole(given) and code == DISTURBED:
        say("nothing is written")
        return code
    page = page_of(given)
    if page:
        picture = page.removesuffix(".md") + ".svg"
        draw(found, given, picture)
        measured_page.rewrite(page, resolution=f"{text}\n\n![{TITLE}]({os.path.basename(picture)})")
    return code if is_whole(given) else REACHED


if __name__ == "__main__":
    run(main)
