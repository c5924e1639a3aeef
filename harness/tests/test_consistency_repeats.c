/* Of a round and its repeat, that one is told which tells more of memory. */
#include "tests/consistency_room.h"

/* What became of a repeat, and how many seconds it saw; 0: all. */
static const struct repeat_case {
    enum reason_code first, repeat;
    unsigned first_s, repeat_s;
    bool is_blind; /* nothing could be read of its memory */
    size_t told;   /* of both rounds */
    unsigned lost;
} repeats[] = {
    {REASON_INTERFERED, REASON_INTERRUPTED, 0, 10, false, 0, 0},
    {REASON_INTERFERED, REASON_LOAD_FAILED, 0, 0, false, 0, 1},
    {REASON_INTERFERED, REASON_PORTS, 0, 0, false, 0, 1},
    {REASON_GEN_LATE, REASON_NOISY, 0, 0, true, 0, 0},
    {REASON_INTERFERED, REASON_NOISY, 0, 0, false, 1, 0},
    {REASON_INTERFERED, REASON_INTERFERED, 0, 0, false, 1, 0},
    {REASON_INTERRUPTED, REASON_INTERRUPTED, 120, 60, false, 0, 0},
    {REASON_INTERRUPTED, REASON_INTERRUPTED, 60, 120, false, 1, 0},
    {REASON_INTERRUPTED, REASON_NOISY, 120, 0, false, 1, 0},
    {REASON_PORTS, REASON_INTERRUPTED, 0, 60, false, 1, 0},
};

static void end_by(struct round *round, enum reason_code code, unsigned at_s)
{
    if (code == REASON_INTERRUPTED)
        synthetic_interrupt(round, at_s);
    else
        outcome_add(&round->outcome, code, "by the test");
}

static void what_was_read_is_not_lost_to_a_repeat_that_tells_less(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof repeats / sizeof *repeats; i++) {
        const struct repeat_case *of = &repeats[i];
        begin();
        end_by(add(&flat, 1), of->first, of->first_s);
        struct round *repeat = add(&flat, 1);
        repeat->attempt = 1;
        end_by(repeat, of->repeat, of->repeat_s);
        for (size_t k = 0; of->is_blind && k < repeat->course.count; k++)
            repeat->course.rss_low_bytes[k] = MISSING;
        summarise();
        if (row(0)->round != &s.result.rounds[of->told] || row(0)->lost != of->lost)
            fail_msg("case %zu: round %td is told, %u are lost", i,
                     row(0)->round ? row(0)->round - s.result.rounds : -1, row(0)->lost);
        assert_false(row(0)->disagrees);
        release(NULL);
    }
    begin();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_was_read_is_not_lost_to_a_repeat_that_tells_less),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("consistency's repeats", tests, NULL, NULL);
}
