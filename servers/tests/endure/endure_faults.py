#!/usr/bin/env python3
"""What servers promise where the calls below them fail or do little: bytes that come and go in small pieces, calls
that are interrupted, no file, no memory, no thread to be had. Every model whose calls go through libc; what io_uring
does by itself is endure_uring.py's.

    endure_faults.py [--short] [MODEL...]

run-tests: timeout 900
run-tests: alone
"""
import errno
import signal
import sys
import time

import conversations as said
from conversations import Client, Gone, Late, Refused, Wrong
from faults import BY_CHANCE, FaultTrial, Faults, victim, victims
from room import IS_SANITIZED, MODELS, Server, Trial, each_model, patience, plan, result

CALLING = [model for model in MODELS if model != "uring"]  # libc, for each byte and connection
THREADED = ["thread", "mhd-thread"]
LOOPS_ON_EPOLL = ["epoll", "pool", "mhd"]
IS_SHORT = "--short" in sys.argv
WIDTH = 8 if IS_SHORT else 4  # for most of the time they wait

SMALL = [said.PLAINTEXT, said.PIPELINED, said.ECHO_4K, said.CHUNKED, said.WAIT]
MIDDLE = [*SMALL, said.ECHO_100K, said.BYTES_64K]


def hold(trial, conversations):
    wrong = said.hold_all(trial.server.port, conversations, patience(10))
    trial.expect(not wrong, wrong)


# ---- bytes ----

def pieces(model, most_bytes, seed, conversations):
    name = f"at most {most_bytes} bytes" if most_bytes > 0 else f"any number of bytes (seed {seed})"
    with FaultTrial(f"{model}: answers are right where each call moves {name}", model, is_met=False) as trial:
        trial.faults.set_head("seed", seed)
        for kind in ("receive", "send"):
            trial.faults.cut(kind, most_bytes)
        hold(trial, conversations)
        for kind in ("receive", "send"):
            cut = trial.faults.count(kind, "cut")
            trial.expect(cut > 10, f"only {cut} calls to {kind} were short: nothing was tried")


def test_pieces(model):
    for most_bytes in (1, 2, 3):
        pieces(model, most_bytes, 0, MIDDLE)
    pieces(model, 7, 0, said.ALL)
    for seed in (1, 2):
        pieces(model, BY_CHANCE, seed, said.ALL * 2)


def test_pieces_short(model):
    pieces(model, 1, 0, SMALL)


def interruptions(model, error, seed):
    """Also in small pieces: what was not moved must be neither lost nor doubled."""
    name = errno.errorcode[error]
    with FaultTrial(f"{model}: answers are right where one call in three ends with {name} (seed {seed})", model,
                    is_met=False) as trial:
        trial.faults.set_head("seed", seed)
        for kind in ("receive", "send"):
            trial.faults.cut(kind, BY_CHANCE)
            trial.faults.fail(kind, error, every=-3)
        hold(trial, said.ALL if not IS_SHORT else MIDDLE)
        for kind in ("receive", "send"):
            failed = trial.faults.count(kind, "failed")
            trial.expect(failed > 10, f"only {failed} calls to {kind} failed: nothing was tried")


def test_interruptions(model):
    for seed in (1,) if IS_SHORT else (1, 2):
        for error in (errno.EAGAIN,) if IS_SHORT else (errno.EINTR, errno.EAGAIN):
            interruptions(model, error, seed)


# ---- an upstream ----

KEPT_UPSTREAM = 4  # connections that a server may keep to it, of two workers or one


class ProxyTrial(FaultTrial):
    """A server with another behind it, which has no faults."""

    def __init__(self, name, model, **how):
        self.upstream = Server("epoll")
        super().__init__(name, model, "--upstream", f"127.0.0.1:{self.upstream.port}", is_met=False, **how)

    def __enter__(self):
        super().__enter__()
        self.files_before += KEPT_UPSTREAM
        return self

    def judge(self):
        super().judge()
        self.upstream.kill()


