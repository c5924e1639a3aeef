/* What must be known of servers over time before they are used. */
#include "tests/consistency_room.h"

#include <string.h>

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

/* 159 s of load, against 104 s in the first: what it says is not told yet. */
static void a_longer_round_that_goes_on_confirms_nothing_yet(void **state)
{
    (void)state;
    for (int goes_on = 0; goes_on < 2; goes_on++) {
        begin();
        add(&leaks, 1);
        struct round *round = add(&leaks, 4);
        synthetic_interrupt(round, 185);
        round->window_s = 454;
        if (goes_on) {
            free(s.result.finished_utc);
            s.result.finished_utc = NULL;
            s.result.is_running = s.result.is_last_unfinished = true;
        }
        summarise();
        has(made()->sentences.items[0], "epoll is growing so far, by 1.0 bytes a request");
        has(made()->sentences.items[0],
            goes_on ? "The longer run that is to confirm it still goes on."
                    : "The longer run that was to confirm it ended too early.");
        says(&summary.cautions,
             goes_on
                 ? "epoll: its longer round still goes on: 185 s of its 454 s can neither confirm "
                   "nor refute that it grows."
                 : "epoll: its longer round was cut off: 185 s of its 454 s can neither confirm "
                   "nor refute that it grows (interrupted after 185 s).");
        says_not(&summary.cautions, "is told");
        release(NULL);
    }
    begin();
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

/* From before the burst to the end of what follows it, and from
 * before the first load to the end of the closed phase. */
static void move(struct round *round, int kib, int rss_kib, bool after_burst, bool after_close)
{
    struct phase_mark *marks = round->phase_marks->items;
    for (size_t i = 0; i < round->phase_marks->count; i++) {
        bool moves = (after_burst && i == 4) || (after_close && i == 6);
        marks[i].pss_bytes = (4096 + (moves ? kib : 0)) * 1024;
        marks[i].rss_bytes = (8192 + (moves ? rss_kib : 0)) * 1024;
    }
}

static void what_moved_for_others_sake_is_told(void **state)
{
    (void)state;
    static const struct {
        int kib, rss_kib;
        bool after_burst, after_close;
        const char *words; /* NULL: there is nothing to say */
    } cases[] = {
        {132, 0, true, false, "its PSS moved by +132 KiB after the burst while its RSS"},
        {132, 65, true, false, "its PSS moved by +132 KiB after the burst while its RSS"},
        {132, 66, true, false, NULL},
        {132, -66, true, false, NULL},
        {64, 0, false, true, "its PSS moved by +64 KiB after all connections were closed while"},
        {63, 0, true, true, NULL},
        {-80, 0, true, true,
         "its PSS moved by -80 KiB after the burst and by -80 KiB after all connections were "
         "closed while its RSS moved by less than half of that: other processes that share its "
         "program or libraries came or went, or its own stopped sharing."},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin();
        move(add(&flat, 1), cases[i].kib, cases[i].rss_kib, cases[i].after_burst,
             cases[i].after_close);
        summarise();
        if (cases[i].words)
            says(&summary.cautions, cases[i].words);
        else
            says_not(&summary.cautions, "PSS moved");
        release(NULL);
    }
    begin();
}

static void what_was_not_read_moved_for_nobodys_sake(void **state)
{
    (void)state;
    begin();
    struct round *round = add(&flat, 1);
    move(round, 132, 0, true, false);
    round->phase_marks->items[4].rss_bytes = MISSING;
    summarise();
    says_not(&summary.cautions, "PSS moved");
}

static void what_moved_for_others_sake_is_told_once_for_all(void **state)
{
    static const char *const ids[] = {"uring", "pool", "uv"};
    (void)state;
    begin();
    move(add(&flat, 1), 0, 0, false, false);
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        move(synthetic_phases_round(&s, synthetic_arm(&s, ids[i]), &flat, 1), 132 + (int)i, 0, true,
             false);
    summarise();
    says(&summary.cautions,
         "uring, pool and uv: their PSS moved (uring: by +132 KiB after the burst) while their RSS "
         "moved by less than half of that: other processes that share their programs or libraries "
         "came or went, or their own stopped sharing.");
}

/* In whichever order they were found; and of one whose course was kept. */
static void the_gravest_reason_is_why_a_round_was_refused(void **state)
{
    (void)state;
    static const struct {
        enum reason_code codes[2];
        bool has_course;
        const char *words, *said;
    } cases[] = {
        {{REASON_INTERFERED, REASON_PORTS}, false, "by PORTS", "(PORTS: by PORTS)"},
        {{REASON_INTERFERED, REASON_UPSTREAM}, true, "by UPSTREAM", "(UPSTREAM: by UPSTREAM)"},
        {{REASON_PORTS, REASON_GEN_LATE}, false, "by PORTS", "(PORTS: by PORTS)"},
        {{REASON_UPSTREAM, REASON_ERRORS}, true, "by ERRORS", "(ERRORS: by ERRORS)"},
        {{REASON_INTERFERED, REASON_INTERRUPTED}, false, "by INTERRUPTED", "(INTERRUPTED: by"},
        {{REASON_INTERFERED, REASON_GEN_LATE}, false, "nothing was read", "(nothing was read)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin();
        struct round *round = add(&flat, 1);
        for (size_t k = 0; k < 2; k++)
            outcome_add(&round->outcome, cases[i].codes[k], "by %s",
                        reason_name(cases[i].codes[k]));
        if (!cases[i].has_course) {
            course_release(&round->course);
            round_note_missing(round, "course", "nothing was read");
        }
        summarise();
        char *caution = text_format("was refused, first: %s.", cases[i].words);
        says(&summary.cautions, caution);
        has(made()->sentences.items[0], cases[i].said);
        free(caution);
        release(NULL);
    }
    begin();
}

/* Before its first stretch was kept; beside it may be one that was refused. */
static void what_has_only_begun_is_not_refused(void **state)
{
    (void)state;
    for (int refused = 0; refused < 2; refused++) {
        begin();
        free(s.result.finished_utc);
        s.result.finished_utc = NULL;
        s.result.is_running = s.result.is_last_unfinished = true;
        if (refused)
            outcome_add(&add(&flat, 1)->outcome, REASON_PORTS, "a leftover connection");
        struct round *round = add(&flat, 1);
        synthetic_interrupt(round, 0);
        round_note_missing(round, "course", "nothing was read in its window");
        summarise();
        assert_string_equal(
            made()->sentences.items[0],
            refused ? "epoll is undecided: its round has only begun, and no earlier one could be "
                      "used (PORTS: a leftover connection)."
                    : "epoll is undecided: its round has only begun.");
        assert_int_equal(row(0)->lost, refused);
        says_not(&summary.cautions, "interrupted");
        says_not(&summary.cautions, "nothing was read");
        if (refused)
            says(&summary.cautions, "1 of the 2 rounds of phases was refused, first: a leftover");
        else
            says_not(&summary.cautions, "refused");
        release(NULL);
    }
    begin();
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_was_told_from_a_part_is_said),
        CASE(what_goes_on_is_not_called_cut_off),
        CASE(a_longer_round_that_goes_on_confirms_nothing_yet),
        CASE(who_had_the_cpu_and_how_much_of_it_is_told),
        CASE(how_much_of_the_load_was_left_out_is_told),
        CASE(who_came_by_a_path_is_chosen_by_it_again),
        CASE(what_was_not_read_is_nobodys_doing),
        CASE(what_is_told_of_a_disturbed_round_is_said_of_both),
        CASE(a_round_without_a_course_has_its_reason),
        CASE(a_disturbed_round_without_a_course_has_that_reason),
        CASE(what_moved_for_others_sake_is_told),
        CASE(what_was_not_read_moved_for_nobodys_sake),
        CASE(what_moved_for_others_sake_is_told_once_for_all),
        CASE(the_gravest_reason_is_why_a_round_was_refused),
        CASE(what_has_only_begun_is_not_refused),
        CASE(rounds_that_disagree_are_told),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("consistency's cautions", tests, NULL, NULL);
}
