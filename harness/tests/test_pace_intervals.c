/* The series over time: how wide its intervals are, and which requests each of them holds. */
#include <math.h>
#include <stdlib.h>

#include "pace/random.h"
#include "tests/pace_record_room.h"

static void intervals_are_as_wide_as_they_must_be(void **state)
{
    (void)state;
    static const struct {
        int64_t window_ns;
        double expected_requests;
        size_t count;
        int64_t interval_ns;
    } table[] = {
        {10000 * (int64_t)1000000, 200000, 100, 100000000}, /* 100 ms hold 2,000 requests */
        {10000 * (int64_t)1000000, 50000, 50, 200000000},   /* 1,000 requests take 200 ms */
        {10000 * (int64_t)1000000, 5499, 5, 2000000000},
        {10000 * (int64_t)1000000, 999, 1, 10000000000},
        {10000 * (int64_t)1000000, 0, 1, 10000000000},
        {50 * (int64_t)1000000, 1e6, 1, 50000000},
        {1050 * (int64_t)1000000, 1e6, 10, 105000000}, /* equal ones: none is a stub */
        {3600 * (int64_t)1000000000, 3.6e6, 600, 6000000000},
        {604800 * (int64_t)1000000000, 6e12, 600, 1008000000000},
        {1000000007, 1e6, 10, 100000001}, /* rounded up */
        {1, 1, 1, 1},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct record record;
        record_open(&record, START, table[i].window_ns, table[i].expected_requests);
        assert_int_equal(record.interval_count, table[i].count);
        assert_true(record.interval_ns == table[i].interval_ns);
        answer(&record, 0, 1);
        answer(&record, table[i].window_ns - 1, 1);
        assert_int_equal(record.intervals[0].n + (table[i].count > 1), 2);
        assert_int_equal(record.intervals[table[i].count - 1].n + (table[i].count > 1), 2);
        record_release(&record);
    }
}

/* Beside every border of windows whose intervals are no round
 * numbers: exact, though no division is made. */
static void borders_of_intervals_and_parts_are_exact(void **state)
{
    (void)state;
    static const int64_t windows[] = {1000000007, 86400000000001, 604799999999999, 7777777777777};

    for (size_t w = 0; w < sizeof windows / sizeof *windows; w++) {
        struct record record;
        int64_t width_ns, part_ns = (windows[w] + RECORD_PARTS - 1) / RECORD_PARTS;
        record_open(&record, START, windows[w], 1e12);
        width_ns = record.interval_ns;
        for (size_t i = 1; i < record.interval_count; i++)
            for (int64_t off = -2; off < 2; off++)
                answer(&record, (int64_t)i * width_ns + off, 1);
        for (size_t i = 0; i < record.interval_count; i++) {
            size_t ends = (i > 0) + (i + 1 < record.interval_count);
            assert_int_equal(record.intervals[i].n, 2 * ends);
        }
        uint64_t before[RECORD_PARTS];
        for (unsigned i = 0; i < RECORD_PARTS; i++)
            before[i] = record.parts[i].total;
        for (unsigned i = 1; i < RECORD_PARTS; i++) {
            answer(&record, i * part_ns - 1, 1);
            answer(&record, i * part_ns, 1);
        }
        for (unsigned i = 0; i < RECORD_PARTS; i++)
            assert_int_equal(record.parts[i].total - before[i],
                             1 + (i > 0 && i + 1 < RECORD_PARTS));
        record_release(&record);
    }
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static uint64_t exact_quantile(const uint64_t *sorted, size_t n, double q)
{
    double rank = ceil(q * (double)n);

    return sorted[rank < 1 ? 0 : (size_t)rank - 1];
}

/* Its own distribution in each interval, in any order, answers
 * long after their interval among them. */
static void intervals_hold_the_quantiles_of_what_was_due_in_them(void **state)
{
    (void)state;
    enum { INTERVALS = 20, EACH = 3001 };
    static uint64_t samples[INTERVALS][EACH];
    struct record record;
    struct random random;

    random_init(&random, 1, RANDOM_ARRIVALS);
    record_open(&record, START, INTERVALS * 100 * MS, 1e6);
    assert_int_equal(record.interval_count, INTERVALS);
    for (unsigned k = 0; k < EACH; k++)
        for (unsigned i = INTERVALS; i-- > 0;) {
            double scale = 1000 << i % 12;
            samples[i][k] = (uint64_t)(scale / pow(random_unit(&random), 1.1));
            answer(&record, i * 100 * MS + random_below(&random, 100000000),
                   (int64_t)samples[i][k]);
        }
    record_close(&record);
    for (unsigned i = 0; i < INTERVALS; i++) {
        const struct interval *interval = &record.intervals[i];
        const struct {
            double q;
            uint64_t found_ns;
        } table[] = {{.5, interval->p50_ns}, {.9, interval->p90_ns}, {.99, interval->p99_ns}};
        qsort(samples[i], EACH, sizeof samples[i][0], compare);
        assert_int_equal(interval->n, EACH);
        assert_true(interval->max_ns == samples[i][EACH - 1]);
        for (unsigned t = 0; t < 3; t++) {
            uint64_t exact = exact_quantile(samples[i], EACH, table[t].q);
            assert_true(table[t].found_ns >= exact);
            assert_true(table[t].found_ns - exact <= (exact > 1024 ? exact / 32 : 32));
        }
    }
    record_release(&record);
}

static void an_answer_belongs_to_the_interval_in_which_it_was_due(void **state)
{
    (void)state;
    struct record record;

    record_open(&record, START, 10 * SECOND, 1e6);
    for (int64_t ms = 0; ms < 10000; ms++)
        answer(&record, ms * MS, 100000);
    answer(&record, 250 * MS, 9 * SECOND);
    record_close(&record);
    assert_int_equal(record.intervals[2].n, 101);
    assert_true(record.intervals[2].max_ns == (uint64_t)(9 * SECOND));
    assert_int_equal(record.parts[0].max, 9 * SECOND);
    for (size_t i = 0; i < record.interval_count; i++)
        if (i != 2) {
            assert_int_equal(record.intervals[i].n, 100);
            assert_int_equal(record.intervals[i].max_ns, 100000);
            assert_int_equal(record.intervals[i].p99_ns, 100000); /* never above the greatest */
        }
    record_release(&record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_are_as_wide_as_they_must_be),
        cmocka_unit_test(borders_of_intervals_and_parts_are_exact),
        cmocka_unit_test(intervals_hold_the_quantiles_of_what_was_due_in_them),
        cmocka_unit_test(an_answer_belongs_to_the_interval_in_which_it_was_due),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("pace_intervals", tests, NULL, NULL);
}
