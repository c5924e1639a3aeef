/* What made-up pairs at a rate give: ratios kept apart from
 * those at saturation, and what leaves no ratio. */
#include "tests/summary_room.h"
#include "tests/synthetic_at_rate.h"

enum { BLOCKS = 6 };

static void make_bench(void)
{
    synthetic_bench(&s, BLOCKS);
    s.result.experiment.paced.set.blocks = BLOCKS;
    strings_add(&s.result.experiment.paced.set.workloads, "plaintext");
    strings_add(&s.result.experiment.paired.workloads, "plaintext");
}

static const struct at_rate_row *at_rate_row_of(size_t arm)
{
    assert_int_equal(summary.at_rate_count, 1);
    for (size_t i = 0; i < summary.at_rates[0].count; i++)
        if (summary.at_rates[0].rows[i].arm == arm)
            return &summary.at_rates[0].rows[i];
    fail_msg("no row of arm %zu at a rate", arm);
    return NULL;
}

static void each_figure_is_a_ratio_with_an_interval(void **state)
{
    (void)state;
    make_bench();
    synthetic_at_rate(&s, THREAD, 1.12, 1.2, 1.5, 0);
    synthetic_at_rate(&s, URING, .95, .9, 1, 0);
    summarise();
    const struct at_rate *at_rate = &summary.at_rates[0];
    assert_int_equal(at_rate->rate_rps, SYNTHETIC_RATE_RPS);
    assert_int_equal(at_rate->count, 3);
    assert_int_equal(at_rate->rows[0].arm, URING);
    assert_int_equal(at_rate->rows[1].arm, EPOLL);
    assert_int_equal(at_rate->rows[2].arm, THREAD);
    const double expected[] = {1.12, 1.2, 1.5};
    for (enum at_rate_figure figure = 0; figure < AT_RATE_FIGURES; figure++) {
        const struct estimate *ratio = &at_rate_row_of(THREAD)->ratios[figure];
        near(ratio->value, expected[figure], .003);
        near(ratio->low, expected[figure] * .9975, .003);
        near(ratio->high, expected[figure] * 1.0025, .003);
        assert_int_equal(ratio->n, BLOCKS);
    }
    near(at_rate_row_of(EPOLL)->cost_ns, 8000, 1);
    near(at_rate_row_of(THREAD)->cost_ns, 8960, 10);
    assert_true(at_rate_row_of(EPOLL)->reference);
    assert_int_equal(at_rate_row_of(EPOLL)->used, 2 * BLOCKS);
    says(&summary.findings, "plaintext at 20,000 requests/s of both servers together, against "
                            "epoll, CPU per request: uring 0.950×");
    says(&summary.findings, "; p50: uring 0.9");
    says(&summary.findings, "; p99: uring 1.0");
}

/* The same run with and without rounds at a rate and looks ranks the same, to the last figure. */
static void what_is_at_saturation_is_left_alone(void **state)
{
    (void)state;
    synthetic_bench(&s, BLOCKS);
    summarise();
    struct row before = *row_of(PLAINTEXT, THREAD), roof = *row_of(PLAINTEXT, CEILING);
    double paired_sd = summary.paired_sd, solo_sd = summary.solo_sd;
    summary_release(&summary);

    synthetic_at_rate(&s, THREAD, 3, 3, 3, 0);
    synthetic_at_rate(&s, COPY, 1, 1, 1, 0);
    struct round *look = synthetic_solo(&s, THREAD, PLAINTEXT, 0, 90000, 9e9);
    look->probe = true;
    summarise();
    const struct row *after = row_of(PLAINTEXT, THREAD);
    assert_true(after->cost_ratio.value == before.cost_ratio.value);
    assert_true(after->cost_ns == before.cost_ns);
    assert_true(after->throughput_rps.low == before.throughput_rps.low);
    assert_true(after->rss_peak_bytes == before.rss_peak_bytes);
    assert_int_equal(after->rounds_used, before.rounds_used);
    assert_true(row_of(PLAINTEXT, CEILING)->roof_share.value == roof.roof_share.value ||
                isnan(roof.roof_share.value));
    assert_true(summary.paired_sd == paired_sd);
    assert_true(summary.solo_sd == solo_sd);
}

static void a_late_generator_leaves_the_cost_and_what_is_below(void **state)
{
    (void)state;
    make_bench();
    synthetic_at_rate(&s, THREAD, 1.1, 1.2, 1.3, 0);
    for (size_t i = 0; i < s.result.round_count; i++)
        if (s.result.rounds[i].load_kind == LOAD_OPEN) {
            s.result.rounds[i].trusted_p = .9;
            outcome_add(&s.result.rounds[i].outcome, REASON_GEN_LATE, "late");
        }
    summarise();
    const struct at_rate_row *row = at_rate_row_of(THREAD);
    near(row->ratios[AT_RATE_COST].value, 1.1, .01);
    near(row->ratios[AT_RATE_P50].value, 1.2, .01);
    assert_true(isnan(row->ratios[AT_RATE_P99].value));
    assert_int_equal(row->lost, 0);
}