def has_proxy(model):
    upstream = Server("epoll")
    server = Server(model, "--upstream", f"127.0.0.1:{upstream.port}")
    try:
        with Client(server.port) as client:
            client.say(said.PROXIED[0].said)
            has = client.answer()[0] != 404
    finally:
        server.kill()
        upstream.kill()
    if not has:
        result(f"{model}: proxied answers # SKIP it has no /proxy")
    return has


def test_proxy(model):
    """What is between the two servers moves in pieces, too."""
    if not has_proxy(model):
        return
    for most_bytes in (7,) if IS_SHORT else (1, 7, BY_CHANCE):
        with ProxyTrial(f"{model}: proxied answers are right where each call moves "
                        f"{f'at most {most_bytes}' if most_bytes > 0 else 'any number of'} bytes", model) as trial:
            for kind in ("receive", "send"):
                trial.faults.cut(kind, most_bytes)
            hold(trial, said.PROXIED)
            trial.expect(trial.faults.count("receive", "cut") > 10, "nothing was tried")
    for error in () if IS_SHORT else (errno.EINTR, errno.EAGAIN):
        with ProxyTrial(f"{model}: proxied answers are right where one call in three ends with "
                        f"{errno.errorcode[error]}", model) as trial:
            for kind in ("receive", "send"):
                trial.faults.cut(kind, BY_CHANCE)
                trial.faults.fail(kind, error, every=-3)
            hold(trial, said.PROXIED)
            trial.expect(trial.faults.count("receive", "failed") > 10, "nothing was tried")


