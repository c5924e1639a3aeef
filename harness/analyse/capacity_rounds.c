/* From rounds to trials of a search; see capacity.h. */
#include "analyse/capacity.h"

#include <stdlib.h>

#include "analyse/pairs.h"
#include "data/slo.h"

struct counts {
    double n, missed;
    double out, out_missed; /* left out, because the generator was kept away when they were due */
};

/* A value is known to its bin: it missed if all of the bin lies beyond. */
static struct counts counts_of_response(const struct round *round)
{
    struct counts counts = {.n = (double)round->response.total};
    for (size_t i = 0; i < round->response.count; i++)
        if (histogram_lowest_ns(round->response.bins[i].index) >
            (uint64_t)round->trial.slo.limit_ns)
            counts.missed += (double)round->response.bins[i].count;
    return counts;
}

static bool has_counts(const struct round *round)
{
    const struct slo_count *trial = &round->trial;
    return trial->n_count != MISSING && trial->missed_count != MISSING &&
           trial->disturbed_count != MISSING && trial->disturbed_missed_count != MISSING;
}

static struct counts counts_of(const struct round *round)
{
    const struct slo_count *trial = &round->trial;
    if (!has_counts(round))
        return counts_of_response(round);
    return (struct counts){(double)trial->n_count, (double)trial->missed_count,
                           (double)trial->disturbed_count, (double)trial->disturbed_missed_count};
}

/* 1 - .99 is no hundredth to the last bit. */
static bool is_more(double missed, double allowed)
{
    return missed > allowed * (1 + 1e-9);
}

/* Whether p is kept, from counts that the generator vouches
 * for. Those that it left out must not turn the answer. */
static enum capacity_trial_kind judge_counts(const struct counts *counts, double allowed)
{
    bool failed = is_more(counts->missed, allowed * counts->n);
    bool failed_with =
        is_more(counts->missed + counts->out_missed, allowed * (counts->n + counts->out));
    if (failed != failed_with)
        return CAPACITY_LATE;
    if (counts->n * allowed * (1 + 1e-9) >= CAPACITY_BEYOND)
        return failed ? CAPACITY_FAILED : CAPACITY_PASSED;
    /* Too few; but more misses than the least number of requests may have are too many for any. */
    return is_more(counts->missed, CAPACITY_BEYOND) ? CAPACITY_FAILED : CAPACITY_SPOILED;
}

enum capacity_trial_kind capacity_judge(const struct round *round)
{
    double allowed = 1 - round->trial.slo.p;
    struct counts counts = counts_of(round);
    if (round_failed_itself(round))
        return CAPACITY_FAILED;
    if (outcome_invalid_but_for(&round->outcome, REASON_GEN_LATE))
        return CAPACITY_SPOILED;
    /* Up to trusted_p the distribution is the server's. If the
     * limit lies even below that, p cannot keep it. */
    if (!has_counts(round) && round->trusted_p < round->trial.slo.p)
        return is_more(counts.missed, (1 - round->trusted_p) * counts.n) ? CAPACITY_FAILED
                                                                         : CAPACITY_LATE;
    return judge_counts(&counts, allowed);
}

/* One that was interrupted is made again, as if it had never been. */
static bool counts(const struct round *round, const struct slo *slo)
{
    return round_is_trial(round) && slo_is_same(&round->trial.slo, slo) &&
           !outcome_has(&round->outcome, REASON_INTERRUPTED);
}

void capacity_of(struct capacity *capacity, const struct result *result, size_t arm,
                 size_t workload, const struct slo *slo)
{
    const struct round_set *set = &result->experiment.slo.set;
    struct capacity_search search = {*slo, look_rps(result, arm, workload), set->blocks,
                                     set->window_s};
    struct capacity_trial *trials = xcalloc(result->round_count + 1, sizeof *trials);
    size_t count = 0;
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (round->arm == arm && round->workload == workload && counts(round, slo))
            trials[count++] = (struct capacity_trial){round->rate_rps, round->trial.confirms,
                                                      capacity_judge(round)};
    }
    capacity_next(capacity, &search, trials, count);
    free(trials);
}
