/*
 * See rate.h. Half of the slowest leaves room for what random arrivals need and a closed loop does not: at a rate a
 * request costs more than at saturation, because fewer share a wake-up, and the two servers of a pair may share one CPU.
 */
#include "measure/rate.h"

#include <math.h>

static const double SHARE_OF_SLOWEST = 0.5;
static const double BUSY_S = 4 * 0.005;

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

/* Interference only lowers what a look sees, and a rate that is too low is no fault; any other failure is no number. */
static bool has_throughput(const struct round *round)
{
    for (unsigned i = 0; i < round->outcome.count; i++) {
        enum reason_code code = round->outcome.reasons[i].code;
        if (reason_kind(code) == OUTCOME_INVALID && code != REASON_INTERFERED)
            return false;
    }
    return round->requests_count > 0 && round->duration_ns > 0;
}

/* What this arm gave in the better of its looks; 0: nothing. */
static double throughput_rps(const struct result *result, size_t arm, size_t workload)
{
    double most = 0;
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (round->probe && round->arm == arm && round->workload == workload &&
            has_throughput(round))
            most = fmax(most, (double)round->requests_count * 1e9 / (double)round->duration_ns);
    }
    return most;
}

uint32_t rate_of(const struct result *result, size_t workload)
{
    double slowest = INFINITY;
    if (result->experiment.paced.rate_rps > 0)
        return result->experiment.paced.rate_rps;
    for (size_t arm = 0; arm < result->arm_count; arm++) {
        double rps = throughput_rps(result, arm, workload);
        if (rps > 0 && rps < slowest)
            slowest = rps;
    }
    return isinf(slowest) ? 0 : rate_on_grid(SHARE_OF_SLOWEST * slowest);
}

uint32_t rate_connections(uint32_t rate_rps)
{
    return (uint32_t)fmin(fmax(ceil(BUSY_S * rate_rps), CONNECTIONS_LEAST), CONNECTIONS_MOST);
}
