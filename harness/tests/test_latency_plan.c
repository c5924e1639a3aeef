/* Which round of curves and searches follows from the rounds before it. */
#include "latency_room.h"

#include "analyse/capacity.h"

enum { BLOCKS = 6 };

static const struct made_up servers[] = {
    {"thread", 40000, 15000, 0},
    {"epoll", 100000, 60000, 0},
    {"uring", 100000, 300000, 45000},
};
enum { SERVERS = sizeof servers / sizeof *servers };

static void make(struct result *result, const char *curves, const char *searches)
{
    latency_result(result, servers, SERVERS);
    latency_set(&result->experiment.curve.set, curves, BLOCKS);
    latency_set(&result->experiment.slo.set, searches, 3);
    result->experiment.slo.set.window_s = 10;
    result->experiment.slo.slos[0] = (struct slo){.99, 5000000};
    result->experiment.slo.slo_count = 1;
}

static size_t tries(const struct round_plan *plans, size_t count, uint32_t arm, uint32_t rate_rps)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += plans[i].arms[0] == arm && plans[i].rate_rps == rate_rps;
    return found;
}

/* thread fails at 20,000, epoll at 100,000; for uring the
 * generator is late at 50,000, each time twice. */
static void a_server_goes_up_until_it_fails(void **state)
{
    (void)state;
    static const struct {
        uint32_t rate_rps;
        size_t tries[SERVERS];
    } table[] = {
        {1000, {0, 0, 0}},
        {2000, {BLOCKS, BLOCKS, BLOCKS}}, /* a twentieth of the slowest look */
        {5000, {BLOCKS, BLOCKS, BLOCKS}},
        {10000, {BLOCKS, BLOCKS, BLOCKS}},
        {20000, {2, BLOCKS, BLOCKS}},
        {50000, {0, BLOCKS, 2 * BLOCKS}},
        {100000, {0, 2, 0}},
        {200000, {0, 0, 0}},
    };
    struct result result;
    size_t count;
    make(&result, "plaintext", "");
    struct round_plan *plans = latency_run(&result, servers, &count);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        for (uint32_t arm = 0; arm < SERVERS; arm++) {
            print_message("# %s at %u\n", servers[arm].id, table[i].rate_rps);
            assert_int_equal(tries(plans, count, arm, table[i].rate_rps), table[i].tries[arm]);
        }
    free(plans);
    result_release(&result);
}

static void levels_come_one_after_the_other_and_blocks_within_them(void **state)
{
    (void)state;
    struct result result;
    size_t count, shuffled = 0;
    make(&result, "plaintext", "");
    struct round_plan *plans = latency_run(&result, servers, &count);
    for (size_t i = 0; i < count; i++) {
        const struct round_plan *plan = &plans[i], *before = i > 0 ? &plans[i - 1] : plan;
        assert_true(plan->curve && plan->paced && plan->slo.p == 0);
        assert_int_equal(plan->arm_count, 1);
        assert_int_equal(plan->connections, 1024); /* 4 x 100,000/s x 5 ms is more */
        assert_int_equal(plan->window_s, 3);
        assert_true(plan->rate_rps >= before->rate_rps);
        assert_int_equal(plan->number, before->number + (i == 0 ? 0 : !plan->is_repeat));
        if (plan->rate_rps == before->rate_rps)
            assert_true(plan->block >= before->block);
        if (i > 0 && plan->rate_rps == before->rate_rps && plan->block == before->block)
            assert_int_equal(plan->position, before->position + !plan->is_repeat);
        else
            assert_int_equal(plan->position, 0);
        shuffled += plan->position == 0 && plan->rate_rps < 20000 && plan->arms[0] != 0;
    }
    assert_int_equal(plans[0].number, LATENCY_LAST + 1);
    assert_in_range(shuffled, 6, 17); /* of 18 blocks, who is first */
    free(plans);
    result_release(&result);
}

