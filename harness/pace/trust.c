/* See trust.h. */
#include "pace/trust.h"

#include "pace/verdict.h"

static const double MEAN_NEEDS = 0.99, COST_NEEDS = 0.5, DISTRIBUTION_NEEDS = 0.5;

bool trust_percentile(const struct trial *trial, unsigned target, double p)
{
    return trial->has_window && verdict_has_latency(&trial->outcome[target]) &&
           (p <= trial->trusted_p || trial->trusted_p == 1);
}

bool trust_mean(const struct trial *trial, unsigned target)
{
    return trust_percentile(trial, target, MEAN_NEEDS);
}

bool trust_most(const struct trial *trial, unsigned target)
{
    return trust_percentile(trial, target, 1);
}

bool trust_cost(const struct trial *trial, unsigned target)
{
    return trust_percentile(trial, target, COST_NEEDS);
}

bool trust_distribution(const struct trial *trial, unsigned target)
{
    return trust_percentile(trial, target, DISTRIBUTION_NEEDS);
}

bool trust_done(const struct trial *trial, const char **why)
{
    *why = NULL;
    for (unsigned t = 0; t < trial->target_count && !*why; t++) {
        if (!trial->has_window || !verdict_has_latency(&trial->outcome[t]))
            *why = "the trial has no latencies";
        else if (!trust_most(trial, t))
            *why = "pace was late for some of the latencies";
    }
    return !*why;
}
