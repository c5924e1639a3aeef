/* What servers over time say of a run as a whole. */
#include "tests/consistency_room.h"

#include <string.h>

static void add_server(const char *id, enum habit habit, double amount)
{
    struct habitual server = flat;
    server.habit = habit;
    server.amount = amount;
    synthetic_phases_round(&s, synthetic_arm(&s, id), &server, 1);
}

static void the_headline_says_who_is_flat_and_who_grows(void **state)
{
    (void)state;
    synthetic_consistency_init(&s);
    add_server("epoll", HABIT_FLAT, 0);
    add_server("pool", HABIT_LEAKS, 1);
    add_server("uv", HABIT_SWINGS, MIB_OF(2));
    add_server("uring", HABIT_FLAT, 0);
    add_server("mhd", HABIT_STEPS, MIB_OF(2));
    add_server("ceiling", HABIT_LEAKS, 9);
    summarise();
    has(summary.headline, "Memory on plaintext: epoll and uring stay flat; pool is growing so far, "
                          "by ");
    has(summary.headline, " a day at 50,000 requests/s; mhd ended on another level; uv goes "
                          "up and down. The smallest leak that could have been seen in any that "
                          "is flat, 104 s under load: 0.");
    assert_null(strstr(summary.headline, "ceiling"));
    assert_int_equal(summary.exit_code, 0);
    says(&summary.cautions, "pool: memory that fills up for longer than a run cannot be told");
}

/* Where names have no room, how many they are. */
static void a_headline_of_many_has_room(void **state)
{
    (void)state;
    synthetic_consistency_init(&s);
    for (size_t i = 0; i < 12; i++) {
        char *id = text_format("a-server-with-a-quite-long-name-%zu", i);
        add_server(id,
                   i < 4   ? HABIT_LEAKS
                   : i < 8 ? HABIT_FLAT
                           : HABIT_STEPS,
                   MIB_OF(i < 4 ? 1e-6 * (i + 1) : 2));
        free(id);
    }
    summarise();
    has(summary.headline, "Memory on plaintext: 4 stay flat; 4 grow so far, "
                          "a-server-with-a-quite-long-name-3 the most, by ");
    has(summary.headline, "; 4 ended on another level.");
    has(summary.headline, " The smallest leak that could have been seen in any that is flat, 104 s "
                          "under load: 0.");
}

/* Four that grow: where there is no room for names, and where three of them are named. */
static void growth_of_many_is_so_far_unless_all_are_confirmed(void **state)
{
    (void)state;
    for (int is_long = 0; is_long < 2; is_long++)
        for (size_t confirmed = 3; confirmed <= 4; confirmed++) {
            synthetic_consistency_init(&s);
            for (size_t i = 0; i < 4 + 8 * (size_t)is_long; i++) {
                struct habitual server = leaks;
                char *id = text_format(is_long ? "a-server-with-a-quite-long-name-%zu" : "s%zu", i);
                server.habit = i < 4 ? HABIT_LEAKS : i < 8 ? HABIT_FLAT : HABIT_STEPS;
                server.amount = i < 4 ? 1 + (double)i : MIB_OF(2);
                size_t arm = synthetic_arm(&s, id);
                synthetic_phases_round(&s, arm, &server, 1);
                if (i < 4 && i >= 4 - confirmed)
                    synthetic_phases_round(&s, arm, &server, 4);
                free(id);
            }
            summarise();
            has(summary.headline,
                is_long          ? confirmed == 4 ? "4 grow, a-server" : "4 grow so far, a-server"
                : confirmed == 4 ? "; 2 more grow, more slowly."
                                 : "; 2 more grow so far, more slowly.");
            summary_release(&summary);
            result_release(&s.result);
        }
    begin();
}

/* One whose growth was taken back was looked at for four times as long. */
static void what_was_seen_in_all_is_said_of_the_shortest_load(void **state)
{
    (void)state;
    for (int longer_is_last = 0; longer_is_last < 2; longer_is_last++) {
        begin();
        synthetic_arm(&s, "uring");
        size_t taken_back = longer_is_last ? 1 : 0;
        synthetic_phases_round(&s, 1 - taken_back, &flat, 1);
        synthetic_phases_round(&s, taken_back, &leaks, 1);
        synthetic_phases_round(&s, taken_back, &flat, 4);
        summarise();
        near(row(taken_back)->load_s, 434, 0);
        has(summary.headline, "seen in any that is flat, at least 104 s under load: ");
        summary_release(&summary);
        result_release(&s.result);
    }
    begin();
}

