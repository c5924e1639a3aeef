/* Which block of a duel comes next, by what those before it came to. */
#include "duel_room.h"

/* A shape that is not SAME. */
struct change {
    enum duel_series series;
    unsigned time;
    enum metric metric;
    const struct shape *shape;
};

static const struct shape EVERY_OTHER_LOST = {0, .001, false, 2, 0},
                          EVERY_FOURTH_LOST = {0, .001, false, 4, 0};

/* P: pairs, C: check, W: witness, S: saturated; small: fresh ones. Of one workload. */
static const struct {
    const char *name;
    struct change changes[4];
    const char *runs;
} courses[] = {
    {"two that are the same", {{0}}, "11P 7C 11W"},
    {"what is worse is measured again",
     {{DUEL_PAIRS, DUEL_FIRST, METRIC_COST, &WORSE}, {DUEL_PAIRS, DUEL_FRESH, METRIC_COST, &WORSE}},
     "11P 7C 11p 11W"},
    {"what seemed worse is, too, and once is enough",
     {{DUEL_PAIRS, DUEL_FIRST, METRIC_COST, &WORSE}},
     "11P 7C 11p 11W"},
    {"what is better is not", {{DUEL_PAIRS, DUEL_FIRST, METRIC_COST, &BETTER}}, "11P 7C 11W"},
    {"fresh blocks that leave it open have a last look, too",
     {{DUEL_PAIRS, DUEL_FIRST, METRIC_P99, &WORSE}, {DUEL_PAIRS, DUEL_FRESH, METRIC_P99, &OPEN}},
     "11P 7C 21p 11W"},
    {"what is undecided has a last look",
     {{DUEL_PAIRS, DUEL_FIRST, METRIC_MEMORY_IDLE, &OPEN_THEN_SAME}},
     "11P 7C 10P 11W"},
    {"and no more than that", {{DUEL_PAIRS, DUEL_FIRST, METRIC_COST, &OPEN}}, "11P 7C 10P 11W"},
    {"what is worse at the last look is measured again",
     {{DUEL_PAIRS, DUEL_FIRST, METRIC_COST, &OPEN_THEN_WORSE}},
     "11P 7C 10P 11p 11W"},
    {"what is worse comes before what is undecided",
     {{DUEL_PAIRS, DUEL_FIRST, METRIC_COST, &WORSE},
      {DUEL_PAIRS, DUEL_FIRST, METRIC_P50, &OPEN_THEN_SAME}},
     "11P 7C 11p 10P 11W"},
    {"to both its looks",
     {{DUEL_PAIRS, DUEL_FIRST, METRIC_COST, &WORSE},
      {DUEL_PAIRS, DUEL_FRESH, METRIC_COST, &OPEN},
      {DUEL_PAIRS, DUEL_FIRST, METRIC_P50, &OPEN_THEN_SAME}},
     "11P 7C 21p 10P 11W"},
    {"fresh blocks that are there serve whatever gets worse later",
     {{DUEL_PAIRS, DUEL_FIRST, METRIC_COST, &WORSE},
      {DUEL_PAIRS, DUEL_FIRST, METRIC_P50, &OPEN_THEN_WORSE}},
     "11P 7C 11p 10P 11W"},
    {"but where they leave that open there are more",
     {{DUEL_PAIRS, DUEL_FIRST, METRIC_COST, &WORSE},
      {DUEL_PAIRS, DUEL_FIRST, METRIC_P50, &OPEN_THEN_WORSE},
      {DUEL_PAIRS, DUEL_FRESH, METRIC_P50, &OPEN}},
     "11P 7C 11p 10P 10p 11W"},
    {"a self-check that alarms is repeated, after all pairs",
     {{DUEL_CHECK, DUEL_FIRST, METRIC_P50, &BETTER},
      {DUEL_PAIRS, DUEL_FIRST, METRIC_COST, &WORSE},
      {DUEL_PAIRS, DUEL_FIRST, METRIC_P50, &OPEN}},
     "11P 7C 11p 10P 7c 11W"},
    {"whatever comes out of it, once",
     {{DUEL_CHECK, DUEL_FIRST, METRIC_P50, &WORSE}, {DUEL_CHECK, DUEL_FRESH, METRIC_P50, &WORSE}},
     "11P 7C 7c 11W"},
    {"one that leaves it open is not",
     {{DUEL_CHECK, DUEL_FIRST, METRIC_COST, &OPEN}},
     "11P 7C 11W"},
    {"a witness that is worse is heard again",
     {{DUEL_WITNESS, DUEL_FIRST, METRIC_P99_SOLO, &WORSE}},
     "11P 7C 11W 11w"},
    {"a witness has one look", {{DUEL_WITNESS, DUEL_FIRST, METRIC_P99_SOLO, &OPEN}}, "11P 7C 11W"},
    {"and when it is heard again one",
     {{DUEL_WITNESS, DUEL_FIRST, METRIC_P99_SOLO, &WORSE},
      {DUEL_WITNESS, DUEL_FRESH, METRIC_P99_SOLO, &OPEN}},
     "11P 7C 11W 11w"},
    {"what has no reading asks for nothing",
     {{DUEL_PAIRS, DUEL_FIRST, METRIC_P99, &LOST}, {DUEL_CHECK, DUEL_FIRST, METRIC_P99, &LOST}},
     "11P 7C 11W"},
    {"what has too few for now asks for more",
     {{DUEL_PAIRS, DUEL_FIRST, METRIC_P99, &EVERY_OTHER_LOST}}, /* 5 are left */
     "11P 7C 10P 11W"},
    {"what has enough does not",
     {{DUEL_PAIRS, DUEL_FIRST, METRIC_P50, &EVERY_FOURTH_LOST}}, /* 8 */
     "11P 7C 11W"},
    {"what cannot be confirmed does not go on for ever",
     {{DUEL_PAIRS, DUEL_FIRST, METRIC_COST, &WORSE}, {DUEL_PAIRS, DUEL_FRESH, METRIC_COST, &LOST}},
     "11P 7C 11p 11W"},
};

