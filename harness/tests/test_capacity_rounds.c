/* What makes a round a passed, failed, late or spoiled trial,
 * and which rounds of a result are of a search. */
#include "summary_room.h"

#include "analyse/capacity.h"
#include "analyse/words.h"
#include "tests/synthetic_latency.h"

#define GEN_LATE  (1u << REASON_GEN_LATE)
#define OWN(code) (1u << REASON_##code)
enum { UNKNOWN = -1 };

static const struct judged {
    const char *name;
    double p;
    int64_t n, missed; /* UNKNOWN: missing */
    unsigned reasons;  /* bits by enum reason_code */
    double trusted_p;
    enum capacity_trial_kind kind;
    int64_t left_out, left_out_missed;
} judgements[] = {
    {"as many misses as p leaves are a pass", .99, 10000, 100, 0, 1, CAPACITY_PASSED, 0, 0},
    {"one more is a failure", .99, 10000, 101, 0, 1, CAPACITY_FAILED, 0, 0},
    {"so it is where 1 - p is no number of the machine's", .999, 20000, 20, 0, 1, CAPACITY_PASSED,
     0, 0},
    {"far out", .9999, 200000, 21, 0, 1, CAPACITY_FAILED, 0, 0},
    {"where it is a little less than a tenth", .9, 1000, 100, 0, 1, CAPACITY_PASSED, 0, 0},
    {"and the least number of requests for it", .9, 200, 20, 0, 1, CAPACITY_PASSED, 0, 0},
    {"none missed", .99, 10000, 0, 0, 1, CAPACITY_PASSED, 0, 0},
    {"too few requests to pass", .99, 1999, 0, 0, 1, CAPACITY_SPOILED, 0, 0},
    {"just enough", .99, 2000, 20, 0, 1, CAPACITY_PASSED, 0, 0},
    {"too few, and more missed than any number may", .99, 1999, 21, 0, 1, CAPACITY_FAILED, 0, 0},
    {"a noisy round is one", .99, 10000, 0, 1u << REASON_NOISY, 1, CAPACITY_PASSED, 0, 0},
    {"one that is not steady is one", .99, 10000, 0, 1u << REASON_NOT_STEADY, 1, CAPACITY_PASSED, 0,
     0},
    {"one whose server would not stop is one", .99, 10000, 0, OWN(NOT_STOPPED), 1, CAPACITY_PASSED,
     0, 0},
    {"overloaded is failed, without any count", .99, UNKNOWN, UNKNOWN, OWN(OVERLOADED), 1,
     CAPACITY_FAILED, 0, 0},
    {"hung is failed", .99, UNKNOWN, UNKNOWN, OWN(HUNG), 1, CAPACITY_FAILED, 0, 0},
    {"dead is failed", .99, UNKNOWN, UNKNOWN, OWN(DIED), 1, CAPACITY_FAILED, 0, 0},
    {"wrong answers are failed, however fast", .99, 10000, 0, OWN(ERRORS), 1, CAPACITY_FAILED, 0,
     0},
    {"not started is failed", .99, UNKNOWN, UNKNOWN, OWN(FAILED_START), 1, CAPACITY_FAILED, 0, 0},
    {"the server's own fault counts beside interference", .99, 10000, 0,
     OWN(ERRORS) | OWN(INTERFERED), 1, CAPACITY_FAILED, 0, 0},
    {"interfered is spoiled", .99, 10000, 0, OWN(INTERFERED), 1, CAPACITY_SPOILED, 0, 0},
    {"so it is with many misses", .99, 10000, 5000, OWN(INTERFERED), 1, CAPACITY_SPOILED, 0, 0},
    {"so it is beside lateness", .99, 10000, 5000, OWN(INTERFERED) | GEN_LATE, .5, CAPACITY_SPOILED,
     0, 0},
    {"no ports", .99, UNKNOWN, UNKNOWN, OWN(PORTS), 1, CAPACITY_SPOILED, 0, 0},
    {"no load", .99, UNKNOWN, UNKNOWN, OWN(LOAD_FAILED), 1, CAPACITY_SPOILED, 0, 0},
    {"Ctrl-C", .99, 10000, 0, OWN(INTERRUPTED), 1, CAPACITY_SPOILED, 0, 0},
    {"what stands behind it failed", .99, UNKNOWN, UNKNOWN, OWN(UPSTREAM), 1, CAPACITY_SPOILED, 0,
     0},
    {"late at p, but the misses could be counted", .99, 10000, 0, GEN_LATE, .95, CAPACITY_PASSED, 0,
     0},
    {"late, and too many missed", .99, 10000, 101, GEN_LATE, .95, CAPACITY_FAILED, 0, 0},
    {"late throughout", .99, UNKNOWN, UNKNOWN, GEN_LATE, 0, CAPACITY_LATE, 0, 0},
    {"those left out would make it fail", .99, 10000, 50, 0, 1, CAPACITY_LATE, 200, 53},
    {"those left out would make it pass", .99, 10000, 101, 0, 1, CAPACITY_LATE, 200, 0},
    {"those left out would change nothing", .99, 10000, 50, 0, 1, CAPACITY_PASSED, 200, 52},
    {"failed with those left out as well", .99, 10000, 101, 0, 1, CAPACITY_FAILED, 200, 2},
    {"without a count nothing is known", .99, UNKNOWN, UNKNOWN, 0, 1, CAPACITY_SPOILED, 0, 0},
};

