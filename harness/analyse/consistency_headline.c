/* What courses say of a run as a whole, in a sentence or two. */
#include "analyse/consistency.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/pairs.h"
#include "analyse/words.h"

enum { GROWERS_MOST = 2 };    /* that a headline tells with their figures */
enum { HEADLINE_MOST = 360 }; /* bytes, of what summary.headline has room for */

/* A roof is no model, and nobody chooses one. */
static bool is_model(const struct consistency_row *row, const struct result *result)
{
    return row->round && !result->arms[row->arm].server.ceiling;
}

static const struct flatness *memory_of(const struct consistency_row *row)
{
    return &row->measures[CONSISTENCY_MEMORY];
}

const char **consistency_of_kind(const struct consistency *consistency, const struct result *result,
                                 enum flatness_kind kind, size_t *count)
{
    const char **names = xcalloc(consistency->count + 1, sizeof *names);
    *count = 0;
    for (size_t i = 0; i < consistency->count; i++) {
        const struct consistency_row *row = &consistency->rows[i];
        if (is_model(row, result) && memory_of(row)->kind == kind)
            names[(*count)++] = result->arms[row->arm].id;
    }
    return names;
}

/* What is being written. */
struct claim {
    FILE *out;
    const struct consistency *consistency;
    const struct result *result;
    bool with_names; /* or only how many */
    size_t said;     /* parts of the sentence */
};

/* Who, or how many, and what they do, as a part of the sentence. */
static void put_kind(struct claim *claim, enum flatness_kind kind)
{
    static const char *const one[] = {[FLATNESS_FLAT] = " stays flat",
                                      [FLATNESS_SAWTOOTH] = " goes up and down",
                                      [FLATNESS_STEP] = " ended on another level",
                                      [FLATNESS_UNDECIDED] = " is undecided"};
    static const char *const more[] = {[FLATNESS_FLAT] = " stay flat",
                                       [FLATNESS_SAWTOOTH] = " go up and down",
                                       [FLATNESS_STEP] = " ended on another level",
                                       [FLATNESS_UNDECIDED] = " are undecided"};
    size_t count;
    const char **names = consistency_of_kind(claim->consistency, claim->result, kind, &count);
    if (count > 0) {
        fputs(claim->said++ ? "; " : "", claim->out);
        if (claim->with_names)
            words_few(claim->out, names, count);
        else
            fprintf(claim->out, "%zu", count);
        fputs(count > 1 ? more[kind] : one[kind], claim->out);
    }
    free(names);
}

/* Each with what it comes to in a day, the fastest first. */
static int by_speed(const void *a, const void *b)
{
    const struct consistency_row *x = *(const struct consistency_row *const *)a,
                                 *y = *(const struct consistency_row *const *)b;
    if (x->bytes_a_day < y->bytes_a_day || x->bytes_a_day > y->bytes_a_day)
        return x->bytes_a_day > y->bytes_a_day ? -1 : 1;
    return (x->arm > y->arm) - (x->arm < y->arm);
}

static void put_grower(FILE *out, const struct consistency_row *row, const struct result *result)
{
    char a_day[WORDS_MAX], rate[WORDS_MAX];
    words_bytes(a_day, row->bytes_a_day);
    words_count(rate, (uint64_t)row->rate_rps);
    fprintf(out, "%s %s by %s a day at %s requests/s", result->arms[row->arm].id,
            memory_of(row)->so_far ? "is growing so far," : "grows", a_day, rate);
}

/* Those that grow, the fastest first; the caller frees. */
static const struct consistency_row **growers(const struct claim *claim, size_t *count)
{
    const struct consistency *consistency = claim->consistency;
    const struct consistency_row **rows = xcalloc(consistency->count + 1, sizeof *rows);
    *count = 0;
    for (size_t i = 0; i < consistency->count; i++)
        if (is_model(&consistency->rows[i], claim->result) &&
            memory_of(&consistency->rows[i])->kind == FLATNESS_GROWING)
            rows[(*count)++] = &consistency->rows[i];
    qsort(rows, *count, sizeof *rows, by_speed);
    return rows;
}

/* What not every one of them has been confirmed in is said of all with care. */
static const char *so_far(const struct consistency_row *const *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (memory_of(rows[i])->so_far)
            return " so far";
    return "";
}

static void put_fastest(struct claim *claim, const struct consistency_row *const *rows,
                        size_t count)
{
    char a_day[WORDS_MAX], rate[WORDS_MAX];
    words_bytes(a_day, rows[0]->bytes_a_day);
    words_count(rate, (uint64_t)rows[0]->rate_rps);
    fprintf(claim->out, "%s%zu grow%s, %s the most, by %s a day at %s requests/s",
            claim->said++ ? "; " : "", count, so_far(rows, count),
            claim->result->arms[rows[0]->arm].id, a_day, rate);
}