static void change(const struct change *changes, size_t count)
{
    for (size_t i = 0; i < count && changes[i].shape; i++)
        shapes[changes[i].series][changes[i].time][changes[i].metric] = *changes[i].shape;
}

static void what_comes_next_follows_from_what_came_out(void **state)
{
    char runs[ROOM_RUNS_MAX];
    for (size_t i = 0; i < sizeof courses / sizeof *courses; i++) {
        duel_end(state);
        duel_begin(state);
        duel_add_workload(&duel, "plaintext");
        change(courses[i].changes, sizeof courses[i].changes / sizeof *courses[i].changes);
        print_message("# %s\n", courses[i].name);
        measure(runs, ALL_BLOCKS);
        assert_string_equal(runs, courses[i].runs);
    }
}

/* ---- what is asked for ---- */

static void everything_worse(void)
{
    for (int series = 0; series < DUEL_SERIES; series++)
        for (int metric = 0; metric < METRICS; metric++)
            shapes[series][DUEL_FIRST][metric] = WORSE;
}

static void rules_say_what_is_measured(void **state)
{
    static const struct {
        const char *name;
        struct duel_rules rules;
        bool is_worse;
        const char *runs;
    } table[] = {
        {"without a witness", {.is_saturated = false}, false, "11P 7C"},
        {"at saturation, last",
         {.has_witness = true, .is_saturated = true},
         false,
         "11P 7C 11W 6S"},
        {"which nothing follows",
         {.has_witness = true, .is_saturated = true},
         true,
         "11P 7C 11p 7c 11W 11w 6S"},
        {"exactly so many", {.pairs = 5, .witness = 3}, true, "5P 7C 3W"},
        {"be they more than any look takes", {.pairs = 42}, true, "42P 7C"},
        {"the witness being told apart", {.has_witness = true, .pairs = 2}, true, "2P 7C"},
        {"or alone", {.witness = 30, .is_saturated = true}, true, "7C 30W 6S"},
    };
    char runs[ROOM_RUNS_MAX];

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        duel_end(state);
        duel_begin(state);
        duel.rules = table[i].rules;
        duel_add_workload(&duel, "plaintext");
        if (table[i].is_worse)
            everything_worse();
        print_message("# %s\n", table[i].name);
        measure(runs, ALL_BLOCKS);
        assert_string_equal(runs, table[i].runs);
    }
}

static void what_does_not_gate_asks_for_nothing(void **state)
{
    char runs[ROOM_RUNS_MAX];
    (void)state;
    duel_add_workload(&duel, "plaintext");
    everything_worse();
    memset(gate.gates, 0, sizeof gate.gates);
    gate.gates[METRIC_INSTRUCTIONS] = true;
    measure(runs, ALL_BLOCKS);
    assert_string_equal(runs, "11P");
}

