/* See duet.h. */
#include "pace/duet.h"

#include <math.h>

#include "pace/trust.h"

static bool has_parts(const struct record *record, double p)
{
    struct percentile percentile;

    record_percentile(record, p, &percentile);
    return percentile.has_interval;
}

static bool may_tell(const struct trial *trial, double p)
{
    if (trial->target_count < TRIAL_TARGETS)
        return false;
    for (unsigned t = 0; t < TRIAL_TARGETS; t++) {
        struct percentile percentile;
        record_percentile(&trial->targets[t].record, p, &percentile);
        if (!trust_percentile(trial, t, p) || !percentile.is_supported || percentile.is_bound ||
            percentile.value_ns == 0)
            return false;
    }
    return true;
}

struct estimate duet_percentile(const struct trial *trial, double p)
{
    struct estimate estimate = {.value = NAN, .low = NAN, .high = NAN};
    const struct record *a = &trial->targets[0].record, *b = &trial->targets[1].record;
    double ln_ratios[RECORD_PARTS];

    if (!may_tell(trial, p))
        return estimate;
    if (has_parts(a, p) && has_parts(b, p)) {
        for (unsigned i = 0; i < RECORD_PARTS; i++)
            ln_ratios[i] = log((double)tally_quantile_ns(&b->parts[i], p) /
                               (double)tally_quantile_ns(&a->parts[i], p));
        return stats_ratio(ln_ratios, RECORD_PARTS);
    }
    estimate.value =
        (double)tally_quantile_ns(&b->response, p) / (double)tally_quantile_ns(&a->response, p);
    return estimate;
}

double duet_cost_ns(const struct trial *trial, unsigned target)
{
    const struct trial_target *of = &trial->targets[target];

    if (of->cpu_ns == MISSING || of->record.completed == 0 || !trust_cost(trial, target))
        return NAN;
    return (double)of->cpu_ns / (double)of->record.completed;
}

double duet_cost(const struct trial *trial)
{
    return trial->target_count < TRIAL_TARGETS ? NAN
                                               : duet_cost_ns(trial, 1) / duet_cost_ns(trial, 0);
}
