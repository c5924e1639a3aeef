/* What the drawings of latency are told to draw: where curves
 * end, what is a mark, and which colour an interval has. */
#include "tests/present_room.h"
#include "tests/synthetic_curves.h"

#include "present/palette.h"
#include "present/plot_latency.h"

static char *drawn; /* by the last call */

static const struct latency *latency(void)
{
    assert_int_equal(summary.latency_count, 1);
    return &summary.latencies[0];
}

static double draw(size_t kind)
{
    size_t size;
    free(drawn);
    FILE *out = open_memstream(&drawn, &size);
    double height =
        kind == PLOT_LATENCY_PERCENTILES ? plot_latency_percentiles(out, &s.result, latency())
        : kind == PLOT_LATENCY_OVER_TIME ? plot_latency_over_time(out, &s.result, latency())
                                         : plot_latency_rates(out, &s.result, latency(), kind);
    fclose(out);
    return height;
}

/* The lines of a block of data that are no empty ones. */
struct line {
    double fields[4];
    int count;
};

static size_t block(const char *name, struct line *lines, size_t most)
{
    char *open = text_format("$%s << EOD\n", name), *at = strstr(drawn, open);
    size_t n = 0;
    if (!at)
        fail_msg("no block %s", name);
    at += strlen(open);
    for (; strncmp(at, "EOD", 3) != 0; at = strchr(at, '\n') + 1) {
        struct line line = {{0}, 0};
        line.count = sscanf(at, "%lf %lf %lf %lf", &line.fields[0], &line.fields[1],
                            &line.fields[2], &line.fields[3]);
        if (*at == '\n')
            continue;
        assert_true(line.count > 1);
        assert_true(n < most);
        lines[n++] = line;
    }
    free(open);
    return n;
}

enum { MOST = 2000 };
static struct line lines[MOST];

static double number(const char *name)
{
    char *wanted = text_format("%s = ", name), *at = drawn;
    while (strncmp(at, wanted, strlen(wanted)) != 0)
        if (!(at = strchr(at, '\n')) || *++at == '\0')
            fail_msg("no %s", name);
    double value = strtod(at + strlen(wanted), NULL);
    free(wanted);
    return value;
}

static const struct queue even = {"even", 4e4, 100000, 1};
static const uint32_t at_10000[] = {10000};

static void a_curve_ends_where_100_requests_lie_beyond(void **state)
{
    (void)state;
    synthetic_latency_init(&s, 3);
    queue_curve(&s, &even, 3, at_10000, 1);
    summarise();
    assert_true(draw(PLOT_LATENCY_PERCENTILES) > 0);
    uint64_t total = latency()->curves[0].points[0].merged.total;
    size_t n = block("curves", lines, MOST);
    assert_true(n > 50);
    assert_true(fabs(lines[n - 1].fields[0] / ((double)total / 100) - 1) < 1e-3);
    for (size_t i = 1; i < n; i++) {
        assert_true(lines[i].fields[0] > lines[i - 1].fields[0]);
        assert_true(lines[i].fields[1] >= lines[i - 1].fields[1]);
    }
}

static void a_curve_ends_where_the_generator_was_late(void **state)
{
    (void)state;
    synthetic_latency_init(&s, 3);
    queue_curve(&s, &even, 3, at_10000, 1);
    s.result.rounds[1].trusted_p = .995;
    summarise();
    assert_true(draw(PLOT_LATENCY_PERCENTILES) > 0);
    size_t n = block("curves", lines, MOST);
    assert_true(fabs(lines[n - 1].fields[0] - 200) < .01);
}

static void a_server_whose_curve_does_not_reach_the_median_has_none(void **state)
{
    (void)state;
    synthetic_latency_init(&s, 3);
    queue_curve(&s, &even, 3, at_10000, 1);
    summarise();
    struct latency_point *point = &summary.latencies[0].curves[0].points[0];
    point->trusted_p = .4;
    assert_true(draw(PLOT_LATENCY_PERCENTILES) == 0);
    point->trusted_p = .5;
    assert_true(draw(PLOT_LATENCY_PERCENTILES) > 0);
    assert_int_equal(block("curves", lines, MOST), 8);
}

static void a_failed_rate_is_a_mark_above_all_values(void **state)
{
    (void)state;
    enum {
        FAILED = 3
    }; /* thread, mhd-thread and the one of the long name at 100,000/s; four at 200,000/s */
    synthetic_curves(&s, 6, QUEUES);
    summarise();
    for (size_t kind = PLOT_LATENCY_P50; kind <= PLOT_LATENCY_P999; kind++) {
        double highest = 0, lowest_mark = INFINITY;
        size_t at_100k = 0;
        draw(kind);
        size_t n = block("bars", lines, MOST);
        for (size_t i = 1; i < n; i++)
            highest = fmax(highest, lines[i].fields[2]);
        n = block("failures", lines, MOST);
        assert_int_equal(n, 1 + QUEUES - 1); /* the generator, not uring, was the end of uring's */
        for (size_t i = 1; i < n; i++) {
            lowest_mark = fmin(lowest_mark, lines[i].fields[1]);
            at_100k += fabs(lines[i].fields[0] / 100000 - 1) < .3;
        }
        assert_int_equal(at_100k, FAILED);
        assert_true(highest > 0 && lowest_mark > highest);
        assert_true(lowest_mark < number("yto"));
        assert_int_equal(block("rises", lines, MOST), 1 + 2 * (QUEUES - 1));
    }
}

