/* The sentences of a duel: what of it is missing, how the base came
 * out against its own copy, and what the machine tells apart. */
#include "duel_judge_room.h"

/* ---- what is missing ---- */

static void a_witness_that_there_was_no_time_for_is_missed(void **state)
{
    char runs[ROOM_RUNS_MAX];
    (void)state;
    measure(runs, 11);
    judge();
    assert_int_equal(decision.count, 6);
    assert_string_equal(row_of(METRIC_P99_SOLO)->why, "there was no time for it");
    assert_true(row_of(METRIC_P99_SOLO)->is_unlooked);
    assert_int_equal(row_of(METRIC_P99_SOLO)->word, DECISION_INCONCLUSIVE);
    duel.rules.has_witness = false;
    judge();
    assert_int_equal(decision.count, 5);
}

/* All of it: that is no pass. */
static void so_is_a_workload(void **state)
{
    char runs[ROOM_RUNS_MAX];
    size_t json = 0;
    (void)state;
    duel_add_workload(&duel, "json");
    measure(runs, 1);
    judge();
    for (size_t i = 0; i < decision.count; i++)
        if (strcmp(decision.rows[i].workload, "json") == 0) {
            assert_string_equal(decision.rows[i].why, "there was no time for it");
            json++;
        }
    assert_int_equal(json, 6);
    decision_conclude(&decision, false);
    assert_int_equal(decision.exit_code, 3);
}

static void few_given_blocks_have_no_interval(void **state)
{
    static const struct {
        unsigned blocks;
        const char *why;
    } table[] = {{1, "1 block is too few for an interval"},
                 {5, "5 blocks are too few for an interval"}};
    for (size_t i = 0; i < 2; i++) {
        judge_end(state);
        judge_begin(state);
        duel.rules.pairs = table[i].blocks;
        measure_all();
        judge();
        assert_int_equal(row_of(METRIC_COST)->word, DECISION_INCONCLUSIVE);
        assert_string_equal(row_of(METRIC_COST)->why, table[i].why);
        near(row_of(METRIC_COST)->base, 1000, 1e-9);
    }
}

/* ---- readings that are not there ---- */

static void lose(size_t from, size_t to, bool of_base, bool of_head)
{
    struct duel_stretch *stretch = &duel.workloads[0].stretches[DUEL_PAIRS][DUEL_FIRST];
    for (size_t i = from; i < to; i++)
        for (int metric = 0; metric < METRICS; metric++) {
            if (of_base)
                stretch->blocks[i].base[metric] = NAN;
            if (of_head)
                stretch->blocks[i].head[metric] = NAN;
        }
}

static void whose_reading_is_missing_is_said(void **state)
{
    static const struct {
        size_t blocks, base_until, head_from; /* the base has none until, the head none from */
        const char *why;
    } table[] = {
        {11, 0, 0, "no block has a p50 of the head that the generator vouches for"},
        {11, 11, 11, "no block has a p50 of the base that the generator vouches for"},
        {11, 5, 5, "no block has a p50 of both that the generator vouches for"},
        {11, 11, 0, "none of its 11 blocks could be used"},
        {1, 1, 0, "its only block could not be used"},
    };
    char runs[ROOM_RUNS_MAX];
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        judge_end(state);
        judge_begin(state);
        measure(runs, (unsigned)table[i].blocks);
        lose(0, table[i].base_until, true, false);
        lose(table[i].head_from, table[i].blocks, false, true);
        judge();
        const struct decision_row *row = row_of(METRIC_P50);
        assert_int_equal(row->word, DECISION_INVALID);
        assert_string_equal(row->why, table[i].why);
        assert_true(isnan(row->ratio.value) && isnan(row->smallest));
    }
}

/* ---- the self-check ---- */

static void check_of(enum metric metric, const struct shape *first, const struct shape *fresh)
{
    shapes[DUEL_CHECK][DUEL_FIRST][metric] = *first;
    shapes[DUEL_CHECK][DUEL_FRESH][metric] = *fresh;
}

static void gate_only(enum metric a, enum metric b)
{
    memset(gate.gates, 0, sizeof gate.gates);
    gate.gates[a] = gate.gates[b] = true;
}

/* Of 6 blocks the median lies half a step above, and the
 * interval reaches from 2 steps below to 3. */
