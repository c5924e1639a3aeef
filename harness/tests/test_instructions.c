/* Two arms by the instructions they take a request: which word follows, which functions are told,
 * and what a count that is missing comes to. */
#include "decision_room.h"

#include "analyse/instructions.h"

static struct result result;

static int begin(void **state)
{
    result_init(&result);
    result_add_arm(&result, "base");
    result_add_arm(&result, "head");
    result_add_workload(&result)->workload.name = xstrdup("plaintext");
    return decision_begin(state);
}

static int end(void **state)
{
    result_release(&result);
    return decision_end(state);
}

/* Functions as "parse 100 write 20"; none: NULL. */
static struct result_count *count(size_t arm, double instructions, const char *functions)
{
    struct result_count *counted = result_add_count(&result, arm, 0);
    struct strings words = {0};
    counted->instructions = instructions;
    if (functions)
        strings_split(&words, functions);
    for (size_t i = 0; i + 1 < words.count; i += 2)
        result_count_add_function(counted, words.items[i], strtod(words.items[i + 1], NULL));
    strings_release(&words);
    return counted;
}

static const struct decision_row *add_row(void)
{
    instructions_add_row(&decision, "epoll", &result, 0, 1, 0);
    return &decision.rows[decision.count - 1];
}

static void the_margin_alone_decides(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double base, head, margin;
        enum decision_word word;
    } table[] = {
        {"the same", 1000, 1000, .01, DECISION_EQUIVALENT},
        {"more, and less than the margin", 1000, 1009.9, .01, DECISION_EQUIVALENT},
        {"the margin", 1000, 1010, .01, DECISION_REGRESSED},
        {"twice as many", 1000, 2000, .01, DECISION_REGRESSED},
        {"less, and not by the margin", 1000, 990.2, .01, DECISION_EQUIVALENT},
        {"less by the margin", 1010, 1000, .01, DECISION_IMPROVED},
        {"half as many", 1000, 500, .01, DECISION_IMPROVED},
        {"within a margin of one's own", 1000, 1050, .1, DECISION_EQUIVALENT},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        print_message("# %s\n", table[i].name);
        gate.margins[METRIC_INSTRUCTIONS] = table[i].margin;
        count(0, table[i].base, NULL);
        count(1, table[i].head, NULL);
        const struct decision_row *row = add_row();
        assert_string_equal(decision_word(row->word), decision_word(table[i].word));
        assert_int_equal(row->metric, METRIC_INSTRUCTIONS);
        assert_true(row->is_counted);
        assert_true(row->is_confirmed == (table[i].word == DECISION_REGRESSED));
        assert_true(row->base == table[i].base && row->head == table[i].head);
        assert_true(row->ratio.value == table[i].head / table[i].base);
        assert_false(estimate_has_interval(&row->ratio));
        assert_true(row->smallest == table[i].margin);
        assert_null(row->why);
        assert_int_equal(decision.notes.count, 0);
    }
}

static void the_functions_that_moved_most_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *base, *head, *why;
        double from, to;
    } table[] = {
        {"parse_head 512 memcpy 300 write_head 2000", "parse_head 722 memcpy 288 write_head 2012",
         "parse_head +210 (+41 %), write_head +12; memcpy -12 (-4 %)", 2812, 3022},
        {"parse 100", "parse 100 check_utf8 1234.6", "check_utf8 +1,235 (new)", 100, 1335},
        {"parse 100 slow 50", "parse 110", "slow -50 (gone); parse +10 (+10 %)", 150, 110},
        {"a 10 b 10 c 10 d 10 e 10", "a 60 b 50 c 40 d 30 e 20",
         "a +50 (+500 %), b +40 (+400 %), c +30 (+300 %), d +20 (+200 %)", 50, 200},
        {"a 500 b 499", "a 530 b 499.5", "a +30 (+6 %)", 1000, 1030},
        {"a 10 b 5", "a 12.26 b 5", "a +2.3 (+23 %)", 15, 17.26},
        {"a 10", "a 10", NULL, 100, 150}, /* then nobody knows who did it */
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        count(0, table[i].from, table[i].base);
        count(1, table[i].to, table[i].head);
        const struct decision_row *row = add_row();
        assert_true(row->word == DECISION_REGRESSED || row->word == DECISION_IMPROVED);
        if (table[i].why)
            assert_string_equal(row->why, table[i].why);
        else
            assert_null(row->why);
    }
}

