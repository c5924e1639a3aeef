/* What is read of a server's memory once the load's connections are closed, and of which rounds. */
#include "measure/idle_memory.h"

#include "measure_room.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static const bool is_sanitized = true; /* shadow memory is allocated, too, and not small */
#else
static const bool is_sanitized = false;
#endif

enum { CONNECTIONS = 8, HOARDED = CONNECTIONS << 20, RATE_RPS = 2000 };

/* Of a connection it holds a MiB and lets go of it only after
 * a while; other changes are small against it. */
static void assert_let_go(const struct round *round)
{
    if (round->memory.idle_anon_bytes == MISSING)
        fail_msg("%s", round_why_missing(round, "memory.idle_anon_bytes"));
    assert_true(round->memory.idle_anon_bytes > 0);
    assert_true(round->memory.rss_peak_bytes > HOARDED);
    assert_true(round->memory.idle_anon_bytes < HOARDED / CONNECTIONS);
}

static void of_a_closed_loop_it_is_read_when_all_connections_are_closed(void **state)
{
    (void)state;
    enum { TRIES = 5 }; /* who is kept from its CPU between two closes looks done */
    struct round round;
    if (!have_wrk() || is_sanitized)
        skip();
    measure("hoards", NULL, "wrk", 1, &round);
    for (int i = 1; i < TRIES && round.memory.idle_anon_bytes >= HOARDED / CONNECTIONS; i++) {
        round_release(&round);
        measure("hoards", NULL, "wrk", 1, &round);
    }
    assert_no_fault_of_its_own(&round);
    assert_let_go(&round);
    round_release(&round);
}

static void of_a_pair_at_a_rate_it_is_read_of_both(void **state)
{
    (void)state;
    struct round rounds[2];
    struct round_plan plan = usual_plan("well", 1);
    if (is_sanitized)
        skip();
    plan.paced = true;
    plan.rate_rps = RATE_RPS;
    measure_as_planned(&plan, NULL, "well", "well", "well", "well", rounds);
    assert_true(rounds[0].memory.idle_anon_bytes > 0);
    assert_true(rounds[0].memory.idle_anon_bytes < 1 << 20);
    assert_true(rounds[1].memory.idle_anon_bytes > 0);
    round_release(&rounds[0]);
    round_release(&rounds[1]);
}

static void of_one_alone_at_a_rate_it_is_not_read(void **state)
{
    (void)state;
    struct round round;
    struct round_plan plan = usual_plan(NULL, 1);
    plan.paced = plan.curve = true;
    plan.connections = CONNECTIONS;
    plan.rate_rps = RATE_RPS;
    measure_as_planned(&plan, NULL, "well", NULL, "well", "alone", &round);
    assert_int_equal(round.memory.idle_anon_bytes, MISSING);
    assert_non_null(strstr(round_why_missing(&round, "memory.idle_anon_bytes"),
                           "read only of pairs at a rate"));
    round_release(&round);
}

static void processes_that_live_as_long_as_a_connection_are_gone(void **state)
{
    (void)state;
    struct round round;
    if (!have_wrk() || is_sanitized)
        skip();
    measure("forks", NULL, "wrk", 1, &round);
    assert_true(round.memory.idle_anon_bytes > 0);
    assert_true(round.memory.idle_anon_bytes < 1 << 20);
    assert_int_equal(round.memory.uss_bytes, MISSING);
    round_release(&round);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_a_closed_loop_it_is_read_when_all_connections_are_closed),
        cmocka_unit_test(of_a_pair_at_a_rate_it_is_read_of_both),
        cmocka_unit_test(of_one_alone_at_a_rate_it_is_not_read),
        cmocka_unit_test(processes_that_live_as_long_as_a_connection_are_gone),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("idle_memory", tests, open_all, close_all);
}
