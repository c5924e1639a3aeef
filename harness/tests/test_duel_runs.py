#!/usr/bin/env python3
"""Measuring for `make calibrate-duel`: what is missing and comes next, how heads are made worse, that what was measured is kept
once and whole, and that it can be stopped at any moment; against a `backbench` that makes blocks up. Prints TAP.

run-tests: plain
"""
import contextlib
import io
import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import calibrate_duel  # noqa: E402
import duel_runs as runs  # noqa: E402
from flatness_runs import Lost  # noqa: E402
from pace_room import Tap  # noqa: E402

PATIENCE_S = 40
tap = Tap()
room = tempfile.TemporaryDirectory()


def equal(sentence, got, wanted):
    tap.check(sentence, got == wanted, f"{got} instead of {wanted}")


# A duel whose blocks cost a second each, or whole ones; while there is a file "hold" it never ends, "lose" it fails, "cut" it fails late.
FAKE = r"""#!/usr/bin/env python3
import json, os, signal, sys, time
words, room = sys.argv[1:], os.environ["ROOM"]
option = dict(zip(words[1::2], words[2::2]))  # but for options without a value, which come last
head, base = (open(option[name]).read().split("\n")[1] for name in ("--head", "--base"))
with open(os.path.join(room, "asked"), "a") as file:
    file.write(json.dumps({"words": words, "head": head, "base": base}) + "\n")
if os.path.exists(os.path.join(room, "lose")):
    sys.exit(print("this machine has no CPU of its own", file=sys.stderr) or 5)
pairs, witness = (int(n) for n in (option.get("--blocks", "11,0") + ",0").split(",")[:2])
folder = os.path.join(option["--results"], "x-duel")
os.makedirs(folder)
readings = {"cost": 12000.0, "p50": 4e4, "p99": 9e4, "memory": 1500000.0}
at, now = 0, time.monotonic_ns()
with open(os.path.join(folder, "rounds.jsonl"), "w") as file:
    file.write(json.dumps({"placement": {"server_cpus": "0"}}) + "\n")
with open(os.path.join(folder, "blocks"), "w") as file:
    for series, count in (("pairs", pairs), ("check", 6), ("witness", witness)):
        for block in range(count):
            file.write(json.dumps({"run_utc": option["--seed"], "host": "f1", "workload": "plaintext", "rate_rps": 20000, "series": series,
                "time": "first", "block": block, "started_utc": "2026-01-31T10:16:00Z", "monotonic_ns": now + at * 10**9,
                "base": readings, "head": readings}) + "\n")
            at += 1
if os.path.exists(os.path.join(room, "hold")):
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
    open(os.path.join(room, "holding"), "w").close()
    time.sleep(100)
if "--blocks" not in option:
    json.dump({"rows": [{"metric": "cost", "verdict": "REGRESSED"}], "exit_code": 1, "headline": "It is worse."},
              open(option["--format"].removeprefix("json="), "w"))
"""
BLOCKS = "#!/bin/sh\nexec cat \"$1/blocks\"\n"
DRIVER = """import sys
sys.path.insert(0, sys.argv[1])
import calibrate_duel, duel_runs as runs
runs.BACKBENCH, runs.TOOLS = sys.argv[2], sys.argv[3]
sys.exit(calibrate_duel.make(600, sys.argv[4]))
"""


