/*
 * Who may come in. One counter for the whole process bounds the open connections; each worker has a
 * gate before its listener. A gate shuts when the count is at its limit, until any worker's
 * connection ends, and when the system is out of files or memory, until one of this worker's
 * connections ends or 100 ms have passed. Nobody polls: the connection whose end makes room writes
 * the wake_fd of every gate that shut.
 *
 * The counter is touched when a connection comes and goes, never per request.
 */
#ifndef CORE_ADMISSION_H
#define CORE_ADMISSION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { GATE_PAUSE_MS = 100 };

struct gate;

struct admission {
    atomic_uint open;
    unsigned limit;
    struct gate *gates;
    unsigned gates_count;
};

struct gate {
    struct admission *admission;
    int wake_fd;                      /* an eventfd, the worker's */
    atomic_bool full;                 /* found the count at its limit */
    _Atomic uint64_t paused_until_ms; /* 0: not paused */
};

/* The gates are one array of the caller, one per worker, and outlive the admission. */
void admission_init(struct admission *admission, unsigned limit, struct gate *gates,
                    unsigned count);
unsigned admission_room(const struct admission *admission);

void gate_init(struct gate *gate, struct admission *admission, int wake_fd);

/* Takes a place before accepting; false: the gate is shut until wake_fd is written. */
bool gate_enter(struct gate *gate);
/* Takes a place for a connection that has been accepted already: may pass the limit. */
void gate_enter_late(struct gate *gate);
/* Gives back a place that no connection came for. */
void gate_cancel(struct gate *gate);
/* A connection has ended. The one call of a gate that any thread may make. */
void gate_leave(struct gate *gate);

/* What to do after accept(2) has failed with `error`. */
enum gate_verdict {
    GATE_EMPTY, /* nothing is queued */
    GATE_RETRY, /* that client is gone: accept the next */
    GATE_PAUSE, /* out of files or memory: the gate is paused now */
};
enum gate_verdict gate_accept_failed(struct gate *gate, int error, uint64_t now_ms);

/* Accepts one connection with accept4(2)'s flags. Returns its fd, a place taken; -EAGAIN: none is
 * queued; -EMFILE: the gate is shut. */
int gate_accept(struct gate *gate, int listener_fd, int flags, uint64_t now_ms);

/* Whether to listen now. */
bool gate_is_open(struct gate *gate, uint64_t now_ms);
/* When a paused gate opens by itself; UINT64_MAX: it is not paused. */
uint64_t gate_opens_ms(const struct gate *gate);

#endif