static void a_workload_that_does_not_gate_is_only_looked_at(void **state)
{
    struct duel_want want;
    unsigned of[2] = {0};
    (void)state;
    strings_add(&gate.workloads, "json");
    duel_add_workload(&duel, "plaintext");
    duel_add_workload(&duel, "json");
    everything_worse();
    while (measure_next(&want))
        of[want.workload]++;
    assert_int_equal(of[0], 11);
    assert_int_equal(of[1], 11 + 7 + 11 + 7 + 11 + 11);
}

static void a_metric_that_does_not_gate_is_measured_along(void **state)
{
    char runs[ROOM_RUNS_MAX];
    (void)state;
    duel_add_workload(&duel, "plaintext");
    gate.gates[METRIC_P50] = false;
    shapes[DUEL_PAIRS][DUEL_FIRST][METRIC_P50] = WORSE;
    shapes[DUEL_CHECK][DUEL_FIRST][METRIC_P50] = WORSE;
    measure(runs, ALL_BLOCKS);
    assert_string_equal(runs, "11P 7C 11W");
}

/* ---- several workloads ---- */

static void workloads_take_turns(void **state)
{
    struct duel_want want;
    (void)state;
    for (size_t i = 0; i < 3; i++)
        duel_add_workload(&duel, "plaintext");
    for (size_t i = 0; i < 3 * (11 + DUEL_CHECK_BLOCKS + 11); i++) {
        assert_true(measure_next(&want));
        assert_int_equal(want.workload, i % 3);
    }
    assert_false(measure_next(&want));
}

/* Wherever a budget ends, and whatever comes out. */
static void no_workload_is_further_than_another_in_what_both_want(void **state)
{
    struct duel_want want;
    (void)state;
    for (size_t i = 0; i < 3; i++)
        duel_add_workload(&duel, "plaintext");
    shapes[DUEL_PAIRS][DUEL_FIRST][METRIC_COST] = OPEN_THEN_WORSE;
    shapes[DUEL_PAIRS][DUEL_FRESH][METRIC_COST] = OPEN;
    while (measure_next(&want))
        for (size_t i = 0; i < 3; i++) {
            size_t made = duel.workloads[i].stretches[want.series][want.time].made;
            assert_in_range(made, want.block, want.block + 1);
        }
    assert_int_equal(duel.workloads[2].stretches[DUEL_PAIRS][DUEL_FIRST].made, 21);
    assert_int_equal(duel.workloads[2].stretches[DUEL_PAIRS][DUEL_FRESH].made, 21);
}

static void a_workload_that_is_behind_catches_up(void **state)
{
    struct duel_want want;
    (void)state;
    duel_add_workload(&duel, "plaintext");
    for (size_t i = 0; i < 5; i++)
        assert_true(measure_next(&want));
    duel_add_workload(&duel, "json");
    for (uint32_t i = 0; i < 5; i++) {
        assert_true(measure_next(&want));
        assert_int_equal(want.workload, 1);
        assert_int_equal(want.block, i);
    }
    assert_true(measure_next(&want));
    assert_int_equal(want.workload, 0);
}

static void only_the_workload_that_is_worse_is_measured_again(void **state)
{
    struct duel_want want;
    unsigned fresh[2] = {0};
    (void)state;
    duel_add_workload(&duel, "plaintext");
    duel_add_workload(&duel, "json");
    while (duel_next(&want, &duel)) {
        bool is_worse = want.workload == 1 && want.series == DUEL_PAIRS;
        shapes[DUEL_PAIRS][DUEL_FIRST][METRIC_COST] = is_worse ? WORSE : SAME;
        assert_true(measure_next(&want));
        fresh[want.workload] += want.time == DUEL_FRESH;
    }
    assert_int_equal(fresh[0], 0);
    assert_int_equal(fresh[1], 11);
}

/* ---- going on ---- */

static bool is_same_want(const struct duel_want *a, const struct duel_want *b)
{
    return a->workload == b->workload && a->series == b->series && a->time == b->time &&
           a->block == b->block;
}

static void copy_blocks(struct duel *copy)
{
    duel_init(copy, duel.server, duel.gate, &duel.rules);
    for (size_t i = 0; i < duel.count; i++) {
        struct duel_workload *to = duel_add_workload(copy, duel.workloads[i].name);
        for (int series = DUEL_SERIES; series-- > 0;)
            for (int time = DUEL_TIMES; time-- > 0;) {
                const struct duel_stretch *from = &duel.workloads[i].stretches[series][time];
                for (size_t k = 0; k < from->made; k++)
                    duel_add_block(&to->stretches[series][time], &from->blocks[k]);
            }
    }
}

