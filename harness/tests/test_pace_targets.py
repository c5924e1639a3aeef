#!/usr/bin/env python3
"""The measurements of pace itself (make pace-resolution and its like), so short that their figures say nothing: do they run to
their end, print their tables, leave the page alone unless they are told to write one, and leave no process behind, however they
end? Prints TAP.

run-tests: timeout 150
run-tests: plain
"""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from pace_room import Tap  # noqa: E402
from pace_rounds import BIN, CPUS, SOURCE  # noqa: E402

if len(CPUS) < 2:
    print("1..0 # SKIP pace needs a CPU of its own, and there is only one")
    sys.exit()

HERE, LIMIT_S, GONE_S = os.path.dirname(os.path.abspath(__file__)), 60, 10
CAN_COUNT = shutil.which("valgrind") and not os.path.basename(os.path.dirname(BIN)).startswith("san-")
ROWS = {  # what each must have printed
    "resolution": ["| one pace, both at once | CPU per request | ", "| two wrks, both at once | CPU per request | 1 | ", "seed 5."],
    "capacity": ["| pace | ", "| wrk | ", "requests a second of its CPU ", "seed 5."],
    "lateness": ["| 1 | ", "p99 of the response VALID: ", "seed 5."],
    "soak": ["| 0.0 s … 0.1 s | ", "- memory in the last half: ", "- pace: ", "seed 5."],
    "instructions": ["| a request | ", "| **a request with a turn of its own** | **", "| limit | 1500 |"],
}
SHORT = {  # those that take longest first
    "resolution": ["--pairs", "1", "--seconds", "0.3", "--rate", "2000"],
    "capacity": ["--blocks", "1", "--seconds", "0.3", "--steps", "1"],
    "lateness": ["--rounds", "1", "--seconds", "0.3"],
    "soak": ["--seconds", "1"],
    "instructions": [],
}
tap = Tap()
room = tempfile.TemporaryDirectory()


def words(name, *more):
    return [sys.executable, os.path.join(HERE, f"pace_{name}.py"), *SHORT[name], "--seed", "5", *more]


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


PAGE = os.path.join(SOURCE, "docs/pace-resolution.md")
BEFORE = read(PAGE)


# ---- each runs to its end ------------------------------------------------------------------------------------------------
class Short:
    """Its own page to write, unless writes says no."""

    def __init__(self, name, writes=True, more=(), page=None, **environment):
        self.page, self.text, self.code, self.errors = os.path.join(room.name, f"{page or name}.md"), "", None, ""
        shutil.copy(PAGE, self.page)
        try:
            done = subprocess.run(words(name, *more, *(["--page", self.page] if writes else [])), capture_output=True, text=True,
                                  timeout=LIMIT_S, check=False, env={**os.environ, **environment})
            self.text, self.code, self.errors = done.stdout, done.returncode, done.stderr
        except subprocess.TimeoutExpired:
            self.errors = f"it did not end within {LIMIT_S} s"

    def __str__(self):
        return f"exit code {self.code}\n{self.text}\n{self.errors}"


def has_written(short, of):
    """The page has the table that was printed in its place, and is otherwise as it was."""
    page, table = read(short.page), short.text.strip().splitlines()[0]
    begin, end = BEFORE.split(f"<!-- measured: {of} -->\n", 1)
    return page.startswith(f"{begin}<!-- measured: {of} -->\n{table}\n") and page.endswith(end.split("<!-- end -->", 1)[1])


def tell_short(found):
    """Of every target, once all have run."""
    for name in SHORT:
        if name in found:
            short = found[name].result()
            holds = short.code in (0, 1, 3) and all(row in short.text for row in ROWS[name])
            tap.check(f"a short pace-{name} prints its table", holds, short)
    for name in ("resolution", "lateness", "soak"):
        short = found[name].result()
        tap.check(f"pace-{name} writes its table into the page it is given", has_written(short, name), read(short.page))
    picture = os.path.join(room.name, "resolution.svg")
    tap.check("and the picture beside it", os.path.exists(picture) and "prefers-color-scheme:dark" in read(picture))
    if "instructions" in found:
        short = found["instructions"].result()
        tap.check("a request costs no more instructions in pace than it may", short.code != 1, short)
    else:
        tap.skip("a request costs no more instructions in pace than it may", "no valgrind, or a pace that it cannot run")
    tap.check("a short run leaves the page alone", read(PAGE) == BEFORE)


# ---- whole runs of a pace that is made up: what it says arrives in the table, whatever the machine does ----------------------
FAKE = """#!/usr/bin/env python3
import json, os, sys
code = os.environ["FAKE_CODE"]
reasons = [{"code": code, "kind": code, "external": True, "detail": ""}] if code else []
target = {"outcome": {"kind": code or "VALID", "reasons": reasons}, "cpu_ns": 4000000, "completed_count": 1000,
          "split": {"lateness": {"p50_ns": 123, "p99_ns": 4567}},
          "percentiles": [{"p": p, "value_ns": 0 if code else ns} for p, ns in ((0.5, 30000), (0.99, 60000))]}
ratios = {"cpu_per_request": {"value": 1.001}, "p50": {"value": 1.002}, "p99": {"value": 0.97}}
two = sum(word.startswith("http") for word in sys.argv) == 2
print(json.dumps({"targets": [target] * (1 + two), "generator": {}, "ratios": ratios if two else None, "trusted_p": 1}))
"""
fakes = os.path.join(room.name, "bin")
os.mkdir(fakes)
os.symlink(os.path.join(BIN, "server-epoll"), os.path.join(fakes, "server-epoll"))
with open(os.path.join(fakes, "pace"), "w", encoding="utf-8") as file:
    file.write(FAKE)
