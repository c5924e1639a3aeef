/* Curves and searches in sentences. */
#include "latency_summary_room.h"

static const char *sentence(size_t i)
{
    assert_int_equal(summary.latency_count, 1);
    assert_true(i < summary.latencies[0].sentences.count);
    return summary.latencies[0].sentences.items[i];
}

static void a_curve_is_told_from_its_first_rate_to_its_end(void **state)
{
    (void)state;
    synthetic_latency(&s, 6);
    summarise();
    assert_string_equal(sentence(0),
                        "epoll: p99 168 µs [159, 176] at 2,000/s, 269 µs [256, 283] at 50,000/s; "
                        "overloaded at 100,000/s.");
    assert_string_equal(sentence(2),
                        "thread: p99 246 µs [234, 259] at 2,000/s, 337 µs [320, 354] at 20,000/s; "
                        "overloaded at 50,000/s.");
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
        {{71000, 68000, 75400, 6, true}, "71.0 µs [68.0, 75.4]"},
        {{71000, 68000, 75000, 3, false}, "71.0 µs (68.0 – 75.0 in 3 rounds)"},
        {{71000, 71000, 71000, 1, false}, "71.0 µs (one round)"},
        {{71000, NAN, NAN, 0, false}, "71.0 µs"},
        {{980000, 900000, 1234567, 6, true}, "980 µs [900, 1,235]"},
        {{62300, 41100, 9999400, 5, false}, "62.3 µs (41.1 – 9,999 in 5 rounds)"},
        {{62300, 41100, 152830000, 5, false}, "62.3 µs (41.1 µs – 153 ms in 5 rounds)"},
        {{62300, 41100, 152830000, 6, true}, "62.3 µs [41.1 µs, 153 ms]"},
        {{1250000, 900000, 1300000, 6, true}, "1.25 ms [0.90, 1.30]"},
        {{999600, 999600, 999600, 6, true}, "1.00 ms [1.00, 1.00]"},
        {{850, 800, 900, 6, true}, "850 ns [800, 900]"},
        {{2.5e9, 2e9, 3e9, 6, true}, "2.50 s [2.00, 3.00]"},
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
    has(sentence(1), "; at 50,000/s the generator was late: what the server bears is not known.");
    has(sentence(2), "thread: no latency that could be shown; failed at 20,000/s (HUNG).");
    has(sentence(3), "pool: p50 39.9 µs (one round) at 200/s");
    says(&summary.cautions, "thread failed at 20,000 requests/s (HUNG): silence.");
    says(&summary.cautions, "uring at 50,000 requests/s has no latency: pace itself was late.");
    says_not(&summary.cautions, "epoll");
}

/* Which of the two it was is in no majority; that it goes on
 * nowhere is no choice of the experiment's. */
static void a_curve_that_two_causes_end_says_both(void **state)
{
    (void)state;
    begin();
    for (uint32_t b = 0; b < 6; b++) {
        synthetic_curve_round(&s, 0, b, 20000, 40000);
        struct round *round = b < 2 ? synthetic_overload(&s, 0, b, 50000)
                                    : synthetic_curve_round(&s, 0, b, 50000, 40000);
        if (b == 2 || b == 3) {
            outcome_add(&round->outcome, REASON_GEN_LATE, "pace itself was late");
            round->trusted_p = 0;
        }
    }
    summarise();
    has(sentence(0), "; at 50,000/s more than half of the rounds failed or had a late generator.");
    assert_true(summary.latencies[0].curves[0].is_mixed);
    assert_false(summary.latencies[0].curves[0].is_bound);
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
     "them the generator was late.",
     NULL, 0},
    {.999, 3000, "FF", "epoll does not keep p99.9 within 5 ms even at 850 requests/s.", NULL, 0},
    {.999, 600, "",
     "epoll: too slow to judge its p99.9, which takes 850 requests/s; p99 takes 89/s.", NULL, 3},
    {.99, 100000, "PPSSSS",
     "epoll: the highest rate with p99 within 5 ms is not known, because too many trials were "
     "disturbed from outside; it passed at 30,000 requests/s.",
     "epoll, p99 within 5 ms: the search was disturbed from outside too often to be ended.", 3},
    {.99, 100000, "LL",
     "epoll: the highest rate with p99 within 5 ms is not known, because the generator was late "
     "before any rate had passed.",
     "epoll, p99 within 5 ms: the search ended because the generator was late before any rate had "
     "passed",
     3},
    {.99, 100000, "FFSSSS",
     "epoll: the highest rate with p99 within 5 ms is not known, because too many trials were "
     "disturbed from outside; it failed at 20,000 requests/s.",
     "epoll, p99 within 5 ms: the search was disturbed", 3},
    {.99, 100000, "PPPPFFFFFFFFFFFFFFFFFFFFF",
     "epoll: the highest rate with p99 within 5 ms is not known, because rates that it kept for "
     "seconds it did not keep for long; it passed at 45,000 requests/s and failed at 49,772.",
     "it does not answer alike from one trial to the next.", 3},
    {.99, 100000, "PP",
     "epoll: the highest rate with p99 within 5 ms is not known, because the search did not come "
     "to its end; it passed at 30,000 requests/s.",
     "epoll, p99 within 5 ms: the search was not ended.", 3},
    {.99, 0, "P",
     "epoll: the highest rate with p99 within 5 ms is not known, because the search did not come "
     "to its end; it passed at 1,000 requests/s.",
     "nothing told beforehand how much it can take, so the search began at 1,000 requests/s.", 3},
    {.9999, 0, "P",
     "epoll: the highest rate with p99.99 within 5 ms is not known, because the search did not "
     "come to its end; it passed at 8,384 requests/s.",
     "nothing told beforehand how much it can take, so the search began at 8,384 requests/s.", 3},
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_curve_is_told_from_its_first_rate_to_its_end),
        CASE(ranges_are_told_from_intervals_and_units_are_the_values),
        CASE(a_curve_without_a_knee_says_why_it_ends),
        CASE(a_curve_that_two_causes_end_says_both),
        CASE(every_end_of_a_search_has_its_sentence),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("latency, in words", tests, NULL, NULL);
}
