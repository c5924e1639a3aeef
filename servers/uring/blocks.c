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

    if (block) {
        blocks->free = block->next;
        blocks->free_count--;
    } else {
        block = malloc(sizeof *block);
        if (!block)
            return NULL;
        block->out = (struct conn_out){.base = block->bytes, .cap = sizeof block->bytes};
    }
    if (++blocks->used_count > blocks->used_peak)
        blocks->used_peak = blocks->used_count;
    return block;
}

void blocks_give(struct blocks *blocks, struct block *block)
{
    if (!block)
        return;
    block->next = blocks->free;
    blocks->free = block;
    blocks->used_count--;
    blocks->free_count++;
}

void blocks_trim(struct blocks *blocks, uint64_t now_ms)
{
    if (now_ms < blocks->trim_due_ms)
        return;
    while (blocks->free && blocks->used_count + blocks->free_count > blocks->used_peak) {
        struct block *block = blocks->free;

        blocks->free = block->next;
        blocks->free_count--;
        free(block);
    }
    blocks->used_peak = blocks->used_count;
    blocks->trim_due_ms = now_ms + BLOCKS_TRIM_MS;
}

int blocks_timeout_ms(const struct blocks *blocks)
{
    return blocks->free ? BLOCKS_TRIM_MS : -1;
}
