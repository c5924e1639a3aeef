/* Which single round stands for a server where only one can be shown. */
#include <stdlib.h>

#include "analyse/latency.h"
#include "analyse/pairs.h"

static const double P = .99;

/* A round that is INVALID because the generator was late is
 * late at P as well (docs/pace.md): it is none. */
static bool is_candidate(const struct result *result, const struct latency *latency, size_t arm,
                         const struct round *round)
{
    return round->curve && round->arm == arm && round->workload == latency->workload &&
           round->rate_rps == latency->common_rps && round->latency.count > 0 &&
           round->response.total > 0 && round->outcome.kind != OUTCOME_INVALID &&
           round->trusted_p >= P && !round_is_replaced(result, round);
}

static int by_percentile(const void *a, const void *b)
{
    const struct round *x = *(const struct round *const *)a, *y = *(const struct round *const *)b;
    uint64_t p = histogram_quantile_ns(&x->response, P), q = histogram_quantile_ns(&y->response, P);
    if (p != q)
        return p < q ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

const struct round *latency_typical(const struct result *result, const struct latency *latency,
                                    size_t arm)
{
    const struct round **rounds = xcalloc(result->round_count + 1, sizeof *rounds);
    size_t count = 0;
    for (size_t i = 0; i < result->round_count; i++)
        if (is_candidate(result, latency, arm, &result->rounds[i]))
            rounds[count++] = &result->rounds[i];
    qsort(rounds, count, sizeof *rounds, by_percentile);
    const struct round *typical = count > 0 ? rounds[(count - 1) / 2] : NULL;
    free(rounds);
    return typical;
}