class Making:
    """A fake backbench, its tools and a store of its own."""

    def __init__(self, name):
        self.room = os.path.join(room.name, name)
        self.store, self.tools = os.path.join(self.room, "store"), os.path.join(self.room, "tools")
        os.makedirs(self.tools)
        for path, text in ((os.path.join(self.room, "backbench"), FAKE), (os.path.join(self.tools, "duel_blocks"), BLOCKS)):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(path, 0o755)
        os.symlink(os.path.join(TOOLS, "competitor"), os.path.join(self.tools, "competitor"))
        os.environ["ROOM"] = self.room
        runs.BACKBENCH, runs.TOOLS = os.path.join(self.room, "backbench"), self.tools

    def touch(self, name):
        with open(os.path.join(self.room, name), "wb"):
            pass

    def asked(self):
        with open(os.path.join(self.room, "asked"), encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def make(self, budget_s):
        """What it said and how many were lost."""
        said = []
        return said, runs.make(budget_s, self.store, said.append)


TOOLS = runs.TOOLS


def counts(store):
    return {scenario.name: sum(line["series"] == "pairs" for line in runs.kept(scenario.name, store)) for scenario in runs.SCENARIOS}


def check_order():
    making = Making("order")
    said, lost = making.make(1)
    equal("the first piece is of two that are alike, however short the time", (lost, counts(making.store)["aa"], sum(
        counts(making.store).values())), (0, runs.PIECE_PAIRS, runs.PIECE_PAIRS))
    tap.check("what is missing is told first", said[0].startswith("19 scenarios or duels are not complete, about "), said)
    first = making.asked()[0]
    equal("its heads do nothing, as its bases", ("DISTURB=none" in first["head"], first["head"], first["head"].endswith('server-epoll "$@"')),
          (True, first["base"], True))
    blocks = first["words"][first["words"].index("--blocks") + 1]
    equal("it asks for its blocks and the witness's", (first["words"][0], blocks, "--no-instructions" in first["words"]),
          ("duel", f"{runs.PIECE_PAIRS},{runs.PIECE_WITNESS}", True))
    for _ in runs.missing(making.store):
        making.make(1)
    done = counts(making.store)
    whole_blocks = {scenario.name: 11 if scenario.whole else 0 for scenario in runs.SCENARIOS}  # those of a whole duel count, too
    pieces = {scenario.name: 0 if scenario.whole and scenario.name != "aa" else min(runs.PIECE_PAIRS, scenario.pairs)
              for scenario in runs.SCENARIOS}
    tap.check("then each of the others has its piece, or its whole duel, before any has two",
              all(pieces[name] <= count <= pieces[name] + whole_blocks[name] for name, count in done.items()), done)
    heads = {name: runs.disturbance(scenario, making.store) for name, scenario in ((each.name, each) for each in runs.SCENARIOS)}
    equal("effects are sized by what the base costs", [heads[name] for name in ("spin1", "spin10", "walk", "sleep", "stall", "memory5", "leak")],
          ["spin:120ns", "spin:1200ns", "walk:64k", "sleep:135us:0.035%", "stall:135us:0.035%", "ballast:75000", "leak:1k:1000"])
    used = {line["head"].split("DISTURB=")[1].split(" ")[0].strip("'") for line in making.asked()}
    equal("and heads were disturbed so", used, set(heads.values()))
    whole = runs.kept(runs.DUELS, making.store)
    equal("whole duels are kept with their words", {(line["words"]["cost"], line["exit_code"]) for line in whole}, {("REGRESSED", 1)})
    tap.check("and with the time of the eleventh block", all(11 <= line["first_look_s"] < 11 + PATIENCE_S for line in whole), whole)
    equal("and ask for no blocks", sum("--blocks" not in line["words"] for line in making.asked()), len(whole))
    tap.check("one of each that is to have some", len(whole) == sum(scenario.whole > 0 for scenario in runs.SCENARIOS), whole)
    seeds = [line["words"][line["words"].index("--seed") + 1] for line in making.asked()]
    equal("each piece has a seed of its own", len(set(seeds)), len(seeds))


def check_keeping():
    store = os.path.join(room.name, "kept")
    lines = [{"run_utc": "a", "host": "f1", "series": "pairs", "time": "first", "block": block, "disturb": "none"} for block in (0, 1)]
    equal("a block is kept once", (runs.add(lines, "aa", store), runs.add(lines[1:], "aa", store), len(runs.kept("aa", store))), (2, 0, 2))
    with open(runs.path_of("aa", store), "rb") as file:
        before = file.read()
    runs.add(lines[::-1], "again", store)
    runs.add(lines, "other", store)
    with open(runs.path_of("other", store), "rb") as file:
        tap.check("the same lines are the same bytes", file.read() == before, len(before))
    equal("and nothing else lies beside them", sorted(os.listdir(store)), ["aa.jsonl.gz", "again.jsonl.gz", "other.jsonl.gz"])
    equal("what is there already says how a head is disturbed", runs.disturbance(runs.Scenario("aa", "", lambda _: "spin:1ns"), store), "none")
    with open(runs.path_of("aa", store), "wb") as file:
        file.write(before[:40])
    try:
        said = runs.kept("aa", store)
    except Lost as why:
        said = str(why)
    tap.check("a file that is damaged is told by its name", isinstance(said, str) and runs.path_of("aa", store) in said, said)


def check_losing():
    making = Making("losing")
    making.touch("lose")
    said, lost = making.make(10**6)
    equal("a piece that gives nothing is told, and why", (lost, said[1:]), (1, ["aa, 42 blocks: not kept: exit code 5: this machine has no CPU of its own"]))
    os.unlink(os.path.join(making.room, "lose"))
    making.make(1)
    making.touch("lose")
    said, lost = making.make(10**6)
    equal("three in a row end it", (lost, len(said), said[-1].startswith("3 in a row gave nothing")), (3, 5, True))
    os.unlink(os.path.join(making.tools, "duel_blocks"))
    try:
        said = making.make(1)
    except Lost as why:
        said = str(why)
    equal("without its reader nothing is begun", said, "duel_blocks is not built: nothing reads what a duel has recorded")


def check_stopping(number, name):
    making = Making(name)
    making.touch("hold")
    with subprocess.Popen([sys.executable, "-c", DRIVER, HERE, runs.BACKBENCH, runs.TOOLS, making.store], stdout=subprocess.PIPE,
                          text=True) as process:
        end = time.monotonic() + PATIENCE_S
        while not os.path.exists(os.path.join(making.room, "holding")) and time.monotonic() < end:
            time.sleep(.01)
        process.send_signal(number)
        said = process.communicate(timeout=PATIENCE_S)[0].splitlines()
    equal(f"{name} ends it with 130 and a sentence", (process.returncode, said[-1]),
          (130, "stopped: what was measured is kept; the same command goes on"))
    equal(f"{name}: what was measured by then is kept", counts(making.store)["aa"], runs.PIECE_PAIRS)


def check_competitor():
    making = Making("busy")
    scenario = next(each for each in runs.SCENARIOS if each.is_busy)
    with runs.competition(scenario, 5, making.store):
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
            inside = file.read().split()
        names = [os.path.basename(os.readlink(f"/proc/{pid}/exe")) for pid in inside]
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
        after = file.read().split()
    equal("a busy scenario has its competitor, and not longer", (names, after), (["competitor"], []))
    script = runs.wrapper(os.path.join(making.room, "it's a head"), "sleep:1us:1%")
    with open(script, encoding="utf-8") as file:
        lines = file.read().splitlines()
    tap.check("a head is a script that replaces itself by the server", os.stat(script).st_mode & stat.S_IXUSR and lines[0] == "#!/bin/sh" and
              lines[1].startswith("exec env ") and lines[1].endswith('server-epoll "$@"'), lines)


def check_asked():
    for words, seconds in (([], None), (["--budget", "90s"], 90), (["--budget", "30m"], 1800), (["--budget", "2h"], 7200)):
        equal(f"{' '.join(words) or 'nothing'} is taken", calibrate_duel.asked(words), seconds)
    for words in (["--budget", "30"], ["--budget", "0m"], ["--budget", "1.5h"], ["--budget", "99h"], ["--budget"], ["--runs", "3m"]):
        with contextlib.redirect_stderr(io.StringIO()) as said, contextlib.suppress(SystemExit):
            said = (calibrate_duel.asked(words), said)
        text = said.getvalue() if isinstance(said, io.StringIO) else str(said)
        tap.check(f"{' '.join(words)} is refused in a sentence", text.count("\n") == 1 and text.endswith(
            "write how long it may measure, as BUDGET=90s, 30m or 2h\n"), text)


check_order()
check_keeping()
check_losing()
check_stopping(signal.SIGTERM, "TERM")
check_stopping(signal.SIGINT, "Ctrl-C")
check_competitor()
check_asked()
tap.end()