static void rates_that_are_said_need_no_look(void **state)
{
    (void)state;
    struct result result;
    size_t count;
    make(&result, "plaintext", "");
    while (result.round_count > 0)
        round_release(&result.rounds[--result.round_count]);
    struct round_plan plan;
    assert_int_equal(latency_plan_next(&plan, &result, LATENCY_LAST), LATENCY_DONE);
    result.experiment.curve.rates = (struct rates){{300, 400}, 2};
    struct round_plan *plans = latency_run(&result, servers, &count);
    assert_int_equal(count, 2 * BLOCKS * SERVERS);
    assert_int_equal(plans[0].rate_rps, 300);
    assert_int_equal(plans[count - 1].rate_rps, 400);
    assert_int_equal(plans[0].connections, 32);
    free(plans);
    result_release(&result);
}

static void add_reasons(struct outcome *outcome, enum reason_code code, enum reason_code more)
{
    outcome_add(outcome, code, "made up");
    if (more != REASON_CODES)
        outcome_add(outcome, more, "made up");
}

/* One reason, or two, in its last rounds at the first level,
 * and whether it is measured at the second. */
static void who_fails_most_of_its_rounds_goes_no_further(void **state)
{
    (void)state;
    static const struct {
        enum reason_code code, more; /* more: REASON_CODES for none */
        unsigned times;              /* of BLOCKS, in the last ones */
        bool goes_on;
        size_t tries; /* at the first level */
    } table[] = {
        {REASON_OVERLOADED, REASON_CODES, 3, true, BLOCKS},
        {REASON_OVERLOADED, REASON_CODES, 4, false, BLOCKS},
        {REASON_ERRORS, REASON_CODES, 4, false, BLOCKS},
        {REASON_HUNG, REASON_CODES, 6, false, BLOCKS},
        {REASON_OVERLOADED, REASON_CODES, 6, false, 2},
        {REASON_GEN_LATE, REASON_CODES, 3, true, BLOCKS + 3},
        {REASON_GEN_LATE, REASON_CODES, 4, false, BLOCKS + 4},
        {REASON_INTERFERED, REASON_CODES, 6, true, 2 * BLOCKS},
        {REASON_PORTS, REASON_CODES, 6, true, 2 * BLOCKS},
        {REASON_NOISY, REASON_CODES, 6, true, BLOCKS},
        {REASON_GEN_LATE, REASON_INTERFERED, 6, true, 2 * BLOCKS}, /* that is why */
        {REASON_OVERLOADED, REASON_INTERFERED, 6, false, 2},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct result result;
        struct round_plan plan;
        size_t first = 0, second = 0;
        latency_result(&result, servers, 1);
        latency_set(&result.experiment.curve.set, "plaintext", BLOCKS);
        result.experiment.curve.rates = (struct rates){{100, 200}, 2};
        while (latency_plan_next(&plan, &result, LATENCY_LAST) == LATENCY_NEXT) {
            struct round round = latency_round(&plan);
            first += plan.rate_rps == 100;
            second += plan.rate_rps == 200;
            if (plan.rate_rps == 100 && plan.block >= BLOCKS - table[i].times)
                add_reasons(&round.outcome, table[i].code, table[i].more);
            result_add_round(&result, &round);
        }
        print_message("# %s, %u times\n", reason_name(table[i].code), table[i].times);
        assert_int_equal(first, table[i].tries);
        assert_int_equal(second, table[i].goes_on ? BLOCKS : 0);
        result_release(&result);
    }
}

/* Two of six and two of six: neither is most of them. The
 * report must tell that as the end (test_latency_words.c). */
static void failures_and_lateness_together_end_a_curve(void **state)
{
    (void)state;
    for (unsigned late = 1; late <= 2; late++) {
        struct result result;
        struct round_plan plan;
        size_t second = 0;
        latency_result(&result, servers, 1);
        latency_set(&result.experiment.curve.set, "plaintext", BLOCKS);
        result.experiment.curve.rates = (struct rates){{100, 200}, 2};
        while (latency_plan_next(&plan, &result, LATENCY_LAST) == LATENCY_NEXT) {
            struct round round = latency_round(&plan);
            second += plan.rate_rps == 200;
            if (plan.block == 1 || plan.block == 2)
                outcome_add(&round.outcome, REASON_OVERLOADED, "made up");
            else if (plan.block >= BLOCKS - late)
                outcome_add(&round.outcome, REASON_GEN_LATE, "made up");
            result_add_round(&result, &round);
        }
        assert_true((second > 0) == (late == 1));
        result_release(&result);
    }
}

