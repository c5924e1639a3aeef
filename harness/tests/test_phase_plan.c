/* Which rounds go through phases, in which order, and who goes through longer ones. */
#include "phase_room.h"

enum { LOOK_RPS = 50000, ROUNDS_MOST = 100 };
enum { QUICK_BYTES = 20 * 1024, STILL_BYTES = 0 }; /* that a server grows by in a second of load */

/* What a run would leave of this plan, of a server that grows
 * by so many bytes in a second of load. */
static void answer(struct result *result, const struct round_plan *plan, int64_t grows_bytes)
{
    struct round round;
    round_init(&round);
    round.number = plan->number;
    round.attempt = plan->attempt;
    round.arm = plan->arms[0];
    round.block = plan->block;
    round.position = plan->position;
    round.window_s = plan->window_s;
    round.load_kind = LOAD_OPEN;
    round.rate_rps = phase_plan_window(&round.phases, result, plan);
    round.confirms_growth = plan->confirms_growth;
    round.requests_count = (int64_t)round.rate_rps * phases_load_seconds(&round.phases);
    struct course *course = &round.course;
    *course = (struct course){.count = plan->window_s, .interval_ns = 1000000000};
    course->rss_low_bytes = xcalloc(course->count, sizeof(int64_t));
    course->rss_high_bytes = xcalloc(course->count, sizeof(int64_t));
    for (size_t i = 0; i < course->count; i++)
        course->rss_low_bytes[i] = course->rss_high_bytes[i] = 4000000 + (int64_t)i * grows_bytes;
    result_add_round(result, &round);
}

/* All of the schedule; who grows in which block. */
static uint32_t measure_blocks(struct result *result, const bool grows[ARMS][BLOCKS])
{
    struct schedule schedule;
    schedule_make(&schedule, result);
    uint32_t last = (uint32_t)schedule.count;
    for (size_t i = 0; i < schedule.count; i++) {
        const struct round_plan *plan = &schedule.plans[i];
        answer(result, plan, grows[plan->arms[0]][plan->block] ? QUICK_BYTES : STILL_BYTES);
    }
    schedule_release(&schedule);
    return last;
}

static void each_server_goes_through_them_once_a_block(void **state)
{
    (void)state;
    struct result result;
    struct schedule schedule;
    size_t rounds[ARMS] = {0};
    make_phased(&result);
    schedule_make(&schedule, &result);
    assert_int_equal(schedule.count, BLOCKS * (ARMS - 1) + 1);
    for (size_t i = 0; i < schedule.count; i++) {
        const struct round_plan *plan = &schedule.plans[i];
        assert_true(plan->phased && plan->paced && !plan->confirms_growth && !plan->curve);
        assert_int_equal(plan->number, i + 1);
        assert_int_equal(plan->block, i >= ARMS);
        assert_int_equal(plan->position, i % ARMS);
        assert_int_equal(plan->arm_count, 1);
        assert_int_equal(plan->window_s, 127);
        assert_int_equal(plan->warmup_s, 1);
        assert_int_equal(plan->rate_rps, 1000);
        rounds[plan->arms[0]]++;
    }
    for (size_t arm = 0; arm < ARMS; arm++)
        assert_int_equal(rounds[arm], arm == CEILING ? 1 : BLOCKS);
    schedule_release(&schedule);
    result_release(&result);
}

static void the_order_is_the_seeds(void **state)
{
    (void)state;
    struct result result;
    unsigned firsts[ARMS] = {0};
    make_phased(&result);
    for (result.seed = 1; result.seed <= 200; result.seed++) {
        struct schedule schedule, again;
        schedule_make(&schedule, &result);
        schedule_make(&again, &result);
        firsts[schedule.plans[0].arms[0]]++;
        for (size_t i = 0; i < schedule.count; i++)
            assert_int_equal(schedule.plans[i].arms[0], again.plans[i].arms[0]);
        schedule_release(&schedule);
        schedule_release(&again);
    }
    for (size_t arm = 0; arm < ARMS; arm++)
        assert_in_range(firsts[arm], 25, 80); /* of 200, a fourth each */
    result_release(&result);
}

static void whoever_is_excluded_or_a_copy_takes_no_part(void **state)
{
    (void)state;
    struct result result;
    make_phased(&result);
    result.arms[0].excluded = xstrdup("gone");
    result.arms[1].self_check = true;
    assert_false(phase_plan_takes(&result, 0, 0));
    assert_false(phase_plan_takes(&result, 1, 0));
    assert_true(phase_plan_takes(&result, 2, 0));
    assert_true(phase_plan_takes(&result, CEILING, 0));
    strings_release(&result.experiment.ceilings);
    assert_false(phase_plan_takes(&result, CEILING, 0));
    result_release(&result);
}

