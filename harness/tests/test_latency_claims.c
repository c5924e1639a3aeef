/* What latencies say of a run as a whole: headline, cautions,
 * and what a run that has nothing else ends with. */
#include "latency_summary_room.h"

static void the_headline_names_the_fastest_and_who_lasts_longest(void **state)
{
    (void)state;
    synthetic_latency(&s, 6);
    summarise();
    assert_string_equal(
        summary.headline,
        "On plaintext at 20,000 requests/s, uring and epoll answer 99 of 100 requests within 175 "
        "µs to 189 µs, and are not told apart; thread takes longest, 337 µs "
        "[320, 354]. uring keeps p99 within 5 ms longest, up to 100,449 requests/s, thread up to "
        "41,094.");
    assert_int_equal(summary.exit_code, 0);
    assert_int_equal(summary.count, 0); /* there is nothing to rank */
    says_not(&summary.findings, "99 of 100");
}

/* A workload with one of both parts has no table either. */
static void what_is_only_asked_at_rates_is_not_ranked(void **state)
{
    (void)state;
    for (int part = 0; part < 2; part++) {
        begin();
        strings_release(part == 0 ? &s.result.experiment.slo.set.workloads
                                  : &s.result.experiment.curve.set.workloads);
        synthetic_curve_round(&s, 0, 0, 20000, 40000);
        summarise();
        assert_int_equal(summary.count, 0);
        assert_int_equal(summary.exit_code, 0);
        release(NULL);
    }
}

static size_t times_said(const char *part)
{
    size_t times = strstr(summary.headline, part) != NULL;
    for (size_t i = 0; i < summary.findings.count; i++)
        times += strstr(summary.findings.items[i], part) != NULL;
    return times;
}

/* Also beside pairs at a rate that have nothing to say, and
 * where the headline has no room for it. */
static void what_is_claimed_is_said_once(void **state)
{
    (void)state;
    for (int part = 0; part < 3; part++) {
        begin();
        if (part == 1) {
            struct round pair = synthetic_open_round(&s, 0, 0, 5000, 10);
            pair.role = ROLE_SUBJECT;
            outcome_add(&pair.outcome, REASON_INTERFERED, "a neighbour");
            result_add_round(&s.result, &pair);
        }
        if (part == 2) {
            char name[500];
            memset(name, 'a', sizeof name - 1);
            name[sizeof name - 1] = '\0';
            free(s.result.arms[0].id);
            s.result.arms[0].id = xstrdup(name);
        }
        synthetic_curve_round(&s, 0, 0, 20000, 40000);
        summarise();
        assert_int_equal(summary.at_rate_count, part == 1);
        assert_int_equal(times_said("99 of 100 requests"), 1);
        assert_true((strstr(summary.headline, "99 of 100 requests") != NULL) == (part < 2));
        release(NULL);
    }
}

/* Rounds of one server each: values that differ have no overlap, and one is the fastest. */
static void one_is_the_fastest_where_ranges_do_not_touch(void **state)
{
    (void)state;
    begin();
    size_t thread = synthetic_arm(&s, "thread"), ceiling = synthetic_arm(&s, "ceiling");
    for (uint32_t b = 0; b < 6; b++) {
        synthetic_curve_round(&s, 0, b, 20000, 40000 + 100 * b);
        synthetic_curve_round(&s, thread, b, 20000, 60000 + 100 * b);
        synthetic_curve_round(&s, ceiling, b, 20000, 10000);
    }
    summarise();
    has(summary.headline, "epoll answers 99 of 100 requests within 158 µs [158, 160], the least of "
                          "all; thread takes longest, ");
    assert_null(strstr(summary.headline, "ceiling"));
}

/* The few that are left may be those that nobody disturbed. */
static void a_range_of_a_few_rounds_tells_nobody_apart(void **state)
{
    (void)state;
    begin();
    size_t thread = synthetic_arm(&s, "thread");
    for (uint32_t b = 0; b < 6; b++) {
        if (b < 2)
            synthetic_curve_round(&s, 0, b, 20000, 40000 + 100 * b);
        synthetic_curve_round(&s, thread, b, 20000, 60000 + 100 * b);
    }
    summarise();
    has(summary.headline, "and are not told apart");
    assert_null(strstr(summary.headline, "the least of all"));
}

/* Of four and six, where none of the four is as slow as any of the six. */
static void a_range_of_enough_rounds_does(void **state)
{
    (void)state;
    begin();
    size_t thread = synthetic_arm(&s, "thread");
    for (uint32_t b = 0; b < 6; b++) {
        if (b < 4)
            synthetic_curve_round(&s, 0, b, 20000, 40000 + 100 * b);
        synthetic_curve_round(&s, thread, b, 20000, 60000 + 100 * b);
    }
    summarise();
    has(summary.headline, "the least of all; thread takes longest");
}

