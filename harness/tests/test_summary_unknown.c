/* What is said of an arm whose cost could not be measured in any round. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "analyse/summary.h"
#include "tests/synthetic.h"

enum { THREAD, EPOLL };

static const char why[] =
    "no cost and no memory: the server's processes changed under load: 1 before it, 8 new, 0 gone";

/* As a round is that lost sight of its server. */
static void forget(struct round *round)
{
    round->cpu_server_ns = round->cpu_server_user_ns = round->cpu_server_window_ns = MISSING;
    round->memory = (struct memory){MISSING, MISSING, MISSING, MISSING, MISSING,
                                    MISSING, MISSING, MISSING, MISSING};
    series_release(&round->series);
    outcome_add(&round->outcome, REASON_NOISY, "%s", why);
}

static const struct row *row_of(const struct summary *summary, size_t arm)
{
    const struct table *table = &summary->tables[0];
    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i].arm == arm)
            return &table->rows[i];
    fail_msg("no row of arm %zu", arm);
    return NULL;
}

static void an_arm_without_a_cost_is_shown_with_its_reason_and_not_ranked(void **state)
{
    (void)state;
    struct synthetic s;
    struct summary summary;
    synthetic_bench(&s, 9);
    for (size_t i = 0; i < s.result.round_count; i++)
        if (s.result.rounds[i].arm == THREAD)
            forget(&s.result.rounds[i]);
    summary_make(&summary, &s.result);

    const struct row *row = row_of(&summary, THREAD);
    assert_int_not_equal(row->kind, ROW_RANKED);
    assert_true(isnan(row->cost_ns) && isnan(row->cost_ratio.value) && isnan(row->per_core_rps));
    assert_true(isnan(row->pss_bytes.median) && isnan(row->rss_peak_bytes));
    assert_true(row->throughput_rps.median > 0);
    assert_true(row->reason_count > 0);
    assert_string_equal(row->reasons[0]->detail, why);
    assert_int_equal(row_of(&summary, EPOLL)->kind, ROW_RANKED);
    assert_null(strstr(summary.headline, "thread costs"));

    summary_release(&summary);
    result_release(&s.result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_arm_without_a_cost_is_shown_with_its_reason_and_not_ranked),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("summary of what is unknown", tests, NULL, NULL);
}
