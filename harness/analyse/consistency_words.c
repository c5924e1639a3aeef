/* One sentence a server: what its memory did, and the smallest
 * leak its run could have seen; and whatever else was not flat. */
#include "analyse/consistency.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/words.h"
#include "data/phases.h"

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
    fprintf(out, "; the smallest leak its run could have seen: %s", leak);
}

/* RSS, as it is what is judged; the table beside it has PSS, too. */
static void put_flat(FILE *out, const char *start, const char *end)
{
    bool same = strcmp(start, end) == 0;
    fprintf(out,
            same ? " is flat: RSS %s from beginning to end" : " is flat: RSS %s, and %s at the end",
            start, end);
}

static double lowest(const struct flatness *flatness)
{
    double low = NAN;
    for (size_t i = 0; i < FLATNESS_PARTS; i++)
        low = fmin(low, flatness->parts[i]); /* of a number and NAN: the number */
    return low;
}

static void put_sawtooth(FILE *out, const struct flatness *memory, const char *start,
                         const char *end)
{
    char low[WORDS_MAX], peak[WORDS_MAX];
    bool same = strcmp(start, end) == 0;
    words_bytes(low, lowest(memory));
    words_bytes(peak, memory->peak);
    fprintf(out, " goes up and down between RSS %s and %s: ", low, peak);
    fprintf(out, same ? "%s at the beginning and at the end" : "%s at the beginning, %s at the end",
            start, end);
}

/* Whether it is over nobody knows, so that is not said. */
static void put_step(FILE *out, const struct flatness *memory, const char *start, const char *end)
{
    char by[WORDS_MAX], last[WORDS_MAX];
    words_bytes(by, fabs(memory->drift));
    words_bytes(last, memory->last_rise);
    fprintf(out, " ended %s %s: RSS %s at the beginning, %s at the end", by,
            memory->drift < 0 ? "lower" : "higher", start, end);
    if (memory->last_rise > 0)
        fprintf(out, ", and %s rose in the last eighth, by %s", memory->drift < 0 ? "it" : "still",
                last);
}

static void put_growth(FILE *out, const struct consistency_row *row, const char *start,
                       const char *end)
{
    const struct flatness *memory = &row->measures[CONSISTENCY_MEMORY];
    char leak[WORDS_MAX], a_day[WORDS_MAX], rate[WORDS_MAX];
    words_leak(leak, memory->drift_per_request);
    words_bytes(a_day, row->bytes_a_day);
    words_count(rate, (uint64_t)row->rate_rps);
    fprintf(out, "%s by %s, RSS from %s to %s: at %s requests/s %s a day",
            memory->so_far ? " is growing so far," : " grows", leak, start, end, rate, a_day);
}

static void put_undecided(FILE *out, const struct consistency_row *row)
{
    const struct flatness *memory = &row->measures[CONSISTENCY_MEMORY];
    char needed[WORDS_MAX];
    words_seconds(needed, memory->needed_s);
    fprintf(out, " is undecided: %s", memory->why);
    if (memory->needed_s > 0)
        fprintf(out, "; %s of load would decide it, all of it read", needed);
}

static void put_memory(FILE *out, const struct consistency_row *row)
{
    const struct flatness *memory = &row->measures[CONSISTENCY_MEMORY];
    char start[WORDS_MAX], end[WORDS_MAX];
    words_bytes(start, memory->start);
    words_bytes(end, memory->end);
    switch (memory->kind) {
    case FLATNESS_FLAT:
        put_flat(out, start, end);
        break;
    case FLATNESS_SAWTOOTH:
        put_sawtooth(out, memory, start, end);
        break;
    case FLATNESS_STEP:
        put_step(out, memory, start, end);
        break;
    case FLATNESS_GROWING:
        put_growth(out, row, start, end);
        break;
    case FLATNESS_UNDECIDED:
        put_undecided(out, row);
        return;
    }
    put_load(out, row);
    if (memory->kind != FLATNESS_GROWING)
        put_smallest(out, memory);
}

/* What the longer round made of a growth that it did not confirm. */
static const char *taken_back(const struct flatness *memory)
{
    if (memory->slows)
        return " It grew in the first run, and more slowly in this, the longer one: a fill that "
               "slows down, or a leak with one beside it.";
    if (memory->kind == FLATNESS_STEP && memory->drift > 0)
        return " It grew in the first run; in this, the longer one, it rose too, but not as a leak "
               "does.";
    return " It grew in the first run, and not in this, the longer one.";
}

/* Why a growth is not confirmed. */
static const char *unconfirmed(const struct consistency_row *row, const struct result *result)
{
    if (!row->longer)
        return " No longer run has confirmed it.";
    if (consistency_goes_on(result, row->longer))
        return " The longer run that is to confirm it still goes on.";
    return row->longer_is_short ? " The longer run that was to confirm it ended too early."
                                : " The longer run that was to confirm it could not be judged.";
}