static void one_that_was_cut_off_goes_on_where_it_was(void **state)
{
    struct duel_want want, again;
    (void)state;
    duel_add_workload(&duel, "plaintext");
    duel_add_workload(&duel, "json");
    shapes[DUEL_PAIRS][DUEL_FIRST][METRIC_COST] = OPEN_THEN_WORSE;
    shapes[DUEL_CHECK][DUEL_FIRST][METRIC_P50] = WORSE;
    do {
        struct duel copy;
        copy_blocks(&copy);
        bool is_more = duel_next(&want, &duel);
        assert_int_equal(duel_next(&again, &copy), is_more);
        assert_true(!is_more || is_same_want(&want, &again));
        duel_release(&copy);
    } while (measure_next(&want));
}

static void what_is_planned_is_known_before(void **state)
{
    (void)state;
    duel_add_workload(&duel, "plaintext");
    assert_int_equal(duel_planned(&duel, 0, DUEL_PAIRS), 11);
    assert_int_equal(duel_planned(&duel, 0, DUEL_CHECK), DUEL_CHECK_BLOCKS);
    assert_int_equal(duel_planned(&duel, 0, DUEL_WITNESS), 11);
    assert_int_equal(duel_planned(&duel, 0, DUEL_SATURATED), 0);
    gate.gates[METRIC_P99] = false;
    assert_int_equal(duel_planned(&duel, 0, DUEL_WITNESS), 0);
}

/* ---- figures on the way ---- */

static void a_look_tells_what_a_figure_comes_to_so_far(void **state)
{
    char runs[ROOM_RUNS_MAX];
    (void)state;
    duel_add_workload(&duel, "plaintext");
    duel.rules.is_saturated = true;
    shapes[DUEL_PAIRS][DUEL_FIRST][METRIC_COST] = WORSE;
    shapes[DUEL_SATURATED][DUEL_FIRST][METRIC_THROUGHPUT] = BETTER; /* falls by 5 % */
    measure(runs, ALL_BLOCKS);
    struct looked looked = duel_look(&duel, 0, DUEL_PAIRS, DUEL_FIRST, METRIC_COST);
    assert_int_equal(looked.verdict, VERDICT_REGRESSED);
    assert_true(fabs(log(looked.ratio.value) - .05) < 1e-9);
    looked = duel_look(&duel, 0, DUEL_SATURATED, DUEL_FIRST, METRIC_THROUGHPUT);
    assert_int_equal(looked.verdict, VERDICT_REGRESSED);
    assert_true(fabs(log(looked.ratio.value) + .05) < 1e-3);
    assert_true(looked.ratio.low < looked.ratio.value && looked.ratio.value < looked.ratio.high);
    assert_int_equal(looked.wanted, 0);
    assert_int_equal(duel_look(&duel, 0, DUEL_WITNESS, DUEL_FRESH, METRIC_P99_SOLO).wanted, 11);
}

static void a_reading_that_is_none_is_lost(void **state)
{
    struct duel_block block;
    (void)state;
    struct duel_stretch *stretch =
        &duel_add_workload(&duel, "plaintext")->stretches[DUEL_PAIRS][DUEL_FIRST];
    duel_block_init(&block);
    duel_add_block(stretch, &block);
    block.base[METRIC_COST] = 4000;
    duel_add_block(stretch, &block);
    block.head[METRIC_COST] = 0;
    duel_add_block(stretch, &block);
    block.head[METRIC_COST] = 8000;
    duel_add_block(stretch, &block);
    struct looked looked = duel_look(&duel, 0, DUEL_PAIRS, DUEL_FIRST, METRIC_COST);
    assert_int_equal(looked.ratio.n, 1);
    assert_int_equal(looked.blocks, 4);
    assert_true(fabs(looked.ratio.value - 2) < 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DUEL(what_comes_next_follows_from_what_came_out),
        IN_DUEL(rules_say_what_is_measured),
        IN_DUEL(what_does_not_gate_asks_for_nothing),
        IN_DUEL(a_workload_that_does_not_gate_is_only_looked_at),
        IN_DUEL(a_metric_that_does_not_gate_is_measured_along),
        IN_DUEL(workloads_take_turns),
        IN_DUEL(no_workload_is_further_than_another_in_what_both_want),
        IN_DUEL(a_workload_that_is_behind_catches_up),
        IN_DUEL(only_the_workload_that_is_worse_is_measured_again),
        IN_DUEL(one_that_was_cut_off_goes_on_where_it_was),
        IN_DUEL(what_is_planned_is_known_before),
        IN_DUEL(a_look_tells_what_a_figure_comes_to_so_far),
        IN_DUEL(a_reading_that_is_none_is_lost),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("duel", tests, NULL, NULL);
}
