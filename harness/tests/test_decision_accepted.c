/* What a user accepts for a while, and what of it is over or in vain. */
#include "decision_room.h"

static void push(struct acceptances *accepted, const char *server, const char *workload,
                 enum metric metric, const char *reason)
{
    accepted->items = xreallocarray(accepted->items, accepted->count + 1, sizeof *accepted->items);
    accepted->items[accepted->count++] = (struct acceptance){
        .server = xstrdup(server),
        .workload = xstrdup(workload),
        .metric = metric,
        .until = "2026-12-31",
        .reason = xstrdup(reason),
        .line = 4,
    };
}

static void accept(const char *server, const char *workload, enum metric metric, const char *today)
{
    struct acceptances accepted = {0};
    push(&accepted, server, workload, metric, "UTF-8");
    decision_accept(&decision, &accepted, "ok.ini", today);
    acceptances_release(&accepted);
}

static void what_is_accepted_passes_and_is_said(void **state)
{
    (void)state;
    add("epoll", METRIC_COST, 1.1, DECISION_REGRESSED);
    add("epoll", METRIC_P50, 1, DECISION_EQUIVALENT);
    accept("epoll", "plaintext", METRIC_COST, "2026-12-31"); /* the last day */
    assert_string_equal(decision.rows[0].accepted, "UTF-8");
    assert_null(decision.rows[1].accepted);
    assert_int_equal(decision.notes.count, 0);
    decision_conclude(&decision, true);
    expect(0, "Nothing became worse but what is accepted (1 EQUIVALENT, 1 REGRESSED).");
}

static void another_regression_beside_an_accepted_one_fails(void **state)
{
    (void)state;
    add("epoll", METRIC_COST, 1.5, DECISION_REGRESSED);
    add("epoll", METRIC_P50, 1.1, DECISION_REGRESSED);
    accept("epoll", "plaintext", METRIC_COST, "2026-11-22");
    decision_conclude(&decision, false);
    expect(1, "epoll on plaintext: p50 +10.0 % [+8.9, +11.1], past your 2 %: REGRESSED.");
}

static void an_acceptance_fits_what_it_names_and_no_more(void **state)
{
    (void)state;
    static const struct {
        const char *server, *workload;
        enum metric metric;
        bool fits;
    } table[] = {
        {"epoll", "plaintext", METRIC_COST, true},
        {"*", "plaintext", METRIC_COST, true},
        {"epoll", "*", METRIC_COST, true},
        {"*", "*", METRIC_COST, true},
        {"uring", "plaintext", METRIC_COST, false},
        {"epoll", "json", METRIC_COST, false},
        {"*", "*", METRIC_P99, false},
        {"epol", "plaintext", METRIC_COST, false},
        {"epoll*", "*", METRIC_COST, false},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        decision_end(NULL);
        decision_begin(NULL);
        add("epoll", METRIC_COST, 1.1, DECISION_SUSPECT);
        accept(table[i].server, table[i].workload, table[i].metric, "2026-11-22");
        print_message("# %s %s\n", table[i].server, table[i].workload);
        assert_true((decision.rows[0].accepted != NULL) == table[i].fits);
        assert_int_equal(decision.notes.count, table[i].fits ? 0 : 1);
    }
}

static void what_is_accepted_no_longer_or_in_vain_is_noted(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum metric metric;
        double ratio;
        enum decision_word word;
        const char *today, *note;
    } table[] = {
        {"over, and still worse", METRIC_COST, 1.1, DECISION_REGRESSED, "2027-01-01",
         "ok.ini:4: accepted until 2026-12-31, which is over (UTF-8): it is not accepted any "
         "more."},
        {"over, and not worse", METRIC_COST, 1, DECISION_EQUIVALENT, "2027-01-01",
         "ok.ini:4: accepted until 2026-12-31, which is over (UTF-8): take it out."},
        {"not worse", METRIC_COST, 1, DECISION_EQUIVALENT, "2026-11-22",
         "ok.ini:4: nothing of it is worse here: take it out."},
        {"a little different", METRIC_COST, 1.01, DECISION_SMALL, "2026-11-22",
         "ok.ini:4: nothing of it is worse here: take it out."},
        {"better", METRIC_COST, .9, DECISION_IMPROVED, "2026-11-22",
         "ok.ini:4: nothing of it is worse here: take it out."},
        {"suspect of being better", METRIC_COST, .9, DECISION_SUSPECT, "2026-11-22",
         "ok.ini:4: nothing of it is worse here: take it out."},
        {"not known", METRIC_COST, 1.1, DECISION_INCONCLUSIVE, "2026-11-22",
         "ok.ini:4: nothing of it is known to be worse here."},
        {"without a number", METRIC_COST, NAN, DECISION_INVALID, "2026-11-22",
         "ok.ini:4: nothing of it is known to be worse here."},
        {"not measured", METRIC_P50, 1.1, DECISION_REGRESSED, "2026-11-22",
         "ok.ini:4: nothing of it was measured here."},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        decision_end(NULL);
        decision_begin(NULL);
        add("epoll", table[i].metric, table[i].ratio, table[i].word);
        accept("epoll", "*", METRIC_COST, table[i].today);
        print_message("# %s\n", table[i].name);
        assert_int_equal(decision.notes.count, 1);
        assert_string_equal(decision.notes.items[0], table[i].note);
        assert_null(decision.rows[0].accepted);
    }
}

static void of_two_that_fit_the_first_is_the_reason_and_neither_is_in_vain(void **state)
{
    (void)state;
    struct acceptances both = {0};
    push(&both, "epoll", "plaintext", METRIC_COST, "this one");
    push(&both, "*", "*", METRIC_COST, "all");
    add("epoll", METRIC_COST, 1.1, DECISION_REGRESSED);
    add("uring", METRIC_COST, 1.1, DECISION_REGRESSED);
    decision_accept(&decision, &both, "ok.ini", "2026-11-22");
    acceptances_release(&both);
    assert_string_equal(decision.rows[0].accepted, "this one");
    assert_string_equal(decision.rows[1].accepted, "all");
    assert_int_equal(decision.notes.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DECISION(what_is_accepted_passes_and_is_said),
        IN_DECISION(another_regression_beside_an_accepted_one_fails),
        IN_DECISION(an_acceptance_fits_what_it_names_and_no_more),
        IN_DECISION(what_is_accepted_no_longer_or_in_vain_is_noted),
        IN_DECISION(of_two_that_fit_the_first_is_the_reason_and_neither_is_in_vain),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("decision_accepted", tests, NULL, NULL);
}
