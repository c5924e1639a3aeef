/* A ring. */
#include "pace/backlog.h"

#include <assert.h>
#include <stdlib.h>

#include "data/strings.h"

void backlog_open(struct backlog *backlog, size_t capacity)
{
    assert(capacity > 0);
    *backlog = (struct backlog){.capacity = capacity};
    backlog->ring = xcalloc(capacity, sizeof *backlog->ring);
}

bool backlog_push(struct backlog *backlog, struct waiting waiting)
{
    if (backlog->count == backlog->capacity)
        return false;
    size_t at = backlog->first + backlog->count++;
    backlog->ring[at < backlog->capacity ? at : at - backlog->capacity] = waiting;
    return true;
}

bool backlog_pop(struct backlog *backlog, struct waiting *waiting)
{
    if (backlog->count == 0)
        return false;
    *waiting = backlog->ring[backlog->first];
    backlog->first = backlog->first + 1 < backlog->capacity ? backlog->first + 1 : 0;
    /* A short queue touches the same memory again and again, however long the run. */
    if (--backlog->count == 0)
        backlog->first = 0;
    return true;
}

size_t backlog_before(const struct backlog *backlog, int64_t due_ns)
{
    size_t count = backlog->count;

    while (count > 0 &&
           backlog->ring[(backlog->first + count - 1) % backlog->capacity].intended_ns >= due_ns)
        count--;
    return count;
}

void backlog_release(struct backlog *backlog)
{
    free(backlog->ring);
    *backlog = (struct backlog){0};
}
