/* See duel_failures.h. The base has more rounds, as it is
 * beside its copy, too: who fails is told by shares. */
#include "analyse/duel_failures.h"

#include <stdlib.h>

#include "analyse/duel_read.h"
#include "analyse/pairs.h"
#include "analyse/stats.h"

static const double UNEQUAL_P = .01;
enum { LEAST_ROUNDS = 3 }; /* that all fail, before they are no accident */

struct failures {
    unsigned rounds, failed;
    unsigned died;     /* of those that failed: it was gone, and nothing of the harness ended it */
    const char *how;   /* of the first; borrowed; NULL */
    unsigned unending; /* in which it did not stop when it was told to */
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

static bool counts(const struct result *result, const struct round *round)
{
    return !round_has_phases(round) && !round_is_replaced(result, round);
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
        failures.died += outcome_has(&round->outcome, REASON_DIED);
        failures.how = failures.how ? failures.how : how;
        failures.unending += outcome_has(&round->outcome, REASON_NOT_STOPPED);
    }
    return failures;
}

static char *sentence(const char *id, const struct failures *failures)
{
    return text_format("%s failed in %u of its %u rounds: %s", id, failures->failed,
                       failures->rounds, failures->how);
}

static void add_note(struct decision *decision, char *note)
{
    strings_add(&decision->notes, note);
    free(note);
}

static void add_notes(struct decision *decision, const char *id, const struct failures *failures)
{
    if (failures->failed > 0)
        add_note(decision, sentence(id, failures));
    if (failures->unending > 0)
        add_note(decision, text_format("%s did not stop at SIGTERM in %u of its %u rounds, and was "
                                       "killed",
                                       id, failures->unending, failures->rounds));
}

/* Its first rounds, all of them. */
static bool fails_always(const struct failures *of)
{
    return of->failed == of->rounds && of->rounds >= LEAST_ROUNDS;
}

static bool is_broken(const struct failures *of, const struct failures *other)
{
    bool is_more = of->failed * other->rounds > other->failed * of->rounds;
    return (fails_always(of) && other->failed == 0) ||
           (is_more && stats_fisher_p(of->failed, of->rounds - of->failed, other->failed,
                                      other->rounds - other->failed) < UNEQUAL_P);
}

/* No neighbour kills a server. One time is enough, though not
 * to stop measuring, where the base never dies. */
static bool is_deadly(const struct failures *head, const struct failures *base)
{
    return head->died > 0 && base->died == 0;
}

bool duel_failures_end_it(const struct result *result)
{
    struct failures base = failures_of(result, DUEL_BASE), head = failures_of(result, DUEL_HEAD);
    return is_broken(&head, &base) || is_broken(&base, &head);
}

void duel_failures_add(struct decision *decision, const struct result *result)
{
    struct failures base = failures_of(result, DUEL_BASE), head = failures_of(result, DUEL_HEAD);
    add_notes(decision, DUEL_HEAD, &head);
    add_notes(decision, DUEL_BASE, &base);
    if (is_broken(&head, &base) || is_deadly(&head, &base)) {
        decision->broken = sentence(DUEL_HEAD, &head);
        decision->is_head_broken = true;
    } else if (is_broken(&base, &head)) {
        decision->broken = sentence(DUEL_BASE, &base);
    }
}
