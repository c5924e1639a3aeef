/*
 * Whole rounds against a null server and a generator that reports at once. Other processes of the machine may
 * disturb them, so the tests ask for the reasons that they provoke and against those that an arm itself would give.
 */
#include "measure/round.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "measure/clock.h"
#include "measure/load.h"
#include "measure/server.h"
#include "tools.h"

static struct tools tools;
static volatile bool interrupted;
static char request[] = "GET /plaintext HTTP/1.1\r\nHost: localhost\r\n\r\n";

/* What note_alive was told. */
static size_t most_alive;
static bool last_was_none;

static void note_alive(void *argument, const int *pids, size_t count)
{
    (void)argument;
    most_alive = count > most_alive ? count : most_alive;
    last_was_none = count == 0;
    for (size_t i = 0; i < count; i++)
        assert_true(pids[i] > 0);
}

static void add_arm(struct result *result, const char *way)
{
    struct arm *arm = &result->arms[result->arm_count++];
    arm->id = xstrdup(way);
    server_info_init(&arm->server, way, tools_link(&tools, "fake_server", way));
    arm->workers = 1;
}

static void make_result(struct result *result, const char *subject, const char *reference)
{
    result_init(result);
    result->arms = xcalloc(2, sizeof(*result->arms));
    add_arm(result, subject);
    if (reference != NULL)
        add_arm(result, reference);
    result->workloads = xcalloc(1, sizeof(*result->workloads));
    result->workload_count = 1;
    struct workload *workload = &result->workloads[0].workload;
    workload->name = xstrdup("plaintext");
    workload->path = xstrdup("workloads/plaintext.lua");
    workload->expect_status = 200;
    workload->expect_type = xstrdup("text/plain");
    workload->expect_body = xstrdup("Hello, World!");
    result->experiment.connections_per_worker = 8;
}

/* Measures one round of a subject, with a reference or alone, under a generator. */
static void measure(const char *subject, const char *reference, const char *load, unsigned window_s,
                    struct round *rounds)
{
    struct result result;
    struct topology topology;
    struct placement placement;
    char *error = NULL, *bytes = request;
    size_t len = sizeof(request) - 1;
    make_result(&result, subject, reference);
    assert_int_equal(topology_read(&topology), 0);
    assert_int_equal(placement_choose(&placement, &topology, 1, NULL, NULL, &error), 0);
    struct round_context context = {
        .result = &result,
        .placement = &placement,
        .wrk = strchr(load, '/') || strcmp(load, "wrk") == 0
                   ? load
                   : tools_link(&tools, "fake_load", load),
        .wrapper = "harness/measure/wrk_wrapper.lua",
        .request_bytes = &bytes,
        .request_lens = &len,
        .interrupted = &interrupted,
        .alive = note_alive,
    };
    struct round_plan plan = {.number = 7,
                              .arms = {0, 1},
                              .arm_count = reference ? 2 : 1,
                              .block = 3,
                              .position = 2,
                              .swap_start = reference != NULL,
                              .window_s = window_s,
                              .environment_padding_bytes = 77};
    most_alive = 0;
    round_measure(&context, &plan, rounds);
    assert_true(last_was_none);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no process is left */
    assert_int_equal(errno, ECHILD);
    placement_release(&placement);
    result_release(&result);
}

static const struct {
    const char *name, *server, *load;
    enum reason_code reason;
    const char *says;
} troubles[] = {
    {"a server that cannot run here", "cannot", "well", REASON_FAILED_START, "EPERM"},
    {"a server that says something else", "garbage", "well", REASON_FAILED_START, "ready PORT"},
    {"a wrong body from the start", "wrong", "well", REASON_ERRORS,
     "before the load: body \"Hello, Wurld!\""},
    {"a wrong status from the start", "errors", "well", REASON_ERRORS, "status 500"},
    {"a generator that is not there", "well", "/nowhere/wrk", REASON_LOAD_FAILED, "No such file"},
    {"a generator that fails", "well", "fails", REASON_LOAD_FAILED, "ended with 1"},
    {"a generator without a report", "well", "silent", REASON_LOAD_FAILED, "without a report"},
    {"a torn report", "well", "torn", REASON_LOAD_FAILED, "not whole"},
    {"a generator that complains", "well", "complains", REASON_ERRORS,
     "stderr: script.lua: syntax error"},
    {"a report of socket errors", "well", "errors", REASON_ERRORS, "read 7"},
    {"a generator that does not end", "well", "hangs", REASON_HUNG, "did not end within 3 s"},
    {"a server that closes connections", "closes", "reconnects", REASON_ERRORS,
     "reconnects: the server closed"},
    {"a server that does not stop", "stubborn", "well", REASON_NOT_STOPPED,
     "did not stop within 2000 ms"},
};

static void each_trouble_is_the_rounds_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++) {
        struct round round;
        bool said = false;
        measure(troubles[i].server, NULL, troubles[i].load, 0, &round);
        for (unsigned j = 0; j < round.outcome.count; j++)
            said = said || (round.outcome.reasons[j].code == troubles[i].reason &&
                            strstr(round.outcome.reasons[j].detail, troubles[i].says) != NULL);
        if (!said)
            fail_msg("%s: %s, %u reasons, the first: %s", troubles[i].name,
                     outcome_name(round.outcome.kind), round.outcome.count,
                     round.outcome.count ? round.outcome.reasons[0].detail : "");
        if (reason_kind(troubles[i].reason) == OUTCOME_INVALID)
            assert_int_equal(round.outcome.kind, OUTCOME_INVALID);
        round_release(&round);
    }
}

