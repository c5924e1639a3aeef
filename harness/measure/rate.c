/*
 * See rate.h. Half of the slowest leaves room for what random arrivals need and a closed loop does
 * not: at a rate a request costs more than at saturation, because fewer share a wake-up, and the
 * two servers of a pair may share one CPU.
 */
#include "measure/rate.h"

#include <math.h>

#include "analyse/pairs.h"

static const double SHARE_OF_SLOWEST = 0.5;
static const double FIRST_LEVEL = 1.0 / 20;
static const double CONNECTIONS_OF_BUSY = 4;

enum { LIMIT_NS = 5000000 /* of a request, where no objective says another */ };

enum { CONNECTIONS_LEAST = 32, CONNECTIONS_MOST = 1024 };

uint32_t rate_on_grid(double rps)
{
    static const unsigned steps[] = {5, 2, 1};

    if (!(rps >= 1))
        return 0;
    for (uint32_t decade = 100000000; decade > 0; decade /= 10)
        for (unsigned i = 0; i < sizeof(steps) / sizeof(*steps); i++)
            if ((double)decade * steps[i] <= rps)
                return decade * steps[i];
    return 0;
}

uint32_t rate_grid_up(uint32_t rate_rps)
{
    uint32_t decade = 1;
    while (rate_rps / decade >= 10)
        decade *= 10;
    return rate_rps / decade == 2 ? 5 * decade : 2 * rate_rps;
}

/* Was every look at this server taken while others had the CPU? */
static bool is_disturbed(const struct result *result, size_t arm, size_t workload)
{
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (round->probe && round->arm == arm && round->workload == workload &&
            round->outcome.kind != OUTCOME_INVALID)
            return false;
    }
    return true;
}

bool rate_is_doubtful(const struct result *result, size_t workload)
{
    size_t slowest = 0;
    double least_rps = INFINITY;
    for (size_t arm = 0; arm < result->arm_count; arm++) {
        double rps = look_rps(result, arm, workload);
        if (rps > 0 && rps < least_rps) {
            least_rps = rps;
            slowest = arm;
        }
    }
    return !isinf(least_rps) && is_disturbed(result, slowest, workload);
}

/* The least and the most that a server gave in its look; false: no look has a number. */
static bool looks(const struct result *result, size_t workload, double *slowest, double *fastest)
{
    *slowest = INFINITY;
    *fastest = 0;
    for (size_t arm = 0; arm < result->arm_count; arm++) {
        double rps = look_rps(result, arm, workload);
        if (rps > 0) {
            *slowest = fmin(*slowest, rps);
            *fastest = fmax(*fastest, rps);
        }
    }
    return *fastest > 0;
}

static uint32_t rate_by_looks(const struct result *result, size_t workload)
{
    double slowest, fastest;
    return looks(result, workload, &slowest, &fastest) ? rate_on_grid(SHARE_OF_SLOWEST * slowest)
                                                       : 0;
}

uint32_t rate_of(const struct result *result, size_t workload)
{
    uint32_t said_rps = result->experiment.paced.rate_rps;
    return said_rps > 0 ? said_rps : rate_by_looks(result, workload);
}

uint32_t rate_of_phases(const struct result *result, size_t workload)
{
    uint32_t said_rps = result->experiment.phases.rate_rps;
    return said_rps > 0 ? said_rps : rate_by_looks(result, workload);
}

static uint32_t connections_at(double rate_rps, int64_t limit_ns)
{
    double busy = rate_rps * (double)limit_ns / 1e9;
    return (uint32_t)fmin(fmax(ceil(CONNECTIONS_OF_BUSY * busy), CONNECTIONS_LEAST),
                          CONNECTIONS_MOST);
}

uint32_t rate_connections(uint32_t rate_rps)
{
    return connections_at(rate_rps, LIMIT_NS);
}

void rate_levels(struct rates *rates, const struct result *result, size_t workload)
{
    const struct curve_set *curve = &result->experiment.curve;
    double slowest, fastest;
    *rates = curve->rates;
    if (rates->count > 0 || !looks(result, workload, &slowest, &fastest))
        return;
    uint32_t rate_rps = rate_on_grid(fmax(FIRST_LEVEL * slowest, 1));
    for (size_t i = 0; i < curve->skipped + (size_t)RATES_MOST && rate_rps <= RATE_MOST_RPS; i++) {
        if (i >= curve->skipped)
            rates->items[rates->count++] = rate_rps;
        rate_rps = rate_grid_up(rate_rps);
    }
}

/* The most that an objective allows a request of this workload. */
static int64_t longest_ns(const struct result *result, size_t workload)
{
    const struct slo_set *slo = &result->experiment.slo;
    int64_t limit_ns = 0;
    for (size_t i = 0; i < slo->slo_count; i++)
        if (strings_contain(&slo->set.workloads, result->workloads[workload].workload.name) &&
            slo->slos[i].limit_ns > limit_ns)
            limit_ns = slo->slos[i].limit_ns;
    return limit_ns > 0 ? limit_ns : LIMIT_NS;
}

uint32_t rate_search_connections(const struct result *result, size_t workload)
{
    double slowest, fastest;
    looks(result, workload, &slowest, &fastest);
    return connections_at(fastest, longest_ns(result, workload));
}

uint32_t rate_curve_connections(const struct result *result, size_t workload)
{
    const struct rates *rates = &result->experiment.curve.rates;
    if (rates->count == 0)
        return rate_search_connections(result, workload);
    return connections_at(rates->items[rates->count - 1], longest_ns(result, workload));
}
