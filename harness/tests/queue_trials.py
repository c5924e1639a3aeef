"""Trials of pace against a server whose service time is exact, each beside what theory says must come of it. test_pace_queue.py
runs them short and calibrate_pace.py long.

Tolerances. A mean of n waits in a queue scatters by sigma / sqrt(n), sigma by queue_theory with the waits' dependence on one
another in it; SIGMAS of that are allowed, which a right pace passes all but once in two thousand trials. Beside it stands
PATH_US: what a request needs besides its service (system calls, loopback) is measured at load 0.05 and subtracted, and may
differ by so much at another load, where both programs' code and data are warmer."""
import math

from pace_room import Known, Paced, undisturbed
from queue_theory import Stall, md1

SIGMAS = 3.5
PATH_US = 3.0
PATH_MOST_US = 60.0
SERVICE_US = 100
STALL_SERVICE_US, STALL_RATE = 20, 5000


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


def trial(mode, number, schedule, known_options=(), options=()):
    """Of one server and one schedule: (an undisturbed run of pace, why there is none)."""
    def attempt():
        with Known(mode, number, *known_options) as known:
            paced = Paced(known.url, "-S", schedule, "-c", 64, "--warmup", "500ms", *options, limit_s=120)
        return paced, known
    return undisturbed(attempt)


def constant_service(seconds):
    """What is added to the service time is added to the response, nothing else. Gives the rows, what a request needs
    besides its service in us, and why that is not known."""
    base, why = trial("constant", SERVICE_US, f"constant:500:{seconds}s")
    more, why_more = (None, why) if why else trial("constant", 3 * SERVICE_US, f"constant:500:{seconds}s")
    rows = [Row("constant service of 100 us: p50 less the service time", "us", PATH_MOST_US / 2, PATH_MOST_US / 2,
                lambda: base.percentile_us(0.5) - SERVICE_US, why),
            Row("service of 200 us more: p50", "us", 2 * SERVICE_US, 0.02 * 2 * SERVICE_US,
                lambda: more.percentile_us(0.5) - base.percentile_us(0.5), why_more)]
    return rows, (0 if why else base.target["mean_ns"] / 1e3 - SERVICE_US), why


def mean_wait(load, seconds, path_us, why):
    """M/D/1."""
    rate = round(load / SERVICE_US * 1e6)
    paced, why = (None, why) if why else trial("constant", SERVICE_US, f"poisson:{rate}:{seconds}s")
    mean, sigma = (value * 1e6 for value in md1(rate * SERVICE_US / 1e6, SERVICE_US / 1e6))
    count = rate * seconds if why else paced.target["completed_count"]
    return Row(f"M/D/1 at load {load}: mean wait", "us", mean, SIGMAS * sigma / math.sqrt(count) + PATH_US,
               lambda: paced.target["mean_ns"] / 1e3 - path_us - SERVICE_US, why)


def stall(seconds, path_us, why):
    """100 ms of each second, 5,000 requests a second, evenly, 20 us each: queue_theory.Stall. The window is whole seconds, so
    that it holds as many stalls wherever it begins. Gives the rows and the run."""
    paced, why = (None, why) if why else trial(
        "stall", 100, f"constant:{STALL_RATE}:{seconds}s", ("--service-us", STALL_SERVICE_US), ("--slo", "10ms"))
    due = Stall(STALL_RATE * (1 + 1 / 997), STALL_SERVICE_US / 1e6, 0.1, 1.0, (STALL_SERVICE_US + path_us) / 1e6)
    p99, share = due.percentile(0.99) * 1e3, due.share_later(0.01) * 100

    def missed():
        return paced.target["slo"]["missed_count"] / paced.target["slo"]["n_count"] * 100
    return [Row("a stall of 100 ms each second: p99", "ms", p99, 0.05 * p99, lambda: paced.percentile_us(0.99) / 1e3, why),
            Row("a stall of 100 ms each second: later than 10 ms", "%", share, 0.05 * share, missed, why)], paced, why
