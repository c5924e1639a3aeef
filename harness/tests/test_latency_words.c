/* What curves and searches say: sentences, headline, cautions, and what a run that has nothing else ends with. */
#include "summary_room.h"

#include "analyse/latency.h"
#include "tests/synthetic_latency.h"

static const struct slo p99 = {.99, 5000000};

static void begin(void)
{
    synthetic_latency_init(&s, 3);
    synthetic_arm(&s, "epoll");
}

static const char *sentence(size_t i)
{
    assert_int_equal(summary.latency_count, 1);
    assert_true(i < summary.latencies[0].sentences.count);
    return summary.latencies[0].sentences.items[i];
}

static void says_not(const struct strings *sentences, const char *part)
{
    for (size_t i = 0; i < sentences->count; i++)
        if (strstr(sentences->items[i], part))
            fail_msg("\"%s\" holds \"%s\"", sentences->items[i], part);
}

static void a_curve_is_told_from_its_first_rate_to_its_end(void **state)
{
    (void)state;
    synthetic_latency(&s, 6);
    summarise();
    assert_string_equal(sentence(0),
                        "epoll: p99 168 µs [159, 176] at 2,000/s, 269 µs [256, 283] at "
                        "50,000/s; overloaded at 100,000/s.");
    assert_string_equal(sentence(2),
                        "thread: p99 246 µs [234, 259] at 2,000/s, 337 µs [320, 354] at "
                        "20,000/s; overloaded at 50,000/s.");
    assert_string_equal(sentence(4),
                        "epoll keeps p99 within 5 ms up to 82,185 requests/s; fails at 84,294/s.");
    assert_int_equal(summary.latencies[0].sentences.count, 8);
}