static const struct shape OFF = {.031, .0002, false, 0, 0}, OFF_AGAIN = {.025, .0002, false, 0, 0},
                          OFF_BACK = {-.025, .0002, false, 0, 0},
                          FIVE_KEPT = {0, .001, false, 0, 5};

/* Cost and p50 gate; of p50 the self-check is SAME unless a row says otherwise. */
static const struct {
    const char *name;
    const struct shape *cost, *cost_fresh, *p50;
    unsigned blocks; /* measured of the self-check and after it; 0: all */
    bool disagrees;
    const char *sentence;
} checks[] = {
    {"they agree", &SAME, &SAME, &SAME, 0, false,
     "The base against its own copy: cost 0.0 % [-0.3, +0.3], p50 0.0 % [-0.3, +0.3]: they "
     "agree."},
    {"too little is told of one", &SAME, &SAME, &FIVE_KEPT, 0, false,
     "The base against its own copy: cost 0.0 % [-0.3, +0.3]: they agree. Of p50 too few blocks "
     "could be used."},
    {"an alarm that is refuted", &OFF, &SAME, &SAME, 0, false,
     "The base against its own copy: cost +3.15 % [+3.09, +3.21] at first and 0.0 % [-0.3, +0.3] "
     "on fresh blocks, p50 0.0 % [-0.3, +0.3]: they agree."},
    {"an alarm that turns round is refuted", &OFF, &OFF_BACK, &SAME, 0, false,
     "The base against its own copy: cost +3.15 % [+3.09, +3.21] at first and -2.47 % [-2.53, "
     "-2.41] on fresh blocks, p50 0.0 % [-0.3, +0.3]: they agree."},
    {"an alarm that is confirmed", &OFF, &OFF_AGAIN, &SAME, 0, true,
     "The base against its own copy: cost +3.15 % [+3.09, +3.21] at first and +2.53 % [+2.47, "
     "+2.59] on fresh blocks, p50 0.0 % [-0.3, +0.3]: this machine disagrees with itself."},
    {"an alarm without time for more", &OFF, &OFF_AGAIN, &SAME, 6 + 5, false,
     "The base against its own copy: cost +3.15 % [+3.09, +3.21], p50 0.0 % [-0.3, +0.3]: cost "
     "differs, and the fresh blocks that would confirm or refute it are missing."},
    {"two of them", &OFF, &LOST, &OFF, 0, false,
     "The base against its own copy: cost +3.15 % [+3.09, +3.21], p50 +3.15 % [+3.09, +3.21] at "
     "first and 0.0 % [-0.3, +0.3] on fresh blocks: cost differs, and the fresh blocks that would "
     "confirm or refute it are missing."},
    {"no time", &SAME, &SAME, &SAME, 1000, false,
     "Whether the base agrees with its own copy is not known: there was no time for it."},
    {"little time", &SAME, &SAME, &SAME, 4, false,
     "Whether the base agrees with its own copy is not known: there was time for only 4 of 7 "
     "blocks."},
    {"lost blocks", &LOST, &SAME, &FIVE_KEPT, 0, false,
     "Whether the base agrees with its own copy is not known: fewer of its 7 blocks could be used "
     "than an interval takes."},
};

static void measure_check(unsigned blocks)
{
    char runs[ROOM_RUNS_MAX];
    measure(runs, blocks == 0 ? ALL_BLOCKS : 11 + blocks % 1000);
}

static void a_self_check_says_whether_the_machine_agrees_with_itself(void **state)
{
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        judge_end(state);
        judge_begin(state);
        gate_only(METRIC_COST, METRIC_P50);
        check_of(METRIC_COST, checks[i].cost, checks[i].cost_fresh);
        check_of(METRIC_P50, checks[i].p50, &SAME);
        print_message("# %s\n", checks[i].name);
        measure_check(checks[i].blocks);
        judge();
        assert_string_equal(decision.self_check, checks[i].sentence);
        assert_int_equal(decision.disagrees, checks[i].disagrees);
    }
}

