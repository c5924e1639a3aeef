/*
 * Output blocks of a loop: lent to the core for a call, then riding with the send, back at its last
 * completion. A few free ones are kept, the last returned first, so that few are warm and few are
 * touched.
 */
#ifndef URING_BLOCKS_H
#define URING_BLOCKS_H

#include "core/conn.h"

enum { BLOCK_BYTES = 16 * 1024, BLOCKS_KEPT = 64 };

struct block {
    struct block *next;
    char bytes[BLOCK_BYTES];
};

struct blocks {
    struct block *free;
    unsigned free_count;
};

/* Zero it to initialise. */
void blocks_release(struct blocks *blocks);

/* Returns NULL when memory has run out. */
struct block *blocks_take(struct blocks *blocks);

/* NULL is no block. */
void blocks_give(struct blocks *blocks, struct block *block);

static inline struct conn_out block_lend(struct block *block)
{
    return (struct conn_out){.base = block->bytes, .cap = sizeof block->bytes};
}

#endif
