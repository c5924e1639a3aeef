#include "uring/blocks.h"

#include <assert.h>
#include <errno.h>
#include <sanitizer/asan_interface.h>
#include <stdlib.h>

static struct block *block_new(struct blocks *blocks)
{
    struct block *block = malloc(sizeof *block);

    if (!block)
        return NULL;
    block->out = (struct conn_out){.base = block->bytes, .cap = sizeof block->bytes};
    blocks->count++;
    return block;
}

static void block_free(struct blocks *blocks, struct block *block)
{
    ASAN_UNPOISON_MEMORY_REGION(block->bytes, sizeof block->bytes);
    free(block);
    blocks->count--;
}

/* The last given back. */
static inline struct block *block_reuse(struct blocks *blocks)
{
    struct block *block = blocks->free;

    blocks->free = block->next;
    if (--blocks->free_count < blocks->spare_count)
        blocks->spare_count = blocks->free_count;
    ASAN_UNPOISON_MEMORY_REGION(block->bytes, sizeof block->bytes);
    return block;
}

int blocks_init(struct blocks *blocks)
{
    *blocks = (struct blocks){0};
    blocks->lent = block_new(blocks);
    return blocks->lent ? 0 : -ENOMEM;
}

void blocks_release(struct blocks *blocks)
{
    struct block *block;

    blocks_give(blocks, blocks->lent);
    blocks->lent = NULL;
    while ((block = blocks->free)) {
        blocks->free = block->next;
        block_free(blocks, block);
    }
    blocks->free_count = 0;
    assert(blocks->count == 0);
}

struct block *blocks_take(struct blocks *blocks)
{
    struct block *taken = blocks->lent;
    struct block *next = blocks->free ? block_reuse(blocks) : block_new(blocks);

    if (!next)
        return NULL;
    blocks->lent = next;
    taken->sending =
        taken->out.len ? (struct slice){taken->out.base, taken->out.len} : taken->out.ref;
    ASAN_POISON_MEMORY_REGION(taken->bytes, sizeof taken->bytes);
    return taken;
}

void blocks_give(struct blocks *blocks, struct block *block)
{
    if (!block)
        return;
    ASAN_POISON_MEMORY_REGION(block->bytes, sizeof block->bytes);
    block->next = blocks->free;
    blocks->free = block;
    blocks->free_count++;
}

/* The spare ones lie behind those that were used last. */
static void blocks_free_spare(struct blocks *blocks)
{
    struct block **end = &blocks->free, *spare;

    for (unsigned kept = blocks->free_count - blocks->spare_count; kept > 0; kept--)
        end = &(*end)->next;
    while ((spare = *end)) {
        *end = spare->next;
        block_free(blocks, spare);
    }
    blocks->free_count -= blocks->spare_count;
}

void blocks_trim(struct blocks *blocks, uint64_t now_ms)
{
    if (now_ms < blocks->trim_due_ms)
        return;
    blocks_free_spare(blocks);
    blocks->spare_count = blocks->free_count;
    blocks->trim_due_ms = now_ms + BLOCKS_TRIM_MS;
}

int blocks_timeout_ms(const struct blocks *blocks, int timeout_ms)
{
    if (!blocks->free || (timeout_ms >= 0 && timeout_ms < BLOCKS_TRIM_MS))
        return timeout_ms;
    return BLOCKS_TRIM_MS;
}
