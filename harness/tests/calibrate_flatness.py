#!/usr/bin/env python3
"""How often the flatness verdict is wrong: runs simulate_flatness.c, which judges made-up servers by the product's own code,
judges the real servers' runs that are kept (calibrate_flatness_real.py), and writes the tables and the picture of
docs/calibration-flatness.md. `make calibrate-flatness` calls it; that is a minute of arithmetic and may run beside other work.
With --runs it first makes the real runs that are missing. Ends with 1 if a figure is not what it must be; the page says so then.
"""
import os
import subprocess
import sys
from typing import NamedTuple

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import calibrate_flatness_real as real  # noqa: E402
import measured_page  # noqa: E402
from flatness_runs import Lost  # noqa: E402
from shares import percent, with_interval  # noqa: E402

SOURCE, TOOLS = os.environ["BACKBENCH_SOURCE"], os.environ["BACKBENCH_TOOLS"]
PAGE = os.path.join(SOURCE, "docs/calibration-flatness.md")
NOISE = os.path.join(SOURCE, "harness/tests/stored/rss-noise.txt")
SEED, RUNS = int(os.environ.get("CALIBRATE_SEED", "7")), int(os.environ.get("CALIBRATE_RUNS", "2000"))
PAGE_RUNS = 2000  # fewer write no page
TITLE = "How many leaks are found, against their size in smallest visible ones"
FALSE_MOST, FOUND_LEAST, UNSEEN_MOST = 0.02, 0.95, 0.10
VERDICTS = ("FLAT", "SAWTOOTH", "STEP", "GROWING", "UNDECIDED")
GROWING = VERDICTS.index("GROWING")
KINDS = {"flat": "flat", "logarithmic": "warm-up, logarithmic", "saturating": "warm-up, saturating",
         "cache": "cache that fills and stays full", "sawtooth": "sawtooth", "steps": "steps", "walk": "random walk"}
ENDLESS = {"slow-fill": "fill that ends in the longer run", "slower-fill": "fill that outlasts it",
           "slow-warm-up": "warm-up slower than the run", "slow-sawtooth": "sawtooth slower than the run"}


class Tally(NamedTuple):
    """Of runs without a leak: how many got each verdict, at first and in the end."""
    runs: int
    first: list
    last: list


class Found(NamedTuple):
    """Of runs with a leak: how many were called GROWING, at first and in the end."""
    runs: int
    first: int
    last: int


def added(tallies):
    runs, *lists = zip(*tallies)
    return [sum(runs), *([sum(column) for column in zip(*rows)] for rows in lists)]


class Simulated(NamedTuple):
    tallies: dict   # kind: Tally
    found: dict     # (kind, size): Found, of leaks in the run that said how small a one it could have seen
    again: dict     # the same of another run
    smallest: dict  # kind: quartiles, in bytes over a run


def simulate():
    tool = os.path.join(TOOLS, "simulate_flatness")
    out = subprocess.run([tool, str(SEED), str(RUNS), NOISE], capture_output=True, text=True, check=True).stdout
    tallies, leaks, smallest = {}, {"leak": {}, "again": {}}, {}
    for what, kind, *words in (line.split("\t") for line in out.splitlines()):
        numbers = [float(word) for word in words]
        if what == "verdicts":
            counts = [int(number) for number in numbers]
            tallies[kind] = Tally(counts[0], counts[1:1 + len(VERDICTS)], counts[1 + len(VERDICTS):])
        elif what in leaks:
            leaks[what][kind, numbers[0]] = Found(*(int(number) for number in numbers[1:]))
        else:
            smallest[kind] = numbers
    return Simulated(tallies, leaks["leak"], leaks["again"], smallest)


# ---- tables ------------------------------------------------------------------------------------------------------------
def confusion(tallies, kinds):
    lines = ["| server | runs | " + " | ".join(VERDICTS[:4]) + " | confirmed GROWING |", "|---|---:" + "|---:" * 5 + "|"]
    for kind, name in kinds.items():
        runs, first, last = tallies[kind]
        cells = [f"{count / runs * 100:.1f} %" if count else "–" for count in first[:4]]
        lines.append(f"| {name} | {runs:,} | " + " | ".join(cells) + f" | {percent(last[GROWING] / runs) if last[GROWING] else '–'} |")
    return lines


def false_growing(tallies):
    rows = [(name, tallies[kind]) for kind, name in KINDS.items()]
    rows.append(("**all of these**", Tally(*added(tally for _, tally in rows))))
    lines = ["| server | GROWING at first | 95 % interval | confirmed | 95 % interval |", "|---|---:|---:|---:|---:|"]
    lines += [f"| {name} | {with_interval(first[GROWING], runs)} | {with_interval(last[GROWING], runs)} |"
              for name, (runs, first, last) in rows]
    return lines, rows[-1][1]


