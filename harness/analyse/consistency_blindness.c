/* Who could not be judged on something else than memory, why, and what to do: cautions. */
#include "analyse/consistency.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/words.h"

/* What was not quiet in a round that counts; NULL: nothing is known. */
static const char *disturber(const struct round *round)
{
    for (unsigned i = 0; i < round->outcome.count; i++)
        if (reason_kind(round->outcome.reasons[i].code) == OUTCOME_NOISY &&
            *round->outcome.reasons[i].detail)
            return round->outcome.reasons[i].detail;
    return NULL;
}

/* As a clause, with how much of the load it is. */
static char *why_blind(const struct round *round, const struct flatness *flatness,
                       const struct consistency_course *course)
{
    const char *who = disturber(round);
    char left_out[WORDS_MAX], load[WORDS_MAX];
    if (course->why || !course->was_disturbed)
        return xstrdup(flatness->why);
    words_seconds(left_out, (double)course->left_out * course->course.interval_s);
    words_seconds(load, (double)course->course.count * course->course.interval_s);
    return text_format("requests were left out in %s of %s of load, because the generator was kept "
                       "from its CPU%s%s",
                       left_out, load, who ? ": " : "", who ? who : "");
}

/* Servers that are not judged on something. */
struct blind {
    struct strings names;
    size_t *arms; /* as many; owned */
    char *why;    /* of the first; owned */
    bool differ, was_disturbed;
};

static void add(struct blind *blind, const struct consistency_row *row, const char *name,
                enum consistency_measure measure)
{
    struct consistency_course course;
    consistency_course_make(&course, row->round, measure);
    char *why = why_blind(row->round, &row->measures[measure], &course);
    blind->arms[blind->names.count] = row->arm;
    strings_add(&blind->names, name);
    blind->was_disturbed |= course.was_disturbed;
    blind->differ |= blind->why && strcmp(blind->why, why) != 0;
    if (!blind->why)
        blind->why = xstrdup(why);
    free(why);
    consistency_course_release(&course);
}

/* "uring: the generator was late. Measure it again when the machine is quiet: --servers uring." */
static void put(FILE *out, const struct blind *blind, const struct result *result)
{
    const struct strings *names = &blind->names;
    words_few(out, (const char *const *)names->items, names->count);
    fprintf(out, "%s: %s.", blind->differ ? ", first" : "", blind->why);
    if (!blind->was_disturbed)
        return;
    fprintf(out, " Measure %s again when the machine is quiet: ", names->count > 1 ? "them" : "it");
    words_choice(out, result, blind->arms, names->count);
    putc('.', out);
}

/* How the sentence ends that says of what it is not known;
 * NULL: it is known of all. The caller frees. */
static char *find(const struct consistency *consistency, const struct result *result,
                  enum consistency_measure measure)
{
    struct blind blind = {.arms = xcalloc(consistency->count + 1, sizeof(size_t))};
    char *text = NULL;
    size_t size = 0;
    for (size_t i = 0; i < consistency->count; i++) {
        const struct consistency_row *row = &consistency->rows[i];
        if (row->round && row->measures[measure].kind == FLATNESS_UNDECIDED &&
            row->measures[CONSISTENCY_MEMORY].kind != FLATNESS_UNDECIDED)
            add(&blind, row, result->arms[row->arm].id, measure);
    }
    if (blind.names.count > 0) {
        FILE *out = open_memstream(&text, &size);
        put(out, &blind, result);
        fclose(out);
    }
    strings_release(&blind.names);
    free(blind.arms);
    free(blind.why);
    return text;
}

static const struct {
    enum consistency_measure measure;
    const char *name;
} told[] = {{CONSISTENCY_COST, "the CPU per request"},
            {CONSISTENCY_P99, "the p99"},
            {CONSISTENCY_DESCRIPTORS, "the number of descriptors"},
            {CONSISTENCY_THREADS, "the number of threads"}};
enum { TOLD = sizeof told / sizeof *told };

/* With all after it that end alike, which are then said. */
static void say(char *ends[TOLD], size_t first, struct strings *cautions)
{
    const char *names[TOLD];
    char *text = NULL;
    size_t size = 0, count = 0;
    for (size_t i = first; i < TOLD; i++) {
        if (!ends[i] || strcmp(ends[i], ends[first]) != 0)
            continue;
        names[count++] = told[i].name;
        if (i > first) {
            free(ends[i]);
            ends[i] = NULL;
        }
    }
    FILE *out = open_memstream(&text, &size);
    fputs("Whether ", out);
    words_list(out, names, count, "and");
    fprintf(out, " stayed flat is not known of %s", ends[first]);
    fclose(out);
    strings_add(cautions, text);
    free(text);
}

void consistency_blindness(const struct consistency *consistency, const struct result *result,
                           struct strings *cautions)
{
    char *ends[TOLD];
    for (size_t i = 0; i < TOLD; i++)
        ends[i] = find(consistency, result, told[i].measure);
    for (size_t i = 0; i < TOLD; i++) {
        if (ends[i])
            say(ends, i, cautions);
        free(ends[i]);
    }
}
