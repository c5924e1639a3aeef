#include "tests/drawn/tally.h"

#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>

#include "data/strings.h"

enum { HALVINGS = 40 };
static const double TAIL = .025;

static void add(struct tally *tally, const struct trial *trial)
{
    for (int metric = 0; metric < METRICS; metric++)
        if (trial->has[metric]) {
            tally->rows[metric]++;
            tally->counts[tally_word((enum metric)metric, trial->words[metric])]++;
        }
    for (int series = 0; series < DUEL_SERIES; series++)
        tally->blocks[series] += trial->blocks[series];
    tally->counts[TALLY_REGRESSED] += trial->regressed;
    tally->counts[TALLY_IMPROVED] += trial->improved;
    tally->counts[TALLY_DIFFERENT] += trial->regressed || trial->improved;
    tally->counts[TALLY_INCONCLUSIVE] += trial->inconclusive;
    tally->counts[TALLY_CONFIRMS] += trial->confirms;
    tally->counts[TALLY_CHECKED_AGAIN] += trial->checked_again;
    tally->counts[TALLY_DISAGREES] += trial->disagrees;
    if (trial->exit_code < TALLY_EXIT_CODES)
        tally->counts[TALLY_EXIT + trial->exit_code]++;
    tally->duels++;
}

static void draw_all(struct tallies *tallies, const struct pool *pool, const struct pool *alike,
                     enum draw draw, unsigned duels, struct random *random)
{
    struct trial trial;
    for (unsigned i = 0; i < duels; i++) {
        trial_run(&trial, pool, alike, draw, random);
        add(&tallies->of, &trial);
        tallies->first_look_s[i] = trial.first_look_s;
        tallies->confirmed_s[i] = trial.confirmed_s;
        tallies->end_s[i] = trial.end_s;
        for (int series = 0; series < DUEL_SERIES; series++)
            tallies->taken[i] += trial.blocks[series];
    }
}

/* ---- other blocks that might have been measured ---- */

static void resample(struct duel_stretch *to, const struct duel_stretch *from,
                     struct random *random)
{
    *to = (struct duel_stretch){0};
    while (to->made < from->made) {
        size_t start = random_below(random, (uint32_t)from->made);
        for (size_t i = 0; i < TALLY_NEIGHBOURS && to->made < from->made; i++)
            duel_add_block(to, &from->blocks[(start + i) % from->made]);
    }
}

static void resample_pool(struct pool *to, const struct pool *from, struct random *random)
{
    *to = *from;
    for (int series = 0; series < DUEL_SERIES; series++)
        resample(&to->stretches[series], &from->stretches[series], random);
}

static void draw_resampled(struct tally *tally, const struct pool *pool, const struct pool *alike,
                           enum draw draw, unsigned duels, struct random *random)
{
    struct pool other, other_alike;
    struct trial trial;
    resample_pool(&other, pool, random);
    resample_pool(&other_alike, alike, random);
    for (unsigned i = 0; i < duels; i++) {
        trial_run(&trial, &other, alike == pool ? &other : &other_alike, draw, random);
        add(tally, &trial);
    }
    for (int series = 0; series < DUEL_SERIES; series++) {
        free(other.stretches[series].blocks);
        free(other_alike.stretches[series].blocks);
    }
}

void tallies_make(struct tallies *tallies, const struct pool *pool, const struct pool *alike,
                  enum draw draw, unsigned duels, uint64_t seed)
{
    struct random random;
    random_init(&random, seed, RANDOM_TARGETS);
    *tallies = (struct tallies){
        .pairs = (double)pool->stretches[DUEL_PAIRS].made,
        .witness = trial_has_witness(pool) ? (double)pool->stretches[DUEL_WITNESS].made : INFINITY,
        .alike = (double)alike->stretches[DUEL_PAIRS].made,
        .first_look_s = xcalloc(duels, sizeof *tallies->first_look_s),
        .confirmed_s = xcalloc(duels, sizeof *tallies->confirmed_s),
        .end_s = xcalloc(duels, sizeof *tallies->end_s),
        .taken = xcalloc(duels, sizeof *tallies->taken),
    };
    draw_all(tallies, pool, alike, draw, duels, &random);
    for (int i = 0; i < TALLY_RESAMPLES; i++)
        draw_resampled(&tallies->resamples[i], pool, alike, draw, duels / (2 * TALLY_RESAMPLES) + 2,
                       &random);
}

void tallies_release(struct tallies *tallies)
{
    free(tallies->first_look_s);
    free(tallies->confirmed_s);
    free(tallies->end_s);
    free(tallies->taken);
}

/* ---- shares ---- */

static unsigned of_how_many(const struct tally *tally, unsigned count)
{
    return count < TALLY_REGRESSED ? tally->rows[count / DECISION_WORDS] : tally->duels;
}

/* p (1 - p) over the variance that the blocks bring: what it is between resamples, less what chance
 * alone makes of so few duels of each. INFINITY: no more than that. */
static double by_resamples(const struct tallies *tallies, unsigned count)
{
    double sum = 0, squares = 0, within = 0;
    for (int i = 0; i < TALLY_RESAMPLES; i++) {
        double n = of_how_many(&tallies->resamples[i], count);
        double share = n > 0 ? tallies->resamples[i].counts[count] / n : 0;
        sum += share;
        squares += share * share;
        within += n > 1 ? share * (1 - share) / (n - 1) : 0;
    }
    double mean = sum / TALLY_RESAMPLES;
    double variance = (squares - sum * mean) / (TALLY_RESAMPLES - 1) - within / TALLY_RESAMPLES;
    return variance > 0 ? mean * (1 - mean) / variance : INFINITY;
}

/* How many of a series there are, and how many duels could be made of them. */
static void limits(double *most, double *least, const struct tallies *tallies,
                   enum duel_series series, double there)
{
    double each = tallies->of.blocks[series] / tallies->of.duels;
    *most = fmin(*most, there);
    if (each > 0)
        *least = fmin(*least, there / each);
}

static double effective_number(const struct tallies *tallies, unsigned count)
{
    double most = of_how_many(&tallies->of, count), least = most;
    bool is_solo = count / DECISION_WORDS == METRIC_P99_SOLO;
    bool is_check = count == TALLY_CHECKED_AGAIN || count == TALLY_DISAGREES;
    if (is_check)
        limits(&most, &least, tallies, DUEL_CHECK, tallies->alike);
    if (!is_check && !is_solo)
        limits(&most, &least, tallies, DUEL_PAIRS, tallies->pairs);
    if (is_solo || (!is_check && count >= TALLY_REGRESSED))
        limits(&most, &least, tallies, DUEL_WITNESS, tallies->witness);
    return fmax(least, fmin(most, by_resamples(tallies, count)));
}

/* Where the beta distribution has that much below it. By
 * halving: gsl's own inverse does not always converge. */
static double beta_quantile(double below, double a, double b)
{
    double low = 0, high = 1;
    for (int i = 0; i < HALVINGS; i++) {
        double middle = (low + high) / 2;
        if (gsl_cdf_beta_P(middle, a, b) < below)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

struct tally_share tallies_share(const struct tallies *tallies, unsigned count)
{
    unsigned k = tallies->of.counts[count], of = of_how_many(&tallies->of, count);
    double n = effective_number(tallies, count), share = (double)k / of, wrong = share * n;
    return (struct tally_share){
        .share = share,
        .low = k == 0 ? 0 : beta_quantile(TAIL, wrong, n - wrong + 1),
        .high = k == of ? 1 : beta_quantile(1 - TAIL, wrong + 1, n - wrong),
        .effective = n,
    };
}
