/* The tables of latency against rate: what stands in a cell,
 * and that whatever is missing has its reason. */
#include "present/latency_grid.h"
#include "tests/present_ends.h"
#include "tests/synthetic_curves.h"

static void every_end_of_a_search_has_words_of_its_own(void **state)
{
    (void)state;
    struct latency latency = latency_of_ends();
    struct grid grid;
    assert_true(latency_grid_make(&grid, &latency, LATENCY_TABLE_LIMITS));
    for (size_t i = 0; i < ENDS; i++) {
        const struct grid_cell *cell = grid_cell(&grid, i, 0);
        assert_string_equal(cell->text, ends[i].text);
        assert_string_equal(cell->small, ends[i].small);
    }
    grid_release(&grid);
    latency_release(&latency);
    result_release(&s.result);
}

/* As a run has them. */
static void ends_of_searches_are_told_apart(void **state)
{
    (void)state;
    static const struct slo slo = {.99, 5000000};
    synthetic_latency_init(&s, 3);
    s.result.experiment.slo.slos[s.result.experiment.slo.slo_count++] =
        (struct slo){.9999, 5000000};
    synthetic_search(&s, synthetic_arm(&s, "found"), &slo, 50000, 40000);
    synthetic_search(&s, synthetic_arm(&s, "none"), &slo, 50000, 1);
    synthetic_look(&s, synthetic_arm(&s, "slow"), 20);
    size_t bound = synthetic_arm(&s, "bound"), late = synthetic_arm(&s, "late");
    synthetic_look(&s, bound, 50000);
    synthetic_trial(&s, bound, &slo, 10000, false, 3, 0);
    for (int i = 0; i < 2; i++)
        synthetic_make_late(synthetic_trial(&s, bound, &slo, 15000, false, 3, 0));
    synthetic_look(&s, late, 50000);
    for (int i = 0; i < 2; i++)
        synthetic_make_late(synthetic_trial(&s, late, &slo, 10000, false, 3, 0));
    summarise();
    assert_int_equal(summary.latency_count, 1);
    assert_int_equal(summary.latencies[0].curve_count, 0);
    char *text = capture(write_text);
    has(text, "found   ");
    has(text, "  none, failed at ");
    has(text, "too few");
    has(text, "unfinished");
    has(text, "≥ 10,000/s");
    has(text, "undecided, the generator was late");
    has_not(text, "disturbed");
    free(text);
}

static void a_dash_has_its_reason_below_the_table(void **state)
{
    (void)state;
    synthetic_curves(&s, 3, 2); /* 30,000 requests at 1,000/s: p99.9 has 30 beyond it */
    summarise();
    char *text = capture(write_text);
    has(text, "–: too few requests: 100 must lie beyond it; or the generator was late.");
    free(text);
}

static void a_table_without_a_dash_has_no_reasons(void **state)
{
    (void)state;
    static const uint32_t slow[] = {5};
    static const struct queue even = {"even", 4e4, 100000, 1};
    synthetic_latency_init(&s, 1); /* 50 requests: a cost, and no percentile */
    queue_curve(&s, &even, 1, slow, 1);
    summarise();
    char *text = capture(write_text);
    has(text, "  CPU per request by rate\n");
    has_not(text, "–");
    free(text);
}

/* A generator that was on time for half of the requests vouches for a median, and for no cost. */
static void a_cost_that_is_missing_beside_a_median_has_its_reason(void **state)
{
    (void)state;
    struct grid grid;
    synthetic_latency_init(&s, 1);
    size_t arm = synthetic_arm(&s, "late");
    synthetic_curve_round(&s, arm, 0, 1000, 5e4);
    struct round *round = synthetic_curve_round(&s, arm, 0, 2000, 5e4);
    round->trusted_p = .5;
    outcome_add(&round->outcome, REASON_GEN_LATE, "half of the requests were sent late");
    summarise();
    const struct latency *latency = &summary.latencies[0];
    assert_true(latency_grid_make(&grid, latency, LATENCY_TABLE_P50));
    assert_string_equal(grid.note, "");
    grid_release(&grid);
    assert_true(latency_grid_make(&grid, latency, LATENCY_TABLE_COST));
    assert_string_equal(grid_cell(&grid, 0, 0)->text, "8.00 µs");
    assert_string_equal(grid_cell(&grid, 0, 1)->text, "–");
    assert_string_equal(grid.note,
                        "–: the generator was late, and a crowd of requests costs less.");
    grid_release(&grid);
}

/* A value without a range looks surer than one with it. */
static void a_figure_of_a_single_round_says_so(void **state)
{
    (void)state;
    static const enum latency_table tables[] = {LATENCY_TABLE_COMMON, LATENCY_TABLE_P50,
                                                LATENCY_TABLE_P99, LATENCY_TABLE_COST};
    synthetic_latency_init(&s, 3);
    size_t arm = synthetic_arm(&s, "lonely");
    for (uint32_t b = 0; b < 3; b++) {
        struct round *round = synthetic_curve_round(&s, arm, b, 1000, 5e4);
        if (b > 0)
            outcome_add(&round->outcome, REASON_INTERFERED, "a neighbour");
    }
    summarise();
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        struct grid grid;
        assert_true(latency_grid_make(&grid, &summary.latencies[0], tables[i]));
        assert_string_equal(grid_cell(&grid, 0, 0)->small, "(one round of 3)");
        grid_release(&grid);
    }
}

/* A reader who meets a figure in a sentence finds the same one in the table. */
static void a_figure_is_written_as_in_the_sentences(void **state)
{
    (void)state;
    struct grid grid;
    synthetic_curves(&s, 6, 3);
    summarise();
    const struct latency *latency = &summary.latencies[0];
    assert_true(latency_grid_make(&grid, latency, LATENCY_TABLE_P99));
    for (size_t i = 0; i < latency->curve_count; i++) {
        const struct grid_cell *cell = grid_cell(&grid, i, 0);
        char *figure = text_format("p99 %s %s at 1,000/s", cell->text, cell->small);
        has(latency->sentences.items[i], figure);
        free(figure);
    }
    grid_release(&grid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_end_of_a_search_has_words_of_its_own),
        cmocka_unit_test_teardown(ends_of_searches_are_told_apart, release),
        cmocka_unit_test_teardown(a_dash_has_its_reason_below_the_table, release),
        cmocka_unit_test_teardown(a_table_without_a_dash_has_no_reasons, release),
        cmocka_unit_test_teardown(a_cost_that_is_missing_beside_a_median_has_its_reason, release),
        cmocka_unit_test_teardown(a_figure_of_a_single_round_says_so, release),
        cmocka_unit_test_teardown(a_figure_is_written_as_in_the_sentences, release),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("latency grid", tests, NULL, NULL);
}
