/* One sentence a server: what its memory did, and the smallest leak that would have shown; and whatever else was not flat. */
#include "analyse/consistency.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/words.h"

const char *consistency_verdict_words(const struct flatness *flatness)
{
    switch (flatness->kind) {
    case FLATNESS_FLAT:
        return "flat";
    case FLATNESS_SAWTOOTH:
        return "sawtooth";
    case FLATNESS_STEP:
        return "step";
    case FLATNESS_GROWING:
        return flatness->so_far ? "growing so far" : "growing";
    case FLATNESS_UNDECIDED:
        break;
    }
    return "undecided";
}

/* " (102 s of load, 5.1 million requests)" */
static void put_load(FILE *out, const struct consistency_row *row)
{
    char load[WORDS_MAX], requests[WORDS_MAX];
    words_seconds(load, row->load_s);
    words_large(requests, row->requests);
    fprintf(out, " (%s of load, %s requests)", load, requests);
}

static void put_smallest(FILE *out, const struct flatness *memory)
{
    char leak[WORDS_MAX];
    if (isnan(memory->smallest_per_request))
        return;
    words_leak(leak, memory->smallest_per_request);
    fprintf(out, "; a leak above %s a request would have shown", leak);
}

static void put_flat(FILE *out, const struct consistency_row *row, const char *start,
                     const char *end)
{
    (void)row; /* as the others of its table */
    bool same = strcmp(start, end) == 0;
    fprintf(out, same ? " is flat: %s from beginning to end" : " is flat: %s, and %s at the end",
            start, end);
}

static void put_sawtooth(FILE *out, const struct consistency_row *row, const char *start,
                         const char *end)
{
    char peak[WORDS_MAX];
    bool same = strcmp(start, end) == 0;
    words_bytes(peak, row->measures[CONSISTENCY_MEMORY].peak);
    fprintf(out, " goes up and down, up to %s: ", peak);
    fprintf(out, same ? "%s at the beginning and at the end" : "%s at the beginning, %s at the end",
            start, end);
}

/* Up, down, or by too little for two digits. */
static void put_step(FILE *out, const struct consistency_row *row, const char *start,
                     const char *end)
{
    double drift = row->measures[CONSISTENCY_MEMORY].drift;
    char by[WORDS_MAX];
    words_bytes(by, fabs(drift));
    fprintf(out, " took a step %s of %s, from %s to %s, and does not go on",
            drift < 0 ? "down" : "up", by, start, end);
}

static void put_growth(FILE *out, const struct consistency_row *row, const char *start,
                       const char *end)
{
    const struct flatness *memory = &row->measures[CONSISTENCY_MEMORY];
    char leak[WORDS_MAX], a_day[WORDS_MAX], rate[WORDS_MAX];
    words_leak(leak, memory->drift_per_request);
    words_bytes(a_day, row->bytes_a_day);
    words_count(rate, (uint64_t)row->rate_rps);
    fprintf(out, "%s by %s a request, from %s to %s: at %s requests/s %s a day",
            memory->so_far ? " is growing so far," : " grows", leak, start, end, rate, a_day);
}

static void put_undecided(FILE *out, const struct consistency_row *row)
{
    const struct flatness *memory = &row->measures[CONSISTENCY_MEMORY];
    char needed[WORDS_MAX];
    words_seconds(needed, memory->needed_s);
    fprintf(out, " is undecided: %s", memory->why);
    if (memory->needed_s > 0)
        fprintf(out,
                "; %s of load would decide it, all of it read, the first %d s of each not counted",
                needed, CONSISTENCY_SETTLE_S);
}

static void put_memory(FILE *out, const struct consistency_row *row)
{
    static void (*const put[])(FILE *, const struct consistency_row *, const char *,
                               const char *) = {
        [FLATNESS_FLAT] = put_flat,
        [FLATNESS_SAWTOOTH] = put_sawtooth,
        [FLATNESS_STEP] = put_step,
        [FLATNESS_GROWING] = put_growth,
    };
    const struct flatness *memory = &row->measures[CONSISTENCY_MEMORY];
    char start[WORDS_MAX], end[WORDS_MAX];
    if (memory->kind == FLATNESS_UNDECIDED) {
        put_undecided(out, row);
        return;
    }
    words_bytes(start, memory->start);
    words_bytes(end, memory->end);
    put[memory->kind](out, row, start, end);
    put_load(out, row);
    if (memory->kind != FLATNESS_GROWING)
        put_smallest(out, memory);
}

