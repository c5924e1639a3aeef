/* What the blocks of a duel come to: its rows, figure by figure, and why a word does not stand;
 * test_duel_words.c has the sentences about all of them. */
#include "duel_judge_room.h"

/* ---- rows ---- */

static void rows_stand_workload_by_workload_in_one_order(void **state)
{
    static const enum metric order[] = {METRIC_COST,      METRIC_P50,       METRIC_P99,
                                        METRIC_P99_SOLO,  METRIC_MEMORY,    METRIC_MEMORY_IDLE,
                                        METRIC_SATURATED, METRIC_THROUGHPUT};
    (void)state;
    duel.rules.is_saturated = true;
    duel_add_workload(&duel, "json");
    measure_all();
    judge();
    assert_int_equal(decision.count, 16);
    for (size_t i = 0; i < 16; i++) {
        const struct decision_row *row = &decision.rows[i];
        assert_int_equal(row->metric, order[i % 8]);
        assert_string_equal(row->server, "epoll");
        assert_string_equal(row->workload, i < 8 ? "plaintext" : "json");
        assert_string_equal(decision_word(row->word), "EQUIVALENT");
        assert_true(row->gates == (i % 8 < 6));
        assert_null(row->why);
        assert_int_equal(row->more_blocks, 0);
    }
}

static void a_row_has_the_rate_that_it_was_asked_at(void **state)
{
    (void)state;
    duel.rules.is_saturated = true;
    measure_all();
    judge();
    assert_int_equal(row_of(METRIC_COST)->rate_rps, 20000);
    assert_int_equal(row_of(METRIC_P50)->rate_rps, 20000);
    assert_int_equal(row_of(METRIC_P99)->rate_rps, 20000);
    assert_int_equal(row_of(METRIC_P99_SOLO)->rate_rps, 10000); /* what each gets of a pair's */
    assert_int_equal(row_of(METRIC_MEMORY)->rate_rps, 0);
    assert_int_equal(row_of(METRIC_SATURATED)->rate_rps, 0);
}

static void figures_are_the_medians_of_the_latest_look(void **state)
{
    (void)state;
    duel.rules.pairs = 5;
    shapes[DUEL_PAIRS][DUEL_FIRST][METRIC_COST] = (struct shape){.05, .01, false, 2, 0};
    measure_all(); /* blocks 1 and 3: .06 and .07 */
    struct duel_block block;
    duel_block_init(&block);
    block.base[METRIC_COST] = 5000;
    duel.workloads[0].stretches[DUEL_PAIRS][DUEL_FIRST].blocks[0] = block;
    judge();
    const struct decision_row *row = row_of(METRIC_COST);
    near(row->base, 1000, 1e-9);
    near(row->head, 1000 * (exp(.06) + exp(.07)) / 2, 1e-6);
    assert_int_equal(row->base_count, 3);
    assert_int_equal(row->head_count, 2);
    near(log(row->ratio.value), .065, 1e-9);
    assert_int_equal(row->ratio.n, 2);
}

static void what_was_looked_at_last_counts(void **state)
{
    (void)state;
    shapes[DUEL_PAIRS][DUEL_FIRST][METRIC_COST] = OPEN_THEN_SAME;
    measure_all();
    judge();
    assert_int_equal(row_of(METRIC_COST)->ratio.n, 21);
    assert_int_equal(row_of(METRIC_P50)->ratio.n, 21); /* decided before, and looked at again */
    assert_int_equal(row_of(METRIC_COST)->word, DECISION_EQUIVALENT);
}

/* The 7th block after the first look, before the second. */
static void blocks_beyond_a_look_wait_for_the_next(void **state)
{
    char runs[ROOM_RUNS_MAX];
    (void)state;
    shapes[DUEL_PAIRS][DUEL_FIRST][METRIC_COST] = OPEN_THEN_SAME;
    measure(runs, LOOKS_FIRST + DUEL_CHECK_BLOCKS + 7);
    judge();
    assert_int_equal(row_of(METRIC_COST)->ratio.n, 11);
    assert_int_equal(row_of(METRIC_COST)->base_count, 11);
    assert_int_equal(row_of(METRIC_COST)->word, DECISION_INCONCLUSIVE);
    assert_true(row_of(METRIC_COST)->more_blocks > 0);
}

/* ---- words ---- */