static void a_headline_names_a_few_and_never_says_that_there_is_nothing(void **state)
{
    (void)state;
    for (int is_long = 0; is_long < 2; is_long++) {
        synthetic_latency_init(&s, 1);
        for (size_t arm = 0; arm < 6; arm++) {
            char name[120] = "";
            memset(name, 'a' + (int)arm, is_long ? sizeof name - 1 : 2);
            synthetic_arm(&s, name);
            for (uint32_t b = 0; b < 2; b++)
                synthetic_curve_round(&s, arm, b, 20000, 40000 + 400 * b);
        }
        summarise();
        has(summary.headline, is_long ? "What was found is told below."
                                      : "aa, bb, cc and 3 more answer 99 of 100 requests within ");
        release(NULL);
    }
}

static void near_limits_are_not_told_apart_and_bounds_have_no_longest(void **state)
{
    (void)state;
    begin();
    size_t uring = synthetic_arm(&s, "uring"), thread = synthetic_arm(&s, "thread");
    synthetic_search(&s, 0, &p99, 100000, 70000);
    synthetic_search(&s, uring, &p99, 100000, 72000);
    synthetic_search(&s, thread, &p99, 100000, 30000);
    summarise();
    has(summary.headline, "On plaintext, uring and epoll keep p99 within 5 ms longest, up to 71,");
    has(summary.headline, " requests/s or about as many, thread up to 30,000.");
    release(NULL);
    begin();
    synthetic_arm(&s, "thread");
    synthetic_look(&s, 0, 100000);
    answers(0, &p99, "PPPPLL");
    synthetic_search(&s, 1, &p99, 100000, 30000);
    summarise();
    has(summary.headline,
        "epoll keeps p99 within 5 ms at least up to 67,500 requests/s, thread up to 30,000.");
}

/* Of one that passed higher than anybody who is known, and of one that failed below them. */
static void nobody_lasts_longest_beside_one_whose_limit_is_not_known(void **state)
{
    (void)state;
    static const struct {
        const char *answers, *headline;
    } table[] = {
        {"PPPPFFFFFFFFFFFFFFFFFFFFF",
         "On plaintext, uring keeps p99 within 5 ms up to 29,734 requests/s, thread up to 10,000; "
         "the highest rate of epoll is not known."},
        {"FFSSSS",
         "On plaintext, uring keeps p99 within 5 ms longest, up to 29,734 requests/s, thread up to "
         "10,000; the highest rate of epoll is not known."},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        begin();
        size_t uring = synthetic_arm(&s, "uring"), thread = synthetic_arm(&s, "thread");
        synthetic_look(&s, 0, 100000);
        answers(0, &p99, table[i].answers);
        synthetic_search(&s, uring, &p99, 50000, 30000);
        synthetic_search(&s, thread, &p99, 50000, 10000);
        summarise();
        assert_string_equal(summary.headline, table[i].headline);
        release(NULL);
    }
    begin();
    synthetic_look(&s, 0, 100000);
    synthetic_look(&s, synthetic_arm(&s, "uring"), 100000);
    synthetic_search(&s, synthetic_arm(&s, "thread"), &p99, 50000, 10000);
    summarise();
    has(summary.headline, "thread keeps p99 within 5 ms up to 10,000 requests/s; the highest rates "
                          "of epoll and uring are not known.");
}

static void refused_and_noisy_rounds_are_counted_and_overloads_are_not(void **state)
{
    (void)state;
    begin();
    for (uint32_t b = 0; b < 3; b++)
        synthetic_curve_round(&s, 0, b, 20000, 40000);
    synthetic_overload(&s, 0, 0, 50000);
    outcome_add(&s.result.rounds[0].outcome, REASON_INTERFERED, "a neighbour took 9 %% of a core");
    outcome_add(&s.result.rounds[1].outcome, REASON_NOISY, "a little steal");
    synthetic_look(&s, 0, 100000);
    answers(0, &p99, "PS");
    summarise();
    says(&summary.cautions, "plaintext: 2 of the 6 rounds at a rate, each server alone, were "
                            "refused, first: a neighbour took 9 % of a core.");
    says(&summary.cautions, "plaintext: 1 of the 6 rounds at a rate, each server alone, was noisy, "
                            "first: a little steal.");
    says_not(&summary.cautions, "requests/s were answered");
}