static void a_run_that_also_ranks_tells_it_among_its_findings(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    for (size_t i = 0; i < s.result.workload_count; i++)
        if (strcmp(s.result.workloads[i].workload.name, "plaintext") == 0)
            strings_add(&s.result.experiment.phases.set.workloads, "plaintext");
    char *error = NULL;
    assert_int_equal(phases_read(&s.result.experiment.phases.phases, "load 120s", &error), 0);
    synthetic_phases_round(&s, 1, &flat, 1);
    summarise();
    says(&summary.findings, "Memory on plaintext: epoll stays flat. The smallest leak that could "
                            "have been seen in epoll, 118 s under load: 0.");
}

/* Beside one that has one. */
static void who_has_no_verdict_is_named(void **state)
{
    (void)state;
    begin();
    add(&flat, 1);
    for (size_t i = 1; i <= 2; i++) {
        size_t arm = synthetic_arm(&s, i == 1 ? "uring" : "ceiling");
        outcome_add(&synthetic_phases_round(&s, arm, &flat, 1)->outcome, REASON_PORTS, "no ports");
    }
    summarise();
    has(summary.headline, "Memory on plaintext: epoll stays flat; uring has no verdict. The");
}

/* 120 s of its phases: 7 s of them idle, 2 s of burst and 5 s of closed connections are no load. */
static void how_a_server_died_is_told(void **state)
{
    (void)state;
    begin();
    add(&flat, 1);
    size_t arm = synthetic_arm(&s, "pool");
    struct round *round = synthetic_phases_round(&s, arm, &leaks, 1);
    round->course.count = 120;
    round->requests_count = MISSING;
    outcome_add(&round->outcome, REASON_DIED, "killed by signal 9 under load");
    for (size_t i = 0; i < 120; i++) {
        round->course.rss_low_bytes[i] = (int64_t)MIB_OF(20 + (double)i);
        round->course.rss_high_bytes[i] = (int64_t)MIB_OF(21 + (double)i);
    }
    summarise();
    has(summary.headline,
        "epoll stays flat; pool died (killed by signal 9 under load), after 106 s of load, "
        "RSS from 20 MiB to 140 MiB, growing until then. The smallest");
    assert_string_equal(
        made()->sentences.items[1],
        "pool is undecided: no round could be used; it died (killed by signal 9 under load), after "
        "106 s of load, RSS from 20 MiB to 140 MiB, growing until then.");
    assert_null(row(1)->round);
    assert_int_equal(row(1)->lost, 1);
    assert_int_equal(summary.exit_code, 1);
}

/* Of a stretch before it the verdict stands, and it died all the same. */
static void who_died_later_is_told_beside_its_verdict(void **state)
{
    (void)state;
    begin();
    add(&flat, 1);
    struct round *round = add(&flat, 1);
    round->course.count = 20;
    outcome_add(&round->outcome, REASON_DIED, "ended with 3 under load");
    summarise();
    has(summary.headline, "epoll stays flat; epoll died (ended with 3 under load), after 18 s of "
                          "load, RSS from ");
    assert_null(strstr(summary.headline, "until then"));
    has(made()->sentences.items[0], ". In another round it died (ended with 3 under load), after");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_headline_says_who_is_flat_and_who_grows),
        CASE(a_headline_of_many_has_room),
        CASE(growth_of_many_is_so_far_unless_all_are_confirmed),
        CASE(what_was_seen_in_all_is_said_of_the_shortest_load),
        CASE(a_run_that_also_ranks_tells_it_among_its_findings),
        CASE(who_has_no_verdict_is_named),
        CASE(how_a_server_died_is_told),
        CASE(who_died_later_is_told_beside_its_verdict),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("consistency's headline", tests, NULL, NULL);
}