static void a_machine_that_disagrees_with_itself_leaves_no_figure(void **state)
{
    static const char *const why = "the base's own copy differs from it in cost by +3.15 % [+3.09, "
                                   "+3.21], and on fresh blocks "
                                   "again by +2.53 % [+2.47, +2.59]";
    (void)state;
    check_of(METRIC_COST, &OFF, &OFF_AGAIN);
    shapes[DUEL_PAIRS][DUEL_FIRST][METRIC_P50] = shapes[DUEL_PAIRS][DUEL_FRESH][METRIC_P50] = WORSE;
    measure_all();
    judge();
    assert_int_equal(decision.count, 6);
    for (size_t i = 0; i < decision.count; i++) {
        const struct decision_row *row = &decision.rows[i];
        assert_int_equal(row->word, DECISION_INVALID);
        assert_string_equal(row->why, why);
        assert_true(isnan(row->base) && isnan(row->head) && isnan(row->ratio.value));
        assert_true(isnan(row->smallest) && !estimate_has_interval(&row->ratio));
        assert_false(row->is_confirmed);
        assert_int_equal(row->base_count + row->head_count + row->more_blocks, 0);
    }
    assert_null(decision.resolution);
    decision_conclude(&decision, false);
    assert_int_equal(decision.exit_code, 4);
    char *headline =
        text_format("Nothing can be said: this machine disagrees with itself (%s).", why);
    assert_string_equal(decision.headline, headline);
    free(headline);
}

static void of_several_workloads_the_self_check_tells_the_worst(void **state)
{
    struct duel_want want;
    (void)state;
    gate_only(METRIC_COST, METRIC_P50);
    duel_add_workload(&duel, "json");
    while (duel_next(&want, &duel)) {
        check_of(METRIC_COST, want.workload == 1 ? &OFF : &SAME, &SAME);
        check_of(METRIC_P50, want.workload == 1 ? &FIVE_KEPT : &SAME, &SAME);
        assert_true(measure_next(&want));
    }
    judge();
    assert_string_equal(
        decision.self_check,
        "The base against its own copy, where they differ most: cost +3.15 % [+3.09, +3.21] at "
        "first and 0.0 % [-0.3, +0.3] on fresh blocks (json), p50 0.0 % [-0.3, +0.3] "
        "(plaintext): they agree. Of p50 on json too few blocks could "
        "be used.");
}

static void of_two_that_agree_it_tells_which_differs_more(void **state)
{
    static const struct shape near_one = {.001, .0005, false, 0, 0},
                              far_from_it = {-.003, .0005, false, 0, 0};
    struct duel_want want;
    (void)state;
    gate_only(METRIC_COST, METRIC_P50);
    duel_add_workload(&duel, "json");
    while (duel_next(&want, &duel)) {
        check_of(METRIC_COST, want.workload == 1 ? &far_from_it : &near_one, &SAME);
        check_of(METRIC_P50, want.workload == 1 ? &near_one : &far_from_it, &SAME);
        assert_true(measure_next(&want));
    }
    judge();
    assert_string_equal(decision.self_check,
                        "The base against its own copy, where they differ most: cost -0.3 % [-0.4, "
                        "-0.1] (json), p50 -0.3 % [-0.4, -0.1] (plaintext): they agree.");
}

static void one_workload_on_which_the_copy_differs_is_enough(void **state)
{
    struct duel_want want;
    (void)state;
    duel_add_workload(&duel, "json");
    while (duel_next(&want, &duel)) {
        const struct shape *shape = want.workload == 1 ? &OFF : &SAME;
        check_of(METRIC_P50, shape, shape);
        assert_true(measure_next(&want));
    }
    judge();
    assert_true(decision.disagrees);
    for (size_t i = 0; i < decision.count; i++)
        assert_string_equal(decision.rows[i].why,
                            "the base's own copy differs from it in p50 on json by +3.15 % [+3.09, "
                            "+3.21], and on fresh blocks again by +3.15 % [+3.09, +3.21]");
}

static void with_given_blocks_an_alarm_stays_open(void **state)
{
    (void)state;
    gate_only(METRIC_COST, METRIC_COST);
    duel.rules.pairs = 11;
    check_of(METRIC_COST, &OFF, &OFF);
    measure_all();
    judge();
    assert_string_equal(decision.self_check,
                        "The base against its own copy: cost +3.15 % [+3.09, +3.21]: cost differs, "
                        "and with a given number of blocks nothing is measured again.");
    assert_false(decision.disagrees);
}

static void where_nothing_of_pairs_gates_there_is_no_self_check(void **state)
{
    (void)state;
    gate_only(METRIC_INSTRUCTIONS, METRIC_CONSISTENCY);
    measure_all();
    judge();
    assert_null(decision.self_check);
    assert_non_null(decision.resolution);
}

