/* See duel_failures.h. */
#include "analyse/duel_failures.h"

#include <stdlib.h>

#include "analyse/duel_read.h"
#include "analyse/pairs.h"
#include "analyse/stats.h"

static const double UNEQUAL_P = .01;
enum { LEAST_ROUNDS = 3 }; /* that all fail, before they are no accident */

struct failures {
    unsigned rounds, failed;
    const char *how; /* of the first; borrowed; NULL */
};

static const char *own_reason(const struct round *round)
{
    for (unsigned i = 0; i < round->outcome.count; i++) {
        enum reason_code code = round->outcome.reasons[i].code;
        if (reason_kind(code) == OUTCOME_INVALID && !reason_is_external(code))
            return round->outcome.reasons[i].detail;
    }
    return NULL;
}

/* Of blocks that both sides were in. */
static bool counts(const struct result *result, const struct round *round)
{
    return !round->probe && !round_has_phases(round) && !round_is_replaced(result, round) &&
           (round->with < 0 || !result->arms[round->with].self_check);
}

static struct failures failures_of(const struct result *result, const char *id)
{
    struct failures failures = {0};
    int arm = result_find_arm(result, id);
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if ((int)round->arm != arm || !counts(result, round))
            continue;
        const char *how = own_reason(round);
        failures.rounds++;
        failures.failed += how != NULL;
        failures.how = failures.how ? failures.how : how;
    }
    return failures;
}

static char *sentence(const char *id, const struct failures *failures)
{
    return text_format("%s failed in %u of its %u rounds: %s", id, failures->failed,
                       failures->rounds, failures->how);
}

static void add_note(struct decision *decision, const char *id, const struct failures *failures)
{
    if (failures->failed == 0)
        return;
    char *note = sentence(id, failures);
    strings_add(&decision->notes, note);
    free(note);
}

static bool is_broken(const struct failures *of, const struct failures *other)
{
    bool always = of->failed == of->rounds && of->rounds >= LEAST_ROUNDS && other->failed == 0;
    return always || (of->failed > other->failed &&
                      stats_fisher_p(of->failed, of->rounds - of->failed, other->failed,
                                     other->rounds - other->failed) < UNEQUAL_P);
}

void duel_failures_add(struct decision *decision, const struct result *result)
{
    struct failures base = failures_of(result, DUEL_BASE), head = failures_of(result, DUEL_HEAD);
    add_note(decision, DUEL_HEAD, &head);
    add_note(decision, DUEL_BASE, &base);
    if (is_broken(&head, &base)) {
        decision->broken = sentence(DUEL_HEAD, &head);
        decision->is_head_broken = true;
    } else if (is_broken(&base, &head)) {
        decision->broken = sentence(DUEL_BASE, &base);
    }
}
