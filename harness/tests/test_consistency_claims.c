/* What servers over time say of a run as a whole: its headline, and the cautions before it is used. */
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

static void what_was_told_from_a_part_is_said(void **state)
{
    (void)state;
    begin();
    synthetic_interrupt(add(&flat, 1), 124);
    synthetic_arm(&s, "uring");
    struct round *round = synthetic_phases_round(&s, 1, &flat, 1);
    round->trusted_p = .8;
    outcome_add(&round->outcome, REASON_GEN_LATE, "every fifth request was sent too late");
    summarise();
    says(&summary.cautions,
         "epoll: of its round only what was seen before it was cut off is told (interrupted after "
         "124 s).");
    says(&summary.cautions,
         "uring: of its round only memory, descriptors and threads are told, and "
         "of times what the generator vouches for (every fifth request");
    says(&summary.cautions,
         "Whether the CPU per request and the p99 stayed flat is not known of uring: every fifth "
         "request was sent too late. Measure it again when the machine is quiet: --servers uring.");
    says_not(&summary.cautions, "refused");
}

static void what_goes_on_is_not_called_cut_off(void **state)
{
    (void)state;
    begin();
    free(s.result.finished_utc);
    s.result.finished_utc = NULL;
    s.result.is_running = s.result.is_last_unfinished = true;
    struct round *round = add(&flat, 1);
    synthetic_interrupt(round, 110);
    round->duration_ns = 110000000000;
    round->window_s = 124;
    summarise();
    says(&summary.cautions, "The run still goes on: this is what it has measured so far.");
    says(&summary.cautions, "epoll: its round still goes on: what was seen in 110 s of its 124 s");
    says_not(&summary.cautions, "cut off");
    says_not(&summary.cautions, "was interrupted");
}

/* The generator, for three seconds. */
static void keep_away(struct round *round)
{
    for (size_t i = 10 * CONSISTENCY_INTERVALS_A_S; i < 13 * CONSISTENCY_INTERVALS_A_S; i++) {
        round->latency.n[i] = 0;
        round->latency.p50_ns[i] = round->latency.p99_ns[i] = MISSING;
    }
}

static void who_had_the_cpu_and_how_much_of_it_is_told(void **state)
{
    (void)state;
    begin();
    outcome_add(&add(&flat, 1)->outcome, REASON_INTERFERED, "%s",
                "other processes used 9.1 % of a CPU (limit 5.0 %)");
    synthetic_arm(&s, "uring");
    struct round *round = synthetic_phases_round(&s, 1, &flat, 1);
    outcome_add(&round->outcome, REASON_NOISY, "%s",
                "other processes used 3.4 % of a CPU (quiet: below 2.0 %)");
    keep_away(round);
    summarise();
    says(
        &summary.cautions,
        "Whether the CPU per request and the p99 stayed flat is not known of epoll and uring, "
        "first: "
        "other processes used 9.1 % of a CPU (limit 5.0 %). Measure them again when the machine is "
        "quiet: --servers epoll,uring.");
    assert_string_equal(verdict(0, CONSISTENCY_COST)->why,
                        "other processes used 9.1 % of a CPU (limit 5.0 %)");
    assert_string_equal(
        verdict(1, CONSISTENCY_COST)->why,
        "too many requests were left out, because the generator was kept from its CPU");
}

static void how_much_of_the_load_was_left_out_is_told(void **state)
{
    (void)state;
    begin();
    struct round *round = add(&flat, 1);
    keep_away(round);
    summarise();
    says(&summary.cautions,
         "Whether the CPU per request and the p99 stayed flat is not known of epoll: "
         "requests were left out in 3 s of 104 s of load, because the generator "
         "was kept from its CPU. Measure it again when the machine is quiet: "
         "--servers epoll.");
}

/* A server of one's own has no name that could be chosen. */
static void who_came_by_a_path_is_chosen_by_it_again(void **state)
{
    static const struct {
        const char *ids[2], *paths[2], *words; /* no path: it has a name */
    } table[] = {
        {{"uring", "c-flat"}, {NULL, "/tmp/c-flat"}, "--servers uring --server /tmp/c-flat."},
        {{"c-flat", "uring"}, {"/tmp/c-flat", NULL}, "--servers uring --server /tmp/c-flat."},
        {{"c-flat", "c-flat-2"},
         {"/tmp/c-flat", "/srv/c-flat"},
         "--servers none --server /tmp/c-flat --server /srv/c-flat."},
        {{"my flat", "server-epoll"},
         {"/srv/my flat", "/srv/server-epoll"},
         "--servers none --server '/srv/my flat' --server /srv/server-epoll."},
        {{"nginx", "c-flat"},
         {"/srv/external/nginx/run", "/srv/c-flat/c-flat"},
         "--servers nginx --server /srv/c-flat/c-flat."},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        synthetic_consistency_init(&s);
        for (size_t k = 0; k < 2; k++) {
            size_t arm = synthetic_arm(&s, table[i].ids[k]);
            struct server_info *server = &s.result.arms[arm].server;
            if (table[i].paths[k]) {
                free(server->path);
                server->path = xstrdup(table[i].paths[k]);
            }
            keep_away(synthetic_phases_round(&s, arm, &flat, 1));
        }
        summarise();
        says(&summary.cautions, table[i].words);
        summary_release(&summary);
        result_release(&s.result);
    }
    begin();
}