static void looks_come_first_where_a_rate_depends_on_them(void **state)
{
    (void)state;
    static const struct {
        const char *phases;
        uint32_t rate_rps;
        size_t looks;
    } table[] = {
        {"load 60s", 1000, 0},
        {"load 60s", 0, ARMS},
        {"load 60s at 500, burst 2s at 700", 0, 0},
        {"load 60s at 500, burst 2s", 0, ARMS},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct result result;
        struct schedule schedule;
        make_phased(&result);
        set_phases(&result, table[i].phases, 1);
        result.experiment.phases.rate_rps = table[i].rate_rps;
        schedule_make(&schedule, &result);
        print_message("# %s\n", table[i].phases);
        assert_int_equal(schedule.count, ARMS + table[i].looks);
        for (size_t k = 0; k < schedule.count; k++)
            assert_true(schedule.plans[k].probe == (k < table[i].looks));
        schedule_release(&schedule);
        result_release(&result);
    }
}

static void add_look(struct result *result, uint32_t arm, int64_t rps)
{
    struct round look;
    round_init(&look);
    look.number = arm + 1;
    look.arm = arm;
    look.probe = true;
    look.requests_count = rps;
    look.duration_ns = 1000000000;
    result_add_round(result, &look);
}

static void a_window_has_the_rates_that_were_said_or_looked_for(void **state)
{
    (void)state;
    struct result result;
    struct phases phases;
    make_phased(&result);
    struct round_plan plan = phase_plan_of(&result, 0, 0, 0);
    assert_int_equal(phase_plan_window(&phases, &result, &plan), 1000);
    assert_int_equal(phases.items[1].rate_rps, 1000);
    assert_int_equal(phases.items[2].rate_rps, 2000);
    assert_int_equal(phases.items[3].rate_rps, 0);

    result.experiment.phases.rate_rps = 0; /* and no look */
    plan = phase_plan_of(&result, 0, 0, 0);
    assert_int_equal(phase_plan_window(&phases, &result, &plan), 0);
    assert_int_equal(phases.count, 5);
    add_look(&result, 0, LOOK_RPS);
    add_look(&result, 1, 9 * LOOK_RPS);
    assert_int_equal(phase_plan_window(&phases, &result, &plan), 20000);
    assert_int_equal(phases.items[2].rate_rps, 40000);

    set_phases(&result, "idle 1s, load 60s at 300, load 60s at 500", 1); /* need no look */
    assert_int_equal(phase_plan_window(&phases, &result, &plan), 300);
    assert_int_equal(phases.items[2].rate_rps, 500);
    result_release(&result);
}

/* Who grew in its last block goes through longer phases, and nobody else. */
static void who_grew_at_last_goes_through_longer_ones(void **state)
{
    (void)state;
    static const bool grows[ARMS][BLOCKS] = {
        {true, true}, {true, false}, {false, true}, {false, false}};
    struct result result;
    struct round_plan plan;
    bool is_seen[ARMS] = {false};
    make_phased(&result);
    uint32_t last = measure_blocks(&result, grows), number = last;
    while (phase_plan_next(&plan, &result, last) == PHASE_NEXT) {
        assert_true(plan.phased && plan.paced && plan.confirms_growth);
        assert_int_equal(plan.number, ++number);
        assert_int_equal(plan.position, number - last - 1);
        assert_int_equal(plan.window_s, 4 * 120 + 7); /* what rests is as long as it was */
        assert_false(is_seen[plan.arms[0]]);
        is_seen[plan.arms[0]] = true;
        answer(&result, &plan, plan.arms[0] == 0 ? QUICK_BYTES : STILL_BYTES);
        const struct round *round = &result.rounds[result.round_count - 1];
        assert_int_equal(phases_seconds(&round->phases), plan.window_s);
        assert_int_equal(round->phases.items[1].duration_s, 240);
    }
    assert_int_equal(number, last + 2);
    assert_true(is_seen[0] && is_seen[2]);
    assert_int_equal(phase_plan_last_longer(&result), number);
    result_release(&result);
}

static void a_round_that_can_tell_nothing_is_passed_over(void **state)
{
    (void)state;
    static const struct {
        enum reason_code code;
        bool grows, is_longer; /* in the block before, which can tell */
    } table[] = {
        {REASON_ERRORS, true, true},      {REASON_ERRORS, false, false},
        {REASON_GEN_LATE, true, false}, /* spoils times alone, so it tells that nothing grows */
        {REASON_INTERFERED, true, false}, {REASON_DIED, true, true},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        bool grows[ARMS][BLOCKS] = {{table[i].grows, false}};
        struct result result;
        struct round_plan plan;
        make_phased(&result);
        uint32_t last = measure_blocks(&result, grows);
        for (size_t k = 0; k < result.round_count; k++)
            if (result.rounds[k].arm == 0 && result.rounds[k].block == 1)
                outcome_add(&result.rounds[k].outcome, table[i].code, "made up");
        print_message("# %s\n", reason_name(table[i].code));
        assert_int_equal(phase_plan_next(&plan, &result, last),
                         table[i].is_longer ? PHASE_NEXT : PHASE_DONE);
        result_release(&result);
    }
}

