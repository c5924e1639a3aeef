"""Trials of pace against a server whose service time is exact, each beside what theory says must come of it. test_pace_queue.py
runs them short and calibrate_pace.py long.

Tolerances. A mean of n waits in a queue scatters by sigma / sqrt(n), sigma by queue_theory with the waits' dependence on one
another in it; SIGMAS of that are allowed, which a right pace passes all but once in two thousand trials. Beside it stands
PATH_US: what a request needs besides its service (system calls, loopback) is measured at load 0.4 and subtracted, and may differ
by so much at another load, where both programs' code and data are warmer or colder. The waits of the very requests that came, by
Lindley's recursion over the times at which the kernel took them in, do not scatter: there PATH_US is all that is allowed.

What pace was kept from. Who is due while pace is away comes late, in a crowd, and waits longer than who comes at random. By how
much is the difference between two of these recursions, over the times at which requests came and at which they were due: it is
taken off where theory is asked.

What the server lost. It is in its journal: each answer's time to be due and time of sending. A mean is a sum, so what lateness
added to it is known exactly and taken off. Of a quantile it is not known so: there a trial counts where a bound of what it
may have added is at most SHIFT_MOST of the tolerance. SIGMAS less a tenth are still such that a right pace fails once in six
hundred trials."""
import math
import os
import statistics
import subprocess

from pace_room import ATTEMPTS, TOOLS, Known, Paced, undisturbed
from queue_theory import Stall, lindley, md1

SIGMAS = 3.5
PATH_US = 3.0
PATH_MOST_US = 60.0
PATH_RATE = 4000
SHIFT_MOST = 0.1
CROWDS_MOST = 0.03       # of all requests
SERVICE_US = 100
APART_MOST = 0.02        # of what is added to a service time
STALL_SERVICE_US, STALL_RATE, STALL_MS = 20, 5000, 100
LATER_MS = 10
STALL_APART_MOST = 0.05  # of the figure
ENOUGH, FEW = 256, 64    # connections: none waits for one; some must


def crowded(paced, most):
    """Whoever is due while pace is kept away comes in a crowd: not the arrivals that theory is of."""
    share = paced.target["disturbed_count"] / max(1, paced.target["completed_count"])
    return f"pace was kept away when {share:.1%} of the requests were due" if share > most else ""


class Row:
    """One figure: what was found, what is due, how far they may be apart; or why there is none."""

    def __init__(self, what, unit, due, allowed, found, why):
        self.what, self.unit, self.due, self.allowed, self.why = what, unit, due, allowed, why
        self.found = None if why else found()

    @property
    def holds(self):
        return self.found is not None and abs(self.found - self.due) <= self.allowed

    def __str__(self):
        return f"{self.found:.4g} {self.unit}; {self.due:.4g} +- {self.allowed:.2g} are due"


class Trial:
    """One that counts, its server's journal of the window with it; or why there is none."""

    def __init__(self, mode, number, schedule, connections, known_options=(), options=(), spoilt=lambda known, lines: "", unknown="",
                 crowds_most=1.0, attempts=ATTEMPTS):
        self.paced, self.lines, self.why = None, [], unknown
        if unknown:
            return

        def attempt():
            with Known(mode, number, *known_options, journal=True) as known:
                paced = Paced(known.url, "-S", schedule, "-c", connections, "--warmup", "500ms", *options, limit_s=120)
            return paced, known
        self.paced, known, self.why = undisturbed(
            attempt, lambda paced, known: crowded(paced, crowds_most) or spoilt(known, known.lines_of(paced)), attempts)
        self.lines = [] if self.why else known.lines_of(self.paced)

    def late_us(self):
        """What the server's lateness added to the mean response."""
        return sum(line["sent_ns"] - line["due_ns"] for line in self.lines) / len(self.lines) / 1e3

    def came_us(self):
        """The mean wait of those that came, by the recursion."""
        return lindley((line["seen_ns"] / 1e3 for line in self.lines), SERVICE_US)

    def displaced_us(self, schedule):
        """What the mean wait is longer by because some came later than they were due, and then in a crowd: pace was kept away."""
        due = subprocess.run([os.path.join(TOOLS, "schedule_times"), schedule, str(self.paced.json["asked"]["seed"])], capture_output=True,
                             text=True, check=True).stdout.split()
        return self.came_us() - lindley((int(ns) / 1e3 for ns in due), SERVICE_US)

    def mean_us(self):
        """Of all responses, less that lateness."""
        counts = self.paced.all_us()
        return sum(us * count for us, count in counts) / sum(count for _, count in counts) - self.late_us()


