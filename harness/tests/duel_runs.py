"""Blocks of duels between a server and the same one made worse by a known amount (disturbed.c): which are missing, measuring them
by `backbench duel`, and keeping them, so that thousands of duels can be drawn out of them (judge_duel.c). A scenario's blocks are
in harness/tests/calibration/duel/SCENARIO.jsonl.gz, whole duels in duels.jsonl.gz beside them. What is measured in a piece of
some minutes is added and stays: one can stop at any moment, on any machine, and go on.
"""
import contextlib
import ctypes
import glob
import json
import os
import re
import shlex
import signal
import statistics
import subprocess
import tempfile
import time
from typing import Callable, NamedTuple

import measured_page
from flatness_runs import DEATH_SIGNAL, Lost, clock, duration, keep, unpacked

SOURCE, TOOLS, BIN = (os.environ[f"BACKBENCH_{name}"] for name in ("SOURCE", "TOOLS", "BIN"))
BACKBENCH, SERVER = os.path.join(BIN, "backbench"), os.path.join(BIN, "server-epoll")
STORE = os.path.join(SOURCE, "harness/tests/calibration/duel")
DUELS, COUNTS = "duels", "counts"  # the files of whole ones, and of instructions that were counted
RATE_RPS, WORKLOAD = 20000, "plaintext"
# Of a piece at most, and how long that is: what a duel draws in a row lies in one of them, and nobody waits for long until one ends.
PIECE_PAIRS, PIECE_WITNESS, CHECK_BLOCKS = 42, 24, 7
PAIR_S, WITNESS_S, WHOLE_S, BESIDES_S = 9.5, 18.5, 500, 20
MANY, MORE, ENOUGH, LEAST, WITNESS_MANY, WITNESS_ENOUGH = 252, 84, 42, 21, 144, 24
MANY_BUSY, WITNESS_BUSY = 210, 72  # no error in as many rules out a rate of 5 %
COMPETITOR_SHARE = "30%"
STOP_S = 30         # a server has to end, and a line to reach the disk
LOST_IN_A_ROW = 3   # then the machine cannot do it
SECOND_NS = 10**9
EXIT_ENVIRONMENT, EXIT_USAGE = 5, 2


class Base(NamedTuple):
    """What the base costs: effects are sized by it."""
    cost_ns: float
    p99_ns: float
    memory_bytes: float


def nothing(_):
    return "none"


def spin(share):
    return lambda base: f"spin:{share * base.cost_ns:.0f}ns"


def now_and_then(kind, percentage):
    """Long enough to be beyond p99. Who comes meanwhile waits, too: .4 % more than doubles p99, .035 % is meant to move it by a tenth."""
    return lambda base: f"{kind}:{1.5 * base.p99_ns / 1000:.0f}us:{percentage}%"


def ballast(share):
    return lambda base: f"ballast:{share * base.memory_bytes:.0f}"


class Scenario(NamedTuple):
    """What the head does to be worse; the metric by which it is to be found, or None; how much of it is wanted."""
    name: str
    what: str
    disturb: Callable
    metric: str = None
    pairs: int = ENOUGH
    witness: int = 0
    whole: int = 0

    @property
    def is_busy(self):
        return self.name.endswith("-busy")


SCENARIOS = (
    Scenario("aa", "nothing", nothing, None, MANY, WITNESS_MANY, 20),
    Scenario("spin1", "spins for 1 % of the cost", spin(.01), "cost"),
    Scenario("spin2", "spins for 2 % of the cost", spin(.02), "cost", MORE),
    Scenario("spin3", "spins for 3 % of the cost", spin(.03), "cost", MORE, WITNESS_ENOUGH, 5),
    Scenario("spin5", "spins for 5 % of the cost", spin(.05), "cost"),
    Scenario("spin10", "spins for 10 % of the cost", spin(.1), "cost", ENOUGH, WITNESS_ENOUGH),
    Scenario("spin15", "spins for 15 % of the cost", spin(.15), "p50"),
    Scenario("walk", "walks through 64 KiB", lambda _: "walk:64k", "cost"),
    Scenario("sleep", "sleeps now and then", now_and_then("sleep", .035), "p99", ENOUGH, WITNESS_ENOUGH, 5),
    Scenario("sleep-often", "sleeps eleven times as often", now_and_then("sleep", .4), "p99", ENOUGH, WITNESS_ENOUGH),
    Scenario("stall", "spins now and then", now_and_then("stall", .035), "p99-solo", ENOUGH, WITNESS_ENOUGH),
    Scenario("stall-often", "spins eleven times as often", now_and_then("stall", .4), "p99-solo", ENOUGH, LEAST),
    Scenario("memory2", "holds 2 % more memory", ballast(.02), "memory"),
    Scenario("memory5", "holds 5 % more memory", ballast(.05), "memory", whole=5),
    Scenario("leak", "leaks 1 KiB in 1,000 answers", lambda _: "leak:1k:1000", "memory", LEAST, 0, 5),
    Scenario("aa-busy", "nothing, beside a competitor", nothing, None, MANY_BUSY, WITNESS_BUSY),
    Scenario("spin3-busy", "spins for 3 % of the cost, beside a competitor", spin(.03), "cost"),
    Scenario("sleep-busy", "sleeps now and then, beside a competitor", now_and_then("sleep", .035), "p99", ENOUGH, WITNESS_ENOUGH),
)


