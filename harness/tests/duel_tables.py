"""What judge_duel makes of the blocks that are kept (duel_runs.py), as tables and the picture of docs/calibration-duel.md.
calibrate_duel.py calls it. Of the two ways in which duels are drawn each figure is the worse one's.
"""
import json
import os
import statistics
import subprocess
from collections import Counter
from typing import NamedTuple

import duel_runs
from flatness_runs import Lost
from shares import percent, with_interval

DUELS, SEED = 2000, 7
TITLE = "How often duels call a head worse, against how much worse it is"
NOTHING = ["*Nothing is kept yet: `make calibrate-duel BUDGET=60m` measures for so long, and goes on when it is called again.*"]
METRICS = ("cost", "p50", "p99", "p99-solo", "memory", "memory-idle")
OFTEN = .9
ALIKE = {"aa": "two that are alike", "aa-busy": "the same, beside a competitor"}


class Share(NamedTuple):
    share: float
    low: float
    high: float
    effective: float

    @property
    def words(self):
        return f"{percent(self.share)} | {percent(self.low)} … {percent(self.high)}"


class Judged:
    """What came of a scenario's duels, however they were drawn."""

    def __init__(self, of, scenario):
        self.of, self.draws, self.scenario = of, of["draws"], scenario

    def share(self, pick, is_bad):
        """The worse of both: the higher one of what is bad."""
        return (max if is_bad else min)((Share(**pick(draw)) for draw in self.draws),
                                        key=lambda share: (share.share, share.high if is_bad else -share.low))

    def whole(self, name):
        return self.share(lambda draw: draw[name], True)

    def word(self, metric, word, is_bad=True):
        return self.share(lambda draw: draw["words"][metric][word], is_bad)

    def found(self):
        return self.word(self.scenario.metric, "REGRESSED", False)

    def called_worse(self, metric):
        """Wrongly, where its own blocks do not say that it is; rightly else."""
        low = self.truth(metric)["low"]
        return self.word(metric, "REGRESSED", low is None or low <= 1)

    def has(self, metric):
        return all(metric in draw["words"] for draw in self.draws)

    def truth(self, metric):
        return self.of["truth"].get(metric)

    def latest(self, name):
        known = [draw["seconds"][name] for draw in self.draws if draw["seconds"][name] is not None]
        return max(known) if known else None


