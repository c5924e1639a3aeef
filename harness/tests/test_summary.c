/* Summaries of made-up results: what is ranked, what is only shown, what is refused, and what is
 * said of it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "analyse/summary.h"
#include "analyse/words.h"
#include "tests/synthetic.h"

enum { THREAD, EPOLL, URING, CEILING, CEILING_URING, COPY };
enum { PLAINTEXT, JSON, PIPELINE, WAIT };

static struct synthetic s;
static struct summary summary;

static void summarise(void)
{
    summary_make(&summary, &s.result);
}

static int release(void **state)
{
    (void)state;
    summary_release(&summary);
    result_release(&s.result);
    return 0;
}

static const struct row *row_of(size_t workload, size_t arm)
{
    const struct table *table = &summary.tables[workload];
    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i].arm == arm)
            return &table->rows[i];
    fail_msg("no row of arm %zu", arm);
    return NULL;
}

static void near(double actual, double expected, double tolerance)
{
    if (!(fabs(actual - expected) <= tolerance))
        fail_msg("got %.6f, expected %.6f within %g", actual, expected, tolerance);
}

static void has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" does not hold \"%s\"", text, part);
}

static void says(const struct strings *sentences, const char *part)
{
    for (size_t i = 0; i < sentences->count; i++)
        if (strstr(sentences->items[i], part))
            return;
    fail_msg("no sentence holds \"%s\"", part);
}

static void spoil(size_t arm, size_t workload, enum round_role role, unsigned count,
                  enum reason_code code)
{
    for (size_t i = 0; i < s.result.round_count && count > 0; i++) {
        struct round *round = &s.result.rounds[i];
        if (round->arm != arm || round->workload != workload || round->role != role)
            continue;
        outcome_add(&round->outcome, code, "spoiled by the test");
        count--;
    }
    assert_int_equal(count, 0);
}

static void a_bench_is_ranked_against_the_reference(void **state)
{
    (void)state;
    synthetic_bench(&s, 9);
    summarise();
    const struct table *table = &summary.tables[PLAINTEXT];
    assert_true(table->ranked);
    assert_int_equal(table->count, 5); /* the copy of the self-check is no row */
    assert_int_equal(table->rows[2].arm, THREAD);
    assert_int_equal(table->rows[3].kind, ROW_ROOF);
    assert_int_equal(table->rows[4].kind, ROW_ROOF);
    near(row_of(PLAINTEXT, THREAD)->cost_ratio.value, 1.42, .03);
    near(row_of(PLAINTEXT, EPOLL)->cost_ratio.value, 1, 0);
    near(row_of(PLAINTEXT, THREAD)->cost_ns,
         row_of(PLAINTEXT, THREAD)->cost_ratio.value * row_of(PLAINTEXT, EPOLL)->cost_ns, 1e-6);
    near(row_of(PLAINTEXT, EPOLL)->cost_ns, 4600, 300);
    assert_true(row_of(PLAINTEXT, EPOLL)->reference);
    assert_int_equal(summary.exit_code, 0);
    assert_int_equal(summary.self_check, SELF_CHECK_AGREES);
    has(summary.headline, "On plaintext, ");
    has(summary.headline, "thread costs 1.4");
    has(summary.headline, "agrees with itself");
}

/* d = -.02 .. .01 around the reference: the interval holds 1. */
static void exact_pairs(size_t subject, size_t workload, double centre, double step,
                        unsigned blocks)
{
    for (unsigned b = 0; b < blocks; b++)
        synthetic_pair(&s, subject, 1, workload, b,
                       centre + step * ((double)b - (double)(blocks - 1) / 2), 0);
}

static void tiers_hold_what_is_not_separable(void **state)
{
    (void)state;
    static const char *const ids[] = {"a", "epoll", "b", "c", "d"};
    synthetic_init(&s, 6);
    for (size_t i = 0; i < 5; i++)
        synthetic_arm(&s, ids[i]);
    synthetic_workload(&s, "plaintext", "");
    exact_pairs(0, 0, .88, .02, 6);  /* cheaper for sure */
    exact_pairs(2, 0, .99, .02, 6);  /* holds 1 */
    exact_pairs(3, 0, 1.40, .02, 6); /* dearer, and overlaps the next */
    exact_pairs(4, 0, 1.42, .02, 6);
    summarise();
    const struct row *rows = summary.tables[0].rows;
    static const struct {
        size_t arm;
        unsigned tier;
        bool near_next;
    } expected[] = {{0, 1, false}, {2, 2, false}, {1, 2, false}, {3, 3, true}, {4, 4, false}};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(rows[i].arm, expected[i].arm);
        assert_int_equal(rows[i].tier, expected[i].tier);
        assert_int_equal(rows[i].near_next, expected[i].near_next);
    }
    has(summary.headline,
        "On plaintext, a costs the least CPU per request: 0.88× [0.83, 0.93] of epoll's; b costs");
    says(&summary.findings, "intervals of c and d overlap");
    says(&summary.findings, "b 0.99× [0.94, 1.04] (not separable)");
}