/* Then a quiet machine does not help. */
static void what_was_not_read_is_nobodys_doing(void **state)
{
    (void)state;
    begin();
    struct round *round = add(&flat, 1);
    for (size_t i = 10; i < 30; i++)
        round->course.cpu_server_ns[i] = round->course.threads[i] = MISSING;
    summarise();
    says(&summary.cautions, "Whether the CPU per request and the number of threads stayed flat is "
                            "not known of epoll: too much of it could not be read.");
    says_not(&summary.cautions, "again when");
}

static void what_is_told_of_a_disturbed_round_is_said_of_both(void **state)
{
    (void)state;
    begin();
    outcome_add(&add(&leaks, 1)->outcome, REASON_GEN_LATE, "every fifth request was sent too late");
    outcome_add(&add(&leaks, 4)->outcome, REASON_INTERFERED, "others took the CPU");
    summarise();
    says(&summary.cautions,
         "epoll: of its round only memory, descriptors and threads are told, and "
         "of times what the generator vouches for (every fifth");
    says(&summary.cautions, "epoll: of its longer round only memory, descriptors and threads are "
                            "told (others took the CPU).");
}

/* Nothing was wrong with the server or the machine. */
static void a_round_without_a_course_has_its_reason(void **state)
{
    (void)state;
    begin();
    struct round *round = add(&flat, 1);
    course_release(&round->course);
    round_note_missing(round, "course", "the generator opened its window 2.0 s late");
    summarise();
    assert_string_equal(made()->sentences.items[0],
                        "epoll is undecided: no round could be used (the generator opened its "
                        "window 2.0 s late).");
    says(&summary.cautions, "plaintext: 1 of the 1 rounds of phases was refused, first: the "
                            "generator opened its window 2.0 s late.");
    for (int measure = 0; measure < CONSISTENCY_MEASURES; measure++) {
        assert_string_equal(row(0)->measures[measure].why, "no round could be used");
        near(row(0)->measures[measure].needed_s, 0, 0);
    }
}

/* Who had the CPU is not why nothing can be told. */
static void a_disturbed_round_without_a_course_has_that_reason(void **state)
{
    (void)state;
    begin();
    struct round *round = add(&flat, 1);
    outcome_add(&round->outcome, REASON_INTERFERED, "others took the CPU");
    course_release(&round->course);
    round_note_missing(round, "course", "nothing was read");
    summarise();
    assert_string_equal(made()->sentences.items[0],
                        "epoll is undecided: no round could be used (nothing was read).");
    says(&summary.cautions, "was refused, first: nothing was read.");
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

static void rounds_that_disagree_are_told(void **state)
{
    (void)state;
    begin();
    add(&leaks, 1);
    add(&flat, 1);
    summarise();
    says(&summary.cautions, "epoll: its rounds do not agree on its memory; the last one is told.");
}

#define RELEASED(name) cmocka_unit_test_teardown(name, release)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RELEASED(the_headline_says_who_is_flat_and_who_grows),
        RELEASED(a_headline_of_many_has_room),
        RELEASED(growth_of_many_is_so_far_unless_all_are_confirmed),
        RELEASED(what_was_seen_in_all_is_said_of_the_shortest_load),
        RELEASED(a_run_that_also_ranks_tells_it_among_its_findings),
        RELEASED(what_was_told_from_a_part_is_said),
        RELEASED(what_goes_on_is_not_called_cut_off),
        RELEASED(who_had_the_cpu_and_how_much_of_it_is_told),
        RELEASED(how_much_of_the_load_was_left_out_is_told),
        RELEASED(who_came_by_a_path_is_chosen_by_it_again),
        RELEASED(what_was_not_read_is_nobodys_doing),
        RELEASED(what_is_told_of_a_disturbed_round_is_said_of_both),
        RELEASED(a_round_without_a_course_has_its_reason),
        RELEASED(a_disturbed_round_without_a_course_has_that_reason),
        RELEASED(who_has_no_verdict_is_named),
        RELEASED(how_a_server_died_is_told),
        RELEASED(who_died_later_is_told_beside_its_verdict),
        RELEASED(rounds_that_disagree_are_told),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("consistency's claims", tests, NULL, NULL);
}
