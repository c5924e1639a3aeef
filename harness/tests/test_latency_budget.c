/* How long curves and searches are said to take, which looks
 * come before them, and what a budget leaves of them. */
#include "latency_room.h"
#include "tree_file.h"

static const struct made_up servers[] = {
    {"thread", 0, 0, 0}, {"epoll", 0, 0, 0}, {"uring", 0, 0, 0}, {"uv", 0, 0, 0}};
enum { SERVERS = sizeof servers / sizeof *servers, QUARTER_S = 15 * 60 };

/* The experiment of this suite for four models. */
static void make(struct result *result)
{
    char *path = tree_path("harness/experiments/latency.ini"), *error = NULL;
    latency_result(result, servers, SERVERS);
    experiment_release(&result->experiment);
    if (experiment_read(&result->experiment, path, &error))
        fail_msg("%s", error);
    free(path);
}

static double seconds_of(const struct result *result)
{
    struct schedule schedule;
    schedule_make(&schedule, result);
    double seconds = schedule_seconds(&schedule) +
                     latency_plan_estimate(result, (uint32_t)schedule.count).seconds;
    schedule_release(&schedule);
    return seconds;
}

static void four_models_take_a_quarter_of_an_hour_for_either_part(void **state)
{
    (void)state;
    struct result result;
    make(&result);
    struct latency_estimate guess = latency_plan_estimate(&result, SERVERS);
    assert_true(guess.curve_rounds > 100 && guess.curve_rounds < guess.rounds);
    assert_true(guess.curve_seconds > QUARTER_S / 3 && guess.curve_seconds < QUARTER_S);
    assert_true(guess.seconds - guess.curve_seconds > QUARTER_S / 6);
    assert_true(guess.seconds - guess.curve_seconds < QUARTER_S);
    result_release(&result);
}

/* What was measured is not announced again, and looks that
 * were taken replace those that are made up. */
static void what_is_left_shrinks_with_every_round(void **state)
{
    (void)state;
    static const struct made_up slow[] = {{"thread", 400, 300, 0}};
    struct result result;
    latency_result(&result, slow, 1);
    latency_set(&result.experiment.curve.set, "plaintext", 6);
    struct latency_estimate before = latency_plan_estimate(&result, LATENCY_LAST);
    size_t rounds = result.round_count;
    assert_int_equal(before.rounds, 4 * 6 + 2); /* 20 50 100 200 and, failing, 500 */
    for (size_t measured = 1; measured < before.rounds; measured++) {
        struct round_plan plan;
        latency_plan_next(&plan, &result, LATENCY_LAST);
        latency_answer(&result, &plan, slow);
        struct latency_estimate now = latency_plan_estimate(&result, LATENCY_LAST);
        assert_int_equal(now.rounds, before.rounds - measured);
        assert_true(now.seconds < before.seconds);
        assert_int_equal(result.round_count, rounds + measured);
    }
    result_release(&result);
}

static void looks_come_first_where_a_rate_depends_on_them(void **state)
{
    (void)state;
    static const struct {
        const char *curves, *searches;
        size_t rates, looks;
    } table[] = {
        {"", "", 0, 0},
        {"plaintext", "", 0, SERVERS},
        {"plaintext", "", 2, 0},
        {"plaintext", "plaintext", 2, SERVERS},
        {"", "plaintext", 0, SERVERS},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct result result;
        struct schedule schedule;
        latency_result(&result, servers, SERVERS);
        latency_set(&result.experiment.curve.set, table[i].curves, 6);
        latency_set(&result.experiment.slo.set, table[i].searches, 3);
        result.experiment.curve.rates = (struct rates){{100, 200}, table[i].rates};
        schedule_make(&schedule, &result);
        assert_int_equal(schedule.count, table[i].looks);
        for (size_t k = 0; k < schedule.count; k++) {
            assert_true(schedule.plans[k].probe && !schedule.plans[k].paced);
            assert_int_equal(schedule.plans[k].number, k + 1);
        }
        schedule_release(&schedule);
        result_release(&result);
    }
}

