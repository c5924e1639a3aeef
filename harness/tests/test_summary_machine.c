/* Summaries of made-up results: what they say of the machine, by its self-check and its noise. */
#include "tests/summary_room.h"

static void a_machine_that_disagrees_with_itself_ranks_nothing(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    for (size_t i = 0; i < s.result.round_count; i++)
        if (s.result.rounds[i].arm == COPY)
            s.result.rounds[i].cpu_server_ns += s.result.rounds[i].cpu_server_ns / 12;
    summarise();
    assert_int_equal(summary.self_check, SELF_CHECK_DIFFERS);
    assert_int_equal(summary.exit_code, 4);
    assert_false(summary.tables[PLAINTEXT].ranked);
    assert_int_equal(row_of(PLAINTEXT, THREAD)->tier, 0);
    assert_int_equal(strncmp(summary.headline, "This machine disagrees with itself", 34), 0);
}

static void a_self_check_difference_must_come_again_on_fresh_blocks(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    for (size_t i = 0; i < s.result.round_count; i++)
        if (s.result.rounds[i].arm == COPY)
            s.result.rounds[i].cpu_server_ns += s.result.rounds[i].cpu_server_ns / 12;
    for (unsigned b = 6; b < 12; b++)
        synthetic_pair(&s, COPY, EPOLL, PLAINTEXT, b, 1, .01);
    summarise();
    assert_int_equal(summary.self_check, SELF_CHECK_AGREES);
    assert_int_equal(summary.exit_code, 0);
    assert_int_equal(summary.self_check_ratio.n, 6); /* not the pool of both */
    near(summary.self_check_ratio.value, 1, .01);
    says(&summary.cautions, "On plaintext the first self-check differed by +9.9 % [+7.7, +10.5]; "
                            "on fresh blocks by -0.1 % ");
}

static void a_confirmed_difference_is_told_by_the_blocks_that_confirmed_it(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    for (size_t i = 0; i < s.result.round_count; i++)
        if (s.result.rounds[i].arm == COPY)
            s.result.rounds[i].cpu_server_ns += s.result.rounds[i].cpu_server_ns / 12;
    for (unsigned b = 6; b < 12; b++)
        synthetic_pair(&s, COPY, EPOLL, PLAINTEXT, b, 1.2, 0);
    summarise();
    assert_int_equal(summary.self_check, SELF_CHECK_DIFFERS);
    assert_int_equal(summary.self_check_ratio.n, 6);
    near(summary.self_check_ratio.value, 1.2, 1e-3);
    says(&summary.cautions, "differ by +20.0 % [+20.0, +20.0]");
}

static void spreads_between_blocks_are_recovered(void **state)
{
    (void)state;
    synthetic_init(&s, 12);
    synthetic_arm(&s, "thread");
    synthetic_arm(&s, "epoll");
    synthetic_workload(&s, "plaintext", "");
    for (unsigned b = 0; b < 40; b++)
        synthetic_pair(&s, 0, 1, 0, b, 1.2,
                       .10); /* uniform within 10 %: |x - y| has its median at 5.86 % */
    summarise();
    near(summary.paired_sd, .0586 / .9539, .01);
    assert_true(isnan(summary.solo_sd));
    assert_int_equal(summary.self_check, SELF_CHECK_ABSENT);
}

static void a_busy_machine_is_said_with_its_reason(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    spoil(URING, PLAINTEXT, ROLE_SUBJECT, 1, REASON_NOISY);
    summarise();
    says(&summary.cautions,
         "plaintext: the machine was busy during rounds of uring (spoiled by the test)");
    assert_int_equal(row_of(PLAINTEXT, URING)->kind, ROW_RANKED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_machine_that_disagrees_with_itself_ranks_nothing),
        CASE(a_self_check_difference_must_come_again_on_fresh_blocks),
        CASE(a_confirmed_difference_is_told_by_the_blocks_that_confirmed_it),
        CASE(spreads_between_blocks_are_recovered),
        CASE(a_busy_machine_is_said_with_its_reason),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("summary: the machine", tests, NULL, NULL);
}