/* What is sent in crowds costs less than what comes one by one. */
static void a_generator_that_is_late_throughout_leaves_nothing(void **state)
{
    (void)state;
    make_bench();
    synthetic_at_rate(&s, THREAD, 1.1, 1.2, 1.3, 0);
    for (size_t i = 0; i < s.result.round_count; i++)
        if (s.result.rounds[i].load_kind == LOAD_OPEN) {
            s.result.rounds[i].trusted_p = .5;
            outcome_add(&s.result.rounds[i].outcome, REASON_GEN_LATE, "late");
        }
    summarise();
    assert_true(isnan(at_rate_row_of(THREAD)->ratios[AT_RATE_COST].value));
    assert_int_equal(at_rate_row_of(THREAD)->lost, BLOCKS);
    assert_false(at_rate_has_numbers(&summary.at_rates[0]));
    says(&summary.cautions, "6 of 6 pairs of thread could not be used (GEN_LATE: late)");
    assert_int_equal(summary.exit_code, 0); /* nobody's fault, and the tables stand */
}

static void a_percentile_needs_requests_beyond_it(void **state)
{
    (void)state;
    static const struct {
        int64_t requests;
        unsigned blocks;
        bool has_p50, has_p99;
    } table[] = {
        {30000, BLOCKS, true, true},
        {1700, BLOCKS, true, true},  /* 17 beyond p99 in each, 102 in all */
        {1600, BLOCKS, true, false}, /* 96 in all */
        {900, 12, true, false},      /* 108 in all, but 9 in each */
        {1001, 12, true, true},
        {40, BLOCKS, true, false}, /* 20 beyond p50 in each, 120 in all */
        {30, BLOCKS, false, false},
    };

    for (size_t t = 0; t < sizeof table / sizeof *table; t++) {
        make_bench();
        for (unsigned b = 0; b < table[t].blocks; b++) {
            struct synthetic_half half = {8800, 44000, 120000, table[t].requests},
                                  other = synthetic_reference;
            other.requests = table[t].requests * 2; /* the smaller one decides */
            synthetic_pair_at_rate(&s, THREAD, b, &half, &other);
        }
        summarise();
        const struct at_rate_row *row = at_rate_row_of(THREAD);
        near(row->ratios[AT_RATE_COST].value, 1.1, .01);
        assert_int_equal(!isnan(row->ratios[AT_RATE_P50].value), table[t].has_p50);
        assert_int_equal(!isnan(row->ratios[AT_RATE_P99].value), table[t].has_p99);
        release(NULL);
    }
    synthetic_init(&s, 0);
    summarise();
}

static void who_cannot_keep_up_has_no_ratio_and_a_caution(void **state)
{
    (void)state;
    make_bench();
    synthetic_at_rate(&s, URING, 1, 1, 1, 0);
    for (unsigned b = 0; b < BLOCKS; b++) {
        struct round *subject =
            synthetic_pair_at_rate(&s, THREAD, b, &synthetic_reference, &synthetic_reference);
        outcome_add(&subject->outcome, REASON_OVERLOADED, "it fell behind");
    }
    summarise();
    const struct at_rate_row *row = at_rate_row_of(THREAD);
    assert_true(isnan(row->ratios[AT_RATE_COST].value));
    assert_int_equal(row->lost, BLOCKS);
    assert_true(row->failed);
    assert_int_equal(summary.at_rates[0].rows[2].arm, THREAD); /* the last */
    says(&summary.cautions, "plaintext at 20,000 requests/s: 6 of 6 pairs of thread could not be "
                            "used (OVERLOADED: it fell behind).");
    near(row_of(PLAINTEXT, THREAD)->cost_ratio.value, 1.42, .03); /* at saturation it stands */
    assert_int_equal(summary.exit_code, 1);
}

static void one_lost_pair_is_said_and_the_others_count(void **state)
{
    (void)state;
    make_bench();
    synthetic_at_rate(&s, THREAD, 1.1, 1, 1, 0);
    struct round *subject =
        synthetic_pair_at_rate(&s, THREAD, BLOCKS, &synthetic_reference, &synthetic_reference);
    outcome_add(&subject[1].outcome, REASON_LOAD_FAILED, "pace broke"); /* the reference's half */
    summarise();
    assert_int_equal(at_rate_row_of(THREAD)->used, BLOCKS);
    assert_int_equal(at_rate_row_of(THREAD)->lost, 1);
    assert_false(at_rate_row_of(THREAD)->failed);
    says(&summary.cautions, "1 of 7 pairs of thread could not be used (its partner failed)");
}

