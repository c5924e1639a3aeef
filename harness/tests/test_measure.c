/* What a whole round records: its figures, its places, and whose processes they are of. */
#include "measure/round.h"

#include "measure/clock.h"
#include "measure_room.h"

static void assert_report_was_taken(const struct round *round)
{
    assert_int_equal(round->requests_count, 1000);
    assert_int_equal(round->duration_ns, NS_PER_S);
    assert_int_equal(round->response.total, 1000);
    assert_true(round->corrected);
    assert_int_equal(round->connections, 8);
    assert_int_equal(round->number, 7);
    assert_int_equal(round->block, 3);
    assert_int_equal(round->position, 2);
    assert_int_equal(strlen(round->started_utc), strlen("2020-01-01T00:00:00Z"));
}

static void a_solo_round_has_its_numbers(void **state)
{
    (void)state;
    struct round round;
    measure("well", NULL, "slow", 1, &round);
    assert_no_fault_of_its_own(&round);
    assert_report_was_taken(&round);
    assert_int_equal(round.role, ROLE_SOLO);
    assert_int_equal(round.with, -1);
    assert_in_range(most_alive, 2, 2);
    assert_true(round.passive_opens >= 9);
    assert_true(round.cpu_server_ns > 0 && round.cpu_server_ns < NS_PER_S);
    assert_true(round.cpu_server_user_ns >= 0);
    assert_true(round.cpu_harness_ns > 0);
    assert_true(round.foreign_cpu_ns >= 0 && round.steal_ns >= 0);
    /* it reports after 450 ms, and is over with the window at the latest */
    assert_in_range(round.series.count, 2, 13);
    for (size_t i = 1; i < round.series.count; i++) {
        assert_true(round.series.t_ns[i] - round.series.t_ns[i - 1] >= 80 * NS_PER_MS);
        assert_true(round.series.cpu_server_ns[i] >= round.series.cpu_server_ns[i - 1]);
        assert_true(round.series.octets_in[i] >= round.series.octets_in[i - 1]);
    }
    assert_int_equal(round.cpu_load_wall_ns,
                     round.series.t_ns[round.series.count - 1] - round.series.t_ns[0]);
    assert_true(round.cpu_load_ns >= 0 && round.run_delay_load_ns >= 0);
    assert_true(round.memory.rss_bytes >= 100000 && round.memory.rss_start_bytes >= 100000);
    assert_true(round.memory.rss_peak_bytes >= round.memory.rss_bytes);
    assert_true(round.memory.rss_peak_bytes >= round.memory.rss_start_bytes);
    round_release(&round);
}

static void a_pair_is_alive_together(void **state)
{
    (void)state;
    struct round rounds[2];
    measure("well", "delay1", "slow", 0, rounds);
    for (int i = 0; i < 2; i++) {
        assert_no_fault_of_its_own(&rounds[i]);
        assert_report_was_taken(&rounds[i]);
        assert_int_equal(rounds[i].role, i == 0 ? ROLE_SUBJECT : ROLE_REFERENCE);
        assert_int_equal(rounds[i].arm, i);
        assert_int_equal(rounds[i].with, 1 - i);
        assert_true(rounds[i].passive_opens >= 18);
        assert_false(outcome_has(&rounds[i].outcome, REASON_INTERFERED));
        round_release(&rounds[i]);
    }
    assert_int_equal(most_alive, 4);
}

/* On a machine of many cores: this one need not have them, the round is interrupted at once. */
static void a_round_records_where_its_server_was_put(void **state)
{
    (void)state;
    struct result result;
    struct placement placement = {0};
    CPU_SET(2, &placement.server);
    CPU_SET(3, &placement.partner);
    CPU_SET(0, &placement.harness);
    make_result(&result, "well", "delay1");
    volatile bool at_once = true;
    struct round_context context = {
        .result = &result, .placement = &placement, .interrupted = &at_once};
    for (unsigned block = 0; block < 2; block++) {
        struct round rounds[2];
        struct round_plan plan = {.arms = {0, 1}, .arm_count = 2, .block = block};
        round_measure(&context, &plan, rounds);
        assert_string_equal(rounds[0].cpus, block == 0 ? "2" : "3");
        assert_string_equal(rounds[1].cpus, block == 0 ? "3" : "2");
        round_release(&rounds[0]);
        round_release(&rounds[1]);
    }
    result_release(&result);
}

