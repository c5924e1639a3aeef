#!/usr/bin/env python3
"""What pace says of a server that does one thing wrong: the outcome's word, the exit code, and how many it counted.

run-tests: alone
run-tests: timeout 150
run-tests: plain
"""
import os
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from pace_room import ATTEMPTS, CPUS, EXTERNAL, PACE_CPU, ROOM, Known, Paced, Tap, judge, undisturbed  # noqa: E402

CONNECTIONS = 16
EXPECTING = """--| summary one path, whose answer is known
--| isolates nothing
--| route plaintext
--| expect-status 200
--| expect-type text/plain
--| expect-body Hello, World!
wrk.path = "/plaintext"
"""
tap = Tap()


def script_file():
    path = os.path.join(ROOM.name, "expecting.lua")
    with open(path, "w", encoding="ascii") as file:
        file.write(EXPECTING)
    return path


def run(mode, number, *options, rate="2k", seconds="800ms", cpu=PACE_CPU):
    load = ("-r", rate, "-d", seconds) if rate else ()
    with Known(mode, number) as known:
        paced = Paced(known.url, *load, "-c", CONNECTIONS, "--warmup", "0", *options, limit_s=25, cpu=cpu)
    return paced, known


def adds_up(paced):
    """Each request that was due has one end."""
    counts = {name: paced.target[f"{name}_count"] for name in ("offered", "completed", "failed", "censored", "dropped")}
    return counts.pop("offered") == sum(counts.values())


def check(sentence, reason, *arguments, **how):
    """INVALID for that reason, exit code 1, with nothing lost from the count. Gives the run and the server. A pace that is
    hardly let run may not get as far as the fault; then it is tried again."""
    for _ in range(ATTEMPTS):
        paced, known = run(*arguments, **how)
        if paced.json is None or reason in paced.codes or not set(paced.codes) & set(EXTERNAL):
            break
    tap.check(f"{sentence}: INVALID ({reason}), exit code 1, and every request has one end",
              paced.json is not None and paced.kind == "INVALID" and reason in paced.codes and paced.code == 1 and
              adds_up(paced), paced)
    return paced, known


def faults(script):
    """The strikes fall into the window: the first CONNECTIONS answers are those that tried the connections."""
    cases = [  # a sentence, mode, number, options
        ("every 100th answer is a reset", "reset", 100, ()),
        ("every 100th connection is reset", "reset-connections", 100, ("--requests-per-connection", 1)),
        ("answers are out of date from the 100th on", "stale", 100, ("-s", script)),
        ("every 50th answer is given twice", "unasked", 50, ()),
        ("every 50th answer comes again, later", "again", 50, ()),
        ("every 100th answer is no HTTP", "garbage", 100, ()),
        ("every 100th body is shorter than the workload says", "body", 100, ("-s", script)),
        ("every 100th answer breaks off", "cut", 100, ()),
        ("alerts of TLS come from the 100th answer on", "alert", 100, ()),
        ("every connection is ended after 10 answers", "close", 10, ()),
    ]
    for sentence, mode, number, options in cases:
        check(sentence, "ERRORS", mode, number, *options)


