/*
 * Idle connections: opened to a server, each answered once (GET /plaintext), so that it is truly
 * accepted, and then left alone. They belong to processes of their own, as many as the limit on
 * open files asks for, which sleep while they hold: no CPU, nothing on the wire. At most
 * HOLDER_PACE connections are unanswered at a time, so a backlog of that many is enough; every
 * source address of 127.0.0.0/8 lends half of the local ports, then the next one is used.
 *
 * The processes die with the harness (PR_SET_PDEATHSIG: everything here is called from the one main
 * thread). A server closes what is idle for too long, ours after a minute: holder_count tells.
 */
#ifndef MEASURE_HOLDER_H
#define MEASURE_HOLDER_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    HOLDER_PACE = 64,
    HOLDER_PROCESSES = 64,    /* at most */
    HOLDER_TIMEOUT_MS = 5000, /* without a new connection answered */
    HOLDER_CLOSE_MS = 2000,   /* for the server to close its sides, too */
};

struct holder_options {
    const char *address; /* numeric, IPv4 or IPv6 */
    uint16_t port;
    unsigned connections;
    const cpu_set_t *cpus;            /* NULL: the harness' own */
    unsigned timeout_ms;              /* 0: HOLDER_TIMEOUT_MS */
    const volatile bool *interrupted; /* NULL: none; when true, starting fails within 100 ms */
};

struct holder {
    unsigned held;   /* how many were opened */
    char *shortfall; /* a sentence why they are fewer than asked for; NULL: they are all. Owned */
    struct {
        pid_t pid;
        int fd; /* to it */
    } processes[HOLDER_PROCESSES];
    size_t process_count;
};

/* Opens up to options->connections. 0: at least one is held, or none was asked for. -1 with a
 * sentence in *error, which the caller frees: none, and nothing is running. */
int holder_start(struct holder *holder, const struct holder_options *options, char **error);

/* How many are still open on both sides and silent, as an idle
 * connection is. What is not is closed for good. */
unsigned holder_count(struct holder *holder);

/* Closes all with a FIN, waits until the server has closed its sides, HOLDER_CLOSE_MS at most, and
 * ends the processes. Harmless on a holder that was released. */
void holder_release(struct holder *holder);
/* The same without waiting for the server: for every error path. */
void holder_kill(struct holder *holder);

#endif
