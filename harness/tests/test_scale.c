/* A sweep's figures, by hand: cost of the steady part, ratios
 * within blocks, memory for each connection. */
#include "summary_room.h"

#include "analyse/scale.h"
#include "analyse/steady.h"
#include "tests/synthetic_scale.h"

enum { ONE, BASE, MIDDLE, MOST, IDLE, LEVELS };

static void make(unsigned blocks)
{
    synthetic_scale_init(&s, blocks);
    synthetic_workload(&s, "plaintext", "GET /plaintext");
    synthetic_scale_arm(&s, "epoll", blocks, 4000, 1.2);
    synthetic_scale_arm(&s, "thread", blocks, 6000, 2);
}

static const struct scale_curve *curve(size_t arm)
{
    assert_int_equal(summary.scale_count, 1);
    return &summary.scales[0].curves[arm];
}

/* Openings made its whole window twice as dear. */
static void the_cost_is_that_of_the_part_without_openings(void **state)
{
    (void)state;
    synthetic_scale_init(&s, 1);
    synthetic_workload(&s, "plaintext", "GET /plaintext");
    synthetic_arm(&s, "epoll");
    struct round *round = synthetic_scale_round(&s, 0, 0, 4096, 0, 5000);
    near(steady_cost_ns(round), 5000, 1);
    near(steady_throughput_rps(round), 100000, 1);
    near((double)round->cpu_server_ns / (double)round->requests_count, 10000, 1);
}

static void without_a_series_there_is_no_cost(void **state)
{
    (void)state;
    synthetic_scale_init(&s, 1);
    synthetic_workload(&s, "plaintext", "GET /plaintext");
    synthetic_arm(&s, "epoll");
    struct round *round = synthetic_scale_round(&s, 0, 0, 64, 0, 5000);
    round->octets_in = MISSING;
    assert_true(isnan(steady_cost_ns(round)));
    round->octets_in = 300;
    round->requests_count = 0;
    assert_true(isnan(steady_cost_ns(round)));
    struct round *blind = synthetic_scale_round(&s, 0, 0, 64, 0, 5000);
    for (size_t i = 6; i < blind->series.count; i++)
        blind->series.cpu_server_ns[i] = MISSING;
    assert_true(isnan(steady_cost_ns(blind)));
    struct round *lost = synthetic_scale_round(&s, 0, 0, 64, 0, 5000);
    series_release(&lost->series);
    assert_true(isnan(steady_cost_ns(lost)));
}

static void numbers_are_in_order_whatever_the_rounds_were(void **state)
{
    (void)state;
    make(3);
    for (size_t i = 0, last = s.result.round_count - 1; i < last; i++, last--) {
        struct round swap = s.result.rounds[i];
        s.result.rounds[i] = s.result.rounds[last];
        s.result.rounds[last] = swap;
    }
    summarise();
    const struct scale *scale = &summary.scales[0];
    static const unsigned connections[] = {1, 64, 1024, 4096, 64};
    assert_int_equal(scale->count, LEVELS);
    for (size_t i = 0; i < LEVELS; i++)
        assert_int_equal(scale->levels[i].connections, connections[i]);
    assert_int_equal(scale->levels[IDLE].idle, 10000);
    assert_int_equal(scale->base, BASE);
    assert_int_equal(scale->largest, MOST);
    assert_int_equal(scale->idle, IDLE);
    assert_int_equal(scale->first_workers, LEVELS);
    assert_int_equal(scale->curve_count, 2);
}

/* Blocks whose own costs differ by 10 % each: only the ratios within them are alike. */
static void ratios_are_taken_within_blocks_and_have_an_interval_from_six_on(void **state)
{
    (void)state;
    make(6);
    summarise();
    const struct scale_point *most = &curve(0)->points[MOST];
    near(most->ratio.median, 1.2, 0.001);
    near(most->ratio.low, 1.2 * 0.975, 0.001);
    near(most->ratio.high, 1.2 * 1.025, 0.001);
    assert_true(most->ratio.is_interval);
    near(curve(0)->points[BASE].ratio.median, 1, 1e-9);
    near(curve(0)->points[BASE].cost_ns.median, 4000 * 1.25, 1);
    near(curve(1)->points[MOST].ratio.median, 2, 0.001);
    near(curve(0)->points[IDLE].ratio.median, 1.02, 0.001);
}

static void below_six_blocks_there_is_a_range(void **state)
{
    (void)state;
    make(3);
    summarise();
    const struct spread *ratio = &curve(0)->points[MOST].ratio;
    assert_int_equal(ratio->n, 3);
    assert_false(ratio->is_interval);
    char *words = scale_ratio_words(ratio);
    assert_string_equal(words, "1.20× (1.19 – 1.21 in 3 blocks)");
    free(words);
}

static void memory_is_what_each_connection_more_adds(void **state)
{
    (void)state;
    make(2);
    summarise();
    near(curve(0)->points[MOST].user_bytes, 2048, 0.01);
    near(curve(0)->points[MOST].kernel_bytes, 8192, 0.01);
    near(curve(0)->points[IDLE].user_bytes, 512, 0.01);
    near(curve(0)->points[IDLE].kernel_bytes, 8192, 0.01);
    near(curve(0)->user_slope, 2048, 0.01);
    near(curve(0)->kernel_slope, 8192, 0.01);
    assert_true(isnan(curve(0)->points[BASE].user_bytes));
    assert_true(isnan(curve(0)->points[ONE].user_bytes));
}