def counted():
    """As many as there were, not about as many."""
    paced, known = check("every 100th answer is 503", "ERRORS", "status", 100)
    wrong, due = (paced.target["statuses"]["5xx"], known.sums["answers"] // 100) if paced.json else (0, 0)
    tap.check("and 503 is counted as often as it was sent", due > 5 and wrong == due, f"{wrong} {due}\n{paced}")


def hangs():
    """After 600 answers: what came before is counted as done, the rest as censored, at no less than the drain's 2 s."""
    paced, known = check("600 answers, then none", "HUNG", "hang", 600, seconds="1s")
    if paced.json is None:
        return
    target = paced.target
    tap.check("each answer that was given is counted as completed",
              target["completed_count"] == known.sums["answers"] - CONNECTIONS == 600 - CONNECTIONS, paced)
    tap.check("the rest as censored, none as failed or dropped",
              target["censored_count"] == target["offered_count"] - target["completed_count"] > 0, paced)
    tap.check("and no latency is given", target["mean_ns"] is None and target["split"] is None and
              all(rung["value_ns"] is None for rung in target["percentiles"]), paced)


def mute():
    """One request in 2,000 is never answered, and the others are: it counts with the age it has when pace gives up, 2 s after
    the window's end."""
    paced, _ = run("mute", 2000, "-S", "constant:2k:1500ms", rate=None)
    age_s = 2 + 1.5 - (2000 - CONNECTIONS) / (2000 * (1 + 1 / 997))
    found = paced.json and paced.target["max_ns"]
    tap.check("a request without an answer among 3,000 is censored, and the trial usable", paced.json is not None and
              paced.target["censored_count"] == 1 and not {"ERRORS", "HUNG", "OVERLOADED"} & set(paced.codes) and
              adds_up(paced), paced)
    tap.check("and counts as a response of its age", not found or abs(found / 1e9 - age_s) < 0.1, f"{age_s}\n{paced}")


def gone():
    """A server that ends: its connections break, and where it does not come back the trial ends before its time. Meanwhile,
    on the other CPU, one that takes connections and answers nobody: nothing can be tried."""
    silent = Later(lambda: run("hang", 0, cpu=CPUS[-1])[0])
    paced, _ = check("it dies and does not come back", "DIED", "die-ms", 700, seconds="20s")
    tap.check("and pace waits no longer than it must", paced.took_s is not None and paced.took_s < 12, paced)
    check("600 answers, then it dies", "DIED", "die", 600)
    paced = silent.result()
    tap.check("it never answers: HUNG, exit code 1", paced.code == 1 and paced.codes == ["HUNG"] and
              "none for 5 s" in paced.json["end_reason"], paced)


class Later(threading.Thread):
    """Something that is done at the same time."""

    def __init__(self, what):
        super().__init__()
        self.what = what
        self.start()

    def run(self):
        self.done = self.what()

    def result(self):
        self.join()
        return self.done


def never_begun():
    """Nothing that could be measured, and a sentence that says why."""
    paced, _ = run("alert", 0)
    tap.check("it speaks TLS: exit code 2, and one sentence says so",
              paced.code == 2 and len(paced.error.strip().splitlines()) == 1 and "TLS" in paced.error, paced)
    paced, _ = run("garbage", 1)
    tap.check("it speaks no HTTP: ERRORS, exit code 1", paced.code == 1 and paced.codes == ["ERRORS"], paced)


def proper_close():
    """A server may end a connection and say so; that is HTTP, and nobody's fault."""
    paced, known = run("close", 70)
    tap.check("connections that end properly now and then are no error",
              paced.json is not None and "ERRORS" not in paced.codes and adds_up(paced) and
              paced.target["completed_count"] == known.sums["answers"] - CONNECTIONS, paced)


def overload():
    """Asked for 3,000/s, it gives 1,000/s. Where pace itself was disturbed it does not blame the server."""
    for sentence, most_s, options, seconds in (
            ("1,000/s can be had and 3,000/s are asked for", 2 + 2 + 1.5, (), "2s"),
            ("the same with a backlog of 200 ms of load", 3, ("--max-backlog", "200ms"), "3s")):
        paced, _, why = undisturbed(lambda o=options, s=seconds: run("slow", 1000, *o, rate="3k", seconds=s))
        judge(tap, f"{sentence}: INVALID (OVERLOADED), exit code 1", why,
              lambda p=paced: (p.kind == "INVALID" and p.own_codes == ["OVERLOADED"] and p.code == 1 and adds_up(p), p))
        judge(tap, f"{sentence}: it is known in {most_s} s", why, lambda p=paced, m=most_s: (p.took_s < m, p))


faults(script_file())
counted()
hangs()
mute()
gone()
never_begun()
proper_close()
overload()
tap.end()
