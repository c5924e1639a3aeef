/*
 * Output blocks of a loop. One is lent to the core, call after call; once the
 * core has put something into it, it is taken out to ride with the send, another
 * is lent in its place, and it is given back at the send's last completion. The
 * last given back is lent next, so that few are warm; once a second those that
 * the last second did not need are freed, so that a burst leaves nothing behind.
 *
 * The bytes of a block that is not lent are the kernel's, or nobody's: AddressSanitizer, which does
 * not see what the kernel does, is told so, and stops whoever touches them.
 */
#ifndef URING_BLOCKS_H
#define URING_BLOCKS_H

#include <stdbool.h>

#include "core/conn.h"

enum { BLOCK_BYTES = 16 * 1024, BLOCKS_TRIM_MS = 1000 };

struct block {
    struct block *next;
    struct conn_out out;  /* lends bytes */
    struct slice sending; /* what of it is not in the socket yet */
    char bytes[BLOCK_BYTES];
};

struct blocks {
    struct block *lent;
    struct block *free;
    unsigned count; /* all: the lent one, the free ones, and those that ride with a send */
    unsigned free_count;
    unsigned spare_count; /* of these, since the last trim: what was free all the time */
    uint64_t trim_due_ms;
};

/* Returns 0 or -ENOMEM. */
int blocks_init(struct blocks *blocks);
/* All have been given back. */
void blocks_release(struct blocks *blocks);

/* Whether the core has put something into the lent block. */
static inline bool blocks_have_output(const struct blocks *blocks)
{
    return blocks->lent->out.len > 0 || blocks->lent->out.ref.len > 0;
}

/* Takes that block, its output as `sending`; NULL when there is no memory for another to lend. */
struct block *blocks_take(struct blocks *blocks);

/* NULL is no block. */
void blocks_give(struct blocks *blocks, struct block *block);

/* Once a turn. */
void blocks_trim(struct blocks *blocks, uint64_t now_ms);
/* How long the loop may sleep that would sleep timeout_ms (-1:
 * for ever), so that it comes to trim. */
int blocks_timeout_ms(const struct blocks *blocks, int timeout_ms);

#endif
