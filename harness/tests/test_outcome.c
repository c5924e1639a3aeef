/* From what was measured to a kind of outcome. */
#include "measure/outcome.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#define MS INT64_C(1000000)
#define S  INT64_C(1000000000)

/* A quiet round that the server limits: 64 connections,
 * 100,000 requests/s, of which wrk holds few. */
#define QUIET                                                                                      \
    .connections = 64, .server_cpus = 1, .load_cpus = 1, .requests_count = 200000,                 \
    .duration_ns = 2 * S, .response_mean_ns = 600e3, .wall_ns = 1800 * MS,                         \
    .cpu_servers_ns = 1750 * MS, .cpu_loads_ns = 900 * MS, .run_delay_ns = 1 * MS,                 \
    .load_threads = 1, .around_ns = 2100 * MS, .foreign_cpu_ns = 10 * MS, .steal_ns = 0,           \
    .passive_opens = 65, .passive_opens_expected = 65, .cpu_upstreams_ns = MISSING

#define UPSTREAM(ms) .upstream_cpus = 1, .cpu_upstreams_ns = (ms)*MS

enum { NONE = REASON_CODES };

/* A later field of the same name replaces QUIET's: that is what each line is about. */
#pragma GCC diagnostic ignored "-Woverride-init"
static const struct {
    const char *name;
    struct evidence evidence;
    enum outcome_kind kind;
    unsigned reason; /* NONE: no reason at all */
} cases[] = {
    {"a quiet round at the server's limit", {QUIET}, OUTCOME_VALID, NONE},
    {"what is not known is no reason",
     {QUIET, .wall_ns = MISSING, .cpu_servers_ns = MISSING, .cpu_loads_ns = MISSING,
      .run_delay_ns = MISSING, .foreign_cpu_ns = MISSING, .steal_ns = MISSING,
      .passive_opens = MISSING, .response_mean_ns = 0},
     OUTCOME_VALID,
     NONE},
    {"wrk at its limit, the server not",
     {QUIET, .cpu_loads_ns = 1790 * MS, .cpu_servers_ns = 1500 * MS},
     OUTCOME_CENSORED,
     REASON_GEN_BOUND},
    {"both at their limit", {QUIET, .cpu_loads_ns = 1790 * MS}, OUTCOME_CENSORED, REASON_AMBIGUOUS},
    {"wrk held the connections a third of the time",
     {QUIET, .response_mean_ns = 400e3},
     OUTCOME_CENSORED,
     REASON_GEN_BOUND},
    {"wrk on two CPUs used one of them",
     {QUIET, .load_cpus = 2, .cpu_loads_ns = 1790 * MS, .cpu_servers_ns = 1500 * MS},
     OUTCOME_VALID,
     NONE},
    {"all octets are the load's, each segment acknowledged by itself",
     {QUIET, .octets_in = 84000000, .octets_expected = 60000000},
     OUTCOME_VALID,
     NONE},
    {"octets of other programs among them",
     {QUIET, .octets_in = 96000000, .octets_expected = 60000000},
     OUTCOME_INVALID,
     REASON_INTERFERED},
    {"one connection, whoever was busy",
     {QUIET, .connections = 1, .cpu_loads_ns = 1790 * MS, .response_mean_ns = 5e3},
     OUTCOME_CENSORED,
     REASON_LATENCY_BOUND},
    {"two connections, and the server at its limit",
     {QUIET, .connections = 2, .response_mean_ns = 18e3},
     OUTCOME_VALID,
     NONE},
    {"one CPU for both", {QUIET, .shared_cpu = true}, OUTCOME_CENSORED, REASON_SHARED_CPU},
    {"a server behind it with spare time", {QUIET, UPSTREAM(900)}, OUTCOME_VALID, NONE},
    {"a server behind it at its limit",
     {QUIET, UPSTREAM(1790), .cpu_servers_ns = 1500 * MS},
     OUTCOME_CENSORED,
     REASON_GEN_BOUND},
    {"a server behind it at its limit, as the server is",
     {QUIET, UPSTREAM(1790)},
     OUTCOME_CENSORED,
     REASON_AMBIGUOUS},
    {"two servers behind a pair on two CPUs used one of them",
     {QUIET, UPSTREAM(1790), .upstream_cpus = 2, .paired = true},
     OUTCOME_VALID,
     NONE},
    {"a server behind it on the generator's CPU, for which both wait",
     {QUIET, UPSTREAM(850), .upstream_shared = true, .run_delay_ns = 900 * MS},
     OUTCOME_CENSORED,
     REASON_SHARED_CPU},
    {"others on that CPU all the same",
     {QUIET, UPSTREAM(850), .shared_cpu = false, .foreign_cpu_ns = 63 * MS},
     OUTCOME_NOISY,
     REASON_NOISY},
    {"a waiting workload, nobody busy",
     {QUIET, .wait_ms = 10, .requests_count = 12700, .response_mean_ns = 10e6,
      .cpu_servers_ns = 200 * MS},
     OUTCOME_CENSORED,
     REASON_LATENCY_BOUND},
    {"a waiting workload that the server cannot keep up with",
     {QUIET, .wait_ms = 10, .requests_count = 8000, .response_mean_ns = 16e6},
     OUTCOME_VALID,
     NONE},
    {"others used 3 % of a CPU", {QUIET, .foreign_cpu_ns = 63 * MS}, OUTCOME_NOISY, REASON_NOISY},
    {"others used 6 % of a CPU",
     {QUIET, .foreign_cpu_ns = 126 * MS},
     OUTCOME_INVALID,
     REASON_INTERFERED},
    {"others used half a CPU beside a pair",
     {QUIET, .paired = true, .foreign_cpu_ns = 1050 * MS},
     OUTCOME_NOISY,
     REASON_NOISY},
    {"2 % were stolen", {QUIET, .steal_ns = 42 * MS}, OUTCOME_NOISY, REASON_NOISY},
    {"4 % were stolen", {QUIET, .steal_ns = 84 * MS}, OUTCOME_INVALID, REASON_INTERFERED},
    {"wrk waited for 1 %", {QUIET, .run_delay_ns = 18 * MS}, OUTCOME_NOISY, REASON_NOISY},
    {"wrk waited for 3 %", {QUIET, .run_delay_ns = 54 * MS}, OUTCOME_INVALID, REASON_INTERFERED},
    {"four threads of wrk waited for .75 % each",
     {QUIET, .load_threads = 4, .load_cpus = 4, .run_delay_ns = 54 * MS},
     OUTCOME_NOISY,
     REASON_NOISY},
    {"two generators of a pair wait for each other",
     {QUIET, .paired = true, .run_delay_ns = 900 * MS},
     OUTCOME_VALID,
     NONE},
    {"siblings", {QUIET, .siblings = true}, OUTCOME_NOISY, REASON_NOISY},
    {"halves that differ", {QUIET, .halves_differ = .06}, OUTCOME_NOISY, REASON_NOT_STEADY},
    {"halves that differ a little", {QUIET, .halves_differ = .04}, OUTCOME_VALID, NONE},
    {"halves of a pair", {QUIET, .paired = true, .halves_differ = .5}, OUTCOME_VALID, NONE},
    {"a socket error", {QUIET, .errors = {.read = 1}}, OUTCOME_INVALID, REASON_ERRORS},
    {"an answer of status 500", {QUIET, .errors = {.status = 1}}, OUTCOME_INVALID, REASON_ERRORS},
    {"an answer after 2 s", {QUIET, .errors = {.timeout = 1}}, OUTCOME_INVALID, REASON_ERRORS},
    {"no answer at all",
     {QUIET, .requests_count = 0, .response_mean_ns = 0},
     OUTCOME_INVALID,
     REASON_HUNG},
    {"the server closed connections",
     {QUIET, .passive_opens = 70, .server_closed = true},
     OUTCOME_INVALID,
     REASON_ERRORS},
    {"somebody else's connections, the server has closed none",
     {QUIET, .passive_opens = 70},
     OUTCOME_NOISY,
     REASON_NOISY},
    {"connections too many, and nobody can tell whose",
     {QUIET, .passive_opens = 70, .closes_unknown = true},
     OUTCOME_INVALID,
     REASON_PORTS},
    {"connections that were not made", {QUIET, .passive_opens = 60}, OUTCOME_INVALID, REASON_PORTS},
};