static struct round judged_round(const struct judged *judged)
{
    struct round round;
    round_init(&round);
    round.trusted_p = judged->trusted_p;
    bool is_known = judged->n != UNKNOWN;
    round.trial = (struct slo_count){
        .slo = {judged->p, 5000000},
        .n_count = is_known ? judged->n : MISSING,
        .missed_count = is_known ? judged->missed : MISSING,
        .disturbed_count = is_known ? judged->left_out : MISSING,
        .disturbed_missed_count = is_known ? judged->left_out_missed : MISSING,
    };
    for (unsigned code = 0; code < REASON_CODES; code++)
        if (judged->reasons & 1u << code)
            outcome_add(&round.outcome, (enum reason_code)code, "of the table");
    return round;
}

static void rounds_are_judged_as_trials(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof judgements / sizeof *judgements; i++) {
        struct round round = judged_round(&judgements[i]);
        enum capacity_trial_kind kind = capacity_judge(&round);
        if (kind != judgements[i].kind)
            fail_msg("%s: %d", judgements[i].name, (int)kind);
        round_release(&round);
    }
}

/* pace gives no count where it doubts the slowest one; the distribution still has it. */
static void without_counts_the_distribution_is_counted(void **state)
{
    (void)state;
    struct judged judged = {.p = .99, .n = UNKNOWN, .missed = UNKNOWN, .trusted_p = .999};
    struct round round = judged_round(&judged);
    histogram_add(&round.response, 4900000, 9900);
    histogram_add(&round.response, 5000000, 20); /* as long as is allowed */
    histogram_add(&round.response, 5100000, 80);
    assert_int_equal(capacity_judge(&round), CAPACITY_PASSED);
    histogram_add(&round.response, 9000000, 30);
    assert_int_equal(capacity_judge(&round), CAPACITY_FAILED);
    round_release(&round);
}

static const struct slo p99 = {.99, 5000000}, p999 = {.999, 5000000}, slower = {.99, 6000000};

/* Two objectives, two servers, and rounds of other kinds
 * between: each search has its own trials in their order. */
