/* What must be known of two results as a whole: what only one of them has, and what either lacks. */
#include "analyse/compare.h"

#include <stdlib.h>

static void note_absent(struct decision *decision, const struct result *in,
                        const struct result *other, const char *where)
{
    for (size_t i = 0; i < in->arm_count; i++)
        if (!in->arms[i].self_check && result_find_arm(other, in->arms[i].id) < 0) {
            char *text = text_format("%s is in the %s alone.", in->arms[i].id, where);
            strings_add(&decision->notes, text);
            free(text);
        }
    for (size_t i = 0; i < in->workload_count; i++)
        if (result_find_workload(other, in->workloads[i].workload.name) < 0) {
            char *text = text_format("The workload %s is in the %s alone.",
                                     in->workloads[i].workload.name, where);
            strings_add(&decision->notes, text);
            free(text);
        }
}

static void note_excluded(struct decision *decision, const struct result *result, const char *where)
{
    for (size_t i = 0; i < result->arm_count; i++)
        if (result->arms[i].excluded) {
            char *text = text_format("%s was not measured in the %s: %s.", result->arms[i].id,
                                     where, result->arms[i].excluded);
            strings_add(&decision->notes, text);
            free(text);
        }
}

static void note_end(struct decision *decision, const struct result *result, const char *where)
{
    if (result->finished_utc)
        return;
    char *text = text_format("The %s was %s: what it lacks was not measured.", where,
                             result->is_running ? "still running" : "interrupted");
    strings_add(&decision->notes, text);
    free(text);
}

void compare_notes(struct decision *decision, const struct result *base, const struct result *head)
{
    if (!compare_is_same_machine(base, head))
        strings_add(&decision->notes,
                    "The two are of different machines: each server is put beside its own run's "
                    "reference, for information.");
    note_end(decision, base, "base");
    note_end(decision, head, "head");
    note_excluded(decision, base, "base");
    note_excluded(decision, head, "head");
    note_absent(decision, base, head, "base");
    note_absent(decision, head, base, "head");
}