static void one_connection_gives_the_time_of_a_turn(void **state)
{
    (void)state;
    make(2);
    summarise();
    assert_true(curve(0)->points[ONE].turns);
    assert_true(curve(0)->points[ONE].censored);
    assert_false(curve(0)->points[BASE].turns);
    assert_false(curve(0)->points[BASE].censored);
}

/* A refused round takes its block out of the ratio; a number
 * that has none left is said to have none. */
static void refused_rounds_leave_holes_that_are_told(void **state)
{
    (void)state;
    make(6);
    for (size_t i = 0; i < s.result.round_count; i++) {
        struct round *round = &s.result.rounds[i];
        if (round->arm == 0 && round->connections == 64 && round->idle_connections == 0 &&
            round->block == 5)
            outcome_add(&round->outcome, REASON_INTERFERED, "a neighbour");
        if (round->arm == 1 && round->idle_connections > 0)
            outcome_add(&round->outcome, REASON_LOAD_FAILED, "9000 of 10000 idle connections");
    }
    summarise();
    assert_int_equal(curve(0)->points[MOST].ratio.n, 5);
    assert_int_equal(curve(0)->points[MOST].used, 6);
    assert_int_equal(curve(0)->points[BASE].lost, 1);
    assert_true(isnan(curve(1)->points[IDLE].cost_ns.median));
    says(&summary.cautions,
         "thread at 64 connections beside 10,000 idle ones has no valid number: 9000 of 10000");
    says(&summary.cautions, "7 of the sweep's 60 rounds were refused, first: a neighbour.");
}

static void a_repeat_replaces_only_the_round_it_repeats(void **state)
{
    (void)state;
    make(1);
    struct round *spoiled = &s.result.rounds[3];
    assert_int_equal(spoiled->connections, 4096);
    outcome_add(&spoiled->outcome, REASON_PORTS, "a connection too few");
    struct round *again = synthetic_scale_round(&s, 0, 0, 4096, 0, 6000);
    again->attempt = 1;
    summarise();
    near(curve(0)->points[MOST].ratio.median, 1.5, 0.001);
    assert_int_equal(curve(0)->points[BASE].used, 1);
    assert_int_equal(curve(0)->points[MIDDLE].used, 1);
}

static void sentences_say_by_how_much(void **state)
{
    (void)state;
    make(6);
    summarise();
    says(&summary.scales[0].sentences,
         "epoll: at 4,096 connections a request costs 1.20× [1.17, 1.23] what it costs at 64, and "
         "beside 10,000 idle ones 1.02×");
    says(&summary.scales[0].sentences,
         "an active connection adds 2.0 KiB to its memory, an idle one 512 bytes.");
    has(summary.headline, "On plaintext, a request of epoll costs 1.20× [1.17, 1.23] at 4,096 "
                          "connections what it costs at 64: the least of all");
    has(summary.headline, "of thread it costs the most, 2.00×");
    assert_int_equal(summary.count, 0); /* nothing to rank */
    assert_int_equal(summary.exit_code, 0);
}

static void a_sweep_without_one_number_is_no_success(void **state)
{
    (void)state;
    make(1);
    for (size_t i = 0; i < s.result.round_count; i++)
        outcome_add(&s.result.rounds[i].outcome, REASON_INTERFERED, "a neighbour");
    summarise();
    assert_int_equal(summary.exit_code, 3);
    has(summary.headline, "No usable row");
}

/* Both kinds of rounds of one workload in one run. */
static void a_sweep_leaves_the_tables_beside_it_alone(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    summarise();
    double cost_ns = row_of(PLAINTEXT, EPOLL)->cost_ns;
    unsigned used = row_of(PLAINTEXT, EPOLL)->rounds_used;
    summary_release(&summary);
    s.result.experiment.scale.base = 64;
    strings_add(&s.result.experiment.solo.workloads, "plaintext");
    strings_add(&s.result.experiment.scale.set.workloads, "plaintext");
    for (uint32_t block = 0; block < 3; block++) {
        synthetic_scale_round(&s, EPOLL, block, 64, 0, 50000);
        synthetic_scale_round(&s, EPOLL, block, 4096, 0, 60000);
    }
    summarise();
    near(row_of(PLAINTEXT, EPOLL)->cost_ns, cost_ns, 1e-9);
    assert_int_equal(row_of(PLAINTEXT, EPOLL)->rounds_used, used);
    assert_int_equal(row_of(PLAINTEXT, EPOLL)->rounds_discarded, 0);
    assert_int_equal(summary.scale_count, 1);
    says(&summary.findings, "a request of epoll costs 1.20×");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_cost_is_that_of_the_part_without_openings),
        CASE(without_a_series_there_is_no_cost),
        CASE(numbers_are_in_order_whatever_the_rounds_were),
        CASE(ratios_are_taken_within_blocks_and_have_an_interval_from_six_on),
        CASE(below_six_blocks_there_is_a_range),
        CASE(memory_is_what_each_connection_more_adds),
        CASE(one_connection_gives_the_time_of_a_turn),
        CASE(refused_rounds_leave_holes_that_are_told),
        CASE(a_repeat_replaces_only_the_round_it_repeats),
        CASE(sentences_say_by_how_much),
        CASE(a_sweep_without_one_number_is_no_success),
        CASE(a_sweep_leaves_the_tables_beside_it_alone),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("scale", tests, NULL, NULL);
}
