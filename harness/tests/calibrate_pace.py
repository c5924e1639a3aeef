#!/usr/bin/env python3
"""The trials of queue_trials.py, long: a table on stdout and in docs/pace-calibration.md. `make pace-calibrate` calls it; it
takes five minutes, more where the machine is restless, and wants the machine for itself. Ends with 1 if a figure is not what it
must be, with 3 if one could not be had because the machine was disturbed; then nothing is stored.
"""
import datetime
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import measured_page  # noqa: E402
from queue_trials import Row, constant_service, mean_wait, stall  # noqa: E402

PAGE = os.path.join(os.environ["BACKBENCH_SOURCE"], "docs/pace-calibration.md")
SECONDS = int(os.environ.get("CALIBRATE_SECONDS", "40"))
ATTEMPTS = 6  # of a trial that the machine disturbs
LOADS = (0.33, 0.5, 0.66, 0.8, 0.9)


def line(row: Row):
    off = "" if row.found is None else f"{(row.found / row.due - 1) * 100:+.1f} %"
    found = row.why or f"{row.found:.4g} {row.unit}"
    return f"| {row.what} | {row.due:.4g} {row.unit} | ± {row.allowed:.2g} | {found} | {off} |"


def collect():
    rows, path_us, why = constant_service(SECONDS // 4)
    yield from rows
    for load in LOADS:
        yield from mean_wait(load, SECONDS, path_us, why, ATTEMPTS)
    yield from stall(SECONDS // 4, path_us, why, ATTEMPTS)[0]


def main():
    table = ["| what | by theory | allowed | pace | off |", "|---|---:|---:|---:|---:|"]
    print("\n".join(table), flush=True)
    rows = []
    for row in collect():
        rows.append(row)
        table.append(line(row))
        print(table[-1], flush=True)
    if any(row.why for row in rows):
        return 3
    table += ["", f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d}, {measured_page.machine()}."]
    measured_page.rewrite(PAGE, queues="\n".join(table))
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
