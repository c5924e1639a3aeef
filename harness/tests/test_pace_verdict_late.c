/* What pace makes of its own lateness, and of what it had to
 * leave out: which figures stand, and what is said. */
#include "pace/trust.h"
#include "tests/pace_room.h"

/* Which percentiles stand, for how many were how late. */
static void lateness_voids_the_percentiles_that_it_reaches(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        /* Shares of those left out, and of those just after. */
        double share, by_ns, settling, each_ns;
        double trusted_p;
        bool is_late;
    } table[] = {
        {"a microsecond at times is nothing", .001, 1000, .001, 150, 1, false},
        {"every request late by half of the percentile", 0, 0, 0, 20000, 0, true},
        {"one in 50 left out is nothing, where those just after fare like others", .02, 1e7, 0, 150,
         1, false},
        {"one in 10,000 just after is nothing", .0001, 1e7, .0001, 150, 1, false},
        {"two in 1,000 that still waited 5 ms touch p99.9", .002, 1e7, .002, 150, .99, false},
        {"one in 50 touches p99", .02, 1e7, .02, 150, .9, true},
        {"one in 50 that waited no longer than others touches nothing", .02, 0, .02, 150, 1, false},
        {"where one in 4 is left out, what is left may be of another kind", .25, 0, 0, 150, 0,
         true},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct made made = room_fine;
        made.window_s = 40; /* p99.9 is supported */
        made.late_ns = table[i].each_ns;
        made.late_share = table[i].share;
        made.very_late_ns = table[i].by_ns;
        made.settling_share = table[i].settling;
        struct trial *trial = room_make(&made);
        verdict_judge(trial);
        if (trial->trusted_p != table[i].trusted_p ||
            outcome_has(&trial->outcome[0], REASON_GEN_LATE) != table[i].is_late ||
            verdict_exit_code(trial) != (table[i].is_late ? 3 : 0))
            fail_msg("%s: trusted to %g, exit %d", table[i].name, trial->trusted_p,
                     verdict_exit_code(trial));
        assert_true(verdict_has_latency(&trial->outcome[0]));
        room_release();
    }
}

/* 1,000 requests support a p90; of a tenth of them not even a p50 is. */
static void where_most_is_left_out_nothing_stands_however_little_is_left(void **state)
{
    (void)state;
    static const struct {
        double share, trusted_p;
        enum outcome_kind kind;
        const char *words;
    } table[] = {
        {.1, 1, OUTCOME_VALID, NULL},
        {.9, 0, OUTCOME_INVALID, "kept away when 9"},
        {1, 0, OUTCOME_INVALID, "kept away when 100 %"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct made made = room_fine;
        made.rate_rps = 100;
        made.late_share = table[i].share;
        struct trial *trial = room_make(&made);
        verdict_judge(trial);
        const struct outcome *outcome = &trial->outcome[0];
        assert_int_equal(outcome->kind, table[i].kind);
        assert_true(trial->trusted_p == table[i].trusted_p);
        assert_true(trust_mean(trial, 0) == (table[i].trusted_p == 1));
        if (outcome->kind == OUTCOME_INVALID) {
            assert_int_equal(outcome->reasons[0].code, REASON_GEN_LATE);
            assert_non_null(strstr(outcome->reasons[0].detail, table[i].words));
        }
        room_release();
    }
}

/* One in 50 of them; the median is not touched. */
static void a_load_that_was_sent_late_at_times_has_a_reason_of_its_own(void **state)
{
    (void)state;
    static const struct {
        double late_ns;
        enum outcome_kind kind;
    } table[] = {{20e3, OUTCOME_VALID}, {30e3, OUTCOME_NOISY}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct made made = room_fine;
        made.late_share = .02;
        made.very_late_ns = table[i].late_ns;
        struct trial *trial = room_make(&made);
        verdict_judge(trial);
        assert_int_equal(trial->outcome[0].kind, table[i].kind);
        assert_int_equal(outcome_has(&trial->outcome[0], REASON_SENT_LATE),
                         table[i].kind == OUTCOME_NOISY);
        assert_false(outcome_has(&trial->outcome[0], REASON_NOISY)); /* nobody disturbed it */
        assert_int_equal(verdict_exit_code(trial), 0);
        room_release();
    }
}

static void set_nothing(struct record *record)
{
    (void)record;
}
static void set_unstamped(struct record *record)
{
    record->unstamped = record->completed;
}
/* Each of them waited for a connection as long as its answer
 * took, and nine tenths of that for pace. */
static void set_kept_waiting(struct record *record)
{
    tally_release(&record->wait);
    tally_open(&record->wait);
    for (uint64_t i = 0; i < record->response.total; i++)
        tally_add(&record->wait, 20000);
    record->served_ns = 100000;
    record->untaken_ns = 900000;
}

/* In the words of its row in docs/pace.md, with the figure and the limit. */
static void each_rule_is_named_with_its_figure_and_its_limit(void **state)
{
    (void)state;
    static const struct {
        double share, by_ns, settling, each_ns;
        void (*change)(struct record *);
        const char *words, *from;
    } table[] = {
        {.25, 0, 0, 150, set_nothing,
         "it was kept away when 25 % of the requests were due, or just before, and 20 % is the "
         "limit",
         "from p50 on"},
        {.02, 1e7, .02, 150, set_nothing, "with those due soon after its gaps p99 is 5.", "p99 on"},
        {0, 0, 0, 20000, set_nothing, "half of all requests were sent 13.", "from p50 on"},
        {0, 0, 0, 20000, set_nothing, "late or later, and 15 % of the median, 43.", "from p50 on"},
        {0, 0, 0, 8000, set_unstamped, "the kernel tells no times, and 44 % of the", "from p50 on"},
        {0, 0, 0, 8000, set_unstamped, "were late by over 15 % of p50, the limit is 25 %",
         "p50 on"},
        {0, 0, 0, 150, set_kept_waiting,
         "41 % of p50 may be the wait for connections whose answers it had not taken, the limit is "
         "10 %",
         "from p50 on"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct made made = room_fine;
        made.window_s = 40;
        made.late_share = table[i].share;
        made.very_late_ns = table[i].by_ns;
        made.settling_share = table[i].settling;
        made.late_ns = table[i].each_ns;
        struct trial *trial = room_make(&made);
        table[i].change(&trial->targets[0].record);
        verdict_judge(trial);
        const struct outcome *outcome = &trial->outcome[0];
        const char *detail = outcome->count > 0 ? outcome->reasons[0].detail : "nothing";
        if (!outcome_has(outcome, REASON_GEN_LATE) || !strstr(detail, table[i].words) ||
            !strstr(detail, table[i].from) ||
            !strstr(detail, "on no latency is the server's alone"))
            fail_msg("not \"%s\" and \"%s\": %s", table[i].words, table[i].from, detail);
        room_release();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lateness_voids_the_percentiles_that_it_reaches),
        cmocka_unit_test(where_most_is_left_out_nothing_stands_however_little_is_left),
        cmocka_unit_test(each_rule_is_named_with_its_figure_and_its_limit),
        cmocka_unit_test(a_load_that_was_sent_late_at_times_has_a_reason_of_its_own),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    int status = cmocka_run_group_tests_name("pace_verdict_late", tests, NULL, NULL);
    schedule_clear(&room_schedule);
    return status;
}
