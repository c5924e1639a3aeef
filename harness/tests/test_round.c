/* Outcomes and their reasons, and what a round that lacks numbers is written as. */
#include "golden_run.h"

/* Every number of the table: null in its place, and a reason by its name. */
static void what_is_missing_is_null_with_a_reason(void **state)
{
    (void)state;
    struct result result;
    struct round round;

    make_header(&result);
    round_init(&round);
    json_t *line = result_round_json(&result, &round);
    const json_t *missing = json_object_get(line, "missing");
    for (size_t i = 0; i < ROUND_NUMBERS; i++) {
        const struct round_number *number = &round_numbers[i];
        const json_t *place = number->group ? json_object_get(line, number->group) : line;
        assert_true(json_is_null(json_object_get(place, number->key)));
        assert_string_equal(json_string_value(json_object_get(missing, number->field)),
                            "not recorded");
    }
    assert_true(json_is_null(json_object_get(line, "hist")));
    assert_true(json_is_null(json_object_get(line, "series")));
    assert_int_equal(json_object_size(missing), ROUND_NUMBERS + 2);
    json_decref(line);
    round_release(&round);
    result_release(&result);
}

static void a_measured_nought_is_no_missing_number(void **state)
{
    (void)state;
    struct result result;
    struct round round;

    make_header(&result);
    round_init(&round);
    for (size_t i = 0; i < ROUND_NUMBERS; i++)
        *round_number_of(&round, &round_numbers[i]) = 0;
    json_t *line = result_round_json(&result, &round);
    assert_int_equal(json_object_size(json_object_get(line, "missing")), 2); /* hist, series */
    json_decref(line);
    result_release(&result);
}

/* A server may write anything to its stderr, and that may end in a reason. */
static void text_that_is_no_utf_8_stays_json(void **state)
{
    (void)state;
    struct result result;
    struct round round;

    make_header(&result);
    round_init(&round);
    outcome_add(&round.outcome, REASON_DIED,
                "it said: \xff\xfe"
                "bad\x01");
    json_t *line = result_round_json(&result, &round);
    char *text = json_dumps(line, JSON_COMPACT);
    assert_non_null(strstr(text, "\"detail\":\"it said: ??bad\\u0001\""));
    free(text);
    json_decref(line);
    result_release(&result);
}

static void an_outcome_is_as_bad_as_its_worst_reason(void **state)
{
    (void)state;
    struct outcome outcome = {0};

    assert_int_equal(outcome.kind, OUTCOME_VALID);
    outcome_add(&outcome, REASON_NOISY, "steal 2 %%");
    assert_int_equal(outcome.kind, OUTCOME_NOISY);
    outcome_add(&outcome, REASON_ERRORS, "3 answers were %d", 500);
    outcome_add(&outcome, REASON_GEN_BOUND, "wrk 99 %%");
    assert_int_equal(outcome.kind, OUTCOME_INVALID);
    assert_string_equal(outcome.reasons[1].detail, "3 answers were 500");
    assert_true(outcome_has(&outcome, REASON_GEN_BOUND));
    assert_false(outcome_has(&outcome, REASON_HUNG));
}

static void the_worst_reason_is_kept_when_there_are_too_many(void **state)
{
    (void)state;
    struct outcome outcome = {0};

    for (int i = 0; i < OUTCOME_REASONS + 2; i++)
        outcome_add(&outcome, REASON_NOISY, "%d", i);
    outcome_add(&outcome, REASON_HUNG, "no answer for 3 s");
    assert_int_equal(outcome.count, OUTCOME_REASONS);
    assert_true(outcome_has(&outcome, REASON_HUNG));
    assert_int_equal(outcome.kind, OUTCOME_INVALID);
}

static void only_external_reasons_are_external(void **state)
{
    (void)state;
    static const enum reason_code external[] = {REASON_INTERFERED, REASON_GEN_LATE,
                                                REASON_PORTS,      REASON_LOAD_FAILED,
                                                REASON_UPSTREAM,   REASON_INTERRUPTED};
    unsigned count = 0;

    for (enum reason_code code = 0; code < REASON_CODES; code++)
        count += reason_is_external(code);
    for (size_t i = 0; i < sizeof external / sizeof *external; i++)
        assert_true(reason_is_external(external[i]));
    assert_int_equal(count, sizeof external / sizeof *external);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_missing_is_null_with_a_reason),
        cmocka_unit_test(a_measured_nought_is_no_missing_number),
        cmocka_unit_test(text_that_is_no_utf_8_stays_json),
        cmocka_unit_test(an_outcome_is_as_bad_as_its_worst_reason),
        cmocka_unit_test(the_worst_reason_is_kept_when_there_are_too_many),
        cmocka_unit_test(only_external_reasons_are_external),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("round", tests, NULL, NULL);
}
