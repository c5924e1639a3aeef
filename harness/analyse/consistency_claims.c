/* What courses say of a run as a whole: its headline, and what a reader must know before using them. */
#include "analyse/consistency.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/pairs.h"
#include "analyse/words.h"
#include "data/explanation.h"

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

/* The models of one kind, in the order of the rows. */
struct named {
    const char **names; /* owned; the names borrowed */
    size_t count;
};

static struct named find_named(const struct consistency *consistency, const struct result *result,
                               enum flatness_kind kind)
{
    struct named named = {.names = xcalloc(consistency->count + 1, sizeof *named.names)};
    for (size_t i = 0; i < consistency->count; i++) {
        const struct consistency_row *row = &consistency->rows[i];
        if (!is_model(row, result) || memory_of(row)->kind != kind)
            continue;
        named.names[named.count++] = result->arms[row->arm].id;
    }
    return named;
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
    struct named named = find_named(claim->consistency, claim->result, kind);
    if (named.count > 0) {
        fputs(claim->said++ ? "; " : "", claim->out);
        if (claim->with_names)
            words_few(claim->out, named.names, named.count);
        else
            fprintf(claim->out, "%zu", named.count);
        fputs(named.count > 1 ? more[kind] : one[kind], claim->out);
    }
    free(named.names);
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
    struct named lost = {.names = xcalloc(consistency->count + 1, sizeof *lost.names)};
    for (size_t i = 0; i < consistency->count; i++) {
        const struct consistency_row *row = &consistency->rows[i];
        if (!row->round && !row->died && !is_roof(row, claim->result))
            lost.names[lost.count++] = claim->result->arms[row->arm].id;
    }
    if (lost.count > 0 && claim->said > 0) {
        fputs("; ", claim->out);
        if (claim->with_names)
            words_few(claim->out, lost.names, lost.count);
        else
            fprintf(claim->out, "%zu", lost.count);
        fputs(lost.count > 1 ? " have no verdict" : " has no verdict", claim->out);
    }
    free(lost.names);
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
    struct named flat = find_named(consistency, result, FLATNESS_FLAT);
    struct resolution found = find_resolution(consistency, result);
    char leak[WORDS_MAX], load[WORDS_MAX];
    if (flat.count > 0 && found.largest > 0) {
        words_leak(leak, found.largest);
        words_seconds(load, found.shortest_s);
        fprintf(out, " The smallest leak that could have been seen in %s, %s%s under load: %s.",
                flat.count > 1 ? "any that is flat" : flat.names[0],
                found.shortest_s < found.longest_s ? "at least " : "", load, leak);
    }
    free(flat.names);
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

/* ---- cautions */

static void add(struct strings *cautions, char *text)
{
    strings_add(cautions, text);
    free(text);
}

static const struct reason *complaint(const struct round *round, enum outcome_kind kind)
{
    for (unsigned i = 0; i < round->outcome.count; i++)
        if (reason_kind(round->outcome.reasons[i].code) == kind)
            return &round->outcome.reasons[i];
    return NULL;
}

/* Without a course, is that why it cannot be used? Not if it is refused for something graver than who had the CPU. */
static bool is_for_its_course(const struct round *round, const struct reason *reason)
{
    return round->course.count == 0 && round_why_missing(round, "course") &&
           (!reason || reason->code == REASON_INTERFERED || reason->code == REASON_GEN_LATE);
}

/* A clause; NULL: there is nothing to complain of. */
static const char *complaint_words(const struct round *round, enum outcome_kind kind)
{
    const struct reason *reason = complaint(round, kind);
    if (kind == OUTCOME_INVALID && is_for_its_course(round, reason))
        return round_why_missing(round, "course");
    return reason ? reason->detail : NULL;
}

static void caution_of_rounds(const struct consistency *consistency, const struct result *result,
                              enum outcome_kind kind, const char *what, struct strings *cautions)
{
    const char *first = NULL;
    size_t count = 0, of = 0;
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (round->workload != consistency->workload || !round_has_phases(round))
            continue;
        const char *why = complaint_words(round, kind);
        bool counts = why && (kind == OUTCOME_NOISY || !consistency_is_used(result, round));
        of++;
        count += counts;
        first = !first && counts ? why : first;
    }
    if (count > 0)
        add(cautions, text_format("%s: %zu of the %zu rounds of phases %s %s, first: %s.",
                                  words_workload(result, consistency->workload), count, of,
                                  count == 1 ? "was" : "were", what, first));
}