static const struct shape SMALLISH = {.009, .002, false, 0, 0}, /* cost: ±.008 at .009 */
    WIDE = {.03, .01, false, 0, 0}, FEW = {.05, .001, false, 2, 0},
                          NEARLY = {.05, .001, false, 4, 0}, MOST_LOST = {.05, .001, false, 0, 3};

/* Of one metric; what is not measured again is SAME. */
static const struct {
    const char *name;
    enum metric metric;
    const struct shape *first, *fresh;
    unsigned blocks; /* measured, 0: all */
    enum decision_word word;
    const char *why; /* NULL: none */
    bool is_confirmed;
} verdicts[] = {
    {"the same", METRIC_COST, &SAME, &SAME, 0, DECISION_EQUIVALENT, NULL, false},
    {"better, and that is not measured again", METRIC_COST, &BETTER, &SAME, 0, DECISION_IMPROVED,
     NULL, false},
    {"a little", METRIC_COST, &SMALLISH, &SAME, 0, DECISION_SMALL, NULL, false},
    {"undecided", METRIC_COST, &WIDE, &SAME, 0, DECISION_INCONCLUSIVE, NULL, false},
    {"worse, twice", METRIC_COST, &WORSE, &WORSE, 0, DECISION_REGRESSED, NULL, true},
    {"worse, once", METRIC_COST, &WORSE, &SAME, 0, DECISION_INCONCLUSIVE,
     "+5.1 % at first, not confirmed by 11 fresh blocks (0.0 % [-0.4, +0.4])", false},
    {"worse, and then better", METRIC_COST, &WORSE, &BETTER, 0, DECISION_INCONCLUSIVE,
     "+5.1 % at first, not confirmed by 11 fresh blocks (-4.9 % [-5.3, -4.5])", false},
    {"worse, and then a little", METRIC_COST, &WORSE, &SMALLISH, 0, DECISION_INCONCLUSIVE,
     "+5.1 % at first, not confirmed by 11 fresh blocks (+0.9 % [+0.1, +1.7])", false},
    {"worse, and then anything", METRIC_COST, &WORSE, &WIDE, 0, DECISION_INCONCLUSIVE,
     "+5.1 % at first, not confirmed by 21 fresh blocks (+3.0 % [-2.0, +8.3])", false},
    {"worse at the last look, and again", METRIC_COST, &OPEN_THEN_WORSE, &WORSE, 0,
     DECISION_REGRESSED, NULL, true},
    {"worse, and no time", METRIC_COST, &WORSE, &WORSE, LOOKS_FIRST + DUEL_CHECK_BLOCKS,
     DECISION_INCONCLUSIVE,
     "+5.1 % at first: there was no time for the fresh blocks that would confirm it", false},
    {"worse, and too little time", METRIC_COST, &WORSE, &WORSE, LOOKS_FIRST + DUEL_CHECK_BLOCKS + 5,
     DECISION_INCONCLUSIVE,
     "+5.1 % at first: there was time for only 5 of the 11 fresh blocks that would confirm it",
     false},
    {"worse, and time for one look, which leaves it open", METRIC_COST, &WORSE, &WIDE,
     LOOKS_FIRST + DUEL_CHECK_BLOCKS + 20, DECISION_INCONCLUSIVE,
     "+5.1 % at first, not confirmed by 11 fresh blocks (+3.0 % [-1.0, +7.3])", false},
    {"worse, and the fresh blocks are lost", METRIC_COST, &WORSE, &LOST, 0, DECISION_INCONCLUSIVE,
     "+5.1 % at first: none of 11 fresh blocks could be used to confirm it", false},
    {"worse, and most fresh blocks are lost", METRIC_COST, &WORSE, &MOST_LOST, 0,
     DECISION_INCONCLUSIVE,
     "+5.1 % at first: only 3 of 11 fresh blocks could be used, too few to confirm it", false},
    {"worse as some blocks that are left say", METRIC_COST, &NEARLY, &NEARLY, 0, DECISION_REGRESSED,
     NULL, true},
    {"cut off before the first look", METRIC_COST, &WORSE, &WORSE, 4, DECISION_INCONCLUSIVE,
     "there was time for only 4 of the 11 blocks of a first look", false},
    {"too few left", METRIC_P99, &FEW, &SAME, 11, DECISION_INCONCLUSIVE,
     "only 5 of 11 blocks could be used", false},
    {"none left of p99", METRIC_P99, &LOST, &SAME, 0, DECISION_INVALID,
     "no block has a p99 that the generator vouches for", false},
    {"none left of cost", METRIC_COST, &LOST, &SAME, 0, DECISION_INVALID,
     "no block has a cost that could be used", false},
    {"none left of memory", METRIC_MEMORY, &LOST, &SAME, 0, DECISION_INVALID,
     "no block has a reading of memory that could be used", false},
    {"none left of idle memory", METRIC_MEMORY_IDLE, &LOST, &SAME, 0, DECISION_INVALID,
     "no block has a reading of memory after the load that could be used", false},
};