/* Twelve pairs of each of two models, of which some are lost. */
static void make_losses(unsigned thread, unsigned uring, enum reason_code code)
{
    make_bench();
    for (unsigned first_block = 0; first_block < 2 * BLOCKS; first_block += BLOCKS) {
        synthetic_at_rate(&s, THREAD, 1.1, 1.2, 1.3, first_block);
        synthetic_at_rate(&s, URING, .95, .9, 1, first_block);
    }
    synthetic_lose_at_rate(&s, THREAD, thread, code);
    synthetic_lose_at_rate(&s, URING, uring, code);
    summarise();
}

static void unequal_discards_void_the_comparison_at_that_rate(void **state)
{
    (void)state;
    make_losses(7, 0, REASON_LOAD_FAILED);
    const struct at_rate *at_rate = &summary.at_rates[0];
    assert_true(at_rate->discards_unequal);
    assert_false(at_rate_has_numbers(at_rate));
    for (size_t i = 0; i < at_rate->count; i++)
        for (enum at_rate_figure figure = 0; figure < AT_RATE_FIGURES; figure++)
            assert_true(isnan(at_rate->rows[i].ratios[figure].value));
    assert_true(isnan(at_rate_row_of(URING)->cost_ns));
    near(at_rate_row_of(EPOLL)->cost_ns, 8000, 1);
    says(&summary.cautions, "plaintext at 20,000 requests/s: one arm lost significantly more "
                            "rounds than the others (Fisher p < .01)");
    char *whole = at_rate_why(at_rate, at_rate_row_of(URING)),
         *lost = at_rate_why(at_rate, at_rate_row_of(THREAD));
    assert_string_equal(whole, WORDS_UNEQUAL);
    assert_string_equal(lost, WORDS_UNEQUAL "; lost by the test");
    free(whole);
    free(lost);
    assert_false(summary.tables[PLAINTEXT].discards_unequal); /* at saturation all stands */
    near(row_of(PLAINTEXT, THREAD)->cost_ratio.value, 1.42, .03);
}

static void discards_that_chance_or_the_server_explains_leave_it_standing(void **state)
{
    (void)state;
    static const struct {
        unsigned thread, uring;
        enum reason_code code;
    } table[] = {
        {4, 4, REASON_LOAD_FAILED},
        {4, 1, REASON_LOAD_FAILED},
        {7, 0, REASON_OVERLOADED}, /* its own result */
        {7, 0, REASON_INTERFERED}, /* which both of a pair suffer: their ratio stands */
    };

    for (size_t t = 0; t < sizeof table / sizeof *table; t++) {
        make_losses(table[t].thread, table[t].uring, table[t].code);
        assert_false(summary.at_rates[0].discards_unequal);
        near(at_rate_row_of(THREAD)->ratios[AT_RATE_COST].value, 1.1, .01);
        near(at_rate_row_of(URING)->ratios[AT_RATE_COST].value, .95, .01);
        release(NULL);
    }
    synthetic_init(&s, 0);
    summarise();
}

static void a_machine_may_disagree_with_itself_at_a_rate_alone(void **state)
{
    (void)state;
    make_bench();
    synthetic_at_rate(&s, THREAD, 1.1, 1.2, 1.3, 0);
    synthetic_at_rate(&s, COPY, 1, 1.04, 1, 0);
    summarise();
    assert_int_equal(summary.self_check, SELF_CHECK_AGREES);
    assert_int_equal(summary.at_rates[0].checks[AT_RATE_COST].state, SELF_CHECK_AGREES);
    assert_int_equal(summary.at_rates[0].checks[AT_RATE_P50].state, SELF_CHECK_DIFFERS);
    assert_true(summary_disagrees(&summary));
    assert_int_equal(summary.exit_code, 4);
    assert_true(isnan(at_rate_row_of(THREAD)->ratios[AT_RATE_P50].value));
    near(at_rate_row_of(THREAD)->ratios[AT_RATE_COST].value, 1.1, .01);
    assert_true(summary.tables[PLAINTEXT].ranked);
    says(&summary.cautions, "two copies of the same server differ in p50 by +4.0 %");
    has(summary.headline, "at saturation this machine agrees with itself, at a rate it does not");
    for (size_t i = 0; i < summary.at_rates[0].count; i++)
        assert_int_not_equal(summary.at_rates[0].rows[i].arm, COPY);
}

static void the_self_check_at_a_rate_is_said_and_is_no_row(void **state)
{
    (void)state;
    make_bench();
    synthetic_at_rate(&s, COPY, 1, 1, 1, 0);
    summarise();
    assert_false(at_rate_compares(&summary.at_rates[0]));
    says(&summary.findings, "plaintext at 20,000 requests/s, a second copy of epoll against the "
                            "first: CPU per request 1.000× [0.998, 1.002]; p50 1.000× [");
}