static void the_roof_is_that_of_the_models_own_kind(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    while (s.result.round_count > 0) /* replaced by exact ones */
        round_release(&s.result.rounds[--s.result.round_count]);
    exact_pairs(THREAD, 0, 1.6, 0, 6);
    exact_pairs(URING, 0, 1.2, 0, 6);
    exact_pairs(CEILING, 0, .8, 0, 6);
    exact_pairs(CEILING_URING, 0, .9, 0, 6);
    summarise();
    near(row_of(0, THREAD)->roof_share.value, .5, 1e-3);
    near(row_of(0, URING)->roof_share.value, .75, 1e-3);
    near(row_of(0, EPOLL)->roof_share.value, .8, 1e-3);
    assert_true(estimate_has_interval(&row_of(0, EPOLL)->roof_share));
    assert_true(isnan(row_of(0, CEILING)->roof_share.value) ||
                fabs(row_of(0, CEILING)->roof_share.value - 1) < 1e-9);
}

static void without_its_own_ceiling_a_model_has_no_roof(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    s.result.arms[CEILING_URING].excluded = xstrdup("io_uring_setup: EPERM");
    summarise();
    assert_true(isnan(row_of(PLAINTEXT, URING)->roof_share.value));
    assert_false(isnan(row_of(PLAINTEXT, THREAD)->roof_share.value));
    assert_int_equal(summary.exit_code, 0); /* cannot run here is no failure */
    says(&summary.cautions, "ceiling-uring was not measured: io_uring_setup: EPERM.");
}

static void censored_throughput_is_a_bound_and_cost_stays(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    summarise();
    assert_true(row_of(PLAINTEXT, EPOLL)->throughput_censored);
    assert_false(row_of(PLAINTEXT, THREAD)->throughput_censored);
    assert_int_equal(row_of(PLAINTEXT, EPOLL)->kind, ROW_RANKED);
    assert_int_equal(row_of(PLAINTEXT, EPOLL)->outcome, OUTCOME_CENSORED);
    assert_int_equal(row_of(PLAINTEXT, EPOLL)->reason_count, 1);
    assert_int_equal(row_of(PLAINTEXT, EPOLL)->throughput_rps.n, 3);
    assert_false(row_of(PLAINTEXT, EPOLL)->throughput_rps.is_interval);
    assert_true(row_of(PLAINTEXT, EPOLL)->throughput_rps.low <
                row_of(PLAINTEXT, EPOLL)->throughput_rps.median);
    says(&summary.cautions, "is a lower bound (plaintext, json, pipeline and wait-10ms)");
}

static void looks_are_shown_and_not_ranked(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    summarise();
    assert_false(summary.tables[PIPELINE].ranked);
    for (size_t i = 0; i < summary.tables[PIPELINE].count; i++)
        assert_int_equal(summary.tables[PIPELINE].rows[i].kind, ROW_GLANCE);
    assert_true(row_of(PIPELINE, URING)->cost_solo);
    says(&summary.findings, "pipeline and wait-10ms were only looked at");
}

static void one_block_gives_a_direction_only(void **state)
{
    (void)state;
    synthetic_bench(&s, 1);
    summarise();
    assert_false(summary.tables[PLAINTEXT].ranked);
    assert_int_equal(row_of(PLAINTEXT, THREAD)->kind, ROW_GLANCE);
    assert_false(isnan(row_of(PLAINTEXT, THREAD)->cost_ratio.value));
    assert_false(estimate_has_interval(&row_of(PLAINTEXT, THREAD)->cost_ratio));
    assert_int_equal(summary.self_check, SELF_CHECK_TOO_SHORT);
    assert_int_equal(summary.exit_code, 0);
    has(summary.headline, "On plaintext, uring costs 0.9");
    has(summary.headline, "the CPU per request of epoll. ");
    has(summary.headline, "One block: direction only");
}

