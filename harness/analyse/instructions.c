#include "analyse/instructions.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/words.h"

/* Of functions: what is no change, what is too little of the whole to be told, how many are told,
 * and from where on it says something by how much of its own a function grew. */
static const double LEAST = .1, LEAST_TOLD = .001, LEAST_SHARE = .01;
enum { MOST_TOLD = 4 };

/* ---- functions ---- */

static double each_of(const struct result_count *count, const char *name)
{
    for (size_t i = 0; i < count->function_count; i++)
        if (strcmp(count->functions[i].name, name) == 0)
            return count->functions[i].each;
    return 0;
}

static double moved_by(const struct instructions_change *change)
{
    return change->head - change->base;
}

static int by_distance(const void *a, const void *b)
{
    const struct instructions_change *one = a, *other = b;
    double first = fabs(moved_by(one)), second = fabs(moved_by(other));
    if (first != second)
        return first < second ? 1 : -1;
    return strcmp(one->name, other->name);
}

static void add(struct instructions_changes *changes, const char *name, double base, double head)
{
    if (fabs(head - base) < LEAST)
        return;
    changes->items = xreallocarray(changes->items, changes->count + 1, sizeof(*changes->items));
    changes->items[changes->count++] = (struct instructions_change){name, base, head};
}

void instructions_find(struct instructions_changes *changes, const struct result_count *base,
                       const struct result_count *head)
{
    *changes = (struct instructions_changes){0};
    for (size_t i = 0; i < head->function_count; i++) {
        const struct result_function *function = &head->functions[i];
        add(changes, function->name, each_of(base, function->name), function->each);
    }
    for (size_t i = 0; i < base->function_count; i++) {
        const struct result_function *function = &base->functions[i];
        if (each_of(head, function->name) == 0)
            add(changes, function->name, function->each, 0);
    }
    if (changes->count > 0)
        qsort(changes->items, changes->count, sizeof(*changes->items), by_distance);
}

void instructions_release(struct instructions_changes *changes)
{
    free(changes->items);
    *changes = (struct instructions_changes){0};
}

/* ---- why ---- */

/* "parse_head +210 (+41 %)", "check_utf8 +50 (new)" */
static void put_change(FILE *out, const struct instructions_change *change)
{
    double moved = moved_by(change), size = fabs(moved), share = moved / change->base;
    char words[WORDS_MAX];
    if (size < 10)
        snprintf(words, sizeof words, "%.1f", size);
    else
        words_count(words, (uint64_t)(size + .5));
    fprintf(out, "%s %c%s", change->name, moved < 0 ? '-' : '+', words);
    if (change->base == 0)
        fputs(" (new)", out);
    else if (change->head == 0)
        fputs(" (gone)", out);
    else if (fabs(share) >= LEAST_SHARE)
        fprintf(out, " (%+.0f %%)", 100 * share);
}

/* Those of the furthest that grew, or that shrank. Returns how many. */
static size_t put_side(FILE *out, const struct instructions_changes *changes, size_t told,
                       bool grown, const char *join)
{
    size_t count = 0;
    for (size_t i = 0; i < told; i++) {
        if ((moved_by(&changes->items[i]) > 0) != grown)
            continue;
        fputs(count++ > 0 ? ", " : join, out);
        put_change(out, &changes->items[i]);
    }
    return count;
}

/* Of many small moves the first is told all the same. */
static size_t count_told(const struct instructions_changes *changes, double least)
{
    size_t told = 0;
    while (told < changes->count && told < MOST_TOLD &&
           (told == 0 || fabs(moved_by(&changes->items[told])) >= least))
        told++;
    return told;
}

/* NULL: none moved. The caller frees. */
static char *why(const struct result_count *base, const struct result_count *head)
{
    struct instructions_changes changes;
    char *text = NULL;
    size_t size = 0;
    bool grown = head->instructions > base->instructions;
    instructions_find(&changes, base, head);
    size_t told = count_told(&changes, LEAST_TOLD * base->instructions);
    if (told > 0) {
        FILE *out = open_memstream(&text, &size);
        size_t before = put_side(out, &changes, told, grown, "");
        put_side(out, &changes, told, !grown, before > 0 ? "; " : "");
        fclose(out);
    }
    instructions_release(&changes);
    return text;
}

/* ---- the row ---- */

static const char *lack(const struct result_count *count)
{
    if (!count)
        return "it was not counted";
    if (count->missing)
        return count->missing;
    return count->instructions > 0 ? NULL : "no instruction of it was counted";
}

/* What is wrong with either, or with both alike; NULL: nothing. The caller frees. */
static char *what_is_missing(const struct result *result, size_t base_arm, size_t head_arm,
                             size_t workload)
{
    const char *base = lack(result_find_count(result, base_arm, workload));
    const char *head = lack(result_find_count(result, head_arm, workload));
    if (!base && !head)
        return NULL;
    if (base && head && strcmp(base, head) == 0)
        return xstrdup(base);
    return text_format("%s: %s", result->arms[base ? base_arm : head_arm].id, base ? base : head);
}

static void note_missing(struct decision *decision, const char *workload, const char *reason)
{
    char *note = text_format("Instructions on %s gate nothing: %s.", workload, reason);
    if (!strings_contain(&decision->notes, note))
        strings_add(&decision->notes, note);
    free(note);
}

static void fill(struct decision_row *row, const struct result_count *base,
                 const struct result_count *head)
{
    row->base = base->instructions;
    row->head = head->instructions;
    row->base_count = row->head_count = 1;
    row->ratio.value = row->head / row->base;
    row->is_counted = true;
    decision_judge(row);
    row->is_confirmed = row->word == DECISION_REGRESSED;
    if (row->word != DECISION_EQUIVALENT)
        row->why = why(base, head);
}

void instructions_add_row(struct decision *decision, const char *server,
                          const struct result *result, size_t base_arm, size_t head_arm,
                          size_t workload)
{
    const char *name = result->workloads[workload].workload.name;
    struct decision_row *row = decision_add(decision, server, name, METRIC_INSTRUCTIONS);
    row->is_counted = true;
    row->why = what_is_missing(result, base_arm, head_arm, workload);
    if (row->why && row->gates)
        note_missing(decision, name, row->why);
    else if (!row->why)
        fill(row, result_find_count(result, base_arm, workload),
             result_find_count(result, head_arm, workload));
}
