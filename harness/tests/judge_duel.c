/*
 * How often a duel is wrong: draws thousands of them out of blocks that were measured and kept,
 * judges each by the product's own code, and counts what it was called.
 *
 *   judge_duel [--duels N] [--seed N] SCENARIO.jsonl[.gz]...     2000, 7
 *
 * The self-check of SCENARIO-busy has blocks of aa-busy, that of any other blocks of aa. JSON on
 * stdout: of each scenario how many blocks there are, what the head truly is (the median of their
 * ratios), and for both ways to draw (tests/drawn/trial.h) the shares of words and ends, each
 * {"share", "low", "high", "effective"}; tests/drawn/tally.h says how sure they are.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/json_put.h"
#include "tests/drawn/tally.h"

enum { EXIT_USAGE = 2, DUELS = 2000, SEED = 7, DUELS_MOST = 1000000 };
static json_t *share_json(const struct tallies *tallies, unsigned count)
{
    struct tally_share share = tallies_share(tallies, count);
    json_t *json = json_object();
    json_put(json, "share", real_json(share.share));
    json_put(json, "low", real_json(share.low));
    json_put(json, "high", real_json(share.high));
    json_put(json, "effective", real_json(share.effective));
    return json;
}

static json_t *words_json(const struct tallies *tallies, enum metric metric)
{
    json_t *json = json_object();
    for (int word = 0; word < DECISION_WORDS; word++)
        json_put(json, decision_word((enum decision_word)word),
                 share_json(tallies, tally_word(metric, (enum decision_word)word)));
    return json;
}

static json_t *metrics_json(const struct tallies *tallies)
{
    json_t *json = json_object();
    for (int metric = 0; metric < METRICS; metric++)
        if (tallies->of.rows[metric])
            json_put(json, metric_info((enum metric)metric)->name,
                     words_json(tallies, (enum metric)metric));
    return json;
}

static json_t *ends_json(const struct tallies *tallies)
{
    json_t *json = json_object();
    for (unsigned code = 0; code < TALLY_EXIT_CODES; code++) {
        char name[] = {(char)('0' + code), '\0'};
        json_put(json, name, share_json(tallies, TALLY_EXIT + code));
    }
    return json;
}

static double median_known(const double *values, unsigned n)
{
    double *known = xcalloc(n, sizeof *known);
    size_t count = 0;
    for (unsigned i = 0; i < n; i++)
        if (!isnan(values[i]))
            known[count++] = values[i];
    double median = stats_median(known, count);
    free(known);
    return median;
}

static json_t *seconds_json(const struct tallies *tallies)
{
    unsigned duels = tallies->of.duels;
    json_t *json = json_object();
    json_put(json, "first_look", real_json(median_known(tallies->first_look_s, duels)));
    json_put(json, "confirmed", real_json(median_known(tallies->confirmed_s, duels)));
    json_put(json, "end", real_json(median_known(tallies->end_s, duels)));
    return json;
}

static const struct {
    const char *name;
    unsigned count;
} kinds[] = {
    {"regressed", TALLY_REGRESSED}, {"improved", TALLY_IMPROVED},
    {"different", TALLY_DIFFERENT}, {"inconclusive", TALLY_INCONCLUSIVE},
    {"confirms", TALLY_CONFIRMS},   {"checked_again", TALLY_CHECKED_AGAIN},
    {"disagrees", TALLY_DISAGREES},
};

static json_t *tallies_json(const struct tallies *tallies, enum draw draw)
{
    json_t *json = json_object();
    json_put_text(json, "draw", draw_name(draw));
    json_put(json, "words", metrics_json(tallies));
    json_put(json, "exit_codes", ends_json(tallies));
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        json_put(json, kinds[i].name, share_json(tallies, kinds[i].count));
    json_put(json, "blocks", real_json(stats_median(tallies->taken, tallies->of.duels)));
    json_put(json, "seconds", seconds_json(tallies));
    return json;
}

/* ---- what the blocks say themselves ---- */

static json_t *truth_json(const struct duel_stretch *stretch, enum metric metric)
{
    double *ln = xcalloc(stretch->made + 1, sizeof *ln),
           *base = xcalloc(stretch->made + 1, sizeof *base);
    size_t n = 0;
    for (size_t i = 0; i < stretch->made; i++) {
        double was = stretch->blocks[i].base[metric], is = stretch->blocks[i].head[metric];
        if (was > 0 && is > 0) {
            base[n] = was;
            ln[n++] = log(is / was);
        }
    }
    struct estimate ratio = stats_ratio(ln, n);
    json_t *json = json_object();
    json_put_count(json, "count", n);
    json_put(json, "base", real_json(stats_median(base, n)));
    json_put(json, "ratio", real_json(ratio.value));
    json_put(json, "low", real_json(ratio.low));
    json_put(json, "high", real_json(ratio.high));
    json_put(json, "robust_sd", real_json(ratio.robust_sd));
    free(base);
    free(ln);
    return n ? json : (json_decref(json), NULL);
}

