/* What a run says of a round while it runs. */
#include "cmd/progress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void an_invalid_round_is_told_by_the_reason_that_made_it_so(void **state)
{
    (void)state;
    struct outcome outcome = {0};
    outcome_add(&outcome, REASON_NOISY, "the machine was busy");
    outcome_add(&outcome, REASON_GEN_BOUND, "wrk used all of its CPU");
    outcome_add(&outcome, REASON_ERRORS, "3 answers had another status");
    outcome_add(&outcome, REASON_HUNG, "and then it hung");
    assert_string_equal(invalid_detail(&outcome), "3 answers had another status");
}

/* Of 10,000 requests a second for so many seconds, this many
 * of them slower than the limit; UNKNOWN: not counted. */
enum { RATE = 10000, UNKNOWN = -1 };

static struct round open_round(unsigned window_s)
{
    struct round round;
    round_init(&round);
    round.load_kind = LOAD_OPEN;
    round.rate_rps = RATE;
    round.requests_count = (int64_t)RATE * window_s;
    round.duration_ns = (int64_t)window_s * 1000000000;
    round.cpu_server_ns = 8000 * round.requests_count;
    histogram_add(&round.response, 40960, (uint64_t)round.requests_count);
    return round;
}

static void a_trial_says_what_it_counted_and_what_that_means(void **state)
{
    static const struct {
        unsigned window_s;
        int64_t missed;
        int64_t left_out, left_out_missed;
        enum reason_code reason; /* REASON_CODES: none */
        double trusted_p;
        const char *text;
    } table[] = {
        {3, 12, 0, 0, REASON_CODES, 1, "12 of 30000 were slower: passed"},
        {3, 301, 0, 0, REASON_CODES, 1, "301 of 30000 were slower: failed"},
        {3, 301, 0, 0, REASON_GEN_LATE, .5, "301 of 30000 were slower: failed"},
        {3, 299, 100, 90, REASON_CODES, 1, "299 of 30000 were slower: the generator was late"},
        {0, 0, 0, 0, REASON_CODES, 1, "0 of 0 were slower: too few requests to judge by"},
        {3, UNKNOWN, 0, 0, REASON_CODES, 1, "passed"},
        {3, UNKNOWN, 0, 0, REASON_CODES, .5, "the generator was late"},
        {3, 12, 0, 0, REASON_INTERFERED, 1, "INVALID: made up"},
        {3, UNKNOWN, 0, 0, REASON_GEN_LATE, 0, "INVALID: made up"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        char text[ROUND_TEXT_SIZE];
        struct round round = open_round(table[i].window_s);
        bool is_known = table[i].missed != UNKNOWN;
        round.trusted_p = table[i].trusted_p;
        round.trial = (struct slo_count){.slo = {.99, 5000000},
                                         .n_count = is_known ? round.requests_count : MISSING,
                                         .missed_count = is_known ? table[i].missed : MISSING,
                                         .disturbed_count = is_known ? table[i].left_out : MISSING,
                                         .disturbed_missed_count =
                                             is_known ? table[i].left_out_missed : MISSING};
        if (table[i].reason != REASON_CODES)
            outcome_add(&round.outcome, table[i].reason, "made up");
        assert_string_equal(round_text(text, &round), table[i].text);
        round_release(&round);
    }
}

/* A p99 stands on a hundred requests beyond it, here as in a report. */
static void a_round_of_a_curve_says_the_percentile_that_it_has(void **state)
{
    static const struct {
        int64_t requests;
        double trusted_p;
        const char *text;
    } table[] = {
        {10000, 1, "p99 41 us"}, {9999, 1, "p50 41 us"}, {10000, .9, "p50 41 us"},
        {200, .5, "p50 41 us"},  {199, 1, "no latency"}, {10000, .4, "no latency"},
        {0, 1, "no latency"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        char text[ROUND_TEXT_SIZE];
        struct round round = open_round(0);
        round.curve = true;
        round.trusted_p = table[i].trusted_p;
        histogram_add(&round.response, 40960, (uint64_t)table[i].requests);
        assert_string_equal(round_text(text, &round), table[i].text);
        round_release(&round);
    }
}

static void any_other_round_says_its_cost(void **state)
{
    (void)state;
    char text[ROUND_TEXT_SIZE];
    struct round round = open_round(1);
    assert_string_equal(round_text(text, &round), "8.00 us");
    round.cpu_upstream_ns = 12500 * round.requests_count;
    assert_string_equal(round_text(text, &round), "8.00 us (upstream 12.50 us)");
    round.cpu_server_ns = MISSING;
    assert_string_equal(round_text(text, &round), "");
    round_release(&round);
}

static void a_time_reads_as_people_write_it(void **state)
{
    static const struct {
        double seconds;
        const char *text;
    } table[] = {
        {0.4, "0 s"},        {99.4, "99 s"},         {99.6, "1 min 40 s"},
        {260, "4 min 20 s"}, {3599.6, "1 h 00 min"}, {7500, "2 h 05 min"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        char text[32];
        assert_string_equal(duration_text(text, sizeof(text), table[i].seconds), table[i].text);
    }
}

/* What the line of a long round says first: which of how many it is. */
static void a_long_round_says_how_far_the_run_is(void **state)
{
    (void)state;
    struct result result;
    result_init(&result);
    result_add_arm(&result, "epoll");
    result_add_workload(&result)->workload.name = xstrdup("plaintext");
    struct progress progress;
    progress_init(&progress, &result, NULL, 40);
    progress.terminal = true;
    struct experiment_watch watch = progress_watch(&progress);
    struct round_plan plan = {.arm_count = 1, .phased = true, .window_s = 124};
    struct round so_far = open_round(124);
    so_far.phases = (struct phases){.items = {{.kind = PHASE_LOAD, .duration_s = 124}}, .count = 1};
    so_far.window_s = 124;
    so_far.duration_ns = 60000000000;
    char said[400] = "";
    FILE *file = tmpfile();
    int stderr_before = dup(STDERR_FILENO);
    assert_true(file && stderr_before >= 0);
    dup2(fileno(file), STDERR_FILENO);
    watch.round_starts(watch.argument, &plan, 2, 40);
    watch.round_goes_on(watch.argument, &plan, &so_far);
    dup2(stderr_before, STDERR_FILENO);
    close(stderr_before);
    rewind(file);
    said[fread(said, 1, sizeof said - 1, file)] = '\0';
    fclose(file);
    assert_non_null(strstr(said, "\r\033[K  3/40  0 s left  epoll alone on plaintext through"));
    assert_non_null(strstr(said, "\r\033[K  3/40  epoll  UNDECIDED so far  until "));
    round_release(&so_far);
    result_release(&result);
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_invalid_round_is_told_by_the_reason_that_made_it_so),
        cmocka_unit_test(a_trial_says_what_it_counted_and_what_that_means),
        cmocka_unit_test(a_round_of_a_curve_says_the_percentile_that_it_has),
        cmocka_unit_test(any_other_round_says_its_cost),
        cmocka_unit_test(a_time_reads_as_people_write_it),
        cmocka_unit_test(a_long_round_says_how_far_the_run_is),
    };
    return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