# ---- what is kept ------------------------------------------------------------------------------------------------------
def path_of(name, folder):
    return os.path.join(folder, f"{name}.jsonl.gz")


def kept(name, folder):
    """Its lines, in the order in which they were measured."""
    path = path_of(name, folder)
    if not os.path.exists(path):
        return []
    try:
        return [json.loads(line) for line in unpacked(path).splitlines()]
    except ValueError as why:
        raise Lost(f"{path}: {why}") from None


def identity(line):
    return tuple(line.get(key) for key in ("run_utc", "host", "series", "time", "block"))


def add(lines, name, folder):
    """To what is kept, each once; how many were new."""
    there = kept(name, folder)
    known = {identity(line) for line in there}
    new = [line for line in lines if identity(line) not in known]
    if new:
        text = "".join(json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n" for line in there + new)
        keep(text, path_of(name, folder))
    return len(new)


def base_of(lines):
    """What all pairs of two that are alike say of the base; None: nothing yet."""
    def middle(metric):
        known = [line["base"][metric] for line in lines if line["series"] == "pairs" and metric in line["base"]]
        return statistics.median(known) if known else None
    found = [middle(metric) for metric in ("cost", "p99", "memory")]
    return None if None in found else Base(*found)


# ---- what is missing ---------------------------------------------------------------------------------------------------
class Piece(NamedTuple):
    """Blocks of a scenario, or a whole duel (pairs 0)."""
    scenario: Scenario
    pairs: int
    witness: int

    @property
    def seconds(self):
        """What it will probably take."""
        if not self.pairs:
            return WHOLE_S
        return (self.pairs + CHECK_BLOCKS) * PAIR_S + self.witness * WITNESS_S + BESIDES_S


def missing(folder):
    """[(how much of it is there, piece)], what is least far first, so that whoever stops has equally much of all."""
    found = []
    whole = [line["scenario"] for line in kept(DUELS, folder)]
    for scenario in SCENARIOS:
        lines = kept(scenario.name, folder)
        pairs, witness = (sum(line["series"] == series for line in lines) for series in ("pairs", "witness"))
        to_come = scenario.whole - whole.count(scenario.name)  # these bring blocks, too; without a first piece nobody knows the base
        if (pairs < scenario.pairs or witness < scenario.witness) and (to_come <= 0 or (not pairs and scenario.name == "aa")):
            shares = [pairs / scenario.pairs] + ([witness / scenario.witness] if scenario.witness else [])
            size = min(PIECE_PAIRS, max(LEAST, scenario.pairs - pairs)) # of fewer in a row no duel can be drawn
            found.append((min(shares), Piece(scenario, size, PIECE_WITNESS if witness < scenario.witness else 0)))
        if to_come > 0:
            found.append((whole.count(scenario.name) / scenario.whole, Piece(scenario, 0, 0)))
    return sorted(found, key=lambda item: item[0])


def next_piece(folder, given_up=()):
    """None: nothing is left. Without blocks of two that are alike nobody knows how large an effect is to be: these are first."""
    has_base = base_of(kept("aa", folder)) is not None
    todo = (piece for _, piece in missing(folder) if piece not in given_up and
            (has_base or (piece.pairs and piece.scenario.name == "aa")))
    return next(todo, None)


def disturbance(scenario, folder):
    """As it was for what is there already, so that all its blocks are of one head."""
    for name, key in ((scenario.name, None), (DUELS, scenario.name)):
        for line in kept(name, folder):
            if key in (None, line.get("scenario")):
                return line["disturb"]
    base = base_of(kept("aa", folder))
    if not base and scenario.disturb is not nothing:
        raise Lost("no blocks of two that are alike are kept, by which effects are sized")
    return scenario.disturb(base)


# ---- measuring ---------------------------------------------------------------------------------------------------------
def wrapper(path, disturb):
    """A server that is the real one, disturbed; its own copy, when a duel makes one, is the same."""
    preload = os.path.join(TOOLS, "disturbed.so")
    words = ["exec", "env", f"LD_PRELOAD={preload}", f"DISTURB={disturb}", SERVER]
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"#!/bin/sh\n{shlex.join(words)} \"$@\"\n")
    os.chmod(path, 0o755)
    return path