/* Under a hundred seconds of load nothing is known, so there is nothing to confirm. */
static void what_is_undecided_is_not_confirmed(void **state)
{
    (void)state;
    static const bool grows[ARMS][BLOCKS] = {{true, true}};
    struct result result;
    struct round_plan plan;
    make_phased(&result);
    set_phases(&result, "idle 1s, load 1s, close 1s, load 1s", BLOCKS);
    uint32_t last = measure_blocks(&result, grows);
    assert_int_equal(phase_plan_next(&plan, &result, last), PHASE_DONE);
    result_release(&result);
}

/* What a run that was cut off goes on with. */
static void every_prefix_of_a_record_gives_the_round_that_followed(void **state)
{
    (void)state;
    static const bool grows[ARMS][BLOCKS] = {{true, true}, {true, true}, {false, true}};
    struct result result;
    struct round_plan plans[ROUNDS_MOST], plan;
    size_t count = 0;
    make_phased(&result);
    uint32_t last = measure_blocks(&result, grows);
    size_t before = result.round_count;
    while (phase_plan_next(&plans[count], &result, last) == PHASE_NEXT)
        answer(&result, &plans[count++], QUICK_BYTES);
    assert_int_equal(count, 3);
    size_t whole = result.round_count;
    for (size_t kept = 0; kept < count; kept++) {
        result.round_count = before + kept;
        assert_int_equal(phase_plan_next(&plan, &result, last), PHASE_NEXT);
        assert_int_equal(plan.number, plans[kept].number);
        assert_int_equal(plan.arms[0], plans[kept].arms[0]);
        assert_int_equal(plan.attempt, 0);
        assert_int_equal(plan.environment_padding_bytes, plans[kept].environment_padding_bytes);
    }
    result.round_count = whole;
    result_release(&result);
}

static void what_was_interrupted_or_spoiled_is_tried_again(void **state)
{
    (void)state;
    static const bool grows[ARMS][BLOCKS] = {{false, true}};
    static const struct {
        enum reason_code code;
        bool is_again, is_repeat;
    } table[] = {
        {REASON_INTERRUPTED, true, false},
        {REASON_PORTS, true, true},
        {REASON_GEN_LATE, false, false}, /* its memory stands */
        {REASON_ERRORS, false, false},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct result result;
        struct round_plan plan, again;
        make_phased(&result);
        uint32_t last = measure_blocks(&result, grows);
        assert_int_equal(phase_plan_next(&plan, &result, last), PHASE_NEXT);
        answer(&result, &plan, QUICK_BYTES);
        outcome_add(&result.rounds[result.round_count - 1].outcome, table[i].code, "made up");
        assert_int_equal(phase_plan_next(&again, &result, last),
                         table[i].is_again ? PHASE_NEXT : PHASE_DONE);
        print_message("# %s\n", reason_name(table[i].code));
        if (table[i].is_again) {
            assert_int_equal(again.number, plan.number);
            assert_int_equal(again.attempt, 1);
            assert_true(again.is_repeat == table[i].is_repeat);
        }
        result_release(&result);
    }
}

static void what_a_record_holds_in_the_place_of_a_round_is_foreign(void **state)
{
    (void)state;
    static const bool grows[ARMS][BLOCKS] = {{false, true}};
    for (unsigned way = 0; way < 4; way++) {
        struct result result;
        struct round_plan plan;
        make_phased(&result);
        uint32_t last = measure_blocks(&result, grows);
        assert_int_equal(phase_plan_next(&plan, &result, last), PHASE_NEXT);
        answer(&result, &plan, QUICK_BYTES);
        struct round *round = &result.rounds[result.round_count - 1];
        round->arm += way == 0;      /* somebody who did not grow */
        round->window_s += way == 1; /* other phases */
        round->number += way == 2;   /* behind one that is not there */
        round->attempt = 0;
        if (way == 3)
            round->phases.count = 0;
        assert_int_equal(phase_plan_next(&plan, &result, last), PHASE_FOREIGN);
        result_release(&result);
    }
}

static void a_set_for_memory_only_has_such_plans(void **state)
{
    (void)state;
    struct result result;
    make_phased(&result);
    assert_false(phase_plan_of(&result, 0, 0, 0).memory_only);
    result.experiment.phases.memory_only = true;
    assert_true(phase_plan_of(&result, 0, 0, 0).memory_only);
    result_release(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_server_goes_through_them_once_a_block),
        cmocka_unit_test(the_order_is_the_seeds),
        cmocka_unit_test(whoever_is_excluded_or_a_copy_takes_no_part),
        cmocka_unit_test(looks_come_first_where_a_rate_depends_on_them),
        cmocka_unit_test(a_window_has_the_rates_that_were_said_or_looked_for),
        cmocka_unit_test(who_grew_at_last_goes_through_longer_ones),
        cmocka_unit_test(a_round_that_can_tell_nothing_is_passed_over),
        cmocka_unit_test(what_is_undecided_is_not_confirmed),
        cmocka_unit_test(every_prefix_of_a_record_gives_the_round_that_followed),
        cmocka_unit_test(what_was_interrupted_or_spoiled_is_tried_again),
        cmocka_unit_test(what_a_record_holds_in_the_place_of_a_round_is_foreign),
        cmocka_unit_test(a_set_for_memory_only_has_such_plans),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("phase_plan", tests, NULL, NULL);
}