static void a_partner_is_not_blamed(void **state)
{
    (void)state;
    struct round rounds[2];
    measure("wrong", "well", "well", 0, rounds);
    assert_true(outcome_has(&rounds[0].outcome, REASON_ERRORS));
    assert_int_equal(rounds[1].outcome.kind, OUTCOME_INVALID);
    assert_no_fault_of_its_own(&rounds[1]);
    assert_non_null(strstr(rounds[1].outcome.reasons[0].detail, "partner wrong"));
    assert_int_equal(rounds[1].requests_count, MISSING);
    round_release(&rounds[0]);
    round_release(&rounds[1]);
}

/* None of its own figures, each with the reason; the generator's stand. */
static void assert_server_is_not_known(const struct round *round, const char *says)
{
    static const char *const fields[] = {
        "cpu_server_ns",    "cpu_server_user_ns", "series",           "cpu_server_window_ns",
        "memory.rss_bytes", "memory.pss_bytes",   "memory.anon_bytes"};
    assert_no_fault_of_its_own(round);
    assert_true(round->requests_count > 0);
    assert_non_null(strstr(round->outcome.reasons[0].detail, says));
    assert_int_equal(round->cpu_server_ns, MISSING);
    assert_int_equal(round->cpu_server_user_ns, MISSING);
    assert_int_equal(round->cpu_server_window_ns, MISSING);
    assert_int_equal(round->series.count, 0);
    assert_int_equal(round->memory.rss_bytes, MISSING);
    assert_int_equal(round->memory.rss_start_bytes, MISSING);
    assert_int_equal(round->memory.rss_peak_bytes, MISSING);
    assert_int_equal(round->memory.pss_bytes, MISSING);
    assert_int_equal(round->memory.uss_bytes, MISSING);
    assert_int_equal(round->memory.anon_bytes, MISSING);
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        const char *why = round_why_missing(round, fields[i]);
        if (why == NULL || strstr(why, says) == NULL)
            fail_msg("%s: %s", fields[i], why ? why : "no reason");
    }
}

/* "forks" has its children only while there are connections: seen
 * near the end of the window. What "loses" has lost is a zombie. */
static void a_server_of_changing_processes_has_no_figures_of_its_own(void **state)
{
    (void)state;
    static const struct {
        const char *server, *load, *says;
    } table[] = {
        {"breeds", "slow", "changed under load"},
        {"crowd", "slow", "more than 128 processes"},
        {"forks", "wrk", "changed under load"},
        {"loses", "wrk", "changed under load: 2 before it, 0 new, 1 gone"},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct round round;
        if (strcmp(table[i].load, "wrk") == 0 && !have_wrk())
            continue;
        measure(table[i].server, NULL, table[i].load, 1, &round);
        assert_server_is_not_known(&round, table[i].says);
        round_release(&round);
    }
}

static void a_server_of_several_lasting_processes_has_its_figures(void **state)
{
    (void)state;
    struct round round;
    measure("family", NULL, "slow", 1, &round);
    assert_no_fault_of_its_own(&round);
    assert_true(round.cpu_server_ns > 0 && round.cpu_server_window_ns != MISSING);
    assert_true(round.series.count > 0 && round.memory.rss_bytes > 0);
    assert_int_equal(most_alive, 3); /* supervisor, worker, generator: each is named */
    round_release(&round);
}

/* Its own process does next to nothing: the generator asks it for nothing. */
static void what_its_workers_use_is_the_servers(void **state)
{
    (void)state;
    struct round round;
    measure("burns", NULL, "slow", 1, &round);
    assert_no_fault_of_its_own(&round);
    assert_true(round.cpu_server_ns > 50 * NS_PER_MS);
    assert_true(round.cpu_server_window_ns > 50 * NS_PER_MS);
    assert_int_equal(most_alive, 4); /* three of the server, and the generator */
    round_release(&round);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_solo_round_has_its_numbers),
        cmocka_unit_test(a_pair_is_alive_together),
        cmocka_unit_test(a_round_records_where_its_server_was_put),
        cmocka_unit_test(a_partner_is_not_blamed),
        cmocka_unit_test(a_server_of_changing_processes_has_no_figures_of_its_own),
        cmocka_unit_test(a_server_of_several_lasting_processes_has_its_figures),
        cmocka_unit_test(what_its_workers_use_is_the_servers),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("measure", tests, open_all, close_all);
}