def judge(folder):
    """{scenario: Judged} of all that is kept."""
    known = {scenario.name: scenario for scenario in duel_runs.SCENARIOS}
    paths = [duel_runs.path_of(name, folder) for name in known if os.path.exists(duel_runs.path_of(name, folder))]
    if not paths:
        return {}
    done = subprocess.run([os.path.join(duel_runs.TOOLS, "judge_duel"), "--duels", str(DUELS), "--seed", str(SEED), *paths],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise Lost(done.stderr.strip() or f"judge_duel ended with {done.returncode}")
    return {of["scenario"]: Judged(of, known[of["scenario"]]) for of in json.loads(done.stdout)["scenarios"]}


# ---- words -------------------------------------------------------------------------------------------------------------
def change(share):
    return f"{'+' if share >= 0 else '−'}{abs(share) * 100:.1f} %"


def truth_words(truth):
    """"+3.1 % [+2.9, +3.3]": what the head's own blocks say."""
    if not truth:
        return "–"
    inside = "" if truth["low"] is None else f" [{change(truth['low'] - 1)[:-2]}, {change(truth['high'] - 1)[:-2]}]"
    return change(truth["ratio"] - 1) + inside


def time_words(seconds):
    return "–" if seconds is None else f"{seconds // 60:.0f} min {seconds % 60:02.0f} s"


def table(columns, rows, left=1):
    """So many columns of words come first."""
    return ["| " + " | ".join(columns) + " |", "|---" * left + "|---:" * (len(columns) - left) + "|"] + [f"| {row} |" for row in rows]


def shown(of, names):
    """Those of these of which duels could be drawn."""
    return [(name, of[name]) for name in names if name in of and of[name].draws]


def effects(of):
    return [(name, judged) for name, judged in shown(of, [scenario.name for scenario in duel_runs.SCENARIOS]) if judged.scenario.metric]


# ---- tables ------------------------------------------------------------------------------------------------------------
def false_share(of):
    """Of duels of two that are alike: how many called the head worse. None: nobody knows."""
    shares = [judged.whole("regressed") for _, judged in shown(of, ALIKE)]
    return max(shares, key=lambda share: share.share) if shares else None


def mark(of):
    """For a test, which holds every promise against it."""
    share = false_share(of)
    words = f"{share.share * 100:.2f} %, {share.low * 100:.2f} % to {share.high * 100:.2f} %" if share else "not measured"
    return f"<!-- false alarms per duel: {words} -->"


def false_alarms(of):
    kinds = {"different": "a wrong word: REGRESSED or IMPROVED", "regressed": "REGRESSED: a false alarm", "improved": "IMPROVED", "confirms": "measured again to be confirmed",
             "checked_again": "self-check measured again", "disagrees": "the machine disagrees with itself",
             "inconclusive": "INCONCLUSIVE in something that gates"}
    rows = [f"{words} | {ALIKE[name]} | {judged.whole(kind).words}" for kind, words in kinds.items() for name, judged in shown(of, ALIKE)]
    return [mark(of), ""] + (table(("share of duels", "of", "is", "95 % interval"), rows, 2) if rows else NOTHING)


def words_of_alike(of):
    """What each metric is called where nothing is different."""
    words, rows = ("EQUIVALENT", "SMALL", "INCONCLUSIVE", "IMPROVED", "REGRESSED", "INVALID"), []
    for name, judged in shown(of, ALIKE):
        for metric in filter(judged.has, METRICS):
            each = (judged.word(metric, word, word != "EQUIVALENT").share for word in words)
            rows.append(f"{metric}, {ALIKE[name]} | {truth_words(judged.truth(metric))} | " +
                        " | ".join(percent(share) if share else "–" for share in each))
    return table(("metric", "is", *words), rows) if rows else NOTHING


def found(of):
    rows = [f"{judged.scenario.what} | {judged.scenario.metric} | {truth_words(judged.truth(judged.scenario.metric))} | "
            f"{judged.found().words}" for _, judged in effects(of) if judged.has(judged.scenario.metric)]
    return table(("the head", "by", "its blocks say", "REGRESSED", "95 % interval"), rows, 2) if rows else list(NOTHING)


def others(of):
    """Every metric of every head that is worse: what it is, and how often that was called REGRESSED."""
    rows = []
    for _, judged in effects(of):
        cells = (f"{change(judged.truth(metric)['ratio'] - 1)}: {percent(judged.called_worse(metric).share)}"
                 if judged.has(metric) and judged.truth(metric) else "–" for metric in METRICS)
        rows.append(f"{judged.scenario.what} | " + " | ".join(cells))
    return table(("the head", *METRICS), rows) + ["", smallest_found(of, "p50")] if rows else NOTHING


def smallest_found(of, metric):
    """By which of these heads the least change of it shows nearly always."""
    known = [(judged.truth(metric)["ratio"] - 1, judged.scenario.what) for _, judged in effects(of) if judged.truth(metric) and
             judged.has(metric) and judged.word(metric, "REGRESSED", False).share >= OFTEN]
    least, what = min(known, default=(None, None))
    if least is None:
        return f"No change of {metric} among these is found by {OFTEN * 100:.0f} % of the duels."
    return f"The smallest change of {metric} that {OFTEN * 100:.0f} % of the duels found is {change(least)} (the head {what})."


def times(of):
    rows = []
    for _, judged in shown(of, [scenario.name for scenario in duel_runs.SCENARIOS]):
        blocks = max(draw["blocks"] for draw in judged.draws)
        has_witness = judged.has("p99-solo")
        rows.append(f"{judged.scenario.what} | {blocks:.0f} | " + " | ".join(
            time_words(judged.latest(name)) for name in ("first_look", "confirmed", "end")) + f" | {'yes' if has_witness else 'no'}")
    return table(("the head", "blocks", "first look", "confirmed", "end", "with witness"), rows) if rows else NOTHING


def whole_duels(folder):
    lines = duel_runs.kept(duel_runs.DUELS, folder)
    rows = []
    for scenario in duel_runs.SCENARIOS:
        duels = [line for line in lines if line["scenario"] == scenario.name]
        if not duels:
            continue
        said = Counter(", ".join(f"{metric} {word}" for metric, word in line["words"].items() if word in ("REGRESSED", "IMPROVED"))
                       or ("nothing can be said" if line["exit_code"] == 4 else "no difference") for line in duels)
        cells = [time_words(statistics.median(known) if known else None) for known in (
            [line[f"{name}_s"] for line in duels if line[f"{name}_s"] is not None] for name in ("first_look", "confirmed", "end"))]
        rows.append(f"{scenario.what} | {'; '.join(f'{count} × {words}' for words, count in said.items())} | " + " | ".join(cells))
    return table(("the head", "said", "first look", "confirmed", "end"), rows, 2) if rows else NOTHING


COUNTED = {"same": "nothing", "heavier": "executes two in a hundred more"}


def counted(folder):
    """What the gate on instructions made of the same two programs, time after time."""
    lines, rows = duel_runs.kept(duel_runs.COUNTS, folder), []
    for name, what in COUNTED.items():
        of = [line for line in lines if line["head_is"] == name]
        known = [line for line in of if "ratio" in line]
        if known:
            least, most = (change(pick(line["ratio"] for line in known) - 1) for pick in (min, max))
            said = Counter(line["verdict"] for line in known) + Counter({"not counted": len(of) - len(known)})
            words = "; ".join(f"{count} × {word}" for word, count in said.items() if count)
            rows.append(f"{what} | {words} | {statistics.median(line['base'] for line in known):.1f} | {least} … {most}")
    return table(("the head", "said", "instructions of the base", "change"), rows, 2) if rows else \
        ["*Nothing is counted yet: `make calibrate-counts` does.*"]


def where(of, folder):
    made = Counter()
    for name in of:
        made.update((line["machine"], line["started_utc"][:10]) for line in duel_runs.kept(name, folder) if line["series"] != "check")
    if not made:
        return NOTHING
    lines = [f"- {count:,} blocks on {machine}, {day}." for (machine, day), count in sorted(made.items(), key=lambda item: item[0][::-1])]
    few = [f"{name} ({judged.of['why_not']})" for name, judged in of.items() if not judged.draws]
    return lines + [f"- {DUELS:,} duels of each scenario in either way; seed {SEED}."] + \
        ([f"- Too little is there yet of: {'; '.join(few)}."] if few else [])


class Asked(NamedTuple):
    """A figure, and whether it is what it must be."""
    what: str
    limit: str
    found: str
    holds: bool


WRONG_MOST, DISAGREES_MOST = .05, .05
FOUND_LEAST = {"spin2": .95, "spin3": .99, "spin5": .99, "spin10": .99, "sleep": .9, "memory5": .95}
TIMES_MOST_S = (("spin5", "first_look", "a cost of 5 % more is seen", 150), ("spin5", "confirmed", "and confirmed", 300),
                ("aa", "end", "all that gates is decided of two that are alike", 600))


def asked_share(what, share, limit, is_most=True):
    words = f"{'at most' if is_most else 'at least'} {limit * 100:.0f} %"
    return Asked(what, words, share.words, share.share <= limit if is_most else share.share >= limit)


def asked(of):
    for name, judged in shown(of, ALIKE):
        yield asked_share(f"a wrong word: {ALIKE[name]}", judged.whole("different"), WRONG_MOST)
    for _, judged in shown(of, ["aa"]):
        yield asked_share(f"the machine disagrees with itself: {ALIKE['aa']}", judged.whole("disagrees"), DISAGREES_MOST)
    for name, judged in shown(of, FOUND_LEAST):
        if judged.has(judged.scenario.metric):
            yield asked_share(f"REGRESSED: {judged.scenario.what}", judged.found(), FOUND_LEAST[name], False)
    for _, judged in effects(of):
        if judged.scenario.is_busy:
            yield asked_share(f"IMPROVED, which is wrong: {judged.scenario.what}", judged.whole("improved"), WRONG_MOST)
    for name, moment, what, limit_s in TIMES_MOST_S:
        for _, judged in shown(of, [name]):
            seconds = judged.latest(moment)
            if seconds is not None and (moment != "end" or judged.has("p99-solo")):
                yield Asked(f"{what}, median", f"after {time_words(limit_s)}", f"{time_words(seconds)} | –", seconds <= limit_s)


def asked_counts(folder):
    """Of what was counted, whatever the machine did meanwhile."""
    for name, words, limit, what in (("same", ("REGRESSED", "IMPROVED"), 0, "instructions, a wrong word: two that are alike"),
                                     ("heavier", ("REGRESSED",), 1, "instructions, REGRESSED: executes two in a hundred more")):
        said = [line.get("verdict") in words for line in duel_runs.kept(duel_runs.COUNTS, folder) if line["head_is"] == name]
        if said:
            yield Asked(what, "always" if limit else "never", with_interval(sum(said), len(said)), sum(said) / len(said) == limit)


def reached(of, folder):
    """A line each, and whether all hold; what is not measured yet is not missed."""
    figures = [*asked(of), *asked_counts(folder)]
    rows = [f"{figure.what} | {figure.limit} | {figure.found} | {'reached' if figure.holds else '**missed**'}" for figure in figures]
    return (table(("", "asked for", "is", "95 % interval", ""), rows) + ["", unknown(of)] if rows else NOTHING,
            all(figure.holds for figure in figures))


def unknown(of):
    """Nobody takes a table for all that was asked for, when it is not."""
    named = {*ALIKE, *FOUND_LEAST, *(scenario.name for scenario in duel_runs.SCENARIOS if scenario.is_busy)}
    there = {name for name, _ in shown(of, named)}
    lacking = [scenario.what for scenario in duel_runs.SCENARIOS if scenario.name in named - there]
    if "aa" in there and not of["aa"].has("p99-solo"):
        lacking.append(f"{TIMES_MOST_S[-1][2]}, with a witness")
    return f"Not measured enough to be said yet: {'; '.join(lacking)}." if lacking else "Nothing that is asked for is missing here."


# ---- the picture -------------------------------------------------------------------------------------------------------
def point(truth, share):
    return f"{(truth['ratio'] - 1) * 100:.3f} {share.share * 100:.3f} {share.low * 100:.3f} {share.high * 100:.3f}"


def picture(of):
    """For gnuplot; None: there is nothing to draw. Effects on cost, false alarms at nothing, and both beside a competitor."""
    def points(is_busy):
        return sorted((point(judged.truth("cost"), judged.word("cost", "REGRESSED", False)) for _, judged in shown(of, [
            scenario.name for scenario in duel_runs.SCENARIOS if scenario.metric == "cost" and scenario.is_busy == is_busy])
            if judged.has("cost") and judged.truth("cost")), key=lambda line: float(line.split()[0]))

    def alike(name):
        return [point({"ratio": 1}, judged.whole("regressed")) for _, judged in shown(of, [name])]
    quiet, busy = points(False), points(True) + alike("aa-busy")
    if not quiet:
        return None
    outside = ["-9 -9 -9 -9"]  # gnuplot wants a point
    blocks = {"quiet": quiet, "busy": busy or outside, "alike": alike("aa") or outside}
    return "\n".join("\n".join([f"${name} << EOD", *lines, "EOD"]) for name, lines in blocks.items()) + \
        f"\nhas_busy = {int(bool(busy))}\nload 'docs/calibration-duel.gp'"


def texts(folder):
    """(the places of the page by name, the picture's script or None, whether no figure is missed)"""
    of = judge(folder)
    lines, holds = reached(of, folder)
    places = {"false": false_alarms(of), "words": words_of_alike(of), "found": found(of), "others": others(of), "time": times(of),
              "whole": whole_duels(folder), "counts": counted(folder), "reached": lines, "how": where(of, folder)}
    return places, picture(of), holds
