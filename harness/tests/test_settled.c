/* What of a schedule is measured, what is tried once more, and what is none of it. */
#include "measure/settled.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

/* A pair of arms 1 and 0, then arm 0 alone. */
static void make(struct schedule *schedule)
{
    schedule->plans = xcalloc(2, sizeof(*schedule->plans));
    schedule->count = 2;
    schedule->plans[0] = (struct round_plan){.number = 1, .arms = {1, 0}, .arm_count = 2};
    schedule->plans[1] =
        (struct round_plan){.number = 2, .arms = {0}, .arm_count = 1, .position = 1};
}

/* The pair's rounds of this attempt, the first one with this reason; REASON_CODES: none. */
static void add_pair(struct result *result, uint32_t attempt, enum reason_code code)
{
    for (uint32_t i = 0; i < 2; i++) {
        struct round round;
        round_init(&round);
        round.number = 1;
        round.attempt = attempt;
        round.arm = 1 - i;
        round.with = (int32_t)i;
        if (i == 0 && code != REASON_CODES)
            outcome_add(&round.outcome, code, "made up");
        result_add_round(result, &round);
    }
}

static void add_solo(struct result *result, uint32_t attempt, enum reason_code code)
{
    struct round round;
    round_init(&round);
    round.number = 2;
    round.attempt = attempt;
    round.position = 1;
    round.with = -1;
    if (code != REASON_CODES)
        outcome_add(&round.outcome, code, "made up");
    result_add_round(result, &round);
}

enum { NO_TRY = -1 };

static const struct {
    const char *sentence;
    int tries[3]; /* reasons of the pair's tries, one after the other; NO_TRY: none */
    bool is_left;
    uint32_t next;
    bool is_repeat;
} cases[] = {
    {"what was never tried is left", {NO_TRY, NO_TRY, NO_TRY}, true, 0, false},
    {"what went well is not", {REASON_CODES, NO_TRY, NO_TRY}, false, 0, false},
    {"an arm's own failure is its result", {REASON_ERRORS, NO_TRY, NO_TRY}, false, 0, false},
    {"a ratio survives interference", {REASON_INTERFERED, NO_TRY, NO_TRY}, false, 0, false},
    {"what was spoiled gets one more try", {REASON_PORTS, NO_TRY, NO_TRY}, true, 1, true},
    {"and no third", {REASON_PORTS, REASON_PORTS, NO_TRY}, false, 0, false},
    {"an interrupted try counts for nothing", {REASON_INTERRUPTED, NO_TRY, NO_TRY}, true, 1, false},
    {"nor does an interrupted repeat", {REASON_PORTS, REASON_INTERRUPTED, NO_TRY}, true, 2, true},
    {"after it one is enough", {REASON_INTERRUPTED, REASON_CODES, NO_TRY}, false, 0, false},
    {"or is repeated once", {REASON_INTERRUPTED, REASON_PORTS, NO_TRY}, true, 2, true},
    {"at most", {REASON_INTERRUPTED, REASON_PORTS, REASON_PORTS}, false, 0, false},
};

static void what_is_settled_is_taken_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct result result;
        struct schedule schedule;
        char *error = NULL;
        result_init(&result);
        make(&schedule);
        for (uint32_t attempt = 0; attempt < 3 && cases[i].tries[attempt] != NO_TRY; attempt++)
            add_pair(&result, attempt, (enum reason_code)cases[i].tries[attempt]);
        assert_int_equal(settled_take_out(&schedule, &result, &error), 0);
        const struct round_plan *first = &schedule.plans[0];
        bool is_left = schedule.count == 2;
        if (is_left != cases[i].is_left || first->number != (is_left ? 1u : 2u) ||
            (is_left &&
             (first->attempt != cases[i].next || first->is_repeat != cases[i].is_repeat)))
            fail_msg("%s: %zu plans are left, the first is number %u, attempt %u",
                     cases[i].sentence, schedule.count, first->number, first->attempt);
        schedule_release(&schedule);
        result_release(&result);
    }
}

static void interference_spoils_what_stands_alone(void **state)
{
    (void)state;
    struct result result;
    struct schedule schedule;
    char *error = NULL;
    result_init(&result);
    make(&schedule);
    add_pair(&result, 0, REASON_CODES);
    add_solo(&result, 0, REASON_INTERFERED);
    assert_int_equal(settled_take_out(&schedule, &result, &error), 0);
    assert_int_equal(schedule.count, 1);
    assert_int_equal(schedule.plans[0].number, 2);
    assert_int_equal(schedule.plans[0].attempt, 1);
    add_solo(&result, 1, REASON_CODES);
    assert_int_equal(settled_take_out(&schedule, &result, &error), 0);
    assert_int_equal(schedule.count, 0);
    schedule_release(&schedule);
    result_release(&result);
}

static void rounds_of_another_schedule_are_refused(void **state)
{
    (void)state;
    struct result result;
    struct schedule schedule;
    char *error = NULL;
    result_init(&result);
    make(&schedule);
    add_pair(&result, 0, REASON_CODES);
    result.rounds[0].block = 3;
    assert_int_equal(settled_take_out(&schedule, &result, &error), -1);
    assert_string_equal(error, "round 1 of the record is none of this experiment's");
    free(error);
    schedule_release(&schedule);
    result_release(&result);
}

/* It could be read, whoever had the CPU; what kept it from being read is another matter. */
static void phases_for_memory_only_are_not_repeated_for_the_cpu(void **state)
{
    (void)state;
    static const struct {
        bool memory_only;
        enum reason_code code;
        size_t stretches; /* that were read */
        bool may_repeat;
    } table[] = {
        {true, REASON_INTERFERED, 100, false}, {true, REASON_INTERFERED, 0, true},
        {false, REASON_INTERFERED, 100, true}, {true, REASON_GEN_LATE, 100, false},
        {true, REASON_LOAD_FAILED, 100, true},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct round_plan plan = {
            .phased = true, .paced = true, .arm_count = 1, .memory_only = table[i].memory_only};
        struct round round;
        round_init(&round);
        round.course.count = table[i].stretches;
        outcome_add(&round.outcome, table[i].code, "made up");
        print_message("# case %zu\n", i);
        assert_true(settled_may_repeat(&plan, &round) == table[i].may_repeat);
        round_release(&round);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_settled_is_taken_out),
        cmocka_unit_test(interference_spoils_what_stands_alone),
        cmocka_unit_test(rounds_of_another_schedule_are_refused),
        cmocka_unit_test(phases_for_memory_only_are_not_repeated_for_the_cpu),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("settled", tests, NULL, NULL);
}
