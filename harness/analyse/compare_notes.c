/* What must be known of two results as a whole: what only one
 * of them has, and what either lacks. */
#include "analyse/compare.h"

#include <stdio.h>
#include <stdlib.h>

#include "analyse/words.h"

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

/* What its record says of itself: that it was damaged, what a budget left out. */
static void note_notes(struct decision *decision, const struct result *result, const char *where)
{
    for (size_t i = 0; i < result->notes.count; i++) {
        char *text = text_format("In the %s: %s.", where, result->notes.items[i]);
        strings_add(&decision->notes, text);
        free(text);
    }
}

static void add_same(struct decision *decision, const char **names, size_t count)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    words_few(out, names, count);
    fprintf(out,
            ": the same program%s in both, to the byte. What moved there is the machine's doing, "
            "and gates nothing.",
            count > 1 ? "s" : "");
    fclose(out);
    strings_add(&decision->notes, text);
    free(text);
}

/* Of one machine. Roofs gate nothing anyhow. */
static void note_same_programs(struct decision *decision, const struct result *base,
                               const struct result *head)
{
    const char **names = xcalloc(head->arm_count + 1, sizeof *names);
    size_t same = 0, all = 0;
    for (size_t i = 0; i < head->arm_count; i++) {
        int arm = result_find_arm(base, head->arms[i].id);
        if (arm < 0 || head->arms[i].self_check || head->arms[i].server.ceiling)
            continue;
        all++;
        if (compare_is_same_program(&base->arms[arm], &head->arms[i]))
            names[same++] = head->arms[i].id;
    }
    if (same > 0 && same == all)
        strings_add(&decision->notes,
                    "Every program is the same in both, to the byte: what differs "
                    "is the machine's doing, and gates nothing.");
    else if (same > 0)
        add_same(decision, names, same);
    free(names);
}

/* The metrics that gate, of those that runs have or have not. */
static size_t find_gating(const struct gate *gate, bool in_runs, const char *names[METRICS])
{
    size_t count = 0;
    for (int i = 0; i < METRICS; i++) {
        const struct metric_info *info = metric_info((enum metric)i);
        if (gate->gates[i] && info->in_runs == in_runs)
            names[count++] = info->name;
    }
    return count;
}

/* A gate that is meant for duels stops nobody here. */
static void note_gate(struct decision *decision)
{
    const char *names[METRICS];
    char *text = NULL;
    size_t size = 0;
    size_t count = find_gating(decision->gate, false, names);
    const char *others[METRICS];
    if (count == 0 || find_gating(decision->gate, true, others) > 0)
        return;
    FILE *out = open_memstream(&text, &size);
    fputs("The gate names only ", out);
    words_few(out, names, count);
    fputs(", which no stored result has: nothing of this gates.", out);
    fclose(out);
    strings_add(&decision->notes, text);
    free(text);
}

void compare_notes(struct decision *decision, const struct result *base, const struct result *head)
{
    note_gate(decision);
    if (!compare_is_same_machine(base, head))
        strings_add(&decision->notes,
                    "The two are of different machines: each server is put beside its own run's "
                    "reference, for information.");
    else
        note_same_programs(decision, base, head);
    note_end(decision, base, "base");
    note_end(decision, head, "head");
    note_notes(decision, base, "base");
    note_notes(decision, head, "head");
    note_excluded(decision, base, "base");
    note_excluded(decision, head, "head");
    note_absent(decision, base, head, "base");
    note_absent(decision, head, base, "head");
}
