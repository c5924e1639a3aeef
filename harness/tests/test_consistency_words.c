/* What is said of servers over time, word by word. */
#include "tests/consistency_room.h"

#include <string.h>

/* A row as consistency_say is given it. */
static struct consistency_row made_up_row(enum flatness_kind kind, double start_mib, double end_mib)
{
    static struct round round;
    struct consistency_row made_up = {.round = &round,
                                      .judged = &round,
                                      .rate_rps = 50000,
                                      .load_s = 102,
                                      .requests = 5.1e6,
                                      .bytes_a_day = NAN};
    made_up.measures[CONSISTENCY_MEMORY] =
        (struct flatness){.kind = kind,
                          .start = MIB_OF(start_mib),
                          .end = MIB_OF(end_mib),
                          .drift = MIB_OF(end_mib) - MIB_OF(start_mib),
                          .peak = MIB_OF(9.3),
                          .smallest_per_request = .0261};
    double *parts = made_up.measures[CONSISTENCY_MEMORY].parts;
    for (size_t i = 0; i < FLATNESS_PARTS; i++)
        parts[i] = MIB_OF(i == 5 ? 4.4 : start_mib);
    return made_up;
}

static char *sentence;

static const char *said(struct consistency_row made_up)
{
    struct consistency consistency = {.rows = &made_up, .count = 1};
    consistency_say(&consistency, &s.result);
    free(sentence);
    sentence = xstrdup(consistency.sentences.items[0]);
    strings_release(&consistency.sentences);
    return sentence;
}

static int forget(void **state)
{
    free(sentence);
    sentence = NULL;
    return release(state);
}

static void each_verdict_has_its_sentence(void **state)
{
    (void)state;
    begin();
    struct consistency_row growing = made_up_row(FLATNESS_GROWING, 6.1, 9.4);
    growing.measures[CONSISTENCY_MEMORY].drift_per_request = 1.02;
    growing.bytes_a_day = 1.02 * 50000 * 86400;
    struct consistency_row undecided = made_up_row(FLATNESS_UNDECIDED, 6, 6);
    undecided.measures[CONSISTENCY_MEMORY].why = "less than 100 s of load could be judged";
    undecided.measures[CONSISTENCY_MEMORY].needed_s = 100;
    assert_string_equal(
        said(made_up_row(FLATNESS_FLAT, 6.1, 6.1)),
        "epoll is flat: RSS 6.1 MiB from beginning to end (102 s of load, 5.1 million "
        "requests); the smallest leak its run could have seen: 0.026 bytes a "
        "request.");
    assert_string_equal(said(made_up_row(FLATNESS_FLAT, 6.1, 6.2)),
                        "epoll is flat: RSS 6.1 MiB, and 6.2 MiB at the end (102 s of load, 5.1 "
                        "million requests); the smallest leak its run could have seen: 0.026 "
                        "bytes a request.");
    assert_string_equal(
        said(made_up_row(FLATNESS_SAWTOOTH, 6.1, 6.1)),
        "epoll goes up and down between RSS 4.4 MiB and 9.3 MiB: 6.1 MiB at the "
        "beginning and at the end (102 s of load, 5.1 million requests); the smallest leak its "
        "run could have seen: 0.026 bytes a request.");
    assert_string_equal(
        said(growing), "epoll grows by 1.0 bytes a request, RSS from 6.1 MiB to 9.4 MiB: at 50,000 "
                       "requests/s 4.1 GiB a day (102 s of load, 5.1 million requests). The "
                       "longer run confirmed what the first one saw.");
    assert_string_equal(said(undecided),
                        "epoll is undecided: less than 100 s of load could be judged; "
                        "100 s of load would decide it, all of it read.");
}

/* Nothing was wrong with the reading. */
static void loads_that_end_before_anything_is_judged_are_too_short(void **state)
{
    (void)state;
    char *error = NULL;
    for (unsigned second = 2; second <= 3; second++) {
        begin();
        char *text = text_format("idle 2s, load 2s, burst 20s, load %us", second);
        assert_int_equal(phases_read(&s.result.experiment.phases.phases, text, &error), 0);
        free(text);
        add(&flat, 1);
        summarise();
        assert_string_equal(
            made()->sentences.items[0],
            second == 2
                ? "epoll is undecided: no load lasted longer than its first 2 s, which are not "
                  "judged; 104 s of load would decide it, all of it read."
                : "epoll is undecided: less than 100 s of load could be judged; 104 s of load "
                  "would decide it, all of it read.");
        summary_release(&summary);
        result_release(&s.result);
    }
    begin();
    synthetic_interrupt(add(&flat, 1), 4); /* 2 s into the first load */
    summarise();
    has(made()->sentences.items[0], "no load lasted longer than its first 2 s");
}

