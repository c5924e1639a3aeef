#!/usr/bin/env python3
"""How often a duel is wrong, counted on made-up blocks of which it is known (judge_duel.c); what of that the page says; what
README and --help promise against it; and the blocks that are kept, judged by today's code. Prints TAP.

The rule that judges them runs under sanitizers in test_duel.c and its like.
run-tests: plain
"""
import gzip
import json
import math
import os
import random
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import calibrate_duel  # noqa: E402
import duel_runs  # noqa: E402
import duel_tables  # noqa: E402
import shares  # noqa: E402
from flatness_runs import Lost, keep  # noqa: E402
from pace_room import TOOLS, Tap  # noqa: E402

SOURCE, BIN = os.environ["BACKBENCH_SOURCE"], os.environ["BACKBENCH_BIN"]
JUDGE = os.path.join(TOOLS, "judge_duel")
PROMISES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/ci.md", "docs/compare.md", "docs/duel.md", "docs/method.md")
BASE = {"cost": 12000.0, "p50": 40000.0, "p99": 90000.0, "memory": 1.5e6, "memory-idle": 1.2e6}
SCATTER = {"cost": .005, "p50": .004, "p99": .02, "memory": .002, "memory-idle": .002}
PAIR_S, SOLO_S, DUELS = 10.0, 20.0, 120
PATIENCE_S = 60
tap = Tap()
room = tempfile.TemporaryDirectory()


def equal(sentence, got, wanted):
    tap.check(sentence, got == wanted, f"{got} instead of {wanted}")


# ---- made-up blocks ----------------------------------------------------------------------------------------------------
def line(series, number, base, head, **more):
    return {"series": series, "time": "first", "block": number, "rate_rps": 20000, "run_utc": "2026-01-31T10:15:00Z", "host": "f1",
            "started_utc": "2026-01-31T10:16:00Z", "machine": "2 x made up", "server_cpus": "1", "disturb": "none",
            "seconds": PAIR_S if series == "pairs" else SOLO_S, "base": base, "head": head, **more}


def made_up(pairs, witness=0, change=None, scatter=1.0, drift=0.0, seed=1):
    """Of a head whose readings are so many times the base's, by metric; drift: of a slow wave over all of them."""
    chance, change, lines = random.Random(seed), change or {}, []
    for number in range(pairs):
        wave = drift * math.sin(2 * math.pi * number / pairs)
        head = {metric: base * change.get(metric, 1) * math.exp(wave + chance.gauss(0, scatter * SCATTER[metric]))
                for metric, base in BASE.items()}
        lines.append(line("pairs", number, BASE, head))
    for number in range(witness):
        head = 9e4 * change.get("p99-solo", 1) * math.exp(chance.gauss(0, scatter * .01))
        lines.append(line("witness", number, {"p99-solo": 9e4}, {"p99-solo": head}))
    return lines


def write(folder, **scenarios):
    os.makedirs(folder, exist_ok=True)
    paths = []
    for name, lines in scenarios.items():
        paths.append(os.path.join(folder, f"{name.replace('_', '-')}.jsonl"))
        with open(paths[-1], "w", encoding="utf-8") as file:
            file.writelines(json.dumps(each) + "\n" for each in lines)
    return paths


def run(*words):
    return subprocess.run([JUDGE, *words], capture_output=True, text=True, check=False, timeout=PATIENCE_S)


def judge(name, duels=DUELS, seed=7, **scenarios):
    done = run("--duels", str(duels), "--seed", str(seed), *write(os.path.join(room.name, name), **scenarios))
    if done.returncode:
        raise RuntimeError(done.stderr)
    return {of["scenario"]: of for of in json.loads(done.stdout)["scenarios"]}


def said(of, pick):
    return [pick(draw)["share"] for draw in of["draws"]]


