#!/usr/bin/env python3
"""The decision that docs/duel.md reads line by line is one that was measured, and is kept: each of its rows has the figures of
stored/duel-decision.json. Prints TAP.

run-tests: plain
"""
import json
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from pace_room import Tap  # noqa: E402

tap = Tap()
with open(os.path.join(HERE, "stored/duel-decision.json"), encoding="utf-8") as file:
    decision = json.load(file)
with open(os.path.join(HERE, "../../docs/duel.md"), encoding="utf-8") as file:
    page = file.read()
example = next(block for block in page.split("```") if block.strip().startswith(decision["headline"]))


def percent(ratio):
    text = f"{100 * (ratio - 1):+.1f}"
    return "0.0" if float(text) == 0 else text


def change(row):
    """As a row tells it."""
    words = f"{percent(row['ratio'])} %"
    if row["ratio_low"] is None:
        return words
    return f"{words} [{percent(row['ratio_low'])}, {percent(row['ratio_high'])}]"


for row in decision["rows"]:
    lines = [line for line in example.splitlines() if line.split()[:2] == [row["server"], row["metric"]]]
    tap.check(f"{row['metric']} has the figures that were measured", len(lines) == 1 and change(row) in lines[0], f"{change(row)}\n{lines}")
    above = example[:example.index(lines[0])] if lines else ""
    words = [word for word in ("REGRESSED", "INCONCLUSIVE", "EQUIVALENT") if f"\n  {word}" in above]
    tap.check(f"{row['metric']} stands under its word", words[-1:] == [row["verdict"]], f"{words}, not {row['verdict']}")
tap.check("the self-check is the one that was seen", decision["self_check"] in " ".join(example.split()), decision["self_check"])
tap.check("and the exit code", f"The exit code is {decision['exit_code']}." in page, decision["exit_code"])
tap.end()
