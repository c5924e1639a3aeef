/*
 * How often a duel errs, and how much it finds, counted over thousands of simulated ones with a
 * fixed seed: the readings are normal, with a standard deviation of so many of each metric's own
 * margin, and each cell is independent of the others.
 *
 * run-tests: plain
 */
#include "duel_judge_room.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

enum { DUELS = 2000, SEED = 20261122 };

static const enum metric cells[] = {METRIC_COST, METRIC_P50, METRIC_P99, METRIC_P99_SOLO};
enum { CELLS = sizeof cells / sizeof *cells };

/* Of each cell, or of all duels. */
struct counted {
    unsigned found[CELLS];  /* REGRESSED, confirmed */
    unsigned better[CELLS]; /* IMPROVED */
    unsigned any;           /* duels with a false alarm, or one of the two in any cell */
    unsigned disagreeing;
    size_t blocks;
};

/* In margins: what the head is worse by in every cell, and how a block scatters. */
struct truth {
    double effect, sd;
};

static void add_drawn(struct duel_stretch *stretch, const struct duel_want *want,
                      const struct truth *truth, gsl_rng *rng)
{
    struct duel_block block;
    duel_block_init(&block);
    for (size_t i = 0; i < CELLS; i++) {
        double margin = log1p(gate.margins[cells[i]]),
               effect = want->series == DUEL_CHECK ? 0 : truth->effect * margin;
        block.base[cells[i]] = 1000;
        block.head[cells[i]] = 1000 * exp(effect + gsl_ran_gaussian(rng, truth->sd * margin));
    }
    duel_add_block(stretch, &block);
}

static size_t fight(const struct truth *truth, gsl_rng *rng)
{
    struct duel_want want;
    size_t blocks = 0;
    for (; duel_next(&want, &duel); blocks++)
        add_drawn(&duel.workloads[0].stretches[want.series][want.time], &want, truth, rng);
    return blocks;
}

static void count(struct counted *counted)
{
    bool any = false;
    for (size_t i = 0; i < CELLS; i++) {
        const struct decision_row *row = row_of(cells[i]);
        bool found = row->word == DECISION_REGRESSED, better = row->word == DECISION_IMPROVED;
        assert_true(found == row->is_confirmed);
        counted->found[i] += found;
        counted->better[i] += better;
        any |= found || better;
    }
    counted->any += any;
    counted->disagreeing += decision.disagrees;
}

static struct counted simulate(struct truth truth, void **state)
{
    struct counted counted = {.any = 0};
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, SEED);
    for (int i = 0; i < DUELS; i++) {
        judge_end(state);
        judge_begin(state);
        gate.gates[METRIC_MEMORY] = false;
        counted.blocks += fight(&truth, rng);
        judge();
        count(&counted);
    }
    gsl_rng_free(rng);
    return counted;
}

static double share(unsigned count)
{
    return (double)count / DUELS;
}

static void report(const struct counted *counted)
{
    for (size_t i = 0; i < CELLS; i++)
        print_message("# %s: %.2f %% REGRESSED, %.2f %% IMPROVED\n", metric_info(cells[i])->name,
                      100 * share(counted->found[i]), 100 * share(counted->better[i]));
    print_message("# any of them in %.2f %% of duels; %.2f %% disagree; %.1f blocks\n",
                  100 * share(counted->any), 100 * share(counted->disagreeing),
                  (double)counted->blocks / DUELS);
}

static void two_that_are_the_same_are_seldom_told_apart(void **state)
{
    struct counted counted = simulate((struct truth){0, 1}, state);
    report(&counted);
    for (size_t i = 0; i < CELLS; i++) {
        assert_true(share(counted.found[i] + counted.better[i]) <= .02);
        assert_true(share(counted.found[i]) <= .002); /* it takes two in a row */
    }
    assert_true(share(counted.disagreeing) <= .005);
}

/* Then every interval beside 1 is worth a word, and what errs is a look:
 * nearly every duel goes on to the last, .0133 on either side, and the
 * witness has one of .0059. To the worse it takes that twice. */
static void however_wide_the_blocks_scatter(void **state)
{
    struct counted counted = simulate((struct truth){0, 8}, state);
    report(&counted);
    for (size_t i = 0; i < CELLS; i++) {
        double expected = cells[i] == METRIC_P99_SOLO ? .0059 : .0133;
        assert_true(share(counted.better[i]) <= expected + .007); /* some 3 standard errors */
        assert_true(share(counted.better[i]) >= expected - .007);
        assert_true(share(counted.found[i]) <= .002);
    }
    assert_true(share(counted.disagreeing) <= .005);
}

static void an_effect_of_one_and_a_half_margins_is_found(void **state)
{
    struct counted counted = simulate((struct truth){1.5, 1}, state);
    report(&counted);
    for (size_t i = 0; i < CELLS; i++) {
        assert_true(share(counted.better[i]) == 0);
        if (cells[i] != METRIC_P99_SOLO) /* which is looked at once */
            assert_true(share(counted.found[i]) >= .85);
    }
}

static void one_of_two_margins_is_missed_by_few(void **state)
{
    struct counted counted = simulate((struct truth){2, 1}, state);
    report(&counted);
    for (size_t i = 0; i < CELLS; i++)
        assert_true(share(counted.found[i]) >= (cells[i] == METRIC_P99_SOLO ? .9 : .97));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_JUDGEMENT(two_that_are_the_same_are_seldom_told_apart),
        IN_JUDGEMENT(however_wide_the_blocks_scatter),
        IN_JUDGEMENT(an_effect_of_one_and_a_half_margins_is_found),
        IN_JUDGEMENT(one_of_two_margins_is_missed_by_few),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("duel_chances", tests, NULL, NULL);
}