/* Each finds what it bears, or that the generator goes no higher. */
static void every_search_takes_its_turn_until_it_ends(void **state)
{
    (void)state;
    struct result result;
    size_t count;
    make(&result, "", "plaintext");
    struct round_plan *plans = latency_run(&result, servers, &count);
    for (size_t i = 0; i < count; i++) {
        const struct round_plan *plan = &plans[i], *before = i > 0 ? &plans[i - 1] : plan;
        assert_false(plan->curve || plan->is_repeat);
        assert_true(plan->slo.p == .99 && plan->slo.limit_ns == 5000000);
        assert_int_equal(plan->attempt, 0);
        assert_int_equal(plan->number, LATENCY_LAST + 1 + i);
        assert_int_equal(plan->connections, 1024);
        assert_in_range(plan->window_s, plan->confirms ? 10 : 3, 30);
        assert_true(plan->block == before->block || plan->block == before->block + 1);
        for (size_t k = i; k-- > 0 && plans[k].block == plan->block;)
            assert_int_not_equal(plans[k].arms[0], plan->arms[0]);
    }
    for (size_t arm = 0; arm < SERVERS; arm++) {
        struct capacity found;
        capacity_of(&found, &result, arm, 0, &result.experiment.slo.slos[0]);
        assert_int_equal(found.end, arm == 2 ? CAPACITY_AT_LEAST : CAPACITY_FOUND);
        assert_true(found.rate_rps <= servers[arm].bears_rps);
        if (arm < 2)
            assert_true(found.rate_rps >= .97 * servers[arm].bears_rps);
    }
    free(plans);
    result_release(&result);
}

static void objectives_are_searched_for_side_by_side(void **state)
{
    (void)state;
    struct result result;
    size_t count, of[2] = {0};
    make(&result, "", "plaintext");
    result.experiment.slo.slos[1] = (struct slo){.999, 2000000};
    result.experiment.slo.slo_count = 2;
    struct round_plan *plans = latency_run(&result, servers, &count);
    for (size_t i = 0; i < 2 * SERVERS; i++) {
        assert_int_equal(plans[i].block, 0);
        of[plans[i].slo.p > .99]++;
    }
    assert_int_equal(of[0], SERVERS);
    assert_int_equal(of[1], SERVERS);
    free(plans);
    result_release(&result);
}