static void every_function_that_moved_is_listed_the_furthest_first(void **state)
{
    (void)state;
    struct instructions_changes changes;
    count(0, 40, "a 10 b 10 c 10 gone 10");
    count(1, 60, "a 10.05 b 4 c 30 new 10");
    instructions_find(&changes, &result.counts[0], &result.counts[1]);
    static const struct instructions_change expected[] = {
        {"c", 10, 30}, {"gone", 10, 0}, {"new", 0, 10}, {"b", 10, 4}};
    assert_int_equal(changes.count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(changes.items[i].name, expected[i].name);
        assert_true(changes.items[i].base == expected[i].base);
        assert_true(changes.items[i].head == expected[i].head);
    }
    instructions_release(&changes);
    assert_int_equal(changes.count, 0);
}

static void set_missing(size_t arm, const char *reason)
{
    result_add_count(&result, arm, 0)->missing = xstrdup(reason);
}

static void a_count_that_is_missing_has_its_reason(void **state)
{
    (void)state;
    static const struct {
        const char *base, *head; /* NULL: counted; "": there is no line of it */
        const char *why;
    } table[] = {
        {"valgrind is not installed", "valgrind is not installed", "valgrind is not installed"},
        {NULL, "it did not end after SIGTERM", "head: it did not end after SIGTERM"},
        {"no memory", NULL, "base: no memory"},
        {"no memory", "no time", "base: no memory"},
        {"", "", "it was not counted"},
        {NULL, "", "head: it was not counted"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const char *reasons[] = {table[i].base, table[i].head};
        end(NULL);
        begin(NULL);
        for (size_t arm = 0; arm < 2; arm++)
            if (!reasons[arm])
                count(arm, 100, "a 100");
            else if (*reasons[arm])
                set_missing(arm, reasons[arm]);
        const struct decision_row *row = add_row();
        assert_int_equal(row->word, DECISION_INVALID);
        assert_string_equal(row->why, table[i].why);
        assert_true(isnan(row->ratio.value) && isnan(row->base));
        char *note = text_format("Instructions on plaintext gate nothing: %s.", table[i].why);
        assert_int_equal(decision.notes.count, 1);
        assert_string_equal(decision.notes.items[0], note);
        free(note);
    }
}

static void what_does_not_gate_needs_no_note(void **state)
{
    (void)state;
    gate.gates[METRIC_INSTRUCTIONS] = false;
    set_missing(0, "valgrind is not installed");
    set_missing(1, "valgrind is not installed");
    assert_int_equal(add_row()->word, DECISION_INVALID);
    assert_int_equal(decision.notes.count, 0);
}

static void a_count_of_nothing_is_no_ratio(void **state)
{
    (void)state;
    count(0, 0, NULL);
    count(1, 100, NULL);
    const struct decision_row *row = add_row();
    assert_int_equal(row->word, DECISION_INVALID);
    assert_string_equal(row->why, "base: no instruction of it was counted");
}

static void a_growth_fails_the_gate(void **state)
{
    (void)state;
    count(0, 1000, "parse 1000");
    count(1, 1100, "parse 1100");
    add_row();
    decision_conclude(&decision, false);
    assert_int_equal(decision.exit_code, 1);
}

#define WITH_COUNTS(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_COUNTS(the_margin_alone_decides),
        WITH_COUNTS(the_functions_that_moved_most_are_told),
        WITH_COUNTS(every_function_that_moved_is_listed_the_furthest_first),
        WITH_COUNTS(a_count_that_is_missing_has_its_reason),
        WITH_COUNTS(what_does_not_gate_needs_no_note),
        WITH_COUNTS(a_count_of_nothing_is_no_ratio),
        WITH_COUNTS(a_growth_fails_the_gate),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("instructions", tests, NULL, NULL);
}
