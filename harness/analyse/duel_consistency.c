/* See duel_consistency.h. */
#include "analyse/duel_consistency.h"

#include <math.h>
#include <stdlib.h>

#include "analyse/consistency.h"
#include "analyse/duel_read.h"
#include "analyse/words.h"

static const struct flatness *memory_of(const struct consistency *consistency,
                                        const struct result *result, const char *id)
{
    int arm = result_find_arm(result, id);
    for (size_t i = 0; i < consistency->count; i++)
        if ((int)consistency->rows[i].arm == arm && consistency->rows[i].judged)
            return &consistency->rows[i].measures[CONSISTENCY_MEMORY];
    return NULL;
}

static bool is_growing(const struct flatness *memory)
{
    return memory->kind == FLATNESS_GROWING;
}

static bool is_open(const struct flatness *memory)
{
    return memory->kind == FLATNESS_UNDECIDED || (is_growing(memory) && memory->so_far);
}

static enum decision_word word_of(const struct flatness *base, const struct flatness *head)
{
    if (is_open(head) || (is_growing(head) && is_open(base)))
        return DECISION_INCONCLUSIVE;
    if (is_growing(head) && is_growing(base))
        return DECISION_INCONCLUSIVE; /* the gate asks whether it grows, not by how much */
    if (is_growing(head) || is_growing(base))
        return is_growing(head) ? DECISION_REGRESSED : DECISION_IMPROVED;
    return DECISION_EQUIVALENT;
}

/* "head GROWING, 1.02 bytes a request" */
static char *memory_words(const char *id, const struct flatness *memory)
{
    const char *name = flatness_name(memory->kind);
    if (memory->why)
        return text_format("%s %s: %s", id, name, memory->why);
    if (is_growing(memory))
        return text_format("%s %s%s, %#.2g bytes a request", id, name,
                           memory->so_far ? " so far" : "", memory->drift_per_request);
    return text_format("%s %s", id, name);
}

void duel_consistency_add_row(struct decision *decision, const char *server,
                              const struct result *result, size_t workload)
{
    struct consistency consistency;
    if (!consistency_make(&consistency, result, workload))
        return;
    struct decision_row *row = decision_add(
        decision, server, result->workloads[workload].workload.name, METRIC_CONSISTENCY);
    const struct flatness *base = memory_of(&consistency, result, DUEL_BASE),
                          *head = memory_of(&consistency, result, DUEL_HEAD);
    if (base && head) {
        char *base_words = memory_words(DUEL_BASE, base),
             *head_words = memory_words(DUEL_HEAD, head);
        row->word = word_of(base, head);
        row->is_confirmed = row->word == DECISION_REGRESSED;
        row->why = text_format("%s; %s", head_words, base_words);
        free(base_words);
        free(head_words);
    } else {
        row->why = xstrdup("no round through phases could be used");
    }
    consistency_release(&consistency);
}
