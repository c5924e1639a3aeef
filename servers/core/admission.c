#include "core/admission.h"

#include <errno.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

enum { ACCEPT_TRIES = 64 }; /* clients that are gone again, in a row */

void admission_init(struct admission *admission, unsigned limit, struct gate *gates, unsigned count)
{
    atomic_init(&admission->open, 0);
    admission->limit = limit;
    admission->gates = gates;
    admission->gates_count = count;
}

unsigned admission_room(const struct admission *admission)
{
    unsigned open = atomic_load(&admission->open);

    return open < admission->limit ? admission->limit - open : 0;
}

void gate_init(struct gate *gate, struct admission *admission, int wake_fd)
{
    gate->admission = admission;
    gate->wake_fd = wake_fd;
    atomic_init(&gate->full, false);
    gate->paused_until_ms = 0;
}

/* A place is taken only if there is one: were the count to pass the limit for a moment, the one who
 * makes room could not tell that it did. */
static bool take_place(struct admission *admission)
{
    unsigned open = atomic_load(&admission->open);

    while (open < admission->limit)
        if (atomic_compare_exchange_weak(&admission->open, &open, open + 1))
            return true;
    return false;
}

bool gate_enter(struct gate *gate)
{
    if (take_place(gate->admission))
        return true;
    /* Whoever makes room looks at the flags after lowering the count; so look at the count once
     * more after raising the flag, or both may miss each other. */
    atomic_store(&gate->full, true);
    if (!take_place(gate->admission))
        return false;
    atomic_store(&gate->full, false);
    return true;
}

void gate_enter_late(struct gate *gate)
{
    atomic_fetch_add(&gate->admission->open, 1);
}

void gate_cancel(struct gate *gate)
{
    struct admission *admission = gate->admission;

    if (atomic_fetch_sub(&admission->open, 1) > admission->limit)
        return;
    for (unsigned i = 0; i < admission->gates_count; i++)
        if (atomic_load(&admission->gates[i].full) &&
            atomic_exchange(&admission->gates[i].full, false))
            eventfd_write(admission->gates[i].wake_fd, 1);
}

void gate_leave(struct gate *gate)
{
    gate->paused_until_ms = 0;
    gate_cancel(gate);
}

enum gate_verdict gate_accept_failed(struct gate *gate, int error, uint64_t now_ms)
{
    switch (error) {
    case EAGAIN:
        return GATE_EMPTY;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        gate->paused_until_ms = now_ms + GATE_PAUSE_MS;
        return GATE_PAUSE;
    default: /* accept(2): an error of the new connection, already off the queue */
        return GATE_RETRY;
    }
}

int gate_accept(struct gate *gate, int listener_fd, int flags, uint64_t now_ms)
{
    enum gate_verdict verdict = GATE_PAUSE;

    for (int tries = 0; tries < ACCEPT_TRIES && gate_enter(gate); tries++) {
        int fd = accept4(listener_fd, NULL, NULL, flags);

        if (fd >= 0)
            return fd;
        verdict = gate_accept_failed(gate, errno, now_ms);
        gate_cancel(gate);
        if (verdict != GATE_RETRY)
            break;
    }
    return verdict == GATE_EMPTY ? -EAGAIN : -EMFILE;
}

bool gate_is_open(struct gate *gate, uint64_t now_ms)
{
    if (gate->paused_until_ms && now_ms >= gate->paused_until_ms)
        gate->paused_until_ms = 0;
    return !gate->paused_until_ms && !atomic_load(&gate->full);
}

uint64_t gate_opens_ms(const struct gate *gate)
{
    return gate->paused_until_ms ? gate->paused_until_ms : UINT64_MAX;
}