static void where_the_generator_was_the_end_an_arrow_goes_on(void **state)
{
    (void)state;
    synthetic_curves(&s, 6, 2);
    summarise();
    draw(PLOT_LATENCY_P99);
    assert_int_equal(block("bounds", lines, MOST), 2);
    assert_true(fabs(lines[1].fields[0] / 100000 - 1) < .1);
    assert_true(lines[1].fields[2] > 0);
}

static void intervals_of_one_rate_stand_beside_each_other(void **state)
{
    (void)state;
    synthetic_curves(&s, 6, 4);
    summarise();
    draw(PLOT_LATENCY_P50);
    size_t n = block("bars", lines, MOST);
    assert_int_equal(n, 1 + 7 + 7 + 6 + 7);
    for (size_t i = 1; i < n; i++) {
        assert_true(lines[i].fields[1] < lines[i].fields[2]);
        for (size_t k = 1; k < i; k++)
            assert_true(lines[i].fields[0] != lines[k].fields[0]);
    }
}

static void what_hardly_differs_has_a_decade_of_room(void **state)
{
    (void)state;
    synthetic_latency_init(&s, 3);
    queue_curve(&s, &even, 3, at_10000, 1);
    summarise();
    draw(PLOT_LATENCY_P50);
    assert_true(number("yto") / number("yfrom") >= 10);
}

static void one_round_has_a_point_and_no_interval(void **state)
{
    (void)state;
    synthetic_latency_init(&s, 1);
    queue_curve(&s, &even, 1, at_10000, 1);
    summarise();
    draw(PLOT_LATENCY_P99);
    assert_int_equal(block("bars", lines, MOST), 1);
    assert_int_equal(block("curves", lines, MOST), 1);
    assert_true(fabs(lines[0].fields[1] / latency()->curves[0].points[0].p_ns[LATENCY_P99].median -
                     1) < 1e-3);
}

/* 234 pixels have room for six words of 36. */
static void where_rates_are_many_the_axis_names_some(void **state)
{
    (void)state;
    uint32_t rates[RATES_MOST];
    for (size_t i = 0; i < RATES_MOST; i++)
        rates[i] = (uint32_t)(1000 * pow(1.2, (double)i));
    synthetic_latency_init(&s, 1);
    queue_curve(&s, &even, 1, rates, RATES_MOST);
    summarise();
    draw(PLOT_LATENCY_P50);
    size_t names = 0;
    for (char *at = strstr(drawn, "\ntics = '") + 1; *at != '\n'; at++)
        names += *at == '"';
    assert_in_range(names / 2, 4, 7);
    assert_int_equal(block("curves", lines, MOST), RATES_MOST);
}

/* Four intervals of a second in one round: 50 us, 50 us, none, 5 ms. */
static void make_course(void)
{
    static const int64_t p99_ns[] = {50000, 52000, MISSING, 5000000};
    synthetic_latency_init(&s, 1);
    queue_curve(&s, &even, 1, at_10000, 1);
    struct latency_series *series = &s.result.rounds[0].latency;
    series->count = 4;
    series->interval_ns = 1000000000;
    memcpy(series->p99_ns, p99_ns, sizeof p99_ns);
    summarise();
}

static void a_strip_has_a_piece_for_each_colour_and_a_gap_where_nothing_is_vouched_for(void **state)
{
    (void)state;
    make_course();
    assert_true(draw(PLOT_LATENCY_OVER_TIME) > 0);
    assert_int_equal(block("cells", lines, MOST), 2);
    assert_true(fabs(lines[0].fields[0]) < .001 && fabs(lines[0].fields[1] - 2) < .001);
    assert_true(fabs(lines[1].fields[0] - 3) < .001 && fabs(lines[1].fields[1] - 4) < .001);
    assert_int_equal(lines[0].fields[3], palette_heat(0));
    assert_int_equal(lines[1].fields[3], palette_heat(HEATS - 1));
    assert_true(strstr(drawn, "0 \"even\" \"5 ms\" 4\n") != NULL);
}