/* What a longer round made of a growth. */
static void put_longer(FILE *out, const struct consistency_row *row, const struct result *result)
{
    const struct flatness *memory = &row->measures[CONSISTENCY_MEMORY];
    if (memory->kind == FLATNESS_GROWING && memory->so_far)
        fputs(unconfirmed(row, result), out);
    else if (memory->kind == FLATNESS_GROWING)
        fputs(" The longer run confirmed what the first one saw.", out);
    else if (row->judged == row->longer)
        fputs(taken_back(memory), out);
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
        fprintf(out, "; and %u more; all of these together %s",
                row->stretch_count - CONSISTENCY_STRETCHES, load);
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
    char start[WORDS_MAX], end[WORDS_MAX], low[WORDS_MAX], peak[WORDS_MAX];
    if (flatness->kind == FLATNESS_FLAT || flatness->kind == FLATNESS_UNDECIDED)
        return; /* of the second there is no value */
    value_words(start, measure, flatness->start);
    value_words(end, measure, flatness->end);
    value_words(low, measure, lowest(flatness));
    value_words(peak, measure, flatness->peak);
    if (flatness->kind == FLATNESS_SAWTOOTH)
        fprintf(out, " Its %s goes up and down, between %s and %s.", names[measure], low, peak);
    else if (flatness->kind == FLATNESS_STEP)
        fprintf(out, " Its %s ended %s, from %s to %s.", names[measure],
                flatness->drift < 0 ? "lower" : "higher", start, end);
    else
        fprintf(out, " Its %s %s, from %s to %s.", names[measure],
                flatness->so_far ? "is growing so far" : "grows", start, end);
}

/* " After all connections were closed it had 64 descriptors more than before the first." */
static void put_return(FILE *out, const struct consistency_return *back, const char *what,
                       const char *after, const char *before)
{
    char count[WORDS_MAX];
    if (isnan(back->kept) || back->kept == 0)
        return;
    words_count(count, (uint64_t)fabs(back->kept));
    fprintf(out, " After %s it had %s %s%s %s than before%s.", after, count, what,
            fabs(back->kept) == 1 ? "" : "s", back->kept > 0 ? "more" : "fewer", before);
}

static void put_count(FILE *out, const struct consistency_count *count, const char *what)
{
    put_return(out, &count->burst, what, "the burst", " it");
    put_return(out, &count->close, what, "all connections were closed", " the first");
}

static void put_attribution(FILE *out, const struct attribution *attribution)
{
    char *sentence = attribution_sentence(attribution);
    if (sentence)
        fprintf(out, " %s", sentence);
    free(sentence);
}

static const char *until_then(const struct round *died)
{
    static const char *const words[] = {[FLATNESS_FLAT] = ", flat until then",
                                        [FLATNESS_SAWTOOTH] = ", up and down until then",
                                        [FLATNESS_STEP] = ", with a step until then",
                                        [FLATNESS_GROWING] = ", growing until then",
                                        [FLATNESS_UNDECIDED] = ""};
    struct flatness memory;
    consistency_judge(&memory, died, CONSISTENCY_MEMORY);
    return words[memory.kind];
}

/* The lowest of the first stretch in which it was read, and the highest of the last. */
static void put_way(FILE *out, const struct round *died)
{
    double first = NAN, last = NAN;
    char from[WORDS_MAX], to[WORDS_MAX];
    for (size_t i = 0; i < died->course.count; i++) {
        double high = consistency_reading(died->course.rss_high_bytes, i);
        first = isnan(first) ? consistency_reading(died->course.rss_low_bytes, i) : first;
        last = isnan(high) ? last : high;
    }
    if (isnan(first) || isnan(last))
        return;
    words_bytes(from, first);
    words_bytes(to, last);
    fprintf(out, ", RSS from %s to %s", from, to);
}

char *consistency_death(const struct round *died)
{
    char *text = NULL, load[WORDS_MAX];
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    double seen_s = (double)died->course.count * (double)died->course.interval_ns / 1e9;
    uint32_t load_s = phases_load_within(&died->phases, (uint32_t)seen_s);
    fputs("died", out);
    for (unsigned i = 0; i < died->outcome.count; i++)
        if (died->outcome.reasons[i].code == REASON_DIED)
            fprintf(out, " (%s)", died->outcome.reasons[i].detail);
    if (load_s > 0) {
        words_seconds(load, load_s);
        fprintf(out, ", after %s of load", load);
    }
    put_way(out, died);
    fputs(until_then(died), out);
    fclose(out);
    return text;
}

static void put_death(FILE *out, const struct consistency_row *row, const char *before)
{
    char *death = row->died ? consistency_death(row->died) : NULL;
    if (death)
        fprintf(out, "%s%s.", before, death);
    free(death);
}

static void put_no_round(FILE *out, const struct consistency_row *row)
{
    fputs(" is undecided: ", out);
    if (row->is_awaited)
        fputs(row->lost > 0 ? "its round has only begun, and no earlier one could be used"
                            : "its round has only begun",
              out);
    else
        fputs("no round could be used", out);
    if (row->died) {
        put_death(out, row, "; it ");
        return;
    }
    if (row->why)
        fprintf(out, " (%s: %s)", reason_name(row->why->code), row->why->detail);
    else if (row->why_no_course)
        fprintf(out, " (%s)", row->why_no_course);
    fputs(".", out);
}

static void put_row(FILE *out, const struct consistency_row *row, const struct result *result)
{
    if (!row->round) {
        put_no_round(out, row);
        return;
    }
    put_memory(out, row);
    fputs(".", out);
    put_longer(out, row, result);
    put_stretches(out, row);
    put_death(out, row, " In another round it ");
    for (int measure = 0; measure < CONSISTENCY_MEASURES; measure++)
        if (measure != CONSISTENCY_MEMORY)
            put_other(out, &row->measures[measure], (enum consistency_measure)measure);
    put_count(out, &row->descriptors, "descriptor");
    put_count(out, &row->threads, "thread");
    put_attribution(out, &row->attribution);
}

void consistency_say(struct consistency *consistency, const struct result *result)
{
    for (size_t i = 0; i < consistency->count; i++) {
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        fputs(result->arms[consistency->rows[i].arm].id, out);
        put_row(out, &consistency->rows[i], result);
        fclose(out);
        strings_add(&consistency->sentences, text);
        free(text);
    }
}
