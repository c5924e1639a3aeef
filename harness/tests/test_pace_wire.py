#!/usr/bin/env python3
"""Is what pace says of a trial what others saw of it? The kernel on loopback, and the server's own journal.

run-tests: alone
run-tests: timeout 120
run-tests: plain
"""
import os
import statistics
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from pace_room import ROOM, UNUSABLE, Known, Paced, Tap, judge, undisturbed  # noqa: E402
from wire import Wire  # noqa: E402

CONNECTIONS, ENOUGH = 16, 128
SEND_US = 40        # from pace's clock to the wire, and from the wire back into pace, at most: in the middle
SEND_TAIL_US = 150  # the same of p99, either way: the kernel takes the socket's time of an answer before the packet's
TAIL_RANKS = 0.003  # so many requests may be hit on that way itself, by an interrupt or by another on the CPU
RANDOM = 'function request() return wrk.format("GET", "/" .. math.random(1, 1000000)) end\n'
tap = Tap()


def quantile(values, q):
    return sorted(values)[min(len(values) - 1, int(q * len(values)))]


def lower_mean(values):
    return statistics.mean(sorted(values)[:int(0.99 * len(values))])


def capture():
    """Service time as pace has it: a little more than on the wire, in the middle never less; each request of the window is
    there. What the server loses both see, and of pace all requests are compared, also those that it leaves out because it was
    kept away: so nothing here depends on how quiet the machine is, as long as pace gives a distribution. The mean leaves the
    last hundredth to the p99; there values lie far apart, so that is held against its neighbours in rank."""
    services, lost = [], []

    def attempt():
        with Known("constant", 200) as known:
            wire = Wire(known.port)
            paced = Paced(known.url, "-r", "1k", "-d", "3s", "-c", ENOUGH, "--warmup", "0")
        services[:] = wire.services_us()[ENOUGH:]  # less those that tried the connections
        lost.append(wire.lost())
        return paced, known

    def spoilt(paced, _):
        """Where no request waited for a connection pace's response is its service."""
        if lost[-1]:
            return f"the packet socket could not keep {lost[-1]} packets"
        return "requests waited for a connection" if paced.target["backlog_most_count"] else ""
    sentence = "on the wire each service took as long as pace says"
    try:
        Wire(1)
    except PermissionError as error:
        tap.skip(sentence, f"a packet socket is not permitted: {error}")
        return
    paced, _, why = undisturbed(attempt, spoilt)
    counts = paced.all_us() if paced else []
    judge(tap, "every request of the window was on the wire, once", why,
          lambda: (len(services) == paced.target["completed_count"], f"{len(services)}\n{paced}"))
    ours_us = [us for us, count in counts for _ in range(count)]
    for name, of in (("p50", lambda values: quantile(values, 0.5)), ("mean of the lower 99 %", lower_mean)):
        def holds(of=of):
            ours, theirs = of(ours_us), of(services)
            return 0 <= ours - theirs <= SEND_US, f"pace {ours:.1f} us, the wire {theirs:.1f} us"
        judge(tap, f"{sentence}, at the {name}: no less, and {SEND_US} us more at most", why, holds)

    def tail_holds():
        ours, *theirs = quantile(ours_us, 0.99), *(quantile(services, 0.99 + ranks) for ranks in (-TAIL_RANKS, TAIL_RANKS))
        return (theirs[0] - SEND_TAIL_US <= ours <= theirs[1] + SEND_TAIL_US,
                f"pace {ours:.1f} us, the wire {theirs[0]:.1f} to {theirs[1]:.1f} us")
    judge(tap, f"{sentence}, at the p99, to {SEND_TAIL_US} us", why, tail_holds)


class Seen:
    """A window's requests as the server saw them: their targets and times."""

    def __init__(self, seed, script):
        with Known("constant", 0, journal=True) as known:
            self.paced = Paced(known.url, "-r", 400, "-d", "1s", "-c", CONNECTIONS, "--warmup", "0", "--seed", seed, "-s", script,
                               "-H", "Host: localhost")
        self.known = known
        lines = list(known.lines())[CONNECTIONS:]
        self.targets, self.times = [line["target"] for line in lines], [line["seen_ns"] for line in lines]

    @property
    def hash(self):
        return self.paced.json and self.paced.json["asked"]["requests_sha256"]


def apart_us(one, other):
    """How far two runs' requests are apart by the median, when they are laid over each other as well as can be."""
    apart = [(a - b) / 1e3 for a, b in zip(one.times, other.times)]
    middle = statistics.median(apart)
    return statistics.median(abs(value - middle) for value in apart)


def same_seed():
    script = os.path.join(ROOM.name, "random.lua")
    with open(script, "w", encoding="ascii") as file:
        file.write(RANDOM)
    one, two, other = (Seen(seed, script) for seed in (7, 7, 8))
    tap.check("the same seed gives the same requests", len(one.targets) > 300 and
              sorted(one.targets) == sorted(two.targets) and one.hash == two.hash, f"{one.paced}\n{two.paced}")
    tap.check("another seed gives others", sorted(one.targets) != sorted(other.targets) and one.hash != other.hash, other.paced)

    def pair(seeds):
        def attempt():
            found[:] = [Seen(seed, script) for seed in seeds]
            worse = [run for run in found if set(run.paced.codes) & set(UNUSABLE)]
            return (worse or found)[0].paced, (worse or found)[0].known
        found = []
        return undisturbed(attempt)[2], found
    for sentence, seeds, holds in (
            ("at the same times and in the same order", (7, 7), lambda a, b: a.targets == b.targets and apart_us(a, b) < 50),
            ("and another seed at others", (7, 8), lambda a, b: apart_us(a, b) > 1000)):
        why, found = pair(seeds)
        judge(tap, sentence, why, lambda found=found, holds=holds: (holds(*found), apart_us(*found)))


capture()
same_seed()
tap.end()