static void assert_no_fault_of_its_own(const struct round *round)
{
    for (unsigned i = 0; i < round->outcome.count; i++)
        if (reason_kind(round->outcome.reasons[i].code) == OUTCOME_INVALID &&
            !reason_is_external(round->outcome.reasons[i].code))
            fail_msg("%s: %s", reason_name(round->outcome.reasons[i].code),
                     round->outcome.reasons[i].detail);
}

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
    /* it reports after 450 ms: three samples or more */
    assert_in_range(round.series.count, 2, 6);
    for (size_t i = 1; i < round.series.count; i++) {
        assert_in_range(round.series.t_ns[i] - round.series.t_ns[i - 1], 80 * NS_PER_MS,
                        400 * NS_PER_MS);
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

static bool have_wrk(void)
{
    return system("command -v wrk >/dev/null 2>&1") == 0;
}

/* Under the real wrk: they break after some answers. */
static void a_server_that_breaks_under_load_is_found_out(void **state)
{
    (void)state;
    if (!have_wrk())
        skip();
    static const struct {
        const char *way;
        enum reason_code reason;
    } table[] = {{"dies", REASON_DIED}, {"hangs", REASON_HUNG}, {"turns", REASON_ERRORS}};
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct round round;
        measure(table[i].way, NULL, "wrk", 1, &round);
        if (!outcome_has(&round.outcome, table[i].reason))
            fail_msg("%s: the first reason is %s", table[i].way,
                     round.outcome.count ? reason_name(round.outcome.reasons[0].code) : "none");
        assert_int_equal(round.outcome.kind, OUTCOME_INVALID);
        round_release(&round);
    }
}

static void on_alarm(int number)
{
    (void)number;
    interrupted = true;
}

/* None of its own figures, each with the reason; the generator's stand. */
static void assert_server_is_not_known(const struct round *round, const char *says)
{
    static const char *const fields[] = {"cpu_server_ns",    "cpu_server_user_ns",
                                         "series",           "cpu_server_window_ns",
                                         "memory.rss_bytes", "memory.pss_bytes"};
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
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        const char *why = round_why_missing(round, fields[i]);
        if (why == NULL || strstr(why, says) == NULL)
            fail_msg("%s: %s", fields[i], why ? why : "no reason");
    }
}

/* "forks" has its children only while there are connections: seen near the end of the window. */
static void a_server_of_changing_processes_has_no_figures_of_its_own(void **state)
{
    (void)state;
    static const struct {
        const char *server, *load, *says;
    } table[] = {
        {"breeds", "slow", "changed under load"},
        {"crowd", "slow", "more than 128 processes"},
        {"forks", "wrk", "changed under load"},
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

static void an_interrupt_ends_the_round_at_once(void **state)
{
    (void)state;
    static const struct {
        const char *server, *load;
    } table[] = {{"never", "well"}, {"well", "hangs"}, {"stubborn", "slow"}};
    signal(SIGALRM, on_alarm);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct round round;
        struct itimerval timer = {.it_value.tv_usec = 300000};
        int64_t start_ns = monotonic_ns();
        setitimer(ITIMER_REAL, &timer, NULL);
        measure(table[i].server, NULL, table[i].load, 5, &round);
        interrupted = false;
        int64_t took_ns = monotonic_ns() - start_ns;
        assert_true(outcome_has(&round.outcome, REASON_INTERRUPTED));
        assert_true(took_ns <
                    300 * NS_PER_MS +
                        700 * NS_PER_MS); /* 200 ms are meant; a busy machine is allowed more */
        round_release(&round);
    }
}

static void an_interrupted_run_starts_nothing(void **state)
{
    (void)state;
    struct round round;
    interrupted = true;
    measure("well", NULL, "well", 0, &round);
    interrupted = false;
    assert_true(outcome_has(&round.outcome, REASON_INTERRUPTED));
    assert_int_equal(most_alive, 0);
    round_release(&round);
}

static int open_all(void **state)
{
    (void)state;
    server_become_reaper();
    tools_open(&tools);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    tools_close(&tools);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_solo_round_has_its_numbers),
        cmocka_unit_test(a_pair_is_alive_together),
        cmocka_unit_test(a_round_records_where_its_server_was_put),
        cmocka_unit_test(a_partner_is_not_blamed),
        cmocka_unit_test(each_trouble_is_the_rounds_reason),
        cmocka_unit_test(a_server_that_breaks_under_load_is_found_out),
        cmocka_unit_test(a_server_of_changing_processes_has_no_figures_of_its_own),
        cmocka_unit_test(a_server_of_several_lasting_processes_has_its_figures),
        cmocka_unit_test(what_its_workers_use_is_the_servers),
        cmocka_unit_test(an_interrupt_ends_the_round_at_once),
        cmocka_unit_test(an_interrupted_run_starts_nothing),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("measure", tests, open_all, close_all);
}