static json_t *truths_json(const struct pool *pool)
{
    json_t *json = json_object();
    for (int metric = 0; metric < METRICS; metric++) {
        enum duel_series series = metric == METRIC_P99_SOLO ? DUEL_WITNESS : DUEL_PAIRS;
        json_t *truth = truth_json(&pool->stretches[series], (enum metric)metric);
        if (truth)
            json_put(json, metric_info((enum metric)metric)->name, truth);
    }
    return json;
}

static json_t *blocks_json(const struct pool *pool)
{
    json_t *json = json_object();
    json_put_count(json, "pairs", pool->stretches[DUEL_PAIRS].made);
    json_put_count(json, "check", pool->stretches[DUEL_CHECK].made);
    json_put_count(json, "witness", pool->stretches[DUEL_WITNESS].made);
    return json;
}

/* ---- all of them ---- */

static json_t *draws_json(const struct pool *pool, const struct pool *alike, unsigned duels,
                          uint64_t seed)
{
    json_t *draws = json_array();
    for (int draw = 0; draw < DRAWS; draw++) {
        struct tallies tallies;
        tallies_make(&tallies, pool, alike, (enum draw)draw, duels, seed);
        json_array_append_new(draws, tallies_json(&tallies, (enum draw)draw));
        tallies_release(&tallies);
    }
    return draws;
}

static const struct pool *alike_of(const struct pool *pools, size_t count, const struct pool *pool)
{
    const char *end = strrchr(pool->scenario, '-');
    const char *name = end && strcmp(end, "-busy") == 0 ? "aa-busy" : "aa";
    for (size_t i = 0; i < count; i++)
        if (strcmp(pools[i].scenario, name) == 0)
            return &pools[i];
    return NULL;
}

static json_t *scenario_json(const struct pool *pool, const struct pool *alike, unsigned duels,
                             uint64_t seed)
{
    json_t *json = json_object();
    char *why = trial_why_not(pool, alike);
    json_put_text(json, "scenario", pool->scenario);
    json_put(json, "blocks", blocks_json(pool));
    json_put_count(json, "rate_rps", pool->rate_rps);
    json_put(json, "truth", truths_json(pool));
    json_put_text(json, "why_not", why);
    json_put(json, "draws", why ? json_array() : draws_json(pool, alike, duels, seed));
    free(why);
    return json;
}

static json_t *all_json(const struct pool *pools, size_t count, unsigned duels, unsigned seed)
{
    json_t *json = json_object(), *scenarios = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(
            scenarios, scenario_json(&pools[i], alike_of(pools, count, &pools[i]), duels, seed));
    json_put_count(json, "seed", seed);
    json_put_count(json, "duels", duels);
    json_put(json, "scenarios", scenarios);
    return json;
}

static int judge_files(char **paths, size_t count, unsigned duels, unsigned seed)
{
    struct pool *pools = xcalloc(count + 1, sizeof *pools);
    char *error = NULL;
    size_t read = 0;
    while (!error && read < count)
        pool_read(&pools[read++], *paths++, &error);
    if (error) {
        fprintf(stderr, "judge_duel: %s\n", error);
    } else {
        json_t *json = all_json(pools, count, duels, seed);
        json_dumpf(json, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
        putchar('\n');
        json_decref(json);
    }
    while (read > 0)
        pool_release(&pools[--read]);
    free(pools);
    int failed = error != NULL;
    free(error);
    return failed;
}

int main(int argc, char **argv)
{
    unsigned duels = DUELS, seed = SEED;
    int i = 1;
    for (; i + 1 < argc && strncmp(argv[i], "--", 2) == 0; i += 2) {
        bool is_duels = strcmp(argv[i], "--duels") == 0, is_seed = strcmp(argv[i], "--seed") == 0;
        if (!(is_duels && text_number(&duels, argv[i + 1], 1, DUELS_MOST)) &&
            !(is_seed && text_number(&seed, argv[i + 1], 0, UINT32_MAX)))
            break;
    }
    if (i >= argc || strncmp(argv[i], "--", 2) == 0) {
        fputs("usage: judge_duel [--duels N] [--seed N] SCENARIO.jsonl[.gz]...\n", stderr);
        return EXIT_USAGE;
    }
    return judge_files(argv + i, (size_t)(argc - i), duels, seed);
}
