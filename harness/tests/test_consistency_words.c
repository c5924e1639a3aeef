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
    assert_string_equal(said(made_up_row(FLATNESS_FLAT, 6.1, 6.1)),
                        "epoll is flat: 6.1 MiB from beginning to end (102 s of load, 5.1 million "
                        "requests); a leak above 0.026 bytes a request would have shown.");
    assert_string_equal(said(made_up_row(FLATNESS_FLAT, 6.1, 6.2)),
                        "epoll is flat: 6.1 MiB, and 6.2 MiB at the end (102 s of load, 5.1 "
                        "million requests); a leak above 0.026 bytes a request would have shown.");
    assert_string_equal(said(made_up_row(FLATNESS_SAWTOOTH, 6.1, 6.1)),
                        "epoll goes up and down, up to 9.3 MiB: 6.1 MiB at the beginning and at "
                        "the end (102 s of load, 5.1 million requests); a leak above 0.026 bytes a "
                        "request would have shown.");
    assert_string_equal(said(made_up_row(FLATNESS_STEP, 6.1, 8)),
                        "epoll took a step up of 1.9 MiB, from 6.1 MiB to 8.0 MiB, and does not go "
                        "on (102 s of load, 5.1 million requests); a leak above 0.026 bytes a "
                        "request would have shown.");
    has(said(made_up_row(FLATNESS_STEP, 8, 6.1)),
        "took a step down of 1.9 MiB, from 8.0 MiB to 6.1");
    assert_string_equal(said(growing),
                        "epoll grows by 1.0 bytes a request, from 6.1 MiB to 9.4 MiB: at 50,000 "
                        "requests/s 4.1 GiB a day (102 s of load, 5.1 million requests). The "
                        "longer run confirmed what the first one saw.");
    assert_string_equal(said(undecided),
                        "epoll is undecided: less than 100 s of load could be judged; "
                        "100 s of load would decide it, all of it read, the first "
                        "2 s of each not counted.");
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
                  "judged; 100 s of load would decide it, all of it read, the first 2 s of each "
                  "not counted."
                : "epoll is undecided: less than 100 s of load could be judged; 100 s of load "
                  "would decide it, all "
                  "of it read, the first 2 s of each not counted.");
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
    has(said(growing), "epoll is growing so far, by 0.5 bytes a request, from 6.1 MiB");
    has(said(growing), "No longer run has confirmed it.");
    growing.longer = growing.round;
    has(said(growing), "The longer run that was to confirm it could not be judged.");
}

static void growth_that_ended_is_told(void **state)
{
    (void)state;
    begin();
    struct consistency_row filled = made_up_row(FLATNESS_STEP, 6, 8);
    filled.longer = filled.judged;
    has(said(filled), "It grew in the first run; this is the longer one, in which it does not go "
                      "on.");
}

static void what_else_is_not_flat_is_told_after_it(void **state)
{
    (void)state;
    begin();
    struct consistency_row made_up = made_up_row(FLATNESS_FLAT, 6.1, 6.1);
    made_up.measures[CONSISTENCY_COST] =
        (struct flatness){.kind = FLATNESS_STEP, .start = 8100, .end = 9000};
    made_up.measures[CONSISTENCY_P99] =
        (struct flatness){.kind = FLATNESS_SAWTOOTH, .start = 120e3, .end = 121e3, .peak = 9e5};
    made_up.measures[CONSISTENCY_DESCRIPTORS] =
        (struct flatness){.kind = FLATNESS_GROWING, .start = 70, .end = 1204, .so_far = true};
    made_up.measures[CONSISTENCY_THREADS] = (struct flatness){.kind = FLATNESS_UNDECIDED};
    said(made_up);
    has(sentence,
        "shown. Its CPU per request took a step, from 8.10 µs to 9.00 µs. Its p99 goes up "
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
}

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
    has(summary.headline, " a day at 50,000 requests/s; mhd took a step and stays there; uv goes "
                          "up and down. In each that is flat, 104 s under load, a leak above 0.");
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
    has(summary.headline, "Memory on plaintext: 4 stay flat; 4 grow, "
                          "a-server-with-a-quite-long-name-3 the most, by ");
    has(summary.headline, "; 4 took a step and stay there.");
    has(summary.headline, " In each that is flat, 104 s under load, a leak above 0.");
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
    says(&summary.findings, "Memory on plaintext: epoll stays flat. In epoll, 118 s under load");
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
         "epoll: what is said of it is from a round that was cut off (interrupted after 124 s).");
    says(&summary.cautions,
         "uring: of its round only memory, descriptors and threads are told, and "
         "what the generator vouches for (every fifth request");
    says(&summary.cautions,
         "Whether the CPU per request and the p99 stayed flat is not known of uring: every fifth "
         "request was sent too late. Measure it again when the machine is quiet: --servers uring.");
    says_not(&summary.cautions, "refused");
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

static void rounds_that_disagree_are_told(void **state)
{
    (void)state;
    begin();
    add(&leaks, 1);
    add(&flat, 1);
    summarise();
    says(&summary.cautions, "epoll: its rounds do not agree on its memory; the last one is told.");
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
        {words_leak, .02613, "0.026 bytes"},
        {words_leak, 1.02, "1.0 bytes"},
        {words_leak, 120.4, "120 bytes"},
        {words_leak, 2150, "2.1 KiB"},
        {words_leak, NAN, "–"},
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

#define FORGET(name) cmocka_unit_test_teardown(name, forget)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FORGET(each_verdict_has_its_sentence),
        FORGET(loads_that_end_before_anything_is_judged_are_too_short),
        FORGET(growth_that_nobody_confirmed_is_so_far),
        FORGET(growth_that_ended_is_told),
        FORGET(what_else_is_not_flat_is_told_after_it),
        FORGET(a_server_without_a_round_has_its_reason),
        FORGET(the_headline_says_who_is_flat_and_who_grows),
        FORGET(a_headline_of_many_has_room),
        FORGET(a_run_that_also_ranks_tells_it_among_its_findings),
        FORGET(what_was_told_from_a_part_is_said),
        FORGET(who_had_the_cpu_and_how_much_of_it_is_told),
        FORGET(how_much_of_the_load_was_left_out_is_told),
        FORGET(what_was_not_read_is_nobodys_doing),
        FORGET(rounds_that_disagree_are_told),
        FORGET(figures_have_the_digits_that_count),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("consistency's words", tests, NULL, NULL);
}