static void a_word_stands_or_says_why_not(void **state)
{
    char runs[ROOM_RUNS_MAX];
    for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
        enum metric metric = verdicts[i].metric;
        judge_end(state);
        judge_begin(state);
        shapes[DUEL_PAIRS][DUEL_FIRST][metric] = *verdicts[i].first;
        shapes[DUEL_PAIRS][DUEL_FRESH][metric] = *verdicts[i].fresh;
        print_message("# %s\n", verdicts[i].name);
        measure(runs, verdicts[i].blocks > 0 ? verdicts[i].blocks : ALL_BLOCKS);
        judge();
        const struct decision_row *row = row_of(metric);
        assert_string_equal(decision_word(row->word), decision_word(verdicts[i].word));
        if (verdicts[i].why)
            assert_string_equal(row->why, verdicts[i].why);
        else
            assert_null(row->why);
        assert_int_equal(row->is_confirmed, verdicts[i].is_confirmed);
    }
}

static void what_is_confirmed_has_the_figures_of_the_fresh_blocks(void **state)
{
    (void)state;
    shapes[DUEL_PAIRS][DUEL_FIRST][METRIC_COST] = WORSE;
    shapes[DUEL_PAIRS][DUEL_FRESH][METRIC_COST] = (struct shape){.03, .001, false, 0, 0};
    measure_all();
    judge();
    const struct decision_row *row = row_of(METRIC_COST);
    near(log(row->ratio.value), .03, 1e-9);
    near(row->head, 1000 * exp(.03), 1e-6);
    near(row->smallest, .01, 1e-9);
    decision_conclude(&decision, false);
    assert_int_equal(decision.exit_code, 1);
    assert_string_equal(decision.headline,
                        "epoll on plaintext: CPU per request at 20,000/s +3.0 % [+2.6, +3.5], past "
                        "your 1 %: REGRESSED, confirmed.");
}

static void so_has_what_they_do_not_confirm(void **state)
{
    (void)state;
    shapes[DUEL_PAIRS][DUEL_FIRST][METRIC_COST] = WORSE;
    measure_all();
    judge();
    near(row_of(METRIC_COST)->ratio.value, 1, 1e-9);
    near(row_of(METRIC_COST)->head, 1000, 1e-9);
    assert_int_equal(row_of(METRIC_COST)->more_blocks, 0); /* they say what it is */
    decision_conclude(&decision, false);
    assert_int_equal(decision.exit_code, 0);
    decision_conclude(&decision, true);
    assert_int_equal(decision.exit_code, 3);
}

static void what_there_was_no_time_to_confirm_has_those_of_the_first(void **state)
{
    char runs[ROOM_RUNS_MAX];
    (void)state;
    shapes[DUEL_PAIRS][DUEL_FIRST][METRIC_COST] = WORSE;
    measure(runs, LOOKS_FIRST + DUEL_CHECK_BLOCKS + 5);
    judge();
    near(log(row_of(METRIC_COST)->ratio.value), .05, 1e-9);
    assert_int_equal(row_of(METRIC_COST)->more_blocks, 11 - 5);
}

static void what_does_not_gate_is_not_confirmed(void **state)
{
    (void)state;
    gate.gates[METRIC_COST] = false;
    shapes[DUEL_PAIRS][DUEL_FIRST][METRIC_COST] = WORSE;
    duel.rules.is_saturated = true;
    gate.gates[METRIC_SATURATED] = true; /* it never does here */
    shapes[DUEL_SATURATED][DUEL_FIRST][METRIC_SATURATED] = WORSE;
    measure_all();
    judge();
    for (int i = 0; i < 2; i++) {
        const struct decision_row *row = row_of(i ? METRIC_COST : METRIC_SATURATED);
        assert_int_equal(row->word, DECISION_REGRESSED);
        assert_false(row->gates || row->is_confirmed);
        assert_null(row->why);
    }
    decision_conclude(&decision, true);
    assert_int_equal(decision.exit_code, 0);
}