/* What a longer round made of a growth. */
static void put_longer(FILE *out, const struct consistency_row *row)
{
    const struct flatness *memory = &row->measures[CONSISTENCY_MEMORY];
    if (memory->kind == FLATNESS_GROWING && memory->so_far)
        fputs(row->longer ? " The longer run that was to confirm it could not be judged."
                          : " No longer run has confirmed it.",
              out);
    else if (memory->kind == FLATNESS_GROWING)
        fputs(" The longer run confirmed what the first one saw.", out);
    else if (row->judged == row->longer)
        fputs(" It grew in the first run; this is the longer one, in which it does not go on.",
              out);
}

/* The other stretches of a soak, each with what it says alone. */
static void put_stretches(FILE *out, const struct consistency_row *row)
{
    char load[WORDS_MAX];
    if (row->stretch_count == 0)
        return;
    fprintf(out, " This is the longest of %u stretches, each a process of its own; the other%s: ",
            row->stretch_count + 1, row->stretch_count > 1 ? "s" : "");
    for (unsigned i = 0; i < row->stretch_count && i < CONSISTENCY_STRETCHES; i++) {
        struct flatness alone = {.kind = row->stretches[i].kind,
                                 .so_far = row->stretches[i].kind == FLATNESS_GROWING};
        words_seconds(load, row->stretches[i].load_s);
        fprintf(out, "%s%s of load, %s", i ? "; " : "", load, consistency_verdict_words(&alone));
    }
    if (row->stretch_count > CONSISTENCY_STRETCHES) {
        words_seconds(load, row->stretches_s);
        fprintf(out, "; and %u more, in all %s", row->stretch_count - CONSISTENCY_STRETCHES, load);
    }
    fputs(".", out);
}

static void value_words(char words[WORDS_MAX], enum consistency_measure measure, double value)
{
    if (measure == CONSISTENCY_DESCRIPTORS || measure == CONSISTENCY_THREADS)
        words_count(words, (uint64_t)value);
    else
        words_time_middle(words, &(struct spread){.median = value});
}

static void put_other(FILE *out, const struct flatness *flatness, enum consistency_measure measure)
{
    static const char *const names[CONSISTENCY_MEASURES] = {
        [CONSISTENCY_COST] = "CPU per request",
        [CONSISTENCY_P50] = "p50",
        [CONSISTENCY_P99] = "p99",
        [CONSISTENCY_DESCRIPTORS] = "number of descriptors",
        [CONSISTENCY_THREADS] = "number of threads"};
    char start[WORDS_MAX], end[WORDS_MAX], peak[WORDS_MAX];
    value_words(start, measure, flatness->start);
    value_words(end, measure, flatness->end);
    value_words(peak, measure, flatness->peak);
    if (flatness->kind == FLATNESS_SAWTOOTH)
        fprintf(out, " Its %s goes up and down, between %s and %s.", names[measure], start, peak);
    else if (flatness->kind == FLATNESS_STEP)
        fprintf(out, " Its %s took a step, from %s to %s.", names[measure], start, end);
    else if (flatness->kind == FLATNESS_GROWING)
        fprintf(out, " Its %s %s, from %s to %s.", names[measure],
                flatness->so_far ? "is growing so far" : "grows", start, end);
}

static void put_attribution(FILE *out, const struct attribution *attribution)
{
    char *sentence = attribution_sentence(attribution);
    if (sentence)
        fprintf(out, " %s", sentence);
    free(sentence);
}

static void put_row(FILE *out, const struct consistency_row *row)
{
    if (!row->round) {
        fputs(" is undecided: no round could be used", out);
        if (row->why)
            fprintf(out, " (%s: %s)", reason_name(row->why->code), row->why->detail);
        fputs(".", out);
        return;
    }
    put_memory(out, row);
    fputs(".", out);
    put_longer(out, row);
    put_stretches(out, row);
    for (int measure = 0; measure < CONSISTENCY_MEASURES; measure++)
        if (measure != CONSISTENCY_MEMORY)
            put_other(out, &row->measures[measure], (enum consistency_measure)measure);
    put_attribution(out, &row->attribution);
}

void consistency_say(struct consistency *consistency, const struct result *result)
{
    for (size_t i = 0; i < consistency->count; i++) {
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        fputs(result->arms[consistency->rows[i].arm].id, out);
        put_row(out, &consistency->rows[i]);
        fclose(out);
        strings_add(&consistency->sentences, text);
        free(text);
    }
}