static void growth_that_nobody_confirmed_is_so_far(void **state)
{
    (void)state;
    begin();
    struct consistency_row growing = made_up_row(FLATNESS_GROWING, 6.1, 9.4);
    growing.measures[CONSISTENCY_MEMORY].so_far = true;
    growing.measures[CONSISTENCY_MEMORY].drift_per_request = .5;
    growing.bytes_a_day = 1e9;
    has(said(growing), "epoll is growing so far, by 0.5 bytes a request, RSS from 6.1 MiB");
    has(said(growing), "No longer run has confirmed it.");
    growing.longer = growing.round;
    has(said(growing), "The longer run that was to confirm it could not be judged.");
    growing.longer_is_short = true;
    has(said(growing), "The longer run that was to confirm it ended too early.");
}

/* What is known of it, and no more: whether it is over, nobody knows. */
static void a_step_says_where_it_ended_and_whether_it_still_rose(void **state)
{
    (void)state;
    begin();
    struct consistency_row up = made_up_row(FLATNESS_STEP, 6.1, 8),
                           down = made_up_row(FLATNESS_STEP, 8, 6.1);
    assert_string_equal(said(up), "epoll ended 1.9 MiB higher: RSS 6.1 MiB at the beginning, 8.0 "
                                  "MiB at the end (102 s of load, 5.1 million requests); the "
                                  "smallest leak its run could have seen: 0.026 bytes a request.");
    up.measures[CONSISTENCY_MEMORY].last_rise = 12288;
    has(said(up), "8.0 MiB at the end, and still rose in the last eighth, by 12 KiB (102 s");
    has(said(down),
        "epoll ended 1.9 MiB lower: RSS 8.0 MiB at the beginning, 6.1 MiB at the end (");
    down.measures[CONSISTENCY_MEMORY].last_rise = -4096;
    has(said(down), "6.1 MiB at the end (");
    down.measures[CONSISTENCY_MEMORY].last_rise = 4096;
    has(said(down), "6.1 MiB at the end, and it rose in the last eighth, by 4.0 KiB (");
}

static void growth_that_a_longer_run_took_back_is_told(void **state)
{
    (void)state;
    static const struct {
        enum flatness_kind kind;
        double end_mib;
        bool slows;
        const char *words;
    } cases[] = {
        {FLATNESS_STEP, 8, false,
         " It grew in the first run; in this, the longer one, it rose too, but not as a leak "
         "does."},
        {FLATNESS_STEP, 4, false, " It grew in the first run, and not in this, the longer one."},
        {FLATNESS_FLAT, 6, false, " It grew in the first run, and not in this, the longer one."},
        {FLATNESS_STEP, 8, true,
         " It grew in the first run, and more slowly in this, the longer one: a fill that slows "
         "down, or a leak with one beside it."},
    };
    begin();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct consistency_row taken = made_up_row(cases[i].kind, 6, cases[i].end_mib);
        taken.longer = taken.judged;
        taken.measures[CONSISTENCY_MEMORY].slows = cases[i].slows;
        has(said(taken), cases[i].words);
    }
}

/* From both rounds to the sentence: what grows in the longer one to its last second is not said to
 * be over, and what could have been seen is more than that. */
static void a_leak_that_slows_down_is_not_told_as_one_that_is_over(void **state)
{
    (void)state;
    struct habitual slower = leaks;
    slower.amount = .5;
    begin();
    add(&leaks, 1);
    add(&slower, 4);
    summarise();
    is_verdict(0, CONSISTENCY_MEMORY, FLATNESS_STEP);
    assert_true(verdict(0, CONSISTENCY_MEMORY)->slows);
    assert_true(verdict(0, CONSISTENCY_MEMORY)->smallest_per_request > 1);
    has(made()->sentences.items[0], "at the end, and still rose in the last eighth, by ");
    has(made()->sentences.items[0], "; the smallest leak its run could have seen: 1.");
    has(made()->sentences.items[0], " more slowly in this, the longer one: a fill that slows down");
}

static void what_else_is_not_flat_is_told_after_it(void **state)
{
    (void)state;
    begin();
    struct consistency_row made_up = made_up_row(FLATNESS_FLAT, 6.1, 6.1);
    made_up.measures[CONSISTENCY_COST] =
        (struct flatness){.kind = FLATNESS_STEP, .start = 8100, .end = 9000};
    made_up.measures[CONSISTENCY_P99] =
        (struct flatness){.kind = FLATNESS_SAWTOOTH,
                          .start = 130e3,
                          .end = 121e3,
                          .peak = 9e5,
                          .parts = {130e3, 120e3, NAN, 125e3, 122e3, 121e3, 123e3, 121e3}};
    made_up.measures[CONSISTENCY_DESCRIPTORS] =
        (struct flatness){.kind = FLATNESS_GROWING, .start = 70, .end = 1204, .so_far = true};
    made_up.measures[CONSISTENCY_THREADS] = (struct flatness){.kind = FLATNESS_UNDECIDED};
    said(made_up);
    has(sentence,
        "a request. Its CPU per request ended higher, from 8.10 µs to 9.00 µs. Its p99 goes up "
        "and down, between 120 µs and 900 µs. Its number of descriptors is growing so "
        "far, from 70 to 1,204.");
    assert_null(strstr(sentence, "threads"));
    assert_null(strstr(sentence, "p50"));
}

