/* Summaries of made-up results: what is ranked, what is only shown, and what is said of it. */
#include "tests/summary_room.h"

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

static void the_kind_is_what_a_server_says_not_what_it_is_called(void **state)
{
    (void)state;
    static const struct {
        const char *id, *model, *library; /* NULL: not said */
        double share;                     /* of the roof: .8 over epoll, .9 over io_uring */
    } table[] = {
        {"uring-like", NULL, NULL, .5},
        {"uringo", "epoll", NULL, .5},
        {"fast", "uring", NULL, .5625},
        {"own", "event loop", "liburing 2.5", .5625},
        {"own-2", "event loop", "libuv 1.44.2", .5},
    };
    enum { COUNT = sizeof table / sizeof *table, FIRST = COPY + 1 };
    synthetic_bench(&s, 6);
    while (s.result.round_count > 0)
        round_release(&s.result.rounds[--s.result.round_count]);
    exact_pairs(CEILING, 0, .8, 0, 6);
    exact_pairs(CEILING_URING, 0, .9, 0, 6);
    for (size_t i = 0; i < COUNT; i++) {
        size_t arm = synthetic_arm(&s, table[i].id);
        struct server_info *server = &s.result.arms[arm].server;
        free(server->model);
        server->model = xstrdup(table[i].model);
        if (table[i].library)
            strings_add(&server->libraries, table[i].library);
        exact_pairs(arm, 0, 1.6, 0, 6);
    }
    summarise();
    for (size_t i = 0; i < COUNT; i++)
        near(row_of(0, FIRST + i)->roof_share.value, table[i].share, 1e-3);
}

static void a_roof_that_is_the_reference_gives_the_share_at_once(void **state)
{
    (void)state;
    synthetic_init(&s, 6);
    synthetic_arm(&s, "thread");
    synthetic_arm(&s, "ceiling");
    synthetic_arm(&s, "uring");
    synthetic_workload(&s, "plaintext", "");
    free(s.result.experiment.reference);
    s.result.experiment.reference = xstrdup("ceiling");
    exact_pairs(0, 0, 1.25, 0, 6);
    exact_pairs(2, 0, 1.1, 0, 6);
    summarise();
    near(row_of(0, 0)->roof_share.value, .8, 1e-3);
    assert_true(estimate_has_interval(&row_of(0, 0)->roof_share));
    assert_true(isnan(row_of(0, 1)->roof_share.value));
    assert_true(isnan(row_of(0, 2)->roof_share.value)); /* its own kind was not there */
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
    const struct CMUnitTest tests[] = {
        CASE(a_bench_is_ranked_against_the_reference),
        CASE(tiers_hold_what_is_not_separable),
        CASE(the_roof_is_that_of_the_models_own_kind),
        CASE(the_kind_is_what_a_server_says_not_what_it_is_called),
        CASE(a_roof_that_is_the_reference_gives_the_share_at_once),
        CASE(without_its_own_ceiling_a_model_has_no_roof),
        CASE(censored_throughput_is_a_bound_and_cost_stays),
        CASE(looks_are_shown_and_not_ranked),
        CASE(one_block_gives_a_direction_only),
        CASE(memory_comes_from_pairs_where_nothing_ran_alone),
        CASE(a_headline_of_many_long_names_is_never_cut),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("summary", tests, NULL, NULL);
}