/* What is told of a round that is INVALID, but for nothing that spoils all of it. */
static const struct {
    enum reason_code code;
    const char *told;
} parts[] = {
    {REASON_INTERRUPTED, "only what was seen before it was cut off is told"},
    {REASON_INTERFERED, "only memory, descriptors and threads are told"},
    {REASON_GEN_LATE, "only memory, descriptors and threads are told, and of times what the "
                      "generator vouches for"},
};

static const struct reason *reason_of(const struct round *round, enum reason_code code)
{
    for (unsigned i = 0; i < round->outcome.count; i++)
        if (round->outcome.reasons[i].code == code)
            return &round->outcome.reasons[i];
    return NULL;
}

/* One that is still being measured was cut off by nobody. */
static bool goes_on(const struct result *result, const struct round *round)
{
    return result->is_running && result->is_last_unfinished &&
           round == &result->rounds[result->round_count - 1];
}

static char *words_of_going_on(const struct round *round, const char *name, const char *what)
{
    char seen[WORDS_MAX], all[WORDS_MAX];
    words_seconds(seen, (double)round->duration_ns / 1e9);
    words_seconds(all, round->window_s);
    return text_format("%s: %s still goes on: what was seen in %s of its %s is told.", name, what,
                       seen, all);
}

/* The first of them that it has, as it takes the most away. */
static void caution_of_part(const struct result *result, const struct round *round,
                            const char *what, struct strings *cautions)
{
    const char *name = result->arms[round->arm].id;
    if (goes_on(result, round)) {
        add(cautions, words_of_going_on(round, name, what));
        return;
    }
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const struct reason *reason = reason_of(round, parts[i].code);
        if (!reason)
            continue;
        add(cautions, text_format("%s: of %s %s (%s).", name, what, parts[i].told, reason->detail));
        return;
    }
}

static void caution_of_growth(const struct consistency *consistency, const struct result *result,
                              struct strings *cautions)
{
    struct named growing = find_named(consistency, result, FLATNESS_GROWING);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    words_few(out, growing.names, growing.count);
    fputs(": memory that fills up for longer than a run cannot be told from a leak by anybody; a "
          "longer run can.",
          out);
    fclose(out);
    if (growing.count > 0)
        strings_add(cautions, text);
    free(text);
    free(growing.names);
}

static void caution_of_disagreement(const struct consistency_row *row, const struct result *result,
                                    struct strings *cautions)
{
    if (row->disagrees)
        add(cautions, text_format("%s: its rounds do not agree on its memory; %s is told.",
                                  result->arms[row->arm].id,
                                  row->longer              ? "one that grew"
                                  : row->stretch_count > 0 ? "the longest"
                                                           : "the last one"));
}

/* It holds the server's map, and on two CPUs the generator's CPU, for about so long. */
static void caution_of_explaining(const struct consistency *consistency, struct strings *cautions)
{
    double dearest_ns = 0;
    for (size_t i = 0; i < consistency->count; i++) {
        const struct round *explained = consistency->rows[i].attribution.round;
        if (explained)
            dearest_ns = fmax(dearest_ns, (double)explained->explanation->cost_ns);
    }
    if (dearest_ns >= ATTRIBUTION_DEAR_NS)
        add(cautions,
            text_format("Reading what memory consists of took up to %.0f ms at the end of "
                        "a phase: latency is a matter for a run without --explain; memory "
                        "and CPU per request are not touched by it.",
                        dearest_ns / 1e6));
}

void consistency_cautions(const struct consistency *consistency, const struct result *result,
                          struct strings *cautions)
{
    caution_of_rounds(consistency, result, OUTCOME_INVALID, "refused", cautions);
    caution_of_rounds(consistency, result, OUTCOME_NOISY, "noisy", cautions);
    for (size_t i = 0; i < consistency->count; i++) {
        const struct consistency_row *row = &consistency->rows[i];
        if (!row->round)
            continue;
        caution_of_part(result, row->round, "its round", cautions);
        if (row->judged != row->round)
            caution_of_part(result, row->judged, "its longer round", cautions);
        caution_of_disagreement(row, result, cautions);
    }
    caution_of_growth(consistency, result, cautions);
    consistency_blindness(consistency, result, cautions);
    caution_of_explaining(consistency, cautions);
}