static void memory_comes_from_pairs_where_nothing_ran_alone(void **state)
{
    (void)state;
    synthetic_init(&s, 6);
    synthetic_arm(&s, "thread");
    synthetic_arm(&s, "epoll");
    synthetic_workload(&s, "plaintext", "");
    exact_pairs(0, 0, 2, 0, 3);
    for (size_t i = 0; i < s.result.round_count; i++)
        s.result.rounds[i].memory.pss_bytes = s.result.rounds[i].arm == 0 ? 9000 : 4000;
    summarise();
    near(row_of(0, 0)->pss_bytes.median, 9000, 0);
    near(row_of(0, 1)->pss_bytes.median, 4000, 0);
    assert_true(isnan(row_of(0, 0)->throughput_rps.median)); /* shared a CPU: no absolute number */
    synthetic_solo(&s, 0, 0, 0, 9000, 1e6);
    summary_release(&summary);
    summarise();
    near(row_of(0, 0)->pss_bytes.median, .7e6, 1);
}

static void a_busy_machine_is_said_with_its_reason(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    spoil(URING, PLAINTEXT, ROLE_SUBJECT, 1, REASON_NOISY);
    summarise();
    says(&summary.cautions,
         "plaintext: the machine was busy during rounds of uring (spoiled by the test)");
    assert_int_equal(row_of(PLAINTEXT, URING)->kind, ROW_RANKED);
}

static void interference_voids_solo_figures_and_no_ratio(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    spoil(URING, PLAINTEXT, ROLE_SUBJECT, 2, REASON_INTERFERED);
    spoil(URING, PLAINTEXT, ROLE_SOLO, 1, REASON_INTERFERED);
    summarise();
    assert_int_equal(row_of(PLAINTEXT, URING)->cost_ratio.n, 6);
    assert_int_equal(row_of(PLAINTEXT, URING)->throughput_rps.n, 2);
    assert_int_equal(row_of(PLAINTEXT, URING)->rounds_discarded, 1);
    assert_int_equal(summary.exit_code, 0);
}

static void the_arms_own_failure_voids_its_pair_and_fails_the_run(void **state)
{
    (void)state;
    synthetic_bench(&s, 9);
    spoil(THREAD, PLAINTEXT, ROLE_SUBJECT, 1, REASON_ERRORS);
    summarise();
    assert_int_equal(row_of(PLAINTEXT, THREAD)->cost_ratio.n, 8);
    assert_int_equal(row_of(PLAINTEXT, THREAD)->kind, ROW_RANKED);
    assert_int_equal(summary.exit_code, 1);
    says(&summary.cautions,
         "thread on plaintext failed in 1 of its rounds (ERRORS: spoiled by the test");
}

static void an_arm_that_failed_in_half_its_rounds_has_no_number(void **state)
{
    (void)state;
    synthetic_bench(&s, 9);
    spoil(THREAD, PLAINTEXT, ROLE_SUBJECT, 6, REASON_HUNG);
    summarise();
    const struct row *row = row_of(PLAINTEXT, THREAD);
    assert_int_equal(row->kind, ROW_INVALID);
    assert_true(isnan(row->cost_ns));
    assert_true(isnan(row->throughput_rps.median));
    assert_int_equal(row->reasons[0]->code, REASON_HUNG);
    assert_int_equal(summary.exit_code, 1);
    assert_true(summary.tables[PLAINTEXT].ranked);
    says(&summary.cautions, "thread on plaintext has no valid number: HUNG: spoiled by the test.");
}

static void a_repeat_replaces_the_round_it_repeats(void **state)
{
    (void)state;
    synthetic_init(&s, 6);
    synthetic_arm(&s, "thread");
    synthetic_arm(&s, "epoll");
    synthetic_workload(&s, "plaintext", "");
    exact_pairs(0, 0, 2, 0, 6);
    spoil(0, 0, ROLE_SUBJECT, 1, REASON_PORTS);
    synthetic_pair(&s, 0, 1, 0, 0, 1.5, 0);
    for (size_t i = s.result.round_count - 2; i < s.result.round_count; i++) {
        s.result.rounds[i].attempt = 1;
        s.result.rounds[i].number = 1; /* as the first attempt had */
    }
    summarise();
    assert_int_equal(row_of(0, 0)->cost_ratio.n, 6);
    near(row_of(0, 0)->cost_ratio.low, 1.5, 1e-3);
    near(row_of(0, 0)->cost_ratio.value, 2, 1e-3);
    assert_int_equal(row_of(0, 0)->rounds_discarded, 1);
}