static void each_evidence_has_its_kind_and_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct outcome outcome = {0};
        outcome_judge(&outcome, &cases[i].evidence);
        if (outcome.kind != cases[i].kind)
            fail_msg("%s: %s (%s)", cases[i].name, outcome_name(outcome.kind),
                     outcome.count ? outcome.reasons[0].detail : "");
        if (cases[i].reason == NONE
                ? outcome.count != 0
                : outcome.count != 1 || outcome.reasons[0].code != cases[i].reason)
            fail_msg("%s: %u reasons, the first %s", cases[i].name, outcome.count,
                     outcome.count ? reason_name(outcome.reasons[0].code) : "none");
    }
}

static void the_worst_of_several_reasons_decides(void **state)
{
    (void)state;
    struct evidence evidence = {QUIET, .foreign_cpu_ns = 63 * MS, .cpu_loads_ns = 1790 * MS,
                                .errors = {.read = 1}};
    struct outcome outcome = {0};
    outcome_judge(&outcome, &evidence);
    assert_int_equal(outcome.kind, OUTCOME_INVALID);
    assert_true(outcome_has(&outcome, REASON_ERRORS));
    assert_true(outcome_has(&outcome, REASON_NOISY));
    assert_true(outcome_has(&outcome, REASON_AMBIGUOUS));
}