# ---- what duels are called ---------------------------------------------------------------------------------------------
def check_words():
    of = judge("words", aa=made_up(126, 22, scatter=.5), spin5=made_up(42, 22, {"cost": 1.05}, scatter=.5, seed=2),
               memory5=made_up(42, 0, {"memory": 1.05}, scatter=.5, seed=3), solo=made_up(42, 22, {"p99-solo": 1.2}, scatter=.5, seed=4))
    aa, spin, memory, solo = (of[name] for name in ("aa", "spin5", "memory5", "solo"))
    equal("both ways of drawing are reported", [draw["draw"] for draw in aa["draws"]], ["random", "neighbours"])
    equal("two that are alike are called nothing else", (said(aa, lambda draw: draw["regressed"]), said(aa, lambda draw: draw["improved"]),
          said(aa, lambda draw: draw["words"]["cost"]["EQUIVALENT"]), said(aa, lambda draw: draw["exit_codes"]["0"])), ([0, 0], [0, 0], [1, 1], [1, 1]))
    equal("one that costs more is found each time, by its cost alone", (
        said(spin, lambda draw: draw["words"]["cost"]["REGRESSED"]), said(spin, lambda draw: draw["words"]["memory"]["REGRESSED"]),
        said(spin, lambda draw: draw["exit_codes"]["1"])), ([1, 1], [0, 0], [1, 1]))
    equal("one that holds more by its memory", (said(memory, lambda draw: draw["words"]["memory"]["REGRESSED"]), said(
        memory, lambda draw: draw["words"]["cost"]["REGRESSED"])), ([1, 1], [0, 0]))
    equal("one that is slow alone by the witness", said(solo, lambda draw: draw["words"]["p99-solo"]["REGRESSED"]), [1, 1])
    tap.check("a scenario without a witness has no row of it", "p99-solo" not in memory["draws"][0]["words"], memory["draws"][0]["words"].keys())
    truth = spin["truth"]["cost"]
    tap.check("what it truly came to is the median of its own blocks", truth["low"] < 1.05 < truth["high"] and
              truth["high"] - truth["low"] < .01 and truth["count"] == 42 and truth["base"] == BASE["cost"], truth)
    seconds = memory["draws"][0]["seconds"]
    equal("the first look comes after eleven blocks", seconds["first_look"], 11 * PAIR_S)
    equal("a confirmation after eleven fresh ones and the self-check", seconds["confirmed"], (11 + 7 + 11) * PAIR_S)
    equal("what nothing confirms has no such time", aa["draws"][0]["seconds"]["confirmed"], None)
    slow = judge("slow", aa=made_up(56), spin5=[{**each, "seconds": 60} for each in made_up(42, 0, {"cost": 1.05}, scatter=.5, seed=2)])["spin5"]
    equal("a duel ends when its budget is spent, with what it then knows", (slow["draws"][0]["seconds"]["end"], said(
        slow, lambda draw: draw["words"]["cost"]["INCONCLUSIVE"])), (720, [1, 1]))
    tap.check("the witness has its time in the end", aa["draws"][0]["seconds"]["end"] >= (11 + 7) * PAIR_S + 11 * SOLO_S, aa["draws"][0])


def check_chance():
    of = judge("chance", aa=made_up(126, scatter=2), walk=made_up(42, 0, {"cost": 1.011}, seed=5))
    walk = of["walk"]["draws"][0]["words"]["cost"]
    total = sum(share["share"] for share in walk.values())
    tap.check("the words of a metric are all there is", abs(total - 1) < 1e-9, walk)
    tap.check("one at the margin is found sometimes, and its interval is wide", 0 < walk["REGRESSED"]["share"] < 1 and
              walk["REGRESSED"]["low"] + .2 < walk["REGRESSED"]["high"], walk["REGRESSED"])
    never = of["aa"]["draws"][0]["words"]["memory"]["REGRESSED"]
    tap.check("what never happens in duels of 126 blocks may happen in 3 % of them",
              never["share"] == 0 and never["effective"] <= 126 and abs(never["high"] - (1 - .025 ** (1 / never["effective"]))) < 1e-6, never)
    equal("that interval is the one of shares.py", round(never["high"], 4), round(shares.interval(0, round(never["effective"]))[1], 4))
    drifting = judge("drift", aa=made_up(126, scatter=.5, drift=.03))["aa"]
    confirms = said(drifting, lambda draw: draw["confirms"])
    tap.check("where a machine drifts neighbours alarm more often", confirms[1] > confirms[0] + .1, confirms)
    moved = judge("moved", aa=made_up(60, 0, {"cost": 1.05}, scatter=.2))["aa"]
    equal("a machine that differs from itself says nothing", (said(moved, lambda draw: draw["disagrees"]), said(
        moved, lambda draw: draw["words"]["cost"]["INVALID"]), said(moved, lambda draw: draw["exit_codes"]["4"])), ([1, 1], [1, 1], [1, 1]))
    lost = made_up(60, scatter=.5)
    for number in range(0, 60, 6):
        lost[number]["base"], lost[number]["head"] = {}, {}
    lost = judge("lost", aa=lost)["aa"]
    tap.check("blocks that were lost are blocks without readings", lost["truth"]["cost"]["count"] == 50 and
              said(lost, lambda draw: draw["words"]["cost"]["EQUIVALENT"]) == [1, 1], lost["truth"]["cost"])