def test_proxy_memory(model):
    """A failed allocation: 502, or the client is dropped; the others, and what is kept upstream, are right."""
    if not has_proxy(model) or (IS_SANITIZED and model in THREADED):
        return
    points = 40
    with ProxyTrial(f"{model}: a failed allocation costs at most the proxied answer that it was for", model) as trial:
        trial.faults.fail("memory", errno.ENOMEM, after=1 << 40)
        hold(trial, said.PROXIED)
        calls = trial.faults.count("memory", "calls")
        for point in range(min(points, calls)):
            trial.faults.fail("memory", errno.ENOMEM, after=point * calls // min(points, calls), times=1)
            for conversation in said.PROXIED:
                victim(trial, conversation)
        trial.faults.stop()
        hold(trial, said.PROXIED)


# ---- connections ----

def ask_all(port, count):
    """Clients who have asked and not listened yet."""
    clients = [Client(port, patience(10)) for _ in range(count)]
    for client in clients:
        client.say(said.PLAINTEXT.said)
    return clients


def listen_all(trial, clients):
    try:
        for client in clients:
            client.listen(said.PLAINTEXT)
            client.socket.close()
    except (Wrong, Refused, Gone, Late) as error:
        trial.expect(False, f"{type(error).__name__}: {error}")


def names_of(errors):
    return ", ".join(errno.errorcode[error] for error in errors)


def test_no_accept(model):
    """For a time none can be accepted: they wait in the queue, and nobody spins."""
    errors = [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM]
    with FaultTrial(f"{model}: clients wait in the queue while accept fails ({names_of(errors)}), then are served",
                    model) as trial:
        for error in errors:
            trial.faults.fail("accept", error)
            clients = ask_all(trial.server.port, 10)
            time.sleep(0.4)
            failed = trial.faults.count("accept", "failed")
            trial.expect(0 < failed <= 40, f"accept was called {failed} times in 0.4 s in which it failed")
            trial.expect(not any(client.heard for client in clients), "an answer without accept")
            trial.faults.stop()
            listen_all(trial, clients)


def test_some_accepts(model):
    """Each third fails; behind an aborted connection the next is accepted at once."""
    errors = [errno.ECONNABORTED, errno.EPROTO, errno.EINTR, errno.EMFILE]
    with FaultTrial(f"{model}: all are served where each third accept fails ({names_of(errors)})", model) as trial:
        for error in errors:
            trial.faults.fail("accept", error, every=3)
            for _ in range(3):
                listen_all(trial, ask_all(trial.server.port, 5))
            failed = trial.faults.count("accept", "failed")
            trial.expect(failed >= 5, f"accept failed {failed} times: nothing was tried")


def test_watch(model):
    """epoll_ctl(2): ENOMEM, or ENOSPC where a user may watch no more."""
    if model not in LOOPS_ON_EPOLL:
        return
    for error in (errno.ENOMEM, errno.ENOSPC):
        name = errno.errorcode[error]
        with FaultTrial(f"{model}: a client for whom epoll_ctl fails with {name} is closed, and nobody else",
                        model) as trial:
            trial.faults.fail("watch", error)
            for _ in range(5):
                victim(trial, said.PLAINTEXT)
            failed = trial.faults.count("watch", "failed")
            trial.expect(failed >= 5, f"epoll_ctl failed {failed} times: nothing was tried")
            trial.faults.stop()
            hold(trial, SMALL)


def test_watch_listener(model):
    """At the limit the listener is taken out of the epoll; there must be a way back in."""
    if model not in ("epoll", "mhd"):
        return
    with FaultTrial(f"{model}: clients are accepted again after epoll_ctl has failed for the listener", model,
                    "--max-connections", "5", is_met=False) as trial:
        clients = ask_all(trial.server.port, 5)
        for client in clients:
            client.listen(said.PLAINTEXT)
        waiting = ask_all(trial.server.port, 1)
        trial.faults.fail("watch", errno.ENOMEM)
        for client in clients:
            client.socket.close()
        time.sleep(0.3)
        failed = trial.faults.count("watch", "failed")
        trial.expect(0 < failed <= 10, f"epoll_ctl failed {failed} times in 0.3 s")
        trial.faults.stop()
        listen_all(trial, waiting)
        hold(trial, SMALL)


# ---- memory ----

def test_memory(model):
    """The n-th allocation fails, for each n there is, or as many as there is time for."""
    if IS_SANITIZED and model in THREADED:
        result(f"{model}: a failed allocation # SKIP it fails the sanitizer, too, which begins the threads")
        return
    points = 10 if IS_SHORT else 80
    with FaultTrial(f"{model}: a failed allocation costs at most the client that it was for", model,
                    is_met=False) as trial, Client(trial.server.port) as bystander:
        trial.faults.cut("send", 4096)  # so that tails are kept
        bystander.hold(said.PLAINTEXT)
        calls = victims(trial, 1 << 40, 1)
        trial.expect(calls > 3, f"{calls} allocations: nothing is tried")
        for point in range(min(points, calls)):
            victims(trial, point * calls // min(points, calls), 1)
            bystander.hold(said.PLAINTEXT)
        trial.faults.stop()
        hold(trial, SMALL)
    if not IS_SHORT:
        no_memory(model)


def crowd(trial):
    """So many at once that tables have to grow."""
    trial.faults.fail("memory", errno.ENOMEM)
    clients = [Client(trial.server.port) for _ in range(100)]
    for client in clients:
        try:
            client.say(b"GET /half")
        except Gone:
            continue
    time.sleep(0.5)
    for client in clients:
        client.socket.close()
    trial.expect(trial.faults.count("memory", "failed") > 0, "no allocation failed: nothing was tried")
    trial.faults.stop()


def no_memory(model):
    """A thread is memory, too: clients wait for theirs."""
    with FaultTrial(f"{model}: while no memory is to be had nobody gets a wrong answer, and then all are served",
                    model, is_met=False) as trial, Client(trial.server.port) as bystander:
        bystander.hold(said.PLAINTEXT)
        for _ in range(1 if IS_SHORT else 5):
            victims(trial, 0, 0, may_wait_s=0.3)
        crowd(trial)
        bystander.hold(said.PLAINTEXT)
        hold(trial, SMALL)


def start_without(model, kind, error, after):
    """Returns how it went: ready, or its exit status and what it said."""
    faults = Faults()
    faults.fail(kind, error, after=after, times=1)
    server = Server(model, "--workers", "2", environment=faults.environment())
    try:
        if server.port:
            wrong = server.end()
            return faults.count(kind, "failed"), wrong
        status = server.wait(5)
        is_explained = (status in (1, 77) and server.complaints().strip()) or (
            model == "uv" and status == -signal.SIGABRT)  # libuv's way
        return faults.count(kind, "failed"), "" if is_explained else f"exit {status}: {server.complaints()[-2000:]!r}"
    finally:
        server.kill()


def test_start(model):
    """It starts, or says why not."""
    for kind, error in (("memory", errno.ENOMEM), ("thread", errno.EAGAIN)):
        if IS_SANITIZED and kind == "memory":
            result(f"{model}: an allocation at the start # SKIP it fails the sanitizer, too")
            continue
        wrongs = []
        after, failed = 0, 1
        while failed and after < (3 if IS_SHORT else 60):
            failed, wrong = start_without(model, kind, error, after)
            wrongs += [f"number {after}: {wrong}"] if wrong else []
            after += 1
        what = "an allocation" if kind == "memory" else "a thread"
        result(f"{model}: where {what} fails at the start it starts nevertheless, or says why not", "\n".join(wrongs))


# ---- the end ----

def test_end(model):
    """Asserted in the servers: at the end nobody has a place, and no wait, block or operation is left."""
    with Trial(f"{model}: nothing is left in flight at the end, though clients in every state were reset", model,
               "--workers", "2", is_met=False, ends=False) as trial:
        clients = [Client(trial.server.port) for _ in range(12)]
        says = [b"", b"GET /half", said.post(b"x" * 2000)[:-1000], said.get(b"/wait/10000"),
                said.get(b"/bytes/16777216"), said.PLAINTEXT.said]
        for number, client in enumerate(clients):
            client.say(says[number % len(says)])
        time.sleep(0.5)
        trial.expect(not (wrong := trial.server.end(patience(6))), wrong)
        for client in clients:
            client.socket.close()


# ---- threads ----

def test_threads(model):
    """EAGAIN of pthread_create: thread keeps the client until there is a thread; libmicrohttpd closes it."""
    if model not in THREADED:
        return
    waits = model == "thread"
    name = "waits until there is one" if waits else "is closed"
    with FaultTrial(f"{model}: a client for whom there is no thread {name}, and others go on", model) as trial:
        trial.faults.fail("thread", errno.EAGAIN)
        clients = [Client(trial.server.port, patience(10)) for _ in range(5)]
        used_s = trial.server.busy_s(0.5)
        trial.expect(used_s < 0.3, f"{used_s:.2f} s of CPU in half a second without a thread to be had")
        failed = trial.faults.count("thread", "failed")
        trial.expect(failed > 0, "pthread_create did not fail: nothing was tried")
        trial.faults.stop()
        closed = sum(is_closed(trial, client) for client in clients)
        trial.expect(closed == 0 if waits else closed > 0, f"{closed} of 5 were closed")
        hold(trial, SMALL)


def is_closed(trial, client):
    """Instead of served: those who came in a pause of the gate's are."""
    with client:
        try:
            client.hold(said.PLAINTEXT)
        except Gone:
            return True
        except (Wrong, Refused, Late) as error:
            trial.expect(False, f"{type(error).__name__}: {error}")
    return False


def run():
    models = [argument for argument in sys.argv[1:] if not argument.startswith("--")] or MODELS
    calling = [model for model in models if model in CALLING]
    for_all = [test_memory, test_end] if IS_SHORT else [test_memory, test_proxy_memory, test_start, test_end]
    for_calling = [test_pieces_short, test_interruptions, test_proxy, test_no_accept, test_threads] if IS_SHORT else [
        test_pieces, test_interruptions, test_proxy, test_no_accept, test_some_accepts, test_watch, test_watch_listener, test_threads]
    if calling:
        each_model(*for_calling, width=WIDTH, models=calling)
    each_model(*for_all, width=WIDTH, models=models)


if __name__ == "__main__":
    run()
    plan()
