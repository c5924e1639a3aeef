/*
 * Those for whom no connection was idle, in the order in which
 * they were due. All memory is had when it is opened.
 */
#ifndef PACE_BACKLOG_H
#define PACE_BACKLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pace/record.h"
#include "pace/requests.h"

struct waiting {
    int64_t intended_ns;
    const struct request *request; /* borrowed from its requests */
    enum disturbance disturbance;
};

struct backlog {
    struct waiting *ring; /* owned */
    size_t capacity, first, count;
};

void backlog_open(struct backlog *backlog, size_t capacity);        /* capacity > 0 */
bool backlog_push(struct backlog *backlog, struct waiting waiting); /* false: it is full */
bool backlog_pop(struct backlog *backlog, struct waiting *waiting); /* false: nobody waits */
/* How many of them were due before that moment: only the last ones were not. */
size_t backlog_before(const struct backlog *backlog, int64_t due_ns);
void backlog_release(struct backlog *backlog);

#endif