static void fresh_blocks_refute_an_alarm(void **state)
{
    (void)state;
    make_bench();
    synthetic_at_rate(&s, COPY, 1.02, 1, 1, 0);
    synthetic_at_rate(&s, COPY, 1, 1, 1, BLOCKS);
    summarise();
    const struct self_check *check = &summary.at_rates[0].checks[AT_RATE_COST];
    assert_int_equal(check->state, SELF_CHECK_AGREES);
    assert_true(check->is_refuted);
    assert_false(summary_disagrees(&summary));
    says(&summary.cautions, "the first self-check differed in CPU per request by +2.0 %");
}

static void differences_below_the_margin_are_no_alarm(void **state)
{
    (void)state;
    static const struct {
        double cost, p50, p99;
        bool disagrees;
    } table[] = {
        {1.008, 1.015, 1.04, false},
        {1.013, 1, 1, true},
        {1, .97, 1, true},
        {1, 1, 1.06, true},
    };

    for (size_t t = 0; t < sizeof table / sizeof *table; t++) {
        make_bench();
        synthetic_at_rate(&s, COPY, table[t].cost, table[t].p50, table[t].p99, 0);
        summarise();
        assert_int_equal(summary_disagrees(&summary), table[t].disagrees);
        release(NULL);
    }
    synthetic_init(&s, 0);
    summarise();
}

static void a_run_at_a_rate_alone_has_its_headline_and_no_table(void **state)
{
    (void)state;
    synthetic_init(&s, BLOCKS);
    synthetic_arm(&s, "thread");
    synthetic_arm(&s, "epoll");
    synthetic_workload(&s, "plaintext", "");
    strings_add(&s.result.experiment.paced.set.workloads, "plaintext");
    synthetic_at_rate(&s, THREAD, 1.1, 1.2, 1.3, 0);
    summarise();
    assert_int_equal(summary.count, 0);
    assert_int_equal(summary.at_rate_count, 1);
    assert_int_equal(summary.exit_code, 0);
    has(summary.headline, "plaintext at 20,000 requests/s of both servers together, against epoll, "
                          "CPU per request: thread 1.100× [");
}

/* All their ratios are more than a headline holds. They are not nothing. */
static void many_servers_at_a_rate_are_not_called_unusable(void **state)
{
    (void)state;
    synthetic_init(&s, BLOCKS);
    synthetic_arm(&s, "thread");
    synthetic_arm(&s, "epoll");
    synthetic_workload(&s, "plaintext", "");
    strings_add(&s.result.experiment.paced.set.workloads, "plaintext");
    synthetic_at_rate(&s, THREAD, 1.1, 1.2, 1.3, 0);
    for (size_t arm = 2; arm < 8; arm++) {
        char name[16];
        snprintf(name, sizeof name, "server-%zu", arm);
        synthetic_arm(&s, name);
        synthetic_at_rate(&s, arm, 1.1, 1.2, 1.3, 0);
    }
    summarise();
    assert_string_equal(summary.headline, "What was found is told below.");
    says(&summary.findings, "server-7 1.100× [");
}

static void without_rounds_at_a_rate_nothing_is_said_of_one(void **state)
{
    (void)state;
    synthetic_bench(&s, BLOCKS);
    summarise();
    assert_int_equal(summary.at_rate_count, 0);
    for (size_t i = 0; i < summary.findings.count; i++)
        assert_null(strstr(summary.findings.items[i], "requests/s"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(each_figure_is_a_ratio_with_an_interval),
        CASE(what_is_at_saturation_is_left_alone),
        CASE(a_late_generator_leaves_the_cost_and_what_is_below),
        CASE(a_generator_that_is_late_throughout_leaves_nothing),
        CASE(a_percentile_needs_requests_beyond_it),
        CASE(who_cannot_keep_up_has_no_ratio_and_a_caution),
        CASE(one_lost_pair_is_said_and_the_others_count),
        CASE(unequal_discards_void_the_comparison_at_that_rate),
        CASE(discards_that_chance_or_the_server_explains_leave_it_standing),
        CASE(a_machine_may_disagree_with_itself_at_a_rate_alone),
        CASE(the_self_check_at_a_rate_is_said_and_is_no_row),
        CASE(fresh_blocks_refute_an_alarm),
        CASE(differences_below_the_margin_are_no_alarm),
        CASE(a_run_at_a_rate_alone_has_its_headline_and_no_table),
        CASE(many_servers_at_a_rate_are_not_called_unusable),
        CASE(without_rounds_at_a_rate_nothing_is_said_of_one),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("at_rate", tests, NULL, NULL);
}