def server_cpu(folder):
    """Where servers were put when two that are alike were measured; else the last there is."""
    for line in reversed(kept("aa", folder)):
        cpu = int(re.match(r"\d*", line.get("server_cpus") or "")[0] or -1)
        if cpu in os.sched_getaffinity(0):
            return cpu
    return max(os.sched_getaffinity(0))


@contextlib.contextmanager
def competitor(cpu, share, seconds):
    """Somebody else on this CPU, for so long at most."""
    words = [os.path.join(TOOLS, "competitor"), str(cpu), share, str(seconds)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout.readline() != "running\n":
                raise Lost("there is no competitor")
            yield
        finally:
            process.kill()


def competition(scenario, seconds, folder):
    """Somebody else on the server's CPU, while a busy scenario is measured."""
    if not scenario.is_busy:
        return contextlib.nullcontext()
    return competitor(server_cpu(folder), COMPETITOR_SHARE, 4 * seconds)


def _end_with_parent():
    ctypes.CDLL(None).prctl(DEATH_SIGNAL, signal.SIGINT)


def run(words, said_path, room):
    """Its exit code. Ctrl-C is for this process, which tells it and waits; what was measured by then is kept."""
    with open(said_path, "wb") as said:
        with subprocess.Popen(words, cwd=room, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True,
                              preexec_fn=_end_with_parent) as process:
            try:
                return process.wait(), False
            except KeyboardInterrupt:
                process.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    return process.wait(STOP_S), True
                process.kill()
                return process.wait(), True


def last_words(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = [line.strip() for line in file if line.strip()]
    return lines[-1] if lines else "it said nothing"


def read_blocks(folder):
    """What duel_blocks says of a result; nothing, where there is none."""
    if not folder:
        return []
    done = subprocess.run([os.path.join(TOOLS, "duel_blocks"), folder], capture_output=True, text=True, check=False,
                          start_new_session=True)
    if done.returncode:
        raise Lost(done.stderr.strip())
    return [json.loads(line) for line in done.stdout.splitlines()]


def header_of(folder):
    with open(os.path.join(folder, "rounds.jsonl"), encoding="utf-8") as file:
        return json.loads(file.readline())


def with_ends(blocks, ended_ns):
    """Each with the moment when it was over: the next one began."""
    return list(zip(blocks, [block["monotonic_ns"] for block in blocks[1:]] + [ended_ns]))


def lines_of(blocks, ended_ns, disturb, header):
    lines = []
    for block, end_ns in with_ends(blocks, ended_ns):
        line = {key: value for key, value in block.items() if key != "monotonic_ns"}
        line.update(seconds=round((end_ns - block["monotonic_ns"]) / SECOND_NS, 3), disturb=disturb,
                    machine=measured_page.machine(), server_cpus=header["placement"]["server_cpus"])
        lines.append(line)
    return lines


def whole_line(blocks, began_ns, ended_ns, decision, facts):
    """What came of a whole duel, and when."""
    since = [(block, round((end_ns - began_ns) / SECOND_NS, 1)) for block, end_ns in with_ends(blocks, ended_ns)]
    looks = [end for block, end in since if (block["series"], block["time"], block["block"]) == ("pairs", "first", 10)]
    fresh = [end for block, end in since if block["series"] != "check" and block["time"] == "fresh"]
    words = {row["metric"]: row["verdict"] for row in decision["rows"]}
    counts = {series: sum(block["series"] == series for block in blocks) for series in ("pairs", "check", "witness")}
    return {**facts, "run_utc": blocks[0]["run_utc"], "host": blocks[0]["host"], "machine": measured_page.machine(), "words": words,
            "exit_code": decision["exit_code"], "headline": decision["headline"], "blocks": counts,
            "first_look_s": looks[0] if looks else None, "end_s": round((ended_ns - began_ns) / SECOND_NS, 1),
            "confirmed_s": fresh[-1] if fresh and "REGRESSED" in words.values() else None}


def command(piece, disturb, room, seed):
    base, head = (wrapper(os.path.join(room, name), words) for name, words in (("base", "none"), ("head", disturb)))
    words = [BACKBENCH, "duel", "--base", base, "--head", head, "--workloads", WORKLOAD, "--rate", str(RATE_RPS),
             "--seed", str(seed), "--results", os.path.join(room, "results"), "--format", f"json={os.path.join(room, 'decision.json')}"]
    if piece.witness:
        words += ["--blocks", f"{piece.pairs},{piece.witness}"]
    elif piece.pairs:
        words += ["--blocks", str(piece.pairs), "--no-witness"]
    return words + ["--no-instructions"]


def take(piece, disturb, room, code, times, folder):
    """Keeps what came of it: how many lines."""
    found = glob.glob(os.path.join(room, "results/*/rounds.jsonl"))
    result = os.path.dirname(found[0]) if found else None
    blocks = read_blocks(result)
    if not blocks:
        raise Lost(f"exit code {code}: {last_words(os.path.join(room, 'said'))}")
    if piece.pairs:
        return add(lines_of(blocks, times[1], disturb, header_of(result)), piece.scenario.name, folder)
    try:
        with open(os.path.join(room, "decision.json"), encoding="utf-8") as file:
            decision = json.load(file)
    except (OSError, ValueError):
        raise Lost(f"exit code {code}: {last_words(os.path.join(room, 'said'))}") from None
    first = [line for line in lines_of(blocks, times[1], disturb, header_of(result)) if line["time"] == "first"]
    add(first, piece.scenario.name, folder)
    return add([whole_line(blocks, *times, decision, {"scenario": piece.scenario.name, "disturb": disturb})], DUELS, folder)


def measure(piece, folder):
    """How many lines it gave. An interrupt comes after what was measured is kept."""
    disturb = disturbance(piece.scenario, folder)
    seed = 1000 * (1 + SCENARIOS.index(piece.scenario)) + len(kept(piece.scenario.name, folder)) + len(kept(DUELS, folder))
    with tempfile.TemporaryDirectory() as room, competition(piece.scenario, piece.seconds, folder):
        began_ns = time.monotonic_ns()
        code, was_stopped = run(command(piece, disturb, room, seed), os.path.join(room, "said"), room)
        times = began_ns, time.monotonic_ns()
        try:
            count = take(piece, disturb, room, code, times, folder)
        except Lost:
            if not was_stopped:
                raise
    if was_stopped:
        raise KeyboardInterrupt
    return count


def name_of(piece):
    return f"{piece.scenario.name}, {'a whole duel' if not piece.pairs else f'{piece.pairs} blocks'}"


def plan_text(todo, budget_s):
    seconds = sum(rest for _, rest in todo)
    return f"{len(todo)} scenarios or duels are not complete, about {duration(seconds)}; this goes on until {clock(min(seconds, budget_s))}"


def to_go(folder):
    """[(piece, seconds that all of its kind take)] of what is missing."""
    left = []
    for share, piece in missing(folder):
        pieces = piece.scenario.whole if not piece.pairs else -(-piece.scenario.pairs // piece.pairs)
        left.append((piece, max(1, round(pieces * (1 - share))) * piece.seconds))
    return left


def make(budget_s, folder, say):
    """Measures what is missing, for so long; nothing is begun that would end later, but for the first. How many were lost."""
    if not os.path.exists(os.path.join(TOOLS, "duel_blocks")):
        raise Lost("duel_blocks is not built: nothing reads what a duel has recorded")
    end, lost, in_a_row = time.monotonic() + budget_s, 0, 0
    left = to_go(folder)
    say(plan_text(left, budget_s) if left else "all blocks and duels that are asked for are kept")
    is_first, given_up = True, set()
    while in_a_row < LOST_IN_A_ROW:
        piece = next_piece(folder, given_up)
        if not piece or (not is_first and time.monotonic() + piece.seconds > end):
            return lost
        is_first = False
        try:
            if not measure(piece, folder):
                raise Lost("it gave nothing new")
            in_a_row = 0
            say(f"{name_of(piece)}: kept; {duration(max(0, end - time.monotonic()))} left")
        except Lost as why:
            given_up.add(piece)
            lost, in_a_row = lost + 1, in_a_row + 1
            say(f"{name_of(piece)}: not kept: {why}")
    say(f"{LOST_IN_A_ROW} in a row gave nothing: that is for somebody to look at")
    return lost