static const struct ending {
    const char *name;
    enum reason_code code;
    unsigned exit_code;
} endings[] = {
    {"overloaded at the second rate is an answer", REASON_OVERLOADED, 0},
    {"wrong answers are a fault", REASON_ERRORS, 1},
    {"so is a server that hangs", REASON_HUNG, 1},
    {"one that dies", REASON_DIED, 1},
    {"what came from outside is none", REASON_INTERFERED, 0},
    {"nor is a late generator", REASON_GEN_LATE, 0},
};

static void the_exit_code_tells_faults_from_limits(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * (sizeof endings / sizeof *endings); i++) {
        const struct ending *ending = &endings[i / 2];
        begin();
        synthetic_curve_round(&s, 0, 0, 20000, 40000);
        struct round *round = i % 2 ? synthetic_curve_round(&s, 0, 0, 50000, 40000)
                                    : synthetic_trial(&s, 0, &p99, 50000, false, 3, 0);
        outcome_add(&round->outcome, ending->code, "of the table");
        summarise();
        if (summary.exit_code != ending->exit_code)
            fail_msg("%s: %u", ending->name, summary.exit_code);
        release(NULL);
    }
}

static void a_run_without_a_number_or_an_answer_is_no_success(void **state)
{
    (void)state;
    begin();
    outcome_add(&synthetic_curve_round(&s, 0, 0, 20000, 40000)->outcome, REASON_INTERFERED,
                "a neighbour");
    summarise();
    assert_int_equal(summary.exit_code, 3);
    has(summary.headline, "No usable row");
    release(NULL);
    begin();
    synthetic_overload(&s, 0, 0, 20000);
    summarise();
    assert_int_equal(summary.exit_code, 3);
}

/* Both kinds of rounds of one workload in one run, with and without fault. */
static void latencies_leave_the_tables_beside_them_alone(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    summarise();
    struct row before = *row_of(PLAINTEXT, EPOLL);
    double solo_sd = summary.solo_sd, paired_sd = summary.paired_sd;
    size_t tables = summary.count;
    summary_release(&summary);
    strings_add(&s.result.experiment.solo.workloads, "plaintext");
    strings_add(&s.result.experiment.curve.set.workloads, "plaintext");
    for (uint32_t block = 0; block < 6; block++) {
        synthetic_curve_round(&s, EPOLL, block, 20000, 1e6);
        synthetic_curve_round(&s, THREAD, block, 20000, 1e6);
        synthetic_overload(&s, EPOLL, block, 50000);
        outcome_add(&synthetic_curve_round(&s, EPOLL, block, 30000, 1e6)->outcome,
                    REASON_INTERFERED, "a neighbour");
    }
    synthetic_search(&s, EPOLL, &p99, 50000, 40000);
    summarise();
    const struct row *after = row_of(PLAINTEXT, EPOLL);
    near(after->cost_ns, before.cost_ns, 1e-9);
    near(after->throughput_rps.median, before.throughput_rps.median, 1e-9);
    near(after->response_p99_ns.median, before.response_p99_ns.median, 1e-9);
    near(after->rss_peak_bytes, before.rss_peak_bytes, 1e-9);
    assert_int_equal(after->rounds_used, before.rounds_used);
    assert_int_equal(after->rounds_discarded, before.rounds_discarded);
    assert_int_equal(after->reason_count, before.reason_count);
    assert_int_equal(after->kind, before.kind);
    near(summary.solo_sd, solo_sd, 1e-12);
    near(summary.paired_sd, paired_sd, 1e-12);
    assert_int_equal(summary.count, tables);
    assert_int_equal(summary.scale_count + summary.at_rate_count, 0);
    assert_false(summary.tables[PLAINTEXT].discards_unequal);
    assert_int_equal(summary.exit_code, 0);
    says(&summary.findings, "On plaintext at 20,000 requests/s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_headline_names_the_fastest_and_who_lasts_longest),
        CASE(what_is_only_asked_at_rates_is_not_ranked),
        CASE(what_is_claimed_is_said_once),
        CASE(one_is_the_fastest_where_ranges_do_not_touch),
        CASE(a_range_of_a_few_rounds_tells_nobody_apart),
        CASE(a_range_of_enough_rounds_does),
        CASE(a_headline_names_a_few_and_never_says_that_there_is_nothing),
        CASE(near_limits_are_not_told_apart_and_bounds_have_no_longest),
        CASE(nobody_lasts_longest_beside_one_whose_limit_is_not_known),
        CASE(refused_and_noisy_rounds_are_counted_and_overloads_are_not),
        CASE(the_exit_code_tells_faults_from_limits),
        CASE(a_run_without_a_number_or_an_answer_is_no_success),
        CASE(latencies_leave_the_tables_beside_them_alone),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("latency, claims", tests, NULL, NULL);
}