static void a_result_has_a_search_of_each_server_and_objective(void **state)
{
    (void)state;
    struct capacity found;
    synthetic_latency_init(&s, 3);
    size_t epoll = synthetic_arm(&s, "epoll"), thread = synthetic_arm(&s, "thread");
    synthetic_search(&s, epoll, &p99, 100000, 70000);
    synthetic_curve_round(&s, epoll, 0, 20000, 40000);
    synthetic_trial(&s, epoll, &slower, 20000, false, 3, 60000);
    synthetic_trial(&s, thread, &p99, 10000, false, 3, 0);
    capacity_of(&found, &s.result, epoll, 0, &p99);
    assert_int_equal(found.end, CAPACITY_FOUND);
    assert_in_range(found.rate_rps, 67961, 70000); /* 70,000 / 1.03 */
    assert_in_range(found.failed_rps, 70001, 72100);
    assert_false(found.is_blind);
    capacity_of(&found, &s.result, epoll, 0, &slower);
    assert_int_equal(found.trials_count, 1);
    assert_int_equal(found.rate_rps, 20000); /* to be tried again: one failure */
    capacity_of(&found, &s.result, thread, 0, &p99);
    assert_int_equal(found.rate_rps, 15000);
    assert_true(found.is_blind);
    capacity_of(&found, &s.result, thread, 0, &p999);
    assert_int_equal(found.trials_count, 0);
}

/* A look that was disturbed saw less; the better one counts. One that failed saw nothing. */
static void the_best_look_counts(void **state)
{
    (void)state;
    struct capacity next;
    synthetic_latency_init(&s, 3);
    synthetic_arm(&s, "epoll");
    outcome_add(&synthetic_look(&s, 0, 900000)->outcome, REASON_ERRORS, "wrong answers");
    outcome_add(&synthetic_look(&s, 0, 50000)->outcome, REASON_INTERFERED, "a neighbour");
    capacity_of(&next, &s.result, 0, 0, &p99);
    assert_int_equal(next.rate_rps, 10000);
    synthetic_look(&s, 0, 80000);
    synthetic_look(&s, 0, 70000);
    capacity_of(&next, &s.result, 0, 0, &p99);
    assert_int_equal(next.rate_rps, 16000);
}

/* Each trial is one of its own: a later one, even if it says that it repeats, takes none away. */
static void trials_replace_each_other_nowhere(void **state)
{
    (void)state;
    struct capacity next;
    synthetic_latency_init(&s, 3);
    synthetic_arm(&s, "epoll");
    synthetic_look(&s, 0, 100000);
    struct round *late = synthetic_trial(&s, 0, &p99, 20000, false, 3, 0);
    synthetic_make_late(late);
    late = synthetic_trial(&s, 0, &p99, 20000, false, 3, 0);
    synthetic_make_late(late);
    late->attempt = 1;
    late->block = s.result.rounds[1].block;
    capacity_of(&next, &s.result, 0, 0, &p99);
    assert_int_equal(next.end, CAPACITY_UNDECIDED);
    assert_int_equal(next.trials_count, 2);
}

static void objectives_are_said_in_few_words(void **state)
{
    (void)state;
    static const struct {
        struct slo slo;
        const char *words;
    } table[] = {
        {{.99, 5000000}, "p99 within 5 ms"},       {{.999, 1500000}, "p99.9 within 1.5 ms"},
        {{.5, 250000}, "p50 within 250 µs"},       {{.9999, 2000000000}, "p99.99 within 2 s"},
        {{.95, 1000000}, "p95 within 1 ms"},       {{.99, 999600}, "p99 within 1 ms"},
        {{.99, 120000000000}, "p99 within 120 s"}, {{.99, 3600000000000}, "p99 within 3600 s"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *words = slo_words(&table[i].slo);
        assert_string_equal(words, table[i].words);
        free(words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounds_are_judged_as_trials),
        cmocka_unit_test(without_counts_the_distribution_is_counted),
        CASE(a_result_has_a_search_of_each_server_and_objective),
        CASE(the_best_look_counts),
        CASE(trials_replace_each_other_nowhere),
        cmocka_unit_test(objectives_are_said_in_few_words),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("capacity, rounds", tests, NULL, NULL);
}
