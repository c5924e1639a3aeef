/* What a run says of a round while it runs. */
#include "cmd/progress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void an_invalid_round_is_told_by_the_reason_that_made_it_so(void **state)
{
    (void)state;
    struct outcome outcome = {0};
    outcome_add(&outcome, REASON_NOISY, "the machine was busy");
    outcome_add(&outcome, REASON_GEN_BOUND, "wrk used all of its CPU");
    outcome_add(&outcome, REASON_ERRORS, "3 answers had another status");
    outcome_add(&outcome, REASON_HUNG, "and then it hung");
    assert_string_equal(invalid_detail(&outcome), "3 answers had another status");
}

static void a_time_reads_as_people_write_it(void **state)
{
    static const struct {
        double seconds;
        const char *text;
    } table[] = {
        {0.4, "0 s"},        {99.4, "99 s"},         {99.6, "1 min 40 s"},
        {260, "4 min 20 s"}, {3599.6, "1 h 00 min"}, {7500, "2 h 05 min"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        char text[32];
        assert_string_equal(duration_text(text, sizeof(text), table[i].seconds), table[i].text);
    }
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_invalid_round_is_told_by_the_reason_that_made_it_so),
        cmocka_unit_test(a_time_reads_as_people_write_it),
    };
    return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