static void unequal_discards_void_the_comparison(void **state)
{
    (void)state;
    synthetic_bench(&s, 15);
    spoil(URING, PLAINTEXT, ROLE_SUBJECT, 8, REASON_LOAD_FAILED);
    summarise();
    assert_true(summary.tables[PLAINTEXT].discards_unequal);
    assert_false(summary.tables[PLAINTEXT].ranked);
    assert_int_equal(row_of(PLAINTEXT, THREAD)->kind, ROW_INVALID);
    assert_true(isnan(row_of(PLAINTEXT, THREAD)->cost_ratio.value));
    assert_true(summary.tables[JSON].ranked);
    says(&summary.cautions, "lost significantly more rounds");
    char *why = words_why(&s.result, &summary.tables[PLAINTEXT], row_of(PLAINTEXT, THREAD));
    has(why, "discarded rounds are unequal");
    free(why);
}

static void equal_discards_leave_it_standing(void **state)
{
    (void)state;
    synthetic_bench(&s, 15);
    for (size_t arm = 0; arm <= CEILING_URING; arm++)
        if (arm != EPOLL)
            spoil(arm, PLAINTEXT, ROLE_SUBJECT, 4, REASON_LOAD_FAILED);
    summarise();
    assert_false(summary.tables[PLAINTEXT].discards_unequal);
    assert_true(summary.tables[PLAINTEXT].ranked);
}

static void no_usable_row_ends_with_3(void **state)
{
    (void)state;
    synthetic_init(&s, 6);
    synthetic_arm(&s, "epoll");
    synthetic_workload(&s, "plaintext", "");
    for (unsigned b = 0; b < 3; b++)
        outcome_add(&synthetic_solo(&s, 0, 0, b, 4600, 3e6)->outcome, REASON_INTERFERED,
                    "others used 12 %% of the server's CPU");
    summarise();
    assert_int_equal(summary.exit_code, 3);
    assert_int_equal(row_of(0, 0)->kind, ROW_INVALID);
    has(summary.headline, "No usable row");
    says(&summary.cautions, "INTERFERED: others used 12 % of the server's CPU");
}

static void a_machine_that_disagrees_with_itself_ranks_nothing(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    for (size_t i = 0; i < s.result.round_count; i++)
        if (s.result.rounds[i].arm == COPY)
            s.result.rounds[i].cpu_server_ns += s.result.rounds[i].cpu_server_ns / 12;
    summarise();
    assert_int_equal(summary.self_check, SELF_CHECK_DIFFERS);
    assert_int_equal(summary.exit_code, 4);
    assert_false(summary.tables[PLAINTEXT].ranked);
    assert_int_equal(row_of(PLAINTEXT, THREAD)->tier, 0);
    assert_int_equal(strncmp(summary.headline, "This machine disagrees with itself", 34), 0);
}

static void a_self_check_difference_must_come_again_on_fresh_blocks(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    for (size_t i = 0; i < s.result.round_count; i++)
        if (s.result.rounds[i].arm == COPY)
            s.result.rounds[i].cpu_server_ns += s.result.rounds[i].cpu_server_ns / 12;
    for (unsigned b = 6; b < 12; b++)
        synthetic_pair(&s, COPY, EPOLL, PLAINTEXT, b, 1, .01);
    summarise();
    assert_int_equal(summary.self_check, SELF_CHECK_AGREES);
    assert_int_equal(summary.exit_code, 0);
}

static void an_excluded_arm_stands_apart_with_its_reason(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    size_t pool = synthetic_arm(&s, "pool");
    s.result.arms[pool].excluded = xstrdup("answered GET /json with 500");
    s.result.arms[pool].excluded_is_failure = true;
    summarise();
    assert_int_equal(row_of(PLAINTEXT, pool)->kind, ROW_EXCLUDED);
    assert_int_equal(summary.exit_code, 1);
    char *why = words_why(&s.result, &summary.tables[0], row_of(PLAINTEXT, pool));
    assert_string_equal(why, "answered GET /json with 500");
    free(why);
    says(&summary.cautions, "pool was not measured because it failed its check");
}

static void a_missing_route_is_said(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    size_t other = synthetic_arm(&s, "other");
    strings_add(&s.result.arms[other].server.routes, "plaintext");
    summarise();
    char *why = words_why(&s.result, &summary.tables[JSON], row_of(JSON, other));
    assert_string_equal(why, "declares no route /json");
    free(why);
}