def median_moved(most_us):
    """Is the median of what the server took further than that from what was due?"""
    def spoilt(_, lines):
        took, due = (sorted(line[end] - line["seen_ns"] for line in lines)[len(lines) // 2] / 1e3 for end in ("sent_ns", "due_ns"))
        return f"known_server's median was {took - due:.1f} us late" if took - due > most_us else ""
    return spoilt


def constant_service(seconds):
    """What is added to the service time is added to the response, nothing else; the server spins, because after a nap its path is
    longer. Gives the rows, what a request needs besides its service in us, and why that is not known."""
    apart_us = 2 * SERVICE_US * APART_MOST
    spoilt = median_moved(SHIFT_MOST * apart_us)
    base = Trial("constant", SERVICE_US, f"constant:500:{seconds}s", FEW, ("--spins",), spoilt=spoilt)
    more = Trial("constant", 3 * SERVICE_US, f"constant:500:{seconds}s", FEW, ("--spins",), spoilt=spoilt, unknown=base.why)
    path = Trial("constant", SERVICE_US, f"poisson:{PATH_RATE}:{seconds}s", ENOUGH, unknown=base.why)
    rows = [Row("constant service of 100 us: p50 less the service time", "us", PATH_MOST_US / 2, PATH_MOST_US / 2,
                lambda: base.paced.percentile_us(0.5) - SERVICE_US, base.why),
            Row("service of 200 us more: p50", "us", 2 * SERVICE_US, apart_us,
                lambda: more.paced.percentile_us(0.5) - base.paced.percentile_us(0.5), more.why)]
    return rows, (0 if path.why else path.mean_us() - SERVICE_US - path.came_us()), path.why


def mean_wait(load, seconds, path_us, unknown, attempts=ATTEMPTS):
    """M/D/1: by theory, and by the recursion over the times at which these requests came."""
    rate = round(load / SERVICE_US * 1e6)
    schedule = f"poisson:{rate}:{seconds}s"
    trial = Trial("constant", SERVICE_US, schedule, ENOUGH, unknown=unknown, crowds_most=CROWDS_MOST,
                  attempts=attempts)
    mean, sigma = (value * 1e6 for value in md1(rate * SERVICE_US / 1e6, SERVICE_US / 1e6))
    count = trial.paced.target["completed_count"] if trial.paced else rate * seconds

    def found():
        return trial.mean_us() - path_us - SERVICE_US
    return [Row(f"M/D/1 at load {load}: mean wait", "us", mean, SIGMAS * sigma / math.sqrt(count) + PATH_US,
                lambda: found() - trial.displaced_us(schedule), trial.why),
            Row(f"M/D/1 at load {load}, by the times at which they came: mean wait", "us", trial.came_us(), PATH_US, found, trial.why)]


def after_a_stall(lines, end_ns, shortens_ns):
    """What made those wait longer who came in this stall or while the line shortened after it, in ms at most: their answers'
    own lateness, by its mean, and what the line was empty before its time, because all connections waited for late answers.
    Lateness that the line makes up for holds up nobody else."""
    late_ns, empty_ns, free_ns, count = 0, 0, end_ns, 0
    for line in lines:
        if not 0 < line["due_ns"] - end_ns <= shortens_ns + empty_ns:
            continue
        empty_ns += max(0, line["begun_ns"] - free_ns)
        late_ns += line["sent_ns"] - line["due_ns"]
        free_ns, count = line["due_ns"], count + 1
    return (empty_ns + late_ns / max(1, count)) / 1e6


def stall_moved(load):
    """The percentile curve of each stall is moved by that, and of several, which have one slope, by the mean of it. Whoever
    comes at another time while the server is away for g waits for that and for those before, g / (1 - load) at most: then
    nobody waits for longer than LATER_MS."""
    shortens_ns = STALL_MS * 1e6 * load / (1 - load)

    def spoilt(known, lines):
        ends = [end_ns for _, end_ns in known.stalls if lines[0]["due_ns"] < end_ns < lines[-1]["due_ns"]]
        moved_ms = statistics.mean(after_a_stall(lines, end_ns, shortens_ns) for end_ns in ends)
        else_ms = max(line["sent_ns"] - line["due_ns"] for line in lines
                      if not any(0 < line["due_ns"] - end_ns <= shortens_ns for end_ns in ends)) / 1e6
        if else_ms > LATER_MS * (1 - load):
            return f"known_server was away for {else_ms:.1f} ms"
        most_ms = SHIFT_MOST * STALL_APART_MOST * STALL_MS
        return f"what known_server lost moved a stall by {moved_ms:.2f} ms" if moved_ms > most_ms else ""
    return spoilt


def stall(seconds, path_us, unknown, attempts=ATTEMPTS):
    """100 ms of each second, 5,000 requests a second, evenly, 20 us each: queue_theory.Stall. The window is whole seconds, so
    that it holds as many stalls wherever it begins. Those that pace leaves out of its figures count, too: which part of a second
    was left out would move the share. Gives the rows and the trial."""
    rate = STALL_RATE * (1 + 1 / 997)
    due = Stall(rate, STALL_SERVICE_US / 1e6, STALL_MS / 1e3, 1.0, (STALL_SERVICE_US + path_us) / 1e6)
    trial = Trial("stall", STALL_MS, f"constant:{STALL_RATE}:{seconds}s", FEW, ("--service-us", STALL_SERVICE_US),
                  ("--slo", f"{LATER_MS}ms"), stall_moved(due.load), unknown, attempts=attempts)
    p99, share = due.percentile(0.99) * 1e3, due.share_later(LATER_MS / 1e3) * 100

    def p99_ms():
        counts = trial.paced.all_us()
        beyond = 0.01 * sum(count for _, count in counts)
        for us, count in reversed(counts):
            beyond -= count
            if beyond < 0:
                return us / 1e3

    def missed():
        slo, apart = trial.paced.target["slo"], trial.paced.counts_us("disturbed")
        later = slo["missed_count"] + sum(count for us, count in apart if us > LATER_MS * 1e3)
        return later / (slo["n_count"] + sum(count for _, count in apart)) * 100
    return [Row("a stall of 100 ms each second: p99", "ms", p99, STALL_APART_MOST * p99,
                p99_ms, trial.why),
            Row(f"a stall of 100 ms each second: later than {LATER_MS} ms", "%", share, STALL_APART_MOST * share, missed, trial.why)], trial