static void ranges_are_told_from_intervals_and_units_are_the_values(void **state)
{
    (void)state;
    static const struct {
        struct spread spread;
        const char *words;
    } table[] = {
        {{71000, 68000, 75400, 6, true}, "71 µs [68, 75.4]"},
        {{71000, 68000, 75000, 3, false}, "71 µs (68 – 75 in 3 rounds)"},
        {{71000, 71000, 71000, 1, false}, "71 µs (one round)"},
        {{71000, NAN, NAN, 0, false}, "71 µs"},
        {{980000, 900000, 1234567, 6, true}, "980 µs [900, 1,235]"},
        {{1250000, 900000, 1300000, 6, true}, "1.25 ms [0.9, 1.3]"},
        {{999600, 999600, 999600, 6, true}, "1 ms [1, 1]"},
        {{850, 800, 900, 6, true}, "850 ns [800, 900]"},
        {{2.5e9, 2e9, 3e9, 6, true}, "2.5 s [2, 3]"},
        {{NAN, NAN, NAN, 0, false}, "–"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *words = latency_time_words(&table[i].spread);
        assert_string_equal(words, table[i].words);
        free(words);
    }
}

static void a_curve_without_a_knee_says_why_it_ends(void **state)
{
    (void)state;
    begin();
    synthetic_arm(&s, "uring");
    synthetic_arm(&s, "thread");
    synthetic_arm(&s, "pool");
    synthetic_curve_round(&s, 0, 0, 20000, 40000);
    synthetic_curve_round(&s, 1, 0, 20000, 40000);
    struct round *late = synthetic_curve_round(&s, 1, 0, 50000, 40000);
    outcome_add(&late->outcome, REASON_GEN_LATE, "pace itself was late");
    late->trusted_p = 0;
    outcome_add(&synthetic_curve_round(&s, 2, 0, 20000, 40000)->outcome, REASON_HUNG, "silence");
    synthetic_curve_round(&s, 3, 0, 200, 40000);
    summarise();
    has(sentence(0),
        "epoll: p99 158 µs (one round) at 20,000/s; not asked for more than 20,000/s.");
    has(sentence(1), "; at 50,000/s the generator was late, the server not overloaded.");
    has(sentence(2), "thread: no latency that could be shown; failed at 20,000/s (HUNG).");
    has(sentence(3), "pool: p50 39.9 µs (one round) at 200/s");
    says(&summary.cautions, "thread failed at 20,000 requests/s (HUNG): silence.");
    says(&summary.cautions, "uring at 50,000 requests/s has no latency: pace itself was late.");
    says_not(&summary.cautions, "epoll");
}

/* What was tried, by letters as in test_capacity.c; the look saw 100,000/s. */
static void answers(size_t arm, const struct slo *slo, const char *letters)
{
    for (; *letters; letters++) {
        struct capacity next;
        capacity_of(&next, &s.result, arm, 0, slo);
        assert_int_equal(next.end, CAPACITY_GOES_ON);
        int64_t n = (int64_t)next.rate_rps * next.window_s;
        struct round *round = synthetic_trial(&s, arm, slo, next.rate_rps, next.confirms,
                                              next.window_s, *letters == 'F' ? n : 0);
        if (*letters == 'L')
            outcome_add(&round->outcome, REASON_GEN_LATE, "late");
        round->trusted_p = *letters == 'L' ? .5 : 1;
        if (*letters == 'S')
            outcome_add(&round->outcome, REASON_INTERFERED, "a neighbour");
    }
}

static const struct limit {
    double p, throughput_rps;
    const char *answers;
    const char *sentence;
    const char *caution; /* NULL: none of the search */
    unsigned exit_code;  /* of a run that has nothing else */
} limits[] = {
    {.99, 100000, "PPPPFFFFFFFFFFPPP",
     "epoll keeps p99 within 5 ms up to 67,500 requests/s; fails at 69,232/s.", NULL, 0},
    {.99, 100000, "PPPLL",
     "epoll keeps p99 within 5 ms at 45,000 requests/s at least: the generator goes no higher.",
     NULL, 0},
    {.99, 100000, "PPPPFFLL",
     "epoll keeps p99 within 5 ms at 67,500 requests/s at least and fails at 101,250/s; between "
     "them the "
     "generator was late.",
     NULL, 0},
    {.999, 3000, "FF", "epoll does not keep p99.9 within 5 ms even at 681 requests/s.", NULL, 0},
    {.999, 600, "", "epoll: too slow to judge its p99.9, which takes 681 requests/s; p99 takes 72.",
     NULL, 3},
    {.99, 100000, "PPSSSS",
     "epoll: the highest rate with p99 within 5 ms is not known, because too many trials were "
     "disturbed from "
     "outside; it passed at 30,000 requests/s.",
     "epoll, p99 within 5 ms: the search was disturbed from outside too often to be ended.", 3},
    {.99, 100000, "FFSSSS",
     "epoll: the highest rate with p99 within 5 ms is not known, because too many trials were "
     "disturbed from "
     "outside; it failed at 20,000 requests/s.",
     "epoll, p99 within 5 ms: the search was disturbed", 3},
    {.99, 100000, "PPPPFFFFFFFFFFFFFFFFFFFFF",
     "epoll: the highest rate with p99 within 5 ms is not known, because rates that it kept for "
     "seconds it did not "
     "keep for long; it passed at 45,000 requests/s and failed at 49,772.",
     "it does not answer alike from one trial to the next.", 3},
    {.99, 100000, "PP",
     "epoll: the highest rate with p99 within 5 ms is not known, because the search did not come "
     "to its end; it "
     "passed at 30,000 requests/s.",
     "epoll, p99 within 5 ms: the search was not ended.", 3},
    {.99, 0, "P",
     "epoll: the highest rate with p99 within 5 ms is not known, because the search did not come "
     "to its end; it "
     "passed at 1,000 requests/s.",
     "nothing told beforehand how much it can take, so the search began at 1,000 requests/s.", 3},
};

static void every_end_of_a_search_has_its_sentence(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        const struct limit *limit = &limits[i];
        struct slo slo = {limit->p, 5000000};
        begin();
        s.result.experiment.slo.slos[0] = slo;
        synthetic_look(&s, 0, limit->throughput_rps);
        answers(0, &slo, limit->answers);
        summarise();
        assert_string_equal(sentence(0), limit->sentence);
        if (limit->caution)
            says(&summary.cautions, limit->caution);
        else
            says_not(&summary.cautions, "the search");
        if (summary.exit_code != limit->exit_code)
            fail_msg("%s: exit code %u", limit->sentence, summary.exit_code);
        release(NULL);
    }
}

static void the_headline_names_the_fastest_and_who_lasts_longest(void **state)
{
    (void)state;
    synthetic_latency(&s, 6);
    summarise();
    assert_string_equal(
        summary.headline,
        "On plaintext at 20,000 requests/s, uring and epoll answer 99 of 100 requests within 175 "
        "µs "
        "[167, 184] or about as much, and are not told apart; thread takes longest, 337 µs [320, "
        "354]. "
        "uring keeps p99 within 5 ms longest, up to 100,449 requests/s, thread up to 41,094.");
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
                            "refused, first: a neighbour "
                            "took 9 % of a core.");
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
        CASE(a_curve_is_told_from_its_first_rate_to_its_end),
        CASE(ranges_are_told_from_intervals_and_units_are_the_values),
        CASE(a_curve_without_a_knee_says_why_it_ends),
        CASE(every_end_of_a_search_has_its_sentence),
        CASE(the_headline_names_the_fastest_and_who_lasts_longest),
        CASE(what_is_only_asked_at_rates_is_not_ranked),
        CASE(one_is_the_fastest_where_ranges_do_not_touch),
        CASE(a_headline_names_a_few_and_never_says_that_there_is_nothing),
        CASE(near_limits_are_not_told_apart_and_bounds_have_no_longest),
        CASE(refused_and_noisy_rounds_are_counted_and_overloads_are_not),
        CASE(the_exit_code_tells_faults_from_limits),
        CASE(a_run_without_a_number_or_an_answer_is_no_success),
        CASE(latencies_leave_the_tables_beside_them_alone),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("latency, in words", tests, NULL, NULL);
}
