#include "analyse/climb.h"

#include "analyse/pairs.h"

static bool is_late(const struct round *round, double look_rps)
{
    bool is_excused = outcome_invalid_but_for(&round->outcome, REASON_GEN_LATE);
    return outcome_has(&round->outcome, REASON_GEN_LATE) &&
           (!is_excused || round->rate_rps > look_rps);
}

void climb_count(struct climb *climb, const struct round *round, double look_rps)
{
    if (outcome_has(&round->outcome, REASON_INTERRUPTED))
        return;
    climb->rounds++;
    if (round_failed_itself(round))
        climb->failed++;
    else if (is_late(round, look_rps))
        climb->late++;
}

static bool is_most(unsigned count, const struct climb *climb)
{
    return 2 * count > climb->rounds;
}

enum climb_end climb_end(const struct climb *climb)
{
    if (is_most(climb->failed, climb))
        return CLIMB_FAILED;
    if (is_most(climb->late, climb))
        return CLIMB_LATE;
    return is_most(climb->failed + climb->late, climb) ? CLIMB_BOTH : CLIMB_GOES_ON;
}