os.chmod(file.name, 0o755)

WHOLE = ["--rounds", "10", "--seconds", "8"]


def tell_fakes(ratios, quiet, noisy):
    tap.check("the ratios of a duet are those that pace gives", all(
        row in ratios.text for row in ("at once | CPU per request | 1 | +0.10 % |", "| p50 | 1 | +0.20 % |",
                                       "| p99 | 1 | −3.00 % |")), ratios)
    tap.check("those of servers alone are of their figures", all(
        f"| one after the other | {metric} | 1 | +0.00 % |" in ratios.text for metric in ("CPU per request", "p50", "p99")), ratios)
    tap.check("ten rounds in time are enough and reach the figures", quiet.code == 0 and has_written(quiet, "lateness") and
              "| 10 | 0.12 µs | 4.57 µs | 60 µs | VALID | all | yes |" in quiet.text and "| 11 |" not in quiet.text, quiet)
    tap.check("of a machine that is never quiet nothing is written, after twenty", noisy.code == 3 and
              read(noisy.page) == BEFORE and "| 20 | " in noisy.text and "| 21 | " not in noisy.text, noisy)


# ---- nothing is left behind ------------------------------------------------------------------------------------------------
def children(pid):
    """All below it."""
    try:
        below = [int(child) for child in read(f"/proc/{pid}/task/{pid}/children").split()]
    except OSError:
        return []
    return below + [deeper for child in below for deeper in children(child)]


def is_alive(pid):
    try:
        return read(f"/proc/{pid}/stat").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(holds, limit_s):
    """Asked no more once it has held: /proc/PID/task/TID/children may leave one out, proc(5)."""
    until = time.monotonic() + limit_s
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def catches_ctrl_c(pid):
    """proc_pid_status(5): bit 1 of SigCgt is SIGINT. Only pace, once it runs."""
    try:
        caught = next(line for line in read(f"/proc/{pid}/status").splitlines() if line.startswith("SigCgt:"))
    except (OSError, StopIteration):
        return False
    return os.path.basename(os.readlink(f"/proc/{pid}/exe")) == "pace" and int(caught.split()[1], 16) & 1 << signal.SIGINT - 1


def ended_by(number, sends, after_s):
    """(exit code, what it printed, whether it had begun, whether all that it started is gone)"""
    with subprocess.Popen(words("soak", "--seconds", "60"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          start_new_session=True) as process:
        begun = wait_until(lambda: any(map(catches_ctrl_c, children(process.pid))), GONE_S)
        time.sleep(after_s)
        pids = children(process.pid)
        sends(process.pid, number)
        text = process.communicate(timeout=LIMIT_S)[0]
    gone = wait_until(lambda: not any(map(is_alive, pids)), GONE_S)
    for pid in filter(is_alive, pids):
        os.kill(pid, signal.SIGKILL)
    return process.returncode, text, begun, gone


# A terminal's Ctrl-C goes to the whole group.
SIGNALS = {"Ctrl-C": (signal.SIGINT, os.killpg, 3, 130),  # when pace has long been measuring
           "SIGTERM": (signal.SIGTERM, os.kill, 0, 143), "SIGKILL": (signal.SIGKILL, os.kill, 0, -9)}


def tell_ended(name, code, wanted, text, begun, gone):
    tap.check(f"{name} ends it with all that it started", begun and gone and code == wanted, f"exit code {code}\n{text}")
    if name == "Ctrl-C":
        tap.check("and what was measured by then is shown, as such", "- pace: " in text and "interrupted after" in text, text)


def main():
    """Three at a time: nothing here depends on a figure, and most of them wait."""
    with ThreadPoolExecutor(3) as pool:
        found = {name: pool.submit(Short, name, name != "capacity") for name in SHORT if name != "instructions" or CAN_COUNT}
        fakes_said = [pool.submit(Short, name, more=more, page=f"{name}-{number}", BACKBENCH_BIN=fakes, FAKE_CODE=kind)
                      for number, (name, more, kind) in enumerate((("resolution", [], ""), ("lateness", WHOLE, ""),
                                                                   ("lateness", WHOLE, "NOISY")))]
        ended = {name: pool.submit(ended_by, *how) for name, (*how, _) in SIGNALS.items()}
    tell_short(found)
    tell_fakes(*(said.result() for said in fakes_said))
    for name, said in ended.items():
        code, *rest = said.result()
        tell_ended(name, code, SIGNALS[name][-1], *rest)
    tap.end()


if __name__ == "__main__":
    main()
