/* A change, a margin, a figure and what they are of, as a reviewer reads them. */
#include "decision_room.h"

static void a_change_has_as_many_decimals_as_its_interval_needs(void **state)
{
    (void)state;
    static const struct {
        double value, low, high;
        const char *words;
    } table[] = {
        {1.041, 1.036, 1.045, "+4.1 % [+3.6, +4.5]"},
        {.959, .95, .97, "-4.1 % [-5.0, -3.0]"},
        {1.041, NAN, NAN, "+4.1 %"},
        {1.0012, 1.0007, 1.0016, "+0.12 % [+0.07, +0.16]"},
        {2.5, 2.2, 2.9, "+150 % [+120, +190]"},
        {.5, .4, .6, "-50.0 % [-60.0, -40.0]"},
        {.9999, .99, 1.01, "0.0 % [-1.0, +1.0]"}, /* nothing has no sign */
        {1.0001, .9, 1, "0.0 % [-10.0, 0.0]"},
        {1, NAN, NAN, "0.0 %"},
        {NAN, NAN, NAN, "–"},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char words[DECISION_CHANGE_MAX];
        struct estimate ratio = estimate(table[i].value, table[i].low, table[i].high);
        decision_change(words, &ratio);
        assert_string_equal(words, table[i].words);
    }
}

static void a_share_is_in_percent_as_a_user_wrote_it(void **state)
{
    (void)state;
    static const struct {
        double share;
        const char *words;
    } table[] = {
        {.01, "1 %"},      {.0025, "0.25 %"}, {.001, "0.1 %"}, {.05, "5 %"},
        {.125, "12.5 %"},  {.0125, "1.25 %"}, {1, "100 %"},    {12.34, "1234 %"},
        {9.996, "1000 %"}, {NAN, "–"},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char words[DECISION_CHANGE_MAX];
        decision_share(words, table[i].share);
        assert_string_equal(words, table[i].words);
    }
}

static void a_figure_has_its_metrics_unit(void **state)
{
    (void)state;
    static const struct {
        enum metric metric;
        double value;
        const char *words;
    } table[] = {
        {METRIC_COST, 4620, "4.62 µs"},
        {METRIC_SATURATED, 950, "950 ns"},
        {METRIC_P50, 71200, "71.2 µs"},
        {METRIC_P99, 5e6, "5 ms"},
        {METRIC_MEMORY, 3.4 * 1024 * 1024, "3.4 MiB"},
        {METRIC_THROUGHPUT, 212345, "212,000/s"},
        {METRIC_THROUGHPUT, 812, "812/s"},
        {METRIC_INSTRUCTIONS, 1234.4, "1,234"},
        {METRIC_INSTRUCTIONS, 999.6, "1,000"},
        {METRIC_P99_SOLO, 5e6, "5 ms"},
        {METRIC_MEMORY_IDLE, 3.4 * 1024 * 1024, "3.4 MiB"},
        {METRIC_INSTRUCTIONS, NAN, "–"},
        {METRIC_CONSISTENCY, NAN, "–"},
        {METRIC_COST, NAN, "–"},
        {METRIC_MEMORY, NAN, "–"},
        {METRIC_THROUGHPUT, NAN, "–"},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char words[DECISION_CHANGE_MAX];
        decision_figure(words, table[i].metric, table[i].value);
        assert_string_equal(words, table[i].words);
    }
}

static void a_subject_names_the_rate_where_there_is_one(void **state)
{
    (void)state;
    struct decision_row *row = add("epoll", METRIC_P99, 1, DECISION_SMALL);
    char *without = decision_subject(row);
    row->rate_rps = 5000;
    char *with = decision_subject(row);
    assert_string_equal(without, "epoll on plaintext: p99");
    assert_string_equal(with, "epoll on plaintext: p99 at 5,000/s");
    free(without);
    free(with);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DECISION(a_change_has_as_many_decimals_as_its_interval_needs),
        IN_DECISION(a_share_is_in_percent_as_a_user_wrote_it),
        IN_DECISION(a_figure_has_its_metrics_unit),
        IN_DECISION(a_subject_names_the_rate_where_there_is_one),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("decision_words", tests, NULL, NULL);
}
