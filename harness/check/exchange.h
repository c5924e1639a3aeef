/*
 * One client connection that plays a case, and the loop that plays many of them at once:
 * non-blocking sockets, one poll(2), a deadline for each. An exchange never blocks another, so slow
 * cases cost the time of the slowest.
 */
#ifndef CHECK_EXCHANGE_H
#define CHECK_EXCHANGE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>

#include "check/case.h"
#include "check/script.h"
#include "measure/server.h"

enum {
    EXCHANGE_TIMEOUT_MS = 4000, /* for an exchange, its own pauses apart */
    EXCHANGE_MUTE_MS = 2000,    /* without a byte on any connection from the start: no server */
    EXCHANGE_HUSH_MS = 5000,    /* the same after some: longer than one exchange may take */
    EXCHANGE_PARALLEL = 192,    /* connections at a time */
};

/* Whom an exchange talks to, and how strictly its answers are taken. */
struct target {
    struct sockaddr_storage address;
    socklen_t address_len;
    char server[72]; /* "backbench-epoll": what the Server field must say */
    bool exact;      /* byte for byte, else by meaning */
};
/* -1: address is no IP address. */
int target_init(struct target *target, const char *address, uint16_t port, const char *name,
                bool exact);

enum exchange_verdict { EXCHANGE_UNDECIDED, EXCHANGE_PASSED, EXCHANGE_DIFFERS, EXCHANGE_FAILED };

struct exchange {
    const struct test_case *test;
    enum form form;
    const struct target *target;
    enum exchange_verdict verdict;
    char *finding;       /* DIFFERS, FAILED: "expected ..., got ..."; owned */
    unsigned timeout_ms; /* where the case has no bound of its own; its pauses apart */
    unsigned late_ms;    /* FAILED by time alone, after this; 0: it is not */
    bool heard;          /* a byte has come */
    unsigned slow_ms;    /* asked again: how late it was the first time; 0: it was not */

    struct script script;
    int fd;
    size_t move, sent; /* the current move, and how much of its bytes is out */
    char *in;          /* what came, from the first answer that is still awaited */
    size_t in_len, in_cap;
    time_t in_since;   /* its first byte was sent since */
    unsigned answers;  /* that were right */
    bool ended, reset; /* the server's FIN, its RST */
    int64_t started_ns, due_ns, stalled_ns, deadline_ns;
    int64_t stood_ns; /* how long the machine stood still meanwhile */
};

/* All pointers must outlive the exchange. probe: as script_build. */
void exchange_init(struct exchange *exchange, const struct test_case *test, enum form form,
                   const struct target *target, const struct test_case *probe);
/* As new, to be played once more and with more time; it is remembered as slow. */
void exchange_renew(struct exchange *exchange, const struct test_case *probe, unsigned timeout_ms);
/* Plays them all, EXCHANGE_PARALLEL at a time in the given order; afterwards each has a verdict,
 * unless *interrupted (which may be NULL) became true. */
void exchanges_run(struct exchange *exchanges, size_t count, const volatile bool *interrupted);

enum exchanges_end {
    EXCHANGES_PLAYED,
    EXCHANGES_MUTE,   /* not one byte came although some was due */
    EXCHANGES_HUSHED, /* bytes came, then nothing on any connection for EXCHANGE_HUSH_MS */
};
/* The same against a server that may be silent: it is not waited for once for each exchange. Those
 * that were being played or still to be played then have no verdict. What the server logs meanwhile
 * is taken from it: one whose pipe is full would stand still. */
enum exchanges_end exchanges_try(struct exchange *exchanges, size_t count, struct server *server,
                                 const volatile bool *interrupted);
void exchange_release(struct exchange *exchange);

#endif