/* ---- what is told apart ---- */

static void the_resolution_names_the_blocks_that_it_is_of(void **state)
{
    (void)state;
    shapes[DUEL_PAIRS][DUEL_FIRST][METRIC_COST].step = .0014; /* .56 % */
    shapes[DUEL_PAIRS][DUEL_FIRST][METRIC_P99].step = .0074;  /* 3.0 % */
    shapes[DUEL_WITNESS][DUEL_FIRST][METRIC_P99_SOLO].step = .03;
    shapes[DUEL_PAIRS][DUEL_FIRST][METRIC_MEMORY_IDLE] = LOST;
    duel.rules.is_saturated = true;
    measure_all();
    judge();
    assert_string_equal(decision.resolution,
                        "In 11 blocks this machine tells apart 0.6 % of cost, 0.5 % of p50, 3.1 % "
                        "of p99, 13 % of p99-solo, 0.5 % of memory.");
}

static void what_has_other_numbers_of_blocks_is_told_apart(void **state)
{
    (void)state;
    shapes[DUEL_PAIRS][DUEL_FIRST][METRIC_COST] = OPEN_THEN_SAME;
    shapes[DUEL_PAIRS][DUEL_FIRST][METRIC_P50] = OPEN_THEN_WORSE;
    shapes[DUEL_PAIRS][DUEL_FRESH][METRIC_P50] = WORSE; /* the row has their figures */
    shapes[DUEL_PAIRS][DUEL_FIRST][METRIC_MEMORY] = LOST;
    shapes[DUEL_PAIRS][DUEL_FIRST][METRIC_MEMORY_IDLE] = LOST;
    measure_all();
    judge();
    assert_string_equal(decision.resolution,
                        "In 11 blocks this machine tells apart 0.5 % of p50, 0.5 % of p99-solo; in "
                        "21 0.1 % of cost, 0.6 % of p99.");
}

static void of_several_workloads_the_coarsest_counts(void **state)
{
    struct duel_want want;
    (void)state;
    gate_only(METRIC_COST, METRIC_COST);
    duel_add_workload(&duel, "json");
    while (duel_next(&want, &duel)) {
        shapes[DUEL_PAIRS][DUEL_FIRST][METRIC_COST].step = want.workload == 0 ? .002 : .001;
        assert_true(measure_next(&want));
    }
    judge();
    assert_string_equal(decision.resolution,
                        "In 11 blocks this machine tells apart 0.9 % of cost, 0.5 % of p50, 0.5 % "
                        "of p99, 0.5 % of memory, 0.5 % of memory-idle (the coarsest of 2 "
                        "workloads).");
}

static void without_an_interval_nothing_is_told_apart(void **state)
{
    char runs[ROOM_RUNS_MAX];
    (void)state;
    measure(runs, 10);
    judge();
    assert_null(decision.resolution);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_JUDGEMENT(a_witness_that_there_was_no_time_for_is_missed),
        IN_JUDGEMENT(so_is_a_workload),
        IN_JUDGEMENT(few_given_blocks_have_no_interval),
        IN_JUDGEMENT(whose_reading_is_missing_is_said),
        IN_JUDGEMENT(a_self_check_says_whether_the_machine_agrees_with_itself),
        IN_JUDGEMENT(a_machine_that_disagrees_with_itself_leaves_no_figure),
        IN_JUDGEMENT(of_several_workloads_the_self_check_tells_the_worst),
        IN_JUDGEMENT(of_two_that_agree_it_tells_which_differs_more),
        IN_JUDGEMENT(one_workload_on_which_the_copy_differs_is_enough),
        IN_JUDGEMENT(with_given_blocks_an_alarm_stays_open),
        IN_JUDGEMENT(where_nothing_of_pairs_gates_there_is_no_self_check),
        IN_JUDGEMENT(the_resolution_names_the_blocks_that_it_is_of),
        IN_JUDGEMENT(what_has_other_numbers_of_blocks_is_told_apart),
        IN_JUDGEMENT(of_several_workloads_the_coarsest_counts),
        IN_JUDGEMENT(without_an_interval_nothing_is_told_apart),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("duel_words", tests, NULL, NULL);
}
