#!/usr/bin/env python3
"""The measurements of pace itself (make pace-resolution and its like), so short that their figures say nothing: do they run to
their end, print their tables, leave the page alone unless they are told to write one, and leave no process behind, however they
end? Prints TAP.

run-tests: timeout 150
"""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

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
SHORT = {
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

    def __init__(self, name, writes=True):
        self.page, self.text, self.code, self.errors = os.path.join(room.name, f"{name}.md"), "", None, ""
        shutil.copy(PAGE, self.page)
        try:
            done = subprocess.run(words(name, *(["--page", self.page] if writes else [])), capture_output=True, text=True,
                                  timeout=LIMIT_S, check=False)
            self.text, self.code, self.errors = done.stdout, done.returncode, done.stderr
        except subprocess.TimeoutExpired:
            self.errors = f"it did not end within {LIMIT_S} s"

    def __str__(self):
        return f"exit code {self.code}\n{self.text}\n{self.errors}"


def judge(name, short):
    holds = short.code in (0, 1, 3) and all(row in short.text for row in ROWS[name])
    tap.check(f"a short pace-{name} prints its table", holds, short)


def has_written(short, of):
    """The page has the table that was printed in its place, and is otherwise as it was."""
    page, table = read(short.page), short.text.strip().splitlines()[0]
    begin, end = BEFORE.split(f"<!-- measured: {of} -->\n", 1)
    return page.startswith(f"{begin}<!-- measured: {of} -->\n{table}\n") and page.endswith(end.split("<!-- end -->", 1)[1])


found = {}
# Two at a time; capacity takes as long as the others together, and none of them says anything of its figures here.
beside = threading.Thread(target=lambda: found.update(capacity=Short("capacity", writes=False)))
beside.start()
for kind in ("resolution", "lateness", "soak"):
    found[kind] = Short(kind)
beside.join()
for kind, run in found.items():
    judge(kind, run)
for kind in ("resolution", "lateness", "soak"):
    tap.check(f"pace-{kind} writes its table into the page it is given", has_written(found[kind], kind), read(found[kind].page))
picture = os.path.join(room.name, "resolution.svg")
tap.check("and the picture beside it", os.path.exists(picture) and "prefers-color-scheme:dark" in read(picture))
if CAN_COUNT:
    found["instructions"] = Short("instructions")
    judge("instructions", found["instructions"])
    tap.check("a request costs no more instructions in pace than it may", found["instructions"].code != 1, found["instructions"])
else:
    tap.skip("a request costs no more instructions in pace than it may", "no valgrind, or a pace that it cannot run")
tap.check("a short run leaves the page alone", read(PAGE) == BEFORE)


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
    until = time.monotonic() + limit_s
    while not holds() and time.monotonic() < until:
        time.sleep(0.02)
    return holds()


def ended_by(number, sends):
    """(exit code, what it printed, whether it had begun, whether all that it started is gone)"""
    with subprocess.Popen(words("soak", "--seconds", "60"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          start_new_session=True) as process:
        begun = wait_until(lambda: len(children(process.pid)) >= 2, GONE_S)
        time.sleep(0.5)
        pids = children(process.pid)
        sends(process.pid, number)
        text = process.communicate(timeout=LIMIT_S)[0]
    gone = wait_until(lambda: not any(map(is_alive, pids)), GONE_S)
    for pid in filter(is_alive, pids):
        os.kill(pid, signal.SIGKILL)
    return process.returncode, text, begun, gone


# A terminal's Ctrl-C goes to the whole group.
for name, number, sends, code, says in (("Ctrl-C", signal.SIGINT, os.killpg, 130, "- pace: "),
                                        ("SIGTERM", signal.SIGTERM, os.kill, 143, ""),
                                        ("SIGKILL", signal.SIGKILL, os.kill, -9, "")):
    ended, text, begun, gone = ended_by(number, sends)
    tap.check(f"{name} ends it with all that it started", begun and gone and ended == code, f"exit code {ended}\n{text}")
    if says:
        tap.check("and what was measured by then is shown, as such", says in text and "interrupted after" in text, text)
tap.end()
