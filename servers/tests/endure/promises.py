"""Where a model promises less than the others, and why: it lies in how the model works, and its own page or
`differs` says so. The tests of endurance ask each model for what it promises, and for no less."""

# A client is a thread of the server's, and threads are dearer and fewer than descriptors.
CLIENTS_AT_ONCE = {"thread": 4000, "mhd-thread": 4000}

# The thread of a connection sees its deadline when a signal interrupts it: a second until it is sent, and
# another if it came just before the call that it was meant for. libmicrohttpd is looked after once a second.
LATE_S = {"thread": 2, "mhd": 1, "mhd-thread": 1}

# libmicrohttpd ends on epoll a suspended connection whose client has sent FIN, when it is resumed.
ANSWERS_WAIT_BEHIND_FIN = {"mhd": False}


def clients_at_once(model, wanted):
    return min(wanted, CLIENTS_AT_ONCE.get(model, wanted))


def late_s(model):
    """How late a deadline may be seen: a sweep of a second, and what the model adds."""
    return 1 + LATE_S.get(model, 0)


def answers_wait_behind_fin(model):
    return ANSWERS_WAIT_BEHIND_FIN.get(model, True)