static void less_throughput_is_worse(void **state)
{
    (void)state;
    duel.rules.is_saturated = true;
    shapes[DUEL_SATURATED][DUEL_FIRST][METRIC_THROUGHPUT] = BETTER;
    measure_all();
    judge();
    const struct decision_row *row = row_of(METRIC_THROUGHPUT);
    assert_int_equal(row->word, DECISION_REGRESSED);
    assert_true(row->head < row->base && row->ratio.value < 1);
    assert_true(row->ratio.low < row->ratio.high);
}

static void a_witness_that_is_worse_fails_as_a_pair_does(void **state)
{
    (void)state;
    shapes[DUEL_WITNESS][DUEL_FIRST][METRIC_P99_SOLO] =
        shapes[DUEL_WITNESS][DUEL_FRESH][METRIC_P99_SOLO] = (struct shape){.1, .002, false, 0, 0};
    measure_all();
    judge();
    assert_true(row_of(METRIC_P99_SOLO)->is_confirmed);
    assert_int_equal(row_of(METRIC_P99)->word, DECISION_EQUIVALENT);
    decision_conclude(&decision, false);
    assert_int_equal(decision.exit_code, 1);
}

/* Twice as many blocks are needed where every other is lost. */
static void how_many_more_blocks_counts_those_that_will_be_lost(void **state)
{
    (void)state;
    static const struct shape open = {.01, .006, false, 0, 0}, lossy = {-.023, .006, false, 2, 0};
    shapes[DUEL_PAIRS][DUEL_FIRST][METRIC_COST] = open;
    shapes[DUEL_PAIRS][DUEL_FIRST][METRIC_MEMORY] = lossy;
    measure_all();
    judge();
    for (int i = 0; i < 2; i++) {
        const struct decision_row *row = row_of(i ? METRIC_MEMORY : METRIC_COST);
        unsigned readings = looks_more(&row->ratio, row->margin);
        assert_true(readings > 0);
        assert_int_equal(row->more_blocks, (unsigned)ceil(readings * 21. / (double)row->ratio.n));
    }
}

static void given_blocks_are_judged_and_not_confirmed(void **state)
{
    (void)state;
    duel.rules.pairs = 30;
    shapes[DUEL_PAIRS][DUEL_FIRST][METRIC_COST] = WORSE;
    shapes[DUEL_PAIRS][DUEL_FIRST][METRIC_P50] = BETTER;
    measure_all();
    judge();
    assert_int_equal(row_of(METRIC_COST)->ratio.n, 30);
    assert_int_equal(row_of(METRIC_P50)->word, DECISION_IMPROVED);
    assert_int_equal(row_of(METRIC_COST)->word, DECISION_INCONCLUSIVE);
    assert_int_equal(row_of(METRIC_COST)->more_blocks, 0);
    assert_string_equal(row_of(METRIC_COST)->why, "+5.2 %, and with a given number of blocks "
                                                  "nothing is measured again to confirm it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_JUDGEMENT(rows_stand_workload_by_workload_in_one_order),
        IN_JUDGEMENT(a_row_has_the_rate_that_it_was_asked_at),
        IN_JUDGEMENT(figures_are_the_medians_of_the_latest_look),
        IN_JUDGEMENT(what_was_looked_at_last_counts),
        IN_JUDGEMENT(blocks_beyond_a_look_wait_for_the_next),
        IN_JUDGEMENT(a_word_stands_or_says_why_not),
        IN_JUDGEMENT(what_is_confirmed_has_the_figures_of_the_fresh_blocks),
        IN_JUDGEMENT(so_has_what_they_do_not_confirm),
        IN_JUDGEMENT(what_there_was_no_time_to_confirm_has_those_of_the_first),
        IN_JUDGEMENT(what_does_not_gate_is_not_confirmed),
        IN_JUDGEMENT(less_throughput_is_worse),
        IN_JUDGEMENT(a_witness_that_is_worse_fails_as_a_pair_does),
        IN_JUDGEMENT(how_many_more_blocks_counts_those_that_will_be_lost),
        IN_JUDGEMENT(given_blocks_are_judged_and_not_confirmed),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("duel_judge", tests, NULL, NULL);
}
