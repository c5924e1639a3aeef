/* What a comparison says of memory that a record does not have. */
#include "compare_room.h"

static void forget_allocated(struct result *result, const char *why)
{
    for (size_t i = 0; i < result->round_count; i++) {
        result->rounds[i].memory.anon_bytes = MISSING;
        if (why)
            round_note_missing(&result->rounds[i], "memory.anon_bytes", "%s", why);
    }
}

/* A record of before schema 1.6 has no such key, one of an old kernel a reason. */
static void memory_that_a_record_does_not_have_is_said(void **state)
{
    static const struct {
        bool of_head;
        const char *noted, *why;
    } table[] = {
        {false, NULL, "the base has no figure that could be used: the record is older"},
        {true, NULL, "the head has no figure that could be used: the record is older"},
        {true, "old kernel", "the head has no figure that could be used: old kernel"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (i > 0)
            end(state);
        synthetic_run(&base, &(struct synthetic_run){1, 1, 1, NULL});
        synthetic_run(&head, &(struct synthetic_run){1, 1, 2, NULL});
        forget_allocated(table[i].of_head ? &head.result : &base.result, table[i].noted);
        compare_with(NULL, 0);
        is_word(EPOLL, METRIC_MEMORY, DECISION_INVALID);
        has(row_of(EPOLL, METRIC_MEMORY)->why, table[i].why);
        assert_int_equal(row_of(EPOLL, METRIC_SATURATED)->head_count, SOLO_BLOCKS);
    }
}

static void what_pairs_say_is_not_lost_where_nobody_was_alone(void **state)
{
    (void)state;
    synthetic_run(&base, &(struct synthetic_run){1, 1, 1, NULL});
    synthetic_run(&head, &(struct synthetic_run){1, 1, 2, NULL});
    for (int side = 0; side < 2; side++) {
        struct synthetic *made = side ? &head : &base;
        while (made->result.round_count > 0)
            round_release(&made->result.rounds[--made->result.round_count]);
        for (uint32_t block = 0; block < 12; block++)
            synthetic_pair(made, URING, EPOLL, 0, block, 1, .005);
    }
    forget_allocated(&base.result, NULL);
    compare_with(NULL, 0);
    has(row_of(URING, METRIC_MEMORY)->why, "the record is older than this reading");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(memory_that_a_record_does_not_have_is_said),
        CASE(what_pairs_say_is_not_lost_where_nobody_was_alone),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("compare_memory", tests, NULL, NULL);
}