/* Blocks, rates from the lowest on, objectives: one after the other as the time gets shorter. */
static void a_budget_takes_blocks_then_rates_then_objectives(void **state)
{
    (void)state;
    struct result result;
    make(&result);
    struct experiment *experiment = &result.experiment;
    experiment->curve.set.blocks = 8;
    experiment->slo.slos[experiment->slo.slo_count++] = (struct slo){.999, 20000000};

    assert_true(schedule_fit(&result, seconds_of(&result) - 1));
    assert_int_equal(experiment->curve.set.blocks, 7);
    assert_string_equal(result.notes.items[0], "budget: latency curves in 7 blocks instead of 8");
    experiment->curve.set.blocks = 6;
    double with_all_s = seconds_of(&result);
    assert_true(schedule_fit(&result, with_all_s - 1));
    assert_int_equal(experiment->curve.set.blocks, 6);
    assert_int_equal(experiment->curve.skipped, 1);
    assert_string_equal(result.notes.items[1],
                        "budget: latency curves without their 1 lowest rate");
    assert_true(seconds_of(&result) < with_all_s);
    assert_int_equal(experiment->slo.slo_count, 2);
    while (experiment->slo.slo_count == 2)
        assert_true(schedule_fit(&result, seconds_of(&result) - 1));
    assert_int_equal(experiment->curve.skipped, 3);
    assert_true(experiment->slo.slos[0].p == .99);
    assert_string_equal(result.notes.items[result.notes.count - 1],
                        "budget: highest rates within 1 objective instead of 2, the first");
    assert_false(schedule_fit(&result, 1));
    result_release(&result);
}

/* Dropping an objective can make room for rates that went before it. */
static void nothing_is_left_out_that_would_have_fitted(void **state)
{
    (void)state;
    size_t with_less = 0;
    for (double share = 1; share > .3; share -= .05) {
        struct result result;
        make(&result);
        struct experiment *experiment = &result.experiment;
        experiment->curve.set.blocks = 8;
        experiment->slo.slos[experiment->slo.slo_count++] = (struct slo){.99, 10000000};
        experiment->slo.slos[experiment->slo.slo_count++] = (struct slo){.999, 20000000};
        double budget_s = share * seconds_of(&result);
        assert_true(schedule_fit(&result, budget_s));
        assert_true(seconds_of(&result) <= budget_s);
        with_less += experiment->slo.slo_count < 3 && experiment->curve.skipped < 3;
        if (experiment->slo.slo_count < 3) {
            experiment->slo.slo_count++;
            assert_true(seconds_of(&result) > budget_s);
            experiment->slo.slo_count--;
        }
        if (experiment->curve.skipped > 0) {
            experiment->curve.skipped--;
            assert_true(seconds_of(&result) > budget_s);
            experiment->curve.skipped++;
        }
        if (experiment->curve.set.blocks < 8) {
            experiment->curve.set.blocks++;
            assert_true(seconds_of(&result) > budget_s);
        }
        result_release(&result);
    }
    assert_true(with_less > 0);
}

static void of_rates_that_are_said_the_lowest_go(void **state)
{
    (void)state;
    struct result result;
    latency_result(&result, servers, SERVERS);
    struct curve_set *curve = &result.experiment.curve;
    latency_set(&curve->set, "plaintext", 6);
    curve->rates = (struct rates){{100, 200, 500, 1000}, 4};
    assert_true(schedule_fit(&result, seconds_of(&result) / 2 + 1));
    assert_int_equal(curve->rates.count, 2);
    assert_int_equal(curve->rates.items[0], 500);
    assert_string_equal(result.notes.items[0],
                        "budget: latency curves at 2 rates instead of 4, the highest");
    assert_false(schedule_fit(&result, 1));
    assert_int_equal(curve->rates.count, 2);
    result_release(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_models_take_a_quarter_of_an_hour_for_either_part),
        cmocka_unit_test(what_is_left_shrinks_with_every_round),
        cmocka_unit_test(looks_come_first_where_a_rate_depends_on_them),
        cmocka_unit_test(a_budget_takes_blocks_then_rates_then_objectives),
        cmocka_unit_test(nothing_is_left_out_that_would_have_fitted),
        cmocka_unit_test(of_rates_that_are_said_the_lowest_go),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("latency_budget", tests, NULL, NULL);
}