def check_files():
    few = judge("few", aa=made_up(53), spin3=made_up(41), aa_busy=made_up(60), spin3_busy=made_up(42))
    equal("too few blocks make no duels, and it says how many are needed", [few[name]["why_not"] for name in few], [
        "56 blocks of pairs of aa are needed, and 53 are there", "42 blocks of pairs of spin3 are needed, and 41 are there", None, None])
    alone = judge("alone", spin3=made_up(42))["spin3"]
    equal("nor does a self-check without blocks", (alone["why_not"], alone["draws"]),
          ("there are no blocks of two that are alike for its self-check", []))
    paths = write(os.path.join(room.name, "packed"), aa=made_up(60))
    with open(paths[0], "rb") as file, gzip.open(paths[0] + ".gz", "wb") as packed:
        packed.write(file.read())
    plain, again, other, packed = (run("--duels", "20", "--seed", seed, path).stdout for seed, path in (
        ("3", paths[0]), ("3", paths[0]), ("4", paths[0]), ("3", paths[0] + ".gz")))
    tap.check("the same seed says the same, another one something else, packed or not", plain == again == packed != other and plain, plain[:200])
    for sentence, text in (("no JSON", "nonsense\n"), ("another series", json.dumps(line("walks", 0, {}, {})) + "\n"),
                           ("no readings", json.dumps({"series": "pairs"}) + "\n")):
        path = os.path.join(room.name, "wrong.jsonl")
        with open(path, "w", encoding="utf-8") as file:
            file.write(json.dumps(line("pairs", 0, BASE, BASE)) + "\n" + text)
        done = run(path)
        tap.check(f"{sentence} is refused, with its line", done.returncode == 1 and
                  done.stderr.startswith(f"judge_duel: {path}: line 2: ") and done.stderr.count("\n") == 1, done.stderr)
    for words in ((), ("--duels", "0", paths[0]), ("--duels", "many", paths[0]), ("--rate", "1", paths[0])):
        equal(f"judge_duel {' '.join(words[:2])} is a usage error", (run(*words).returncode, run(*words).stdout), (2, ""))
    equal("a file that is not there is told", run("/nowhere/aa.jsonl").stderr, "judge_duel: /nowhere/aa.jsonl: No such file or directory\n")


# ---- the page ----------------------------------------------------------------------------------------------------------
def copy_of_page(name):
    path = os.path.join(room.name, f"{name}.md")
    with open(calibrate_duel.PAGE, encoding="utf-8") as file, open(path, "w", encoding="utf-8") as copy:
        copy.write(file.read())
    return path


def calibrate(name, store):
    """The exit code and the page that is made."""
    page = copy_of_page(name)
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        stdout, sys.stdout = sys.stdout, nowhere
        try:
            code = calibrate_duel.main([], store, page)
        finally:
            sys.stdout = stdout
    with open(page, encoding="utf-8") as file:
        return code, file.read()


def check_page():
    duel_tables.DUELS = 40
    code, page = calibrate("empty", os.path.join(room.name, "nothing"))
    tap.check("where nothing is kept the page says so, and how to measure", code == 0 and page.count("make calibrate-duel BUDGET=60m` measures") == 8
              and "`make calibrate-counts` does" in page
              and "<!-- false alarms per duel: not measured -->" in page, page)
    store = os.path.join(room.name, "store")
    for name, lines in {"aa": made_up(60, 22, scatter=.5), "spin3": made_up(42, 22, {"cost": 1.03}, scatter=.5, seed=2), "spin10": made_up(
            42, 0, {"cost": 1.1}, seed=3), "memory5": made_up(42, 0, {"memory": 1.05}, seed=4), "sleep": made_up(30)}.items():
        duel_runs.add(lines, name, store)
    duel_runs.add([{**line("pairs", 0, {}, {}), "scenario": "spin3", "words": {"cost": "REGRESSED", "p50": "EQUIVALENT"}, "exit_code": 1,
                    "first_look_s": 121.0, "confirmed_s": 300.5, "end_s": 493.0}], duel_runs.DUELS, store)
    code, page = calibrate("some", store)
    tap.check("each table has what is kept", code == 0 and all(text in page for text in (
        "| spins for 3 % of the cost | cost | +", "| spins for 3 % of the cost | 1 × cost REGRESSED | 2 min 01 s | 5 min 00 s | 8 min 13 s |",
        "blocks on 2 x made up, 2026-01-31.", "sleep (42 blocks of pairs of sleep are needed, and 30 are there)", "![How often duels")), page)
    tap.check("figures are reached", page.count("| reached |") == 6 and "**missed**" not in page, page)
    tap.check("and the mark says how often an alarm is false", re.search(r"<!-- false alarms per duel: 0.00 %, 0.00 % to \d", page), page)
    with open(os.path.join(room.name, "some.svg"), encoding="utf-8") as file:
        picture = file.read()
    tap.check("it has its picture", picture.startswith("<svg") and "called REGRESSED" in picture, picture[:200])
    counts = [{"head_is": "same", "base": 550.0, "head": 551.0, "ratio": 1.002, "verdict": "EQUIVALENT"}] * 20 + \
        [{"head_is": "heavier", "base": 550.0, "head": 561.0, "ratio": 1.02, "verdict": "REGRESSED"}] * 19 + \
        [{"head_is": "heavier", "missing": "it ended"}]
    keep("".join(json.dumps(each) + "\n" for each in counts), duel_runs.path_of(duel_runs.COUNTS, store))
    code, page = calibrate("counted", store)
    tap.check("counts have a table, and what was not counted is not found", code == 1 and all(text in page for text in (
        "| nothing | 20 × EQUIVALENT | 550.0 | +0.2 % … +0.2 % |", "| 19 × REGRESSED; 1 × not counted | 550.0 | +2.0 % … +2.0 % |",
        "two that are alike | never | 0 % | 0 % … 16.8 % | reached |", "more | always | 95.00 % | 75.1 % … 99.87 % | **missed** |")), page)
    os.remove(duel_runs.path_of(duel_runs.COUNTS, store))
    duel_runs.add(made_up(42, 0, {}, seed=9), "spin5", store)
    code, page = calibrate("missed", store)
    tap.check("what is missed is told, and ends with 1", code == 1 and page.count("**missed**") == 1, page)


