#include "uring/blocks.h"

#include <stdlib.h>

void blocks_release(struct blocks *blocks)
{
    struct block *block;

    while ((block = blocks->free)) {
        blocks->free = block->next;
        free(block);
    }
    blocks->free_count = 0;
}

struct block *blocks_take(struct blocks *blocks)
{
    struct block *block = blocks->free;

    if (!block)
        return malloc(sizeof *block);
    blocks->free = block->next;
    blocks->free_count--;
    return block;
}

void blocks_give(struct blocks *blocks, struct block *block)
{
    if (!block || blocks->free_count == BLOCKS_KEPT) {
        free(block);
        return;
    }
    block->next = blocks->free;
    blocks->free = block;
    blocks->free_count++;
}
