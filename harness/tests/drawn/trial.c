#include "tests/drawn/trial.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "measure/duel_plan.h"

const char *draw_name(enum draw draw)
{
    return draw == DRAW_RANDOM ? "random" : "neighbours";
}

bool trial_has_witness(const struct pool *pool)
{
    return pool->stretches[DUEL_WITNESS].made >= TRIAL_WITNESS;
}

static char *too_few(const struct pool *pool, size_t needed)
{
    size_t there = pool->stretches[DUEL_PAIRS].made;
    return there >= needed ? NULL
                           : text_format("%zu blocks of pairs of %s are needed, and %zu are there",
                                         needed, pool->scenario, there);
}

char *trial_why_not(const struct pool *pool, const struct pool *alike)
{
    if (!alike)
        return text_format("there are no blocks of two that are alike for its self-check");
    if (alike == pool)
        return too_few(pool, TRIAL_PAIRS + TRIAL_CHECK);
    char *why = too_few(pool, TRIAL_PAIRS);
    return why ? why : too_few(alike, TRIAL_CHECK);
}

/* ---- drawing ---- */

/* So many different ones of 0 .. n-1. */
static void draw_indexes(size_t *indexes, size_t count, size_t n, enum draw draw,
                         struct random *random)
{
    size_t *all = xcalloc(n, sizeof *all), start = random_below(random, (uint32_t)n);
    assert(count <= n);
    for (size_t i = 0; i < n; i++)
        all[i] = draw == DRAW_RANDOM ? i : (start + i) % n;
    for (size_t i = 0; i < count; i++) {
        size_t with = draw == DRAW_RANDOM ? i + random_below(random, (uint32_t)(n - i)) : i;
        size_t index = all[with];
        all[with] = all[i];
        indexes[i] = all[i] = index;
    }
    free(all);
}

/* What a duel would measure, if it measured all that it can. */
struct drawn {
    const struct pool *pool, *alike;
    size_t pairs[TRIAL_PAIRS + TRIAL_CHECK], witness[TRIAL_WITNESS];
    size_t *check; /* the last of pairs, where these are alike themselves; else owned */
    size_t check_of_alike[TRIAL_CHECK];
};

static void draw_duel(struct drawn *drawn, enum draw draw, struct random *random)
{
    const struct duel_stretch *of = drawn->pool->stretches;
    bool is_alike = drawn->pool == drawn->alike;
    draw_indexes(drawn->pairs, TRIAL_PAIRS + (is_alike ? TRIAL_CHECK : 0), of[DUEL_PAIRS].made,
                 draw, random);
    drawn->check = is_alike ? drawn->pairs + TRIAL_PAIRS : drawn->check_of_alike;
    if (!is_alike)
        draw_indexes(drawn->check, TRIAL_CHECK, drawn->alike->stretches[DUEL_PAIRS].made, draw,
                     random);
    if (trial_has_witness(drawn->pool))
        draw_indexes(drawn->witness, TRIAL_WITNESS, of[DUEL_WITNESS].made, draw, random);
}

static const struct duel_block *block_of(const struct drawn *drawn, const struct duel_want *want)
{
    static const size_t lengths[DUEL_SERIES] = {LOOKS_LAST, DUEL_CHECK_BLOCKS, LOOKS_FIRST, 0};
    const size_t *indexes[DUEL_SERIES] = {drawn->pairs, drawn->check, drawn->witness, NULL};
    const struct duel_stretch *from = want->series == DUEL_CHECK
                                          ? &drawn->alike->stretches[DUEL_PAIRS]
                                          : &drawn->pool->stretches[want->series];
    assert(want->workload == 0 && want->time < DUEL_TIMES && want->block < lengths[want->series]);
    return &from->blocks[indexes[want->series][want->time * lengths[want->series] + want->block]];
}

/* ---- measuring it ---- */

static double seconds_of(const struct drawn *drawn, enum duel_series series)
{
    return series == DUEL_CHECK ? drawn->alike->seconds[DUEL_PAIRS] : drawn->pool->seconds[series];
}

static void measure(struct trial *trial, struct duel *duel, const struct drawn *drawn)
{
    struct duel_want want;
    while (duel_next(&want, duel) &&
           !(trial->end_s + seconds_of(drawn, want.series) > DUEL_BUDGET_S)) {
        struct duel_stretch *stretch =
            &duel->workloads[want.workload].stretches[want.series][want.time];
        assert(want.block == stretch->made);
        duel_add_block(stretch, block_of(drawn, &want));
        trial->blocks[want.series]++;
        trial->end_s += seconds_of(drawn, want.series);
        if (want.series == DUEL_PAIRS && want.time == DUEL_FIRST && stretch->made == LOOKS_FIRST)
            trial->first_look_s = trial->end_s;
        if (want.series == DUEL_CHECK && want.time == DUEL_FRESH)
            trial->checked_again = true;
        if (want.series != DUEL_CHECK && want.time == DUEL_FRESH) {
            trial->confirms = true;
            trial->confirmed_s = trial->end_s;
        }
    }
}

static void read_rows(struct trial *trial, const struct decision *decision)
{
    for (size_t i = 0; i < decision->count; i++) {
        const struct decision_row *row = &decision->rows[i];
        trial->has[row->metric] = true;
        trial->words[row->metric] = row->word;
        trial->regressed |= row->gates && row->word == DECISION_REGRESSED;
        trial->improved |= row->gates && row->word == DECISION_IMPROVED;
        trial->inconclusive |= row->gates && row->word == DECISION_INCONCLUSIVE;
    }
    trial->disagrees = decision->disagrees;
    trial->exit_code = decision->exit_code;
    if (!trial->regressed)
        trial->confirmed_s = NAN;
}

static void judge(struct trial *trial, const struct duel *duel)
{
    struct decision decision;
    decision_init(&decision, "base", "head", duel->gate);
    duel_judge(&decision, duel);
    decision_conclude(&decision, false);
    read_rows(trial, &decision);
    decision_release(&decision);
}

void trial_run(struct trial *trial, const struct pool *pool, const struct pool *alike,
               enum draw draw, struct random *random)
{
    struct drawn drawn = {.pool = pool, .alike = alike};
    struct gate gate;
    struct duel duel;
    *trial = (struct trial){.first_look_s = NAN, .confirmed_s = NAN};
    draw_duel(&drawn, draw, random);
    gate_init(&gate);
    duel_init(&duel, "drawn", &gate, &(struct duel_rules){.has_witness = trial_has_witness(pool)});
    duel_add_workload(&duel, "plaintext")->rate_rps = pool->rate_rps;
    measure(trial, &duel, &drawn);
    judge(trial, &duel);
    duel_release(&duel);
    gate_release(&gate);
}