static void whoever_is_excluded_a_copy_or_a_ceiling_takes_no_part(void **state)
{
    (void)state;
    struct result result;
    size_t count;
    make(&result, "plaintext", "plaintext");
    result.arms[0].excluded = xstrdup("gone");
    result.arms[1].self_check = true;
    struct round_plan *plans = latency_run(&result, servers, &count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(plans[i].arms[0], 2);
    assert_true(count > BLOCKS);
    free(plans);
    result.arms[2].server.ceiling = true;
    assert_false(latency_plan_takes(&result, 2, 0));
    strings_add(&result.experiment.ceilings, "plaintext");
    assert_true(latency_plan_takes(&result, 2, 0));
    result_release(&result);
}

/* Beyond its look there is an end, even where others disturb all that is measured. */
static void a_disturbed_machine_does_not_make_a_curve_endless(void **state)
{
    (void)state;
    struct result result;
    struct round_plan plan = {0};
    latency_result(&result, servers, 1);
    latency_set(&result.experiment.curve.set, "plaintext", BLOCKS);
    while (latency_plan_next(&plan, &result, LATENCY_LAST) == LATENCY_NEXT) {
        struct round round = latency_round(&plan);
        add_reasons(&round.outcome, REASON_INTERFERED, REASON_GEN_LATE);
        result_add_round(&result, &round);
    }
    assert_int_equal(result.rounds[result.round_count - 1].rate_rps,
                     50000); /* of a look at 40,000 */
    result_release(&result);
}

static bool is_same(const struct round_plan *a, const struct round_plan *b)
{
    return a->number == b->number && a->attempt == b->attempt && a->is_repeat == b->is_repeat &&
           a->arms[0] == b->arms[0] && a->rate_rps == b->rate_rps && a->block == b->block &&
           a->position == b->position && a->curve == b->curve && a->confirms == b->confirms &&
           a->slo.p == b->slo.p && a->window_s == b->window_s && a->connections == b->connections &&
           a->environment_padding_bytes == b->environment_padding_bytes;
}

/* What a run that was cut off goes on with. */
static void every_prefix_of_a_record_gives_the_round_that_followed(void **state)
{
    (void)state;
    struct result result;
    size_t count;
    make(&result, "plaintext", "plaintext");
    struct round_plan *plans = latency_run(&result, servers, &count);
    size_t whole = result.round_count;
    assert_int_equal(whole, count + SERVERS);
    for (size_t kept = 0; kept < count; kept++) {
        struct round_plan plan;
        result.round_count = SERVERS + kept;
        assert_int_equal(latency_plan_next(&plan, &result, LATENCY_LAST), LATENCY_NEXT);
        assert_true(is_same(&plan, &plans[kept]));
    }
    result.round_count = whole;
    free(plans);
    result_release(&result);
}

/* It is measured again, under the same number, as the try after it. */
static void an_interrupted_round_counts_for_nothing(void **state)
{
    (void)state;
    static const char *const workloads[][2] = {{"plaintext", ""}, {"", "plaintext"}};
    for (size_t i = 0; i < 2; i++) {
        struct result result;
        struct round_plan plan, again;
        make(&result, workloads[i][0], workloads[i][1]);
        latency_plan_next(&plan, &result, LATENCY_LAST);
        struct round round = latency_round(&plan);
        outcome_add(&round.outcome, REASON_INTERRUPTED, "Ctrl-C");
        result_add_round(&result, &round);
        assert_int_equal(latency_plan_next(&again, &result, LATENCY_LAST), LATENCY_NEXT);
        assert_int_equal(again.attempt, 1);
        assert_false(again.is_repeat);
        again.attempt = 0;
        assert_true(is_same(&plan, &again));
        struct capacity found;
        capacity_of(&found, &result, plan.arms[0], 0, &result.experiment.slo.slos[0]);
        assert_int_equal(found.trials_count, 0);
        result_release(&result);
    }
}

static void what_a_record_holds_in_the_place_of_a_round_is_foreign(void **state)
{
    (void)state;
    struct result result;
    size_t count;
    make(&result, "plaintext", "plaintext");
    struct round_plan *plans = latency_run(&result, servers, &count), plan;
    size_t of[] = {SERVERS, SERVERS + 7, SERVERS + count - 1};
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        struct round *round = &result.rounds[of[i]], kept = *round;
        for (unsigned way = 0; way < 4; way++) {
            *round = kept;
            round->rate_rps += way == 0;
            round->position += way == 1 ? 7 : 0;
            round->trial.confirms ^= way == 2;
            round->number += way == 3 ? 1000 : 0; /* it is missing where it belongs */
            assert_int_equal(latency_plan_next(&plan, &result, LATENCY_LAST), LATENCY_FOREIGN);
        }
        *round = kept;
    }
    assert_int_equal(latency_plan_next(&plan, &result, LATENCY_LAST), LATENCY_DONE);
    struct round more = latency_round(&plans[count - 1]);
    more.number++;
    result_add_round(&result, &more);
    assert_int_equal(latency_plan_next(&plan, &result, LATENCY_LAST), LATENCY_FOREIGN);
    assert_int_equal(plan.number, more.number);
    free(plans);
    result_release(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_goes_up_until_it_fails),
        cmocka_unit_test(levels_come_one_after_the_other_and_blocks_within_them),
        cmocka_unit_test(rates_that_are_said_need_no_look),
        cmocka_unit_test(who_fails_most_of_its_rounds_goes_no_further),
        cmocka_unit_test(failures_and_lateness_together_end_a_curve),
        cmocka_unit_test(a_disturbed_machine_does_not_make_a_curve_endless),
        cmocka_unit_test(every_search_takes_its_turn_until_it_ends),
        cmocka_unit_test(objectives_are_searched_for_side_by_side),
        cmocka_unit_test(whoever_is_excluded_a_copy_or_a_ceiling_takes_no_part),
        cmocka_unit_test(every_prefix_of_a_record_gives_the_round_that_followed),
        cmocka_unit_test(an_interrupted_round_counts_for_nothing),
        cmocka_unit_test(what_a_record_holds_in_the_place_of_a_round_is_foreign),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("latency_plan", tests, NULL, NULL);
}