static void a_server_without_a_round_has_its_reason(void **state)
{
    (void)state;
    begin();
    outcome_add(&add(&flat, 1)->outcome, REASON_OVERLOADED, "40,000 of 50,000 requests/s");
    summarise();
    assert_string_equal(made()->sentences.items[0],
                        "epoll is undecided: no round could be used (OVERLOADED: 40,000 of 50,000 "
                        "requests/s).");
    says(&summary.cautions, "plaintext: 1 of the 1 rounds of phases was refused, first: 40,000 of");
    says(&summary.cautions,
         "epoll was asked for more than it gives: a rate that it can take is chosen with --rate.");
}

static void figures_have_the_digits_that_count(void **state)
{
    (void)state;
    static const struct {
        void (*write)(char words[WORDS_MAX], double value);
        double value;
        const char *words;
    } cases[] = {
        {words_bytes, 0, "0 B"},
        {words_bytes, 512, "512 B"},
        {words_bytes, 131072, "128 KiB"},
        {words_bytes, MIB_OF(6.1), "6.1 MiB"},
        {words_bytes, MIB_OF(9.97), "10 MiB"},
        {words_bytes, -MIB_OF(1.5), "-1.5 MiB"},
        {words_bytes, 4.1 * 1073741824, "4.1 GiB"},
        {words_bytes, NAN, "–"},
        {words_leak, 0, "0 bytes a request"},
        {words_leak, .02613, "0.026 bytes a request"},
        {words_leak, .996, "1.0 bytes a request"},
        {words_leak, 1.02, "1.0 bytes a request"},
        {words_leak, 120.4, "120 bytes a request"},
        {words_leak, 2150, "2.1 KiB a request"},
        {words_leak, -.5, "-0.5 bytes a request"},
        {words_leak, .00996, "0.01 bytes a request"},
        {words_leak, .00873, "8,700 bytes per million requests"},
        {words_leak, 8.7e-5, "87 bytes per million requests"},
        {words_leak, -8.7e-5, "-87 bytes per million requests"},
        {words_leak, 9.96e-6, "10 bytes per million requests"},
        {words_leak, 1.54e-6, "1.5 bytes per million requests"},
        {words_leak, 9.96e-7, "1.0 bytes per million requests"},
        {words_leak, 2.5e-7, "250 bytes per billion requests"},
        {words_leak, NAN, "–"},
        {words_leak_short, .02613, "0.026 bytes/request"},
        {words_leak_short, 2150, "2.1 KiB/request"},
        {words_leak_short, 8.7e-5, "87 bytes/million"},
        {words_leak_short, 2.5e-7, "250 bytes/billion"},
        {words_leak_short, NAN, "–"},
        {words_seconds, 102, "102 s"},
        {words_seconds, 720, "12 min"},
        {words_seconds, 9000, "2.5 h"},
        {words_large, 812, "812"},
        {words_large, 51234, "51,200"},
        {words_large, 5.1e6, "5.1 million"},
        {words_large, 1.024e9, "1.02 billion"},
        {words_large, 0, "0"},
    };
    begin();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char words[WORDS_MAX];
        cases[i].write(words, cases[i].value);
        assert_string_equal(words, cases[i].words);
    }
}

/* What is summed up is all that is not told, whether it is named or not. */
static void of_many_stretches_some_are_named_and_all_are_summed_up(void **state)
{
    (void)state;
    begin();
    struct consistency_row of_soak = made_up_row(FLATNESS_FLAT, 6, 6);
    for (size_t i = 0; i < CONSISTENCY_STRETCHES; i++)
        of_soak.stretches[i] = (struct consistency_stretch){100 + (double)i, FLATNESS_STEP};
    of_soak.stretch_count = CONSISTENCY_STRETCHES;
    of_soak.stretches_s = 406;
    has(said(of_soak),
        " This is the longest of 5 stretches, each a process of its own; the others: "
        "100 s of load, step; 101 s of load, step; 102 s of load, step; 103 s of "
        "load, step.");
    of_soak.stretch_count = CONSISTENCY_STRETCHES + 2;
    of_soak.stretches_s = 7200;
    has(said(of_soak), "the longest of 7 stretches");
    has(said(of_soak), "103 s of load, step; and 2 more; all of these together 2.0 h.");
}

#define FORGET(name) cmocka_unit_test_teardown(name, forget)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FORGET(each_verdict_has_its_sentence),
        FORGET(loads_that_end_before_anything_is_judged_are_too_short),
        FORGET(growth_that_nobody_confirmed_is_so_far),
        FORGET(a_step_says_where_it_ended_and_whether_it_still_rose),
        FORGET(growth_that_a_longer_run_took_back_is_told),
        FORGET(a_leak_that_slows_down_is_not_told_as_one_that_is_over),
        FORGET(what_else_is_not_flat_is_told_after_it),
        FORGET(a_server_without_a_round_has_its_reason),
        FORGET(of_many_stretches_some_are_named_and_all_are_summed_up),
        FORGET(figures_have_the_digits_that_count),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("consistency's words", tests, NULL, NULL);
}