static void one_reason_is_told_from_all_others(void **state)
{
    (void)state;
    struct outcome outcome = {0};
    assert_false(outcome_invalid_but_for(&outcome, REASON_GEN_LATE));
    outcome_add(&outcome, REASON_NOISY, "a little");
    outcome_add(&outcome, REASON_GEN_LATE, "late");
    assert_false(outcome_invalid_but_for(&outcome, REASON_GEN_LATE));
    assert_true(outcome_invalid_but_for(&outcome, REASON_INTERFERED));
    outcome_add(&outcome, REASON_ERRORS, "wrong");
    assert_true(outcome_invalid_but_for(&outcome, REASON_GEN_LATE));
}

/* Twenty samples, 100 ms apart: the rate of the first half and of the second. */
static double differ(int64_t first, int64_t second, size_t count, bool uneven)
{
    int64_t t_ns[20], octets[20];
    struct series series = {.count = count, .t_ns = t_ns, .octets_in = octets};
    int64_t end_ns = 100 * MS * (int64_t)(count - 1);
    for (size_t i = 0; i < count; i++) {
        t_ns[i] = 100 * MS * (int64_t)i +
                  (uneven && i > 0 && i + 1 < count ? (i % 2 ? 15 : -15) * MS : 0);
        int64_t in_second = t_ns[i] > end_ns / 2 ? t_ns[i] - end_ns / 2 : 0;
        octets[i] = 1000000 + (t_ns[i] - in_second) / 1000 * first + in_second / 1000 * second;
    }
    return outcome_halves_differ(&series);
}

static void halves_are_compared_by_their_octets(void **state)
{
    (void)state;
    assert_float_equal(differ(1000, 1000, 20, false), 0, 1e-6);
    assert_float_equal(differ(1000, 1000, 20, true), 0, 1e-6);
    assert_float_equal(differ(1000, 1100, 20, false), 100 / 1050.0, .01);
    assert_float_equal(differ(1100, 1000, 19, false), 100 / 1050.0, 1e-6);
    assert_float_equal(differ(1000, 0, 20, true), 2, .2);
    assert_float_equal(differ(0, 0, 20, false), 0, 0);
    assert_float_equal(differ(1000, 2000, 5, false), 0, 0); /* too few to say */
}

static void littles_law_tells_the_generators_share(void **state)
{
    (void)state;
    struct evidence evidence = {QUIET, .response_mean_ns = 480e3};
    assert_float_equal(outcome_generator_share(&evidence), .25, 1e-9);
    evidence.response_mean_ns = 0;
    assert_float_equal(outcome_generator_share(&evidence), 0, 0);
}

/* Its own verdict is the generator's; only what that cannot see is judged here. */
static void an_open_loop_is_judged_by_the_machine_around_it(void **state)
{
    (void)state;
    static const struct {
        struct evidence evidence;
        enum outcome_kind kind;
        unsigned reason;
    } table[] = {
        {{QUIET, .paired = true}, OUTCOME_VALID, NONE},
        {{QUIET, .paired = true, .cpu_loads_ns = 1800 * MS}, OUTCOME_VALID, NONE}, /* it spins */
        {{QUIET, .paired = true, .requests_count = 0}, OUTCOME_VALID, NONE},
        {{QUIET, .paired = true, .foreign_cpu_ns = 500 * MS}, OUTCOME_NOISY, REASON_NOISY},
        {{QUIET, .foreign_cpu_ns = 500 * MS}, OUTCOME_INVALID, REASON_INTERFERED},
        {{QUIET, .paired = true, .steal_ns = 500 * MS}, OUTCOME_NOISY, REASON_NOISY},
        {{QUIET, .paired = true, .passive_opens = 70}, OUTCOME_NOISY, REASON_NOISY},
        {{QUIET, .paired = true, .passive_opens = 60}, OUTCOME_INVALID, REASON_PORTS},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct outcome outcome = {0};
        outcome_judge_open(&outcome, &table[i].evidence);
        assert_int_equal(outcome.kind, table[i].kind);
        assert_int_equal(outcome.count, table[i].reason == NONE ? 0 : 1);
        if (outcome.count > 0)
            assert_int_equal(outcome.reasons[0].code, table[i].reason);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_evidence_has_its_kind_and_reason),
        cmocka_unit_test(the_worst_of_several_reasons_decides),
        cmocka_unit_test(one_reason_is_told_from_all_others),
        cmocka_unit_test(halves_are_compared_by_their_octets),
        cmocka_unit_test(littles_law_tells_the_generators_share),
        cmocka_unit_test(an_open_loop_is_judged_by_the_machine_around_it),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("outcome", tests, NULL, NULL);
}
