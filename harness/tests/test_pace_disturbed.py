#!/usr/bin/env python3
"""Does pace say so when it cannot be trusted, and does it see what a closed loop does not?

run-tests: alone
run-tests: timeout 120
run-tests: plain
"""
import os
import signal
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from pace_room import PACE_CPU, UNUSABLE, Known, Paced, Tap  # noqa: E402

tap = Tap()


def competitor():
    """Somebody else on pace's own CPU: a known_server that spins without a request."""
    with Known("constant", 20) as known, Known("constant", 0, "--spins", cpu=PACE_CPU):
        paced = Paced(known.url, "-r", "5k", "-d", "2s", "--warmup", "0")
    tap.check("with a competitor on its CPU a trial is INTERFERED or GEN_LATE, never VALID",
              paced.json is not None and paced.kind == "INVALID" and {"INTERFERED", "GEN_LATE"} & set(paced.codes), paced)
    tap.check("and the exit code is 3: not the server's doing", paced.code == 3, paced)


def stop_for(known, after_s, seconds, moments):
    time.sleep(after_s)
    os.kill(known.pid, signal.SIGSTOP)
    moments.append(time.monotonic())
    time.sleep(seconds)
    os.kill(known.pid, signal.SIGCONT)
    moments.append(time.monotonic())


def stopped_server():
    """Stopped for 1.7 s of a window of 2 s. Whoever comes x into the stop waits for its end and for those before it: the
    stop's length less x (1 - load), as in queue_theory.Stall. So the worst share q of the window's requests begins at the
    stop's length less q of the window (1 - load), and later by as much as others keep the server from its CPU. Whatever
    pace says of the trial: it is that tail, or no number."""
    service_us, rate, window_s, moments = 20, 5500, 2, []
    with Known("constant", service_us) as known:
        timer = threading.Thread(target=stop_for, args=(known, 0.7, 1.7, moments))
        timer.start()
        paced = Paced(known.url, "-S", f"constant:{rate}:{window_s}s", "-c", 64, "--warmup", "500ms")
        timer.join()
        with open(f"/proc/{known.pid}/schedstat", encoding="ascii") as file:
            kept_s = int(file.read().split()[1]) / 1e9
    stop_s, idle = moments[1] - moments[0], 1 - rate * service_us / 1e6
    starts_s = moments[0] - paced.json["start_monotonic_ns"] / 1e9
    sentence = "a server stopped for 1.7 s of 2 s: its tail, or no number at all"
    if not 0 < starts_s < 0.9:
        tap.skip(sentence, f"the machine was so busy that the stop began {starts_s:.1f} s after the window did")
        return
    wrong = []
    for p in (0.5, 0.9, 0.99):
        value_us, theory_s = paced.percentile_us(p), stop_s - (1 - p) * window_s * idle
        if value_us is not None and not 0.95 * theory_s < value_us / 1e6 < 1.05 * theory_s + kept_s:
            wrong.append(f"p{p:g}: {value_us} us, not {theory_s:.3f} s")
    tap.check(sentence, not wrong, f"{wrong}; stop {stop_s} s, kept from the CPU for {kept_s} s\n{paced}")
    if set(paced.codes) & set(UNUSABLE):
        tap.skip("and it is a number", f"the machine was disturbed: {paced.codes}")
    else:
        tap.check("and it is a number", not paced.own_codes and paced.percentile_us(0.99) is not None, paced)


competitor()
stopped_server()
tap.end()
