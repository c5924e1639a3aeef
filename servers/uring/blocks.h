/*
 * Output blocks of a loop: lent to the core for a call, then riding with the send, and lent again at
 * its last completion. The last returned goes out first, so that few are warm; once a second those that the
 * last second did not need are freed, so that a burst leaves nothing behind.
 */
#ifndef URING_BLOCKS_H
#define URING_BLOCKS_H

#include "core/conn.h"

enum { BLOCK_BYTES = 16 * 1024, BLOCKS_TRIM_MS = 1000 };

struct block {
    struct block *next;
    struct conn_out out;  /* lends bytes */
    struct slice sending; /* what of it is not in the socket yet */
    char bytes[BLOCK_BYTES];
};

struct blocks {
    struct block *free;
    unsigned used_count, free_count;
    unsigned used_peak; /* since the last trim */
    uint64_t trim_due_ms;
};

/* Zero it to initialise. */
void blocks_release(struct blocks *blocks);

/* Returns NULL when memory has run out. */
struct block *blocks_take(struct blocks *blocks);

/* NULL is no block. */
void blocks_give(struct blocks *blocks, struct block *block);

/* Once a turn. */
void blocks_trim(struct blocks *blocks, uint64_t now_ms);
/* How long the loop may sleep before there is something to trim; -1: for ever. */
int blocks_timeout_ms(const struct blocks *blocks);

/* What the core has put into it, to be sent; empty if nothing. */
static inline struct slice block_filling(const struct block *block)
{
    return block->out.len ? (struct slice){block->out.base, block->out.len} : block->out.ref;
}

#endif
