#!/usr/bin/env python3
"""How often a duel is wrong: draws thousands of duels out of blocks that were measured and are kept (duel_runs.py), by the
product's own code (judge_duel.c), and writes the tables and the picture of docs/calibration-duel.md. `make calibrate-duel` calls
it; that is some seconds of arithmetic. With --budget 60m it measures first, for so long, what is missing of the blocks. Ends with
1 if a figure is not what it must be; the page says so then.
"""
import os
import re
import signal
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import duel_runs  # noqa: E402
import duel_tables  # noqa: E402
import measured_page  # noqa: E402
from flatness_runs import INTERRUPTED, Lost  # noqa: E402

SOURCE = os.environ["BACKBENCH_SOURCE"]
PAGE = os.path.join(SOURCE, "docs/calibration-duel.md")
UNITS_S = {"s": 1, "m": 60, "h": 3600}
BUDGET_MOST_S = 48 * 3600


def asked(words):
    """The budget in seconds, of ["--budget", "30m"]; None: measure nothing."""
    if not words:
        return None
    found = re.fullmatch(r"(\d{1,6})([smh])", words[1]) if len(words) == 2 and words[0] == "--budget" else None
    seconds = int(found[1]) * UNITS_S[found[2]] if found else 0
    if not 0 < seconds <= BUDGET_MOST_S:
        given = f"BUDGET={words[1]}" if len(words) == 2 and words[0] == "--budget" else " ".join(words)
        print(f"calibrate-duel: {given}: write how long it may measure, as BUDGET=90s, 30m or 2h", file=sys.stderr)
        raise SystemExit(duel_runs.EXIT_USAGE)
    return seconds


def make(budget_s, store):
    """How many pieces gave nothing. Ctrl-C, or whoever ends it, keeps what was measured."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return duel_runs.make(budget_s, store, lambda text: print(text, flush=True))
    except KeyboardInterrupt:
        print("\nstopped: what was measured is kept; the same command goes on", flush=True)
        raise SystemExit(INTERRUPTED) from None


def main(words, store=duel_runs.STORE, page=PAGE):
    budget_s = asked(words)
    try:
        lost = make(budget_s, store) if budget_s else 0
        texts, picture, holds = duel_tables.texts(store)
    except Lost as why:
        print(f"calibrate-duel: {why}", file=sys.stderr)
        return 1
    for name, lines in texts.items():
        print(f"{name}:", *lines, "", sep="\n")
    if picture:
        path = page.removesuffix(".md") + ".svg"
        measured_page.draw(path, duel_tables.TITLE, picture, SOURCE)
        texts["found"] += ["", f"![{duel_tables.TITLE}]({os.path.basename(path)})"]
    measured_page.rewrite(page, **{name: "\n".join(lines) for name, lines in texts.items()})
    return 0 if holds and not lost else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