static void a_throughput_that_drifts_in_most_windows_is_not_printed(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    spoil(THREAD, PLAINTEXT, ROLE_SOLO, 2, REASON_NOT_STEADY);
    spoil(URING, JSON, ROLE_SOLO, 2, REASON_NOT_STEADY);
    spoil(EPOLL, JSON, ROLE_SOLO, 2, REASON_NOT_STEADY);
    summarise();
    assert_true(isnan(row_of(PLAINTEXT, THREAD)->throughput_rps.median));
    assert_int_equal(row_of(PLAINTEXT, THREAD)->kind, ROW_RANKED);   /* pairs do not care */
    assert_false(isnan(row_of(JSON, URING)->throughput_rps.median)); /* the reference drifts too */
}

static void spreads_between_blocks_are_recovered(void **state)
{
    (void)state;
    synthetic_init(&s, 12);
    synthetic_arm(&s, "thread");
    synthetic_arm(&s, "epoll");
    synthetic_workload(&s, "plaintext", "");
    for (unsigned b = 0; b < 40; b++)
        synthetic_pair(&s, 0, 1, 0, b, 1.2,
                       .10); /* uniform within 10 %: |x - y| has its median at 5.86 % */
    summarise();
    near(summary.paired_sd, .0586 / .9539, .01);
    assert_true(isnan(summary.solo_sd));
    assert_int_equal(summary.self_check, SELF_CHECK_ABSENT);
}

static void an_interrupted_run_says_so(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    free(s.result.finished_utc);
    s.result.finished_utc = NULL;
    synthetic_arm(&s, "late");
    summarise();
    says(&summary.cautions, "interrupted");
    char *why = words_why(&s.result, &summary.tables[0], row_of(0, COPY + 1));
    has(why, "not reached");
    free(why);
}

static void an_empty_result_has_no_number_and_no_crash(void **state)
{
    (void)state;
    synthetic_init(&s, 6);
    summarise();
    assert_int_equal(summary.exit_code, 3);
    has(summary.headline, "No usable row");
}

static void a_headline_of_many_long_names_is_never_cut(void **state)
{
    (void)state;
    synthetic_init(&s, 6);
    synthetic_arm(&s, "epoll");
    synthetic_workload(&s, "plaintext", "");
    for (size_t i = 1; i < 12; i++) {
        char name[64];
        snprintf(name, sizeof name, "a-server-with-quite-a-long-name-number-%zu", i);
        synthetic_arm(&s, name);
        for (unsigned b = 0; b < 6; b++)
            synthetic_pair(&s, i, 0, 0, b, 1 + .001 * (double)(b % 2 ? i : -i), 0);
    }
    summarise();
    size_t length = strlen(summary.headline);
    assert_true(length > 0 && length < sizeof summary.headline);
    assert_int_equal(summary.headline[length - 1], '.');
}

int main(void)
{
#define CASE(name) cmocka_unit_test_teardown(name, release)
    const struct CMUnitTest tests[] = {
        CASE(a_bench_is_ranked_against_the_reference),
        CASE(tiers_hold_what_is_not_separable),
        CASE(the_roof_is_that_of_the_models_own_kind),
        CASE(without_its_own_ceiling_a_model_has_no_roof),
        CASE(censored_throughput_is_a_bound_and_cost_stays),
        CASE(looks_are_shown_and_not_ranked),
        CASE(one_block_gives_a_direction_only),
        CASE(memory_comes_from_pairs_where_nothing_ran_alone),
        CASE(a_busy_machine_is_said_with_its_reason),
        CASE(interference_voids_solo_figures_and_no_ratio),
        CASE(the_arms_own_failure_voids_its_pair_and_fails_the_run),
        CASE(an_arm_that_failed_in_half_its_rounds_has_no_number),
        CASE(a_repeat_replaces_the_round_it_repeats),
        CASE(unequal_discards_void_the_comparison),
        CASE(equal_discards_leave_it_standing),
        CASE(no_usable_row_ends_with_3),
        CASE(a_machine_that_disagrees_with_itself_ranks_nothing),
        CASE(a_self_check_difference_must_come_again_on_fresh_blocks),
        CASE(an_excluded_arm_stands_apart_with_its_reason),
        CASE(a_missing_route_is_said),
        CASE(a_throughput_that_drifts_in_most_windows_is_not_printed),
        CASE(spreads_between_blocks_are_recovered),
        CASE(an_interrupted_run_says_so),
        CASE(an_empty_result_has_no_number_and_no_crash),
        CASE(a_headline_of_many_long_names_is_never_cut),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("summary", tests, NULL, NULL);
}