static void put_growers(struct claim *claim)
{
    size_t count;
    const struct consistency_row **rows = growers(claim, &count);
    size_t named = count > GROWERS_MOST ? GROWERS_MOST : count;
    if (!claim->with_names && count > 1) {
        put_fastest(claim, rows, count);
        free(rows);
        return;
    }
    for (size_t i = 0; i < named; i++) {
        fputs(claim->said++ ? "; " : "", claim->out);
        put_grower(claim->out, rows[i], claim->result);
    }
    if (named < count)
        fprintf(claim->out, "; %zu more %s%s, more slowly", count - named,
                count - named > 1 ? "grow" : "grows", so_far(rows + named, count - named));
    free(rows);
}

static bool is_roof(const struct consistency_row *row, const struct result *result)
{
    return result->arms[row->arm].server.ceiling;
}

static void put_deaths(struct claim *claim)
{
    size_t count = 0;
    for (size_t i = 0; i < claim->consistency->count; i++) {
        const struct consistency_row *row = &claim->consistency->rows[i];
        if (!row->died || is_roof(row, claim->result))
            continue;
        count++;
        if (!claim->with_names)
            continue;
        char *death = consistency_death(row->died);
        fprintf(claim->out, "%s%s %s", claim->said++ ? "; " : "", claim->result->arms[row->arm].id,
                death);
        free(death);
    }
    if (count > 0 && !claim->with_names)
        fprintf(claim->out, "%s%zu died", claim->said++ ? "; " : "", count);
}

/* Beside others that have one. */
static void put_lost(struct claim *claim)
{
    const struct consistency *consistency = claim->consistency;
    const char **lost = xcalloc(consistency->count + 1, sizeof *lost);
    size_t count = 0;
    for (size_t i = 0; i < consistency->count; i++) {
        const struct consistency_row *row = &consistency->rows[i];
        if (!row->round && !row->died && !is_roof(row, claim->result))
            lost[count++] = claim->result->arms[row->arm].id;
    }
    if (count > 0 && claim->said > 0) {
        fputs("; ", claim->out);
        if (claim->with_names)
            words_few(claim->out, lost, count);
        else
            fprintf(claim->out, "%zu", count);
        fputs(count > 1 ? " have no verdict" : " has no verdict", claim->out);
    }
    free(lost);
}

/* What holds for every server that is flat. */
struct resolution {
    double largest;               /* of their smallest visible leaks, per request */
    double shortest_s, longest_s; /* that they were under load */
};

static struct resolution find_resolution(const struct consistency *consistency,
                                         const struct result *result)
{
    struct resolution found = {0, INFINITY, 0};
    for (size_t i = 0; i < consistency->count; i++) {
        const struct consistency_row *row = &consistency->rows[i];
        if (!is_model(row, result) || memory_of(row)->kind != FLATNESS_FLAT)
            continue;
        found.largest = fmax(found.largest, memory_of(row)->smallest_per_request);
        found.shortest_s = fmin(found.shortest_s, row->load_s);
        found.longest_s = fmax(found.longest_s, row->load_s);
    }
    return found;
}

static void put_resolution(FILE *out, const struct consistency *consistency,
                           const struct result *result)
{
    size_t count;
    const char **flat = consistency_of_kind(consistency, result, FLATNESS_FLAT, &count);
    struct resolution found = find_resolution(consistency, result);
    char leak[WORDS_MAX], load[WORDS_MAX];
    if (count > 0 && found.largest > 0) {
        words_leak(leak, found.largest);
        words_seconds(load, found.shortest_s);
        fprintf(out, " The smallest leak that could have been seen in %s, %s%s under load: %s.",
                count > 1 ? "any that is flat" : flat[0],
                found.shortest_s < found.longest_s ? "at least " : "", load, leak);
    }
    free(flat);
}

static char *headline(struct claim *claim)
{
    char *text = NULL;
    size_t size = 0;
    claim->out = open_memstream(&text, &size);
    claim->said = 0;
    fprintf(claim->out,
            "Memory on %s: ", words_workload(claim->result, claim->consistency->workload));
    put_kind(claim, FLATNESS_FLAT);
    put_growers(claim);
    put_kind(claim, FLATNESS_STEP);
    put_kind(claim, FLATNESS_SAWTOOTH);
    put_kind(claim, FLATNESS_UNDECIDED);
    put_deaths(claim);
    put_lost(claim);
    fputs(".", claim->out);
    put_resolution(claim->out, claim->consistency, claim->result);
    fclose(claim->out);
    return text;
}

char *consistency_headline(const struct consistency *consistency, const struct result *result)
{
    struct claim claim = {.consistency = consistency, .result = result, .with_names = true};
    char *text = headline(&claim);
    if (strlen(text) > HEADLINE_MOST) {
        free(text);
        claim.with_names = false;
        text = headline(&claim);
    }
    if (claim.said > 0)
        return text;
    free(text);
    return NULL;
}
