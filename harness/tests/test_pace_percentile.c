/* What may be said of a percentile: supported or not, between
 * what, and whether it is known at all. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "pace/record.h"

static const int64_t START = 1234567890123, SECOND = 1000000000, MS = 1000000;

/* An answer to what was due offset_ns after the start,
 * response_ns later, without waiting or lateness. */
static void answer(struct record *record, int64_t offset_ns, int64_t response_ns)
{
    int64_t due_ns = START + offset_ns;

    record_answer(record, &(struct times){due_ns, due_ns, due_ns, due_ns + response_ns}, false);
}

static void no_request_and_one_request_are_records_too(void **state)
{
    (void)state;
    struct record record;
    struct percentile percentile;

    record_open(&record, START, SECOND, 1);
    record_close(&record);
    record_percentile(&record, .5, &percentile);
    assert_int_equal(percentile.n, 0);
    assert_false(percentile.is_supported || percentile.has_interval || percentile.is_bound);
    assert_int_equal(percentile.value_ns, 0);
    assert_int_equal(record.intervals[0].p50_ns, 0);
    answer(&record, 5, 777777);
    record_close(&record);
    record_percentile(&record, .5, &percentile);
    assert_int_equal(percentile.n, 1);
    assert_false(percentile.is_supported);
    assert_int_equal(percentile.value_ns, 0);
    assert_int_equal(record.intervals[0].p50_ns, 777777);
    assert_int_equal(record.intervals[0].p99_ns, 777777);
    record_release(&record);
}

static void a_percentile_needs_a_hundred_beyond_it(void **state)
{
    (void)state;
    static const struct {
        double p;
        unsigned least;
    } table[] = {{.5, 200}, {.9, 1000}, {.95, 2000}, {.99, 10000}, {.999, 100000}};

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct record record;
        struct percentile percentile;
        record_open(&record, START, SECOND, 1e6);
        for (unsigned k = 1; k < table[i].least; k++)
            answer(&record, 0, 1000 + k);
        record_percentile(&record, table[i].p, &percentile);
        assert_false(percentile.is_supported);
        answer(&record, 0, 1000);
        record_percentile(&record, table[i].p, &percentile);
        assert_true(percentile.is_supported);
        assert_false(percentile.has_interval); /* all in one part */
        assert_true(percentile.value_ns == tally_quantile_ns(&record.response, table[i].p));
        record_release(&record);
    }
}

/* Part i of the window has count answers of value(i) each. */
static void fill_part(struct record *record, unsigned part, unsigned count, int64_t response_ns)
{
    for (unsigned k = 0; k < count; k++)
        answer(record, part * record->part_ns + k, response_ns);
}

/* Twelve parts give the third and the tenth of their percentiles. */
static void the_interval_is_that_of_the_parts(void **state)
{
    (void)state;
    static const int64_t values[RECORD_PARTS] = {700, 300, 1200, 100, 900,  500,
                                                 400, 800, 200,  600, 1100, 1000};
    struct record record;
    struct percentile percentile;

    record_open(&record, START, 12 * SECOND, 1e6);
    for (unsigned i = 0; i < RECORD_PARTS; i++)
        fill_part(&record, i, 1000, values[i]);
    record_percentile(&record, .5, &percentile);
    assert_true(percentile.is_supported && percentile.has_interval);
    assert_int_equal(percentile.value_ns, 600);
    assert_int_equal(percentile.low_ns, 300);
    assert_int_equal(percentile.high_ns, 1000);
    assert_false(percentile.is_bound);
    record_release(&record);
}

static void an_interval_reaches_to_the_value_that_few_parts_made(void **state)
{
    (void)state;
    struct record record;
    struct percentile percentile;

    record_open(&record, START, 12 * SECOND, 1e6);
    for (unsigned i = 0; i < RECORD_PARTS; i++)
        fill_part(&record, i, 1000, i == 4 ? 2000000 : 2000);
    record_percentile(&record, .99, &percentile);
    assert_true(percentile.has_interval);
    assert_int_equal(percentile.low_ns, 2000);
    assert_true(percentile.value_ns >= 2000000 && percentile.high_ns == percentile.value_ns);
    record_release(&record);
}

static void a_part_with_too_few_beyond_the_percentile_gives_no_interval(void **state)
{
    (void)state;
    struct record record;
    struct percentile percentile;

    record_open(&record, START, 12 * SECOND, 1e6);
    for (unsigned i = 0; i < RECORD_PARTS; i++)
        fill_part(&record, i, i == 7 ? 999 : 2000, 1000);
    record_percentile(&record, .99, &percentile);
    assert_true(percentile.is_supported);
    assert_false(percentile.has_interval);
    assert_int_equal(percentile.low_ns + percentile.high_ns, 0);
    fill_part(&record, 7, 1, 1000);
    record_percentile(&record, .99, &percentile);
    assert_true(percentile.has_interval);
    record_release(&record);
}

/* Of 10,000 requests, some unfinished; hardly two answers of the others fall in the same bin. */
static void a_percentile_is_a_bound_where_unfinished_ones_might_move_it(void **state)
{
    (void)state;
    static const struct {
        unsigned unfinished;
        int64_t age_ns;
        double p;
        bool is_bound;
    } table[] = {
        {0, 0, .99, false},
        {100, 2000000000, .99, false}, /* all above it, however long they would have taken */
        {101, 2000000000, .99, true},  /* it is one of them */
        {101, 2000000000, .9, false},
        {1, 500, .99, true}, /* young ones: each of them would have moved it up by one */
        {1, 500, .5, true},
        {1, 2000000000, .5, false},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct record record;
        struct percentile percentile;
        record_open(&record, START, 12 * SECOND, 1e6);
        for (unsigned k = table[i].unfinished; k < 10000; k++)
            answer(&record, k * MS, (int64_t)(10000 * pow(1.0012, k)));
        for (unsigned k = 0; k < table[i].unfinished; k++)
            record_censored(&record, START + k * MS, table[i].age_ns);
        record_percentile(&record, table[i].p, &percentile);
        assert_int_equal(percentile.n, 10000);
        assert_true(percentile.is_supported);
        assert_int_equal(percentile.is_bound, table[i].is_bound);
        record_release(&record);
    }
}

/* A young unfinished one below the percentile moves no rank out of a bin that holds thousands. */
static void a_few_unfinished_ones_do_not_matter_within_a_full_bin(void **state)
{
    (void)state;
    struct record record;
    struct percentile percentile;

    record_open(&record, START, 12 * SECOND, 1e6);
    for (unsigned k = 0; k < 10000; k++)
        answer(&record, k * MS, 1000);
    record_censored(&record, START, 500);
    record_percentile(&record, .5, &percentile);
    assert_int_equal(percentile.value_ns, 1000);
    assert_false(percentile.is_bound);
    record_release(&record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_request_and_one_request_are_records_too),
        cmocka_unit_test(a_percentile_needs_a_hundred_beyond_it),
        cmocka_unit_test(the_interval_is_that_of_the_parts),
        cmocka_unit_test(an_interval_reaches_to_the_value_that_few_parts_made),
        cmocka_unit_test(a_part_with_too_few_beyond_the_percentile_gives_no_interval),
        cmocka_unit_test(a_percentile_is_a_bound_where_unfinished_ones_might_move_it),
        cmocka_unit_test(a_few_unfinished_ones_do_not_matter_within_a_full_bin),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("pace_percentile", tests, NULL, NULL);
}
