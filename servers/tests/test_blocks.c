/* Output blocks: whose they are, how many there are, and that
 * nobody touches one that is the kernel's. */
#include "uring/blocks.h"

#include <sanitizer/asan_interface.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { BURST = 10 };

#ifdef __SANITIZE_ADDRESS__
static bool may_be_touched(struct block *block)
{
    return !__asan_region_is_poisoned(block->bytes, sizeof block->bytes);
}
#else
static bool may_be_touched(struct block *block)
{
    (void)block;
    skip(); /* nothing is poisoned */
    return false;
}
#endif

static void put(struct blocks *blocks, const char *text)
{
    struct conn_out *out = &blocks->lent->out;

    out->len = (uint32_t)strlen(text);
    memcpy(out->base, text, out->len);
}

static struct block *take(struct blocks *blocks)
{
    struct block *block;

    put(blocks, "answer");
    block = blocks_take(blocks);
    assert_non_null(block);
    return block;
}

static void what_is_taken_is_to_be_sent_and_another_is_lent(void **state)
{
    struct blocks blocks;
    struct block *block;

    (void)state;
    assert_int_equal(blocks_init(&blocks), 0);
    assert_false(blocks_have_output(&blocks));
    put(&blocks, "answer");
    assert_true(blocks_have_output(&blocks));
    block = blocks_take(&blocks);
    assert_int_equal(block->sending.len, strlen("answer"));
    assert_ptr_equal(block->sending.ptr, block->bytes);
    assert_ptr_not_equal(blocks.lent, block);
    blocks_give(&blocks, block);
    blocks_release(&blocks);
}

static void a_burst_leaves_one_block(void **state)
{
    struct blocks blocks;
    struct block *taken[BURST];

    (void)state;
    assert_int_equal(blocks_init(&blocks), 0);
    for (int i = 0; i < BURST; i++)
        taken[i] = take(&blocks);
    assert_int_equal(blocks.count, BURST + 1);
    for (int i = 0; i < BURST; i++)
        blocks_give(&blocks, taken[i]);
    assert_int_equal(blocks.free_count, BURST);
    for (uint64_t now_ms = 0; now_ms <= 2 * BLOCKS_TRIM_MS; now_ms += BLOCKS_TRIM_MS)
        blocks_trim(&blocks, now_ms);
    assert_int_equal(blocks.count, 1);
    blocks_release(&blocks);
}

static void a_taken_block_is_touched_by_nobody_until_it_is_lent_again(void **state)
{
    struct blocks blocks;
    struct block *first, *second;

    (void)state;
    assert_int_equal(blocks_init(&blocks), 0);
    first = take(&blocks);
    assert_false(may_be_touched(first));
    assert_true(may_be_touched(blocks.lent));
    blocks_give(&blocks, first);
    assert_false(may_be_touched(first));
    second = take(&blocks);
    assert_ptr_equal(blocks.lent, first);
    assert_true(may_be_touched(first));
    blocks_give(&blocks, second);
    blocks_release(&blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_taken_is_to_be_sent_and_another_is_lent),
        cmocka_unit_test(a_burst_leaves_one_block),
        cmocka_unit_test(a_taken_block_is_touched_by_nobody_until_it_is_lent_again),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("blocks", tests, NULL, NULL);
}