static void the_same_time_has_the_same_colour_in_every_strip(void **state)
{
    (void)state;
    synthetic_curves(&s, 6, QUEUES);
    summarise();
    draw(PLOT_LATENCY_OVER_TIME);
    unsigned colours[2] = {0};
    size_t n = block("cells", lines, MOST);
    for (size_t i = 0; i < n; i++) /* epoll's row, and uring's: both far below the first limit */
        if (lines[i].fields[2] >= QUEUES - 2)
            colours[(int)lines[i].fields[2] - (QUEUES - 2)] = (unsigned)lines[i].fields[3];
    assert_int_equal(colours[0], palette_heat(0));
    assert_int_equal(colours[1], palette_heat(0));
    assert_true(strstr(drawn, "\"20 µs\"\n") != NULL);
}

static void where_no_round_has_a_course_there_is_no_strip(void **state)
{
    (void)state;
    make_course();
    for (size_t i = 0; i < 4; i++)
        s.result.rounds[0].latency.p99_ns[i] = MISSING;
    assert_true(draw(PLOT_LATENCY_OVER_TIME) == 0);
}

static void the_typical_round_has_the_median_p99(void **state)
{
    (void)state;
    synthetic_latency_init(&s, 5);
    queue_curve(&s, &even, 5, at_10000, 1);
    for (size_t i = 0; i < 5; i++) {
        static const uint64_t ns[] = {90000, 10000, 50000, 70000, 30000};
        histogram_release(&s.result.rounds[i].response);
        histogram_add(&s.result.rounds[i].response, ns[i], 100000);
    }
    summarise();
    assert_ptr_equal(latency_typical(&s.result, latency(), 0), &s.result.rounds[2]);
    outcome_add(&s.result.rounds[0].outcome, REASON_INTERFERED, "another program");
    assert_ptr_equal(latency_typical(&s.result, latency(), 0), &s.result.rounds[4]);
    for (size_t i = 1; i < 5; i++)
        outcome_add(&s.result.rounds[i].outcome, REASON_OVERLOADED, "it fell behind");
    assert_null(latency_typical(&s.result, latency(), 0));
}

/* Relative luminance (WCAG 2.2). */
static double luminance(unsigned rgb)
{
    static const double weights[] = {.2126, .7152, .0722};
    double sum = 0;
    for (int i = 0; i < 3; i++) {
        double part = (rgb >> (16 - 8 * i) & 0xff) / 255.0;
        sum += weights[i] * (part <= .04045 ? part / 12.92 : pow((part + .055) / 1.055, 2.4));
    }
    return sum;
}

static void colours_of_time_are_ordered_by_lightness_alone(void **state)
{
    (void)state;
    char *css = NULL, *at;
    size_t size;
    FILE *out = open_memstream(&css, &size);
    palette_css(out);
    fclose(out);
    at = css;
    for (int theme = 0; theme < 2; theme++) { /* light, then dark */
        double last = NAN;
        for (int step = 1; step <= HEATS; step++) {
            char *name = text_format("--heat-%d:#", step);
            at = strstr(at, name);
            assert_non_null(at);
            double now = luminance((unsigned)strtoul(at + strlen(name), NULL, 16));
            if (step >
                1) /* ever further from the paper; 1.15 apart, so that steps can be told apart */
                assert_true(theme == 0 ? (last + .05) / (now + .05) > 1.15
                                       : (now + .05) / (last + .05) > 1.15);
            last = now;
            free(name);
        }
    }
    free(css);
}

static int forget(void **state)
{
    free(drawn);
    drawn = NULL;
    return release(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_curve_ends_where_100_requests_lie_beyond, forget),
        cmocka_unit_test_teardown(a_curve_ends_where_the_generator_was_late, forget),
        cmocka_unit_test_teardown(a_server_whose_curve_does_not_reach_the_median_has_none, forget),
        cmocka_unit_test_teardown(a_failed_rate_is_a_mark_above_all_values, forget),
        cmocka_unit_test_teardown(where_the_generator_was_the_end_an_arrow_goes_on, forget),
        cmocka_unit_test_teardown(intervals_of_one_rate_stand_beside_each_other, forget),
        cmocka_unit_test_teardown(what_hardly_differs_has_a_decade_of_room, forget),
        cmocka_unit_test_teardown(where_rates_are_many_the_axis_names_some, forget),
        cmocka_unit_test_teardown(one_round_has_a_point_and_no_interval, forget),
        cmocka_unit_test_teardown(
            a_strip_has_a_piece_for_each_colour_and_a_gap_where_nothing_is_vouched_for, forget),
        cmocka_unit_test_teardown(the_same_time_has_the_same_colour_in_every_strip, forget),
        cmocka_unit_test_teardown(where_no_round_has_a_course_there_is_no_strip, forget),
        cmocka_unit_test_teardown(the_typical_round_has_the_median_p99, forget),
        cmocka_unit_test(colours_of_time_are_ordered_by_lightness_alone),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("plot latency", tests, NULL, NULL);
}