# ---- promises ----------------------------------------------------------------------------------------------------------
def stated(page):
    """The share in percent that, by the page's mark, false alarms may have at most; None: not measured."""
    found = re.findall(r"<!-- false alarms per duel: (?:[\d.]+ %, [\d.]+ % to ([\d.]+) %|not measured) -->", page)
    if len(found) != 1:
        raise RuntimeError("docs/calibration-duel.md has no mark that says how many alarms are false, or several")
    return float(found[0]) if found[0] else None


def promised(text):
    """Shares in percent that a text promises of false alarms: "false alarms in less than 2 % of duels"."""
    text = re.sub(r"\s+", " ", text)
    return [float(share) for share in re.findall(r"false alarm[^.;%]{0,60}?(\d+(?:\.\d+)?) ?%", text, re.I)]


def broken_promises(texts, limit):
    return [f"{name} promises {share:g} % of false alarms, the page states {'none' if limit is None else f'up to {limit:g} %'}"
            for name, text in texts.items() for share in promised(text) if limit is None or share < limit]


def check_promises():
    equal("a promise is found over the end of a line", promised("There are false\nalarms in less than 2 % of duels."), [2.0])
    equal("one that is better than the page is broken, another not", [broken_promises({"x": "A false alarm: 1.5 %"}, limit) for limit in (
        1.4, 1.6, None)], [[], ["x promises 1.5 % of false alarms, the page states up to 1.6 %"], ["x promises 1.5 % of false alarms, the page states none"]])
    texts = {}
    for name in filter(lambda name: os.path.exists(os.path.join(SOURCE, name)), PROMISES):
        with open(os.path.join(SOURCE, name), encoding="utf-8") as file:
            texts[name] = file.read()
    for words in (["--help"], ["duel", "--help"]):
        done = subprocess.run([os.path.join(BIN, "backbench"), *words], capture_output=True, text=True, check=False, timeout=PATIENCE_S)
        texts[f"backbench {' '.join(words)}"] = done.stdout + done.stderr
    with open(calibrate_duel.PAGE, encoding="utf-8") as file:
        limit = stated(file.read())
    tap.check("README and --help promise nothing better than docs/calibration-duel.md states", not broken_promises(texts, limit),
              broken_promises(texts, limit))


def check_kept():
    sentence = "what is kept is judged by today's code, and no figure is missed"
    duel_tables.DUELS = 100
    if not any(os.path.exists(duel_runs.path_of(scenario.name, duel_runs.STORE)) for scenario in duel_runs.SCENARIOS):
        tap.skip(sentence, "nothing is kept yet: make calibrate-duel BUDGET=60m")
        return
    try:
        lines, holds = duel_tables.reached(duel_tables.judge(duel_runs.STORE), duel_runs.STORE)
    except Lost as why:
        lines, holds = [str(why)], False
    tap.check(sentence, holds, "\n".join(lines))


check_words()
check_chance()
check_files()
check_page()
check_promises()
check_kept()
tap.end()