def sizes(found):
    return sorted({size for _, size in found})


def pooled(found, size):
    return Found(*map(sum, zip(*(found[kind, size] for kind in KINDS))))


def kib(number):
    return f"{number / 1024:,.0f} KiB" if number < 10 * 2**20 else f"{number / 2**20:,.0f} MiB"


def row_of_shares(name, shares):
    return f"| {name} | " + " | ".join(percent(share) for share in shares) + " |"


def detection(found):
    lines = ["| leak on top of | " + " | ".join(f"{size:g} ×" for size in sizes(found)) + " |",
             "|---" + "|---:" * len(sizes(found)) + "|"]
    for kind, name in KINDS.items():
        lines.append(row_of_shares(name, [found[kind, size].last / found[kind, size].runs for size in sizes(found)]))
    for name, which in (("**all**", "last"), ("all, at first", "first")):
        lines.append(row_of_shares(name, [getattr(pooled(found, size), which) / pooled(found, size).runs for size in sizes(found)]))
    return lines


def visible(smallest):
    lines = ["| server | a quarter below | half below | three quarters below |", "|---|---:|---:|---:|"]
    return lines + [f"| {name} | " + " | ".join(map(kib, smallest[kind])) + " |" for kind, name in KINDS.items()]


def judge(found, total):
    """A sentence for each figure, and whether all are reached."""
    asked = [("GROWING without a leak, at first", total.first[GROWING] / total.runs, "at most", FALSE_MOST)]
    for size, bound, most in ((2, "at least", FOUND_LEAST), (0.5, "at most", UNSEEN_MOST)):
        for name, kinds in {"all": list(KINDS), **{name: [kind] for kind, name in KINDS.items()}}.items():
            runs, _, last = map(sum, zip(*(found[kind, size] for kind in kinds)))
            asked.append((f"GROWING with a leak of {size:g} × the smallest, {name}", last / runs, bound, most))
    holds = [share >= limit if bound == "at least" else share <= limit for _, share, bound, limit in asked]
    lines = ["| share | asked for | is | |", "|---|---:|---:|---|"]
    lines += [f"| {what} | {bound} {limit * 100:.0f} % | {percent(share)} | {'reached' if held else '**missed**'} |"
              for (what, share, bound, limit), held in zip(asked, holds)]
    return lines, all(holds)


# ---- the picture -------------------------------------------------------------------------------------------------------
def block(name, rows):
    return "\n".join([f"${name} << EOD", *rows, "EOD"])


def line(found, shares):
    return [f"{size} {share * 100:.3f}" for size, share in zip(sizes(found), shares)]


def draw(found, path):
    curves = {which: [getattr(pooled(found, size), which) / pooled(found, size).runs for size in sizes(found)] for which in ("first", "last")}
    each = [line(found, [found[kind, size].last / found[kind, size].runs for size in sizes(found)]) + [""] for kind in KINDS]
    script = [block(which, line(found, shares)) for which, shares in curves.items()]
    script += [block("kinds", [row for rows in each for row in rows]), "load 'docs/calibration-flatness.gp'"]
    measured_page.draw(path, TITLE, "\n".join(script), SOURCE)


def main():
    runs, jobs = real.asked(sys.argv[1:])
    lost = real.make_missing(runs, jobs) if runs else 0
    try:
        of_real, real_holds = real.texts()
    except Lost as why:
        print(f"calibrate-flatness: {why}", file=sys.stderr)
        return 1
    of = simulate()
    lines, total = false_growing(of.tallies)
    reached, holds = judge(of.found, total)
    texts = {"verdicts": confusion(of.tallies, KINDS), "false": lines, "reached": reached, "smallest": visible(of.smallest),
             "detection": detection(of.found), "again": detection(of.again), "endless": confusion(of.tallies, ENDLESS),
             "seed": [f"{RUNS:,} runs of each kind, and as many for each size of leak; seed {SEED}."], **of_real}
    for name, text in texts.items():
        print(f"{name}:", *text, "", sep="\n")
    if RUNS >= PAGE_RUNS:
        picture = PAGE.removesuffix(".md") + ".svg"
        draw(of.found, picture)
        texts["detection"] += ["", f"![{TITLE}]({os.path.basename(picture)})"]
        measured_page.rewrite(PAGE, **{name: "\n".join(text) for name, text in texts.items()})
    return 0 if holds and real_holds and not lost else 1


if __name__ == "__main__":
    sys.exit(main())
