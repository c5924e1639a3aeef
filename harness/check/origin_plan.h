/*
 * What the scripted upstream (origin.h) does when it is asked for a path: which bytes it sends,
 * when, and how it leaves the connection. A path is read like a sentence, from left to right: words
 * that say how, then one that says what. Pure; servers/tests/conformance/README.md lists the words.
 *
 *   /length/13                  13 octets, announced
 *   /after/100/chunked/5000     5000 octets in chunks, 100 ms after they were asked for
 *   /stale/length/1             closes a connection that has been used before;
 *                               on a new one, 1 octet
 */
#ifndef CHECK_ORIGIN_PLAN_H
#define CHECK_ORIGIN_PLAN_H

#include <stdbool.h>
#include <stddef.h>

/* One request, as it reached the upstream. */
struct origin_asked {
    const char *head;      /* terminated; up to its empty line, which is not part of it */
    char *target;          /* "/length/13?a=b" */
    const char *authority; /* the upstream's own: as the value of Host it is told as "upstream" */
    bool reused;           /* another request came before it on this connection */
    /* How often a target has been asked for, this request included. */
    unsigned (*times)(const void *counts, const char *target);
    const void *counts;
};

/* Waits, then sends up to an offset. */
struct origin_beat {
    unsigned wait_ms;
    size_t until;
};

enum origin_end { ORIGIN_KEEPS, ORIGIN_CLOSES, ORIGIN_RESETS };

struct origin_plan {
    char *bytes; /* owned */
    size_t len;
    struct origin_beat *beats; /* owned; the last one's until is len */
    size_t beat_count;
    enum origin_end end;
    unsigned end_wait_ms; /* between the last byte and the end */
    bool over; /* whoever asks again on this connection has not understood: origin_plan_misuse */
};

void origin_plan_make(struct origin_plan *plan, const struct origin_asked *asked);
/* For a request on a connection that has been over since the
 * target after: an answer that no case expects. */
void origin_plan_misuse(struct origin_plan *plan, const char *after);
void origin_plan_release(struct origin_plan *plan);

#endif
