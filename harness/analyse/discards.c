/* See discards.h. */
#include "analyse/discards.h"

#include "analyse/pairs.h"
#include "analyse/stats.h"

/* Below it, chance does not explain that one arm lost so many more rounds than the others. */
static const double P_MIN = 0.01;

static bool is_discarded(const struct result *result, const struct round *round)
{
    if (round_failed_itself(round))
        return false;
    if (round->role == ROLE_SOLO)
        return !round_is_solo_usable(result, round);
    return round->outcome.kind == OUTCOME_INVALID && !round_has_ratio(result, round);
}

/* Rounds as another's reference are left out: what befell them was the pair's. */
static bool is_counted(const struct round *round, size_t workload, uint32_t rate_rps)
{
    if (round->workload != workload || round->role == ROLE_REFERENCE)
        return false;
    return rate_rps > 0 ? round_is_at_rate(round, rate_rps) : round_is_tabled(round);
}

bool discards_are_unequal(const struct result *result, size_t arm, size_t workload,
                          uint32_t rate_rps)
{
    unsigned own[2] = {0}, others[2] = {0}; /* kept, discarded */

    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (is_counted(round, workload, rate_rps))
            (round->arm == arm ? own : others)[is_discarded(result, round)]++;
    }
    return stats_fisher_p(own[1], own[0], others[1], others[0]) < P_MIN;
}
