/* See phases.h. */
#include "data/phases.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/decimal.h"

static const double TIMES_LEAST = 0.01, TIMES_MOST = 100;
static const double BURST_TIMES = 2;

enum { WORDS_MOST = 4 /* "load 30s at 10k" */ };

static const char *const kind_names[PHASE_KINDS] = {
    [PHASE_IDLE] = "idle",
    [PHASE_LOAD] = "load",
    [PHASE_BURST] = "burst",
    [PHASE_CLOSE] = "close",
};

const char *phase_kind_name(enum phase_kind kind)
{
    return kind_names[kind];
}

bool phase_sends(enum phase_kind kind)
{
    return kind == PHASE_LOAD || kind == PHASE_BURST;
}

/* ---- reading ---- */

/* What stands behind the number is one letter of letters; how much each means is in factors. */
static double number_with(const char *text, const char *letters, const double *factors)
{
    size_t len = decimal_length(text);
    const char *unit = text + len, *found = *unit ? strchr(letters, *unit) : NULL;

    if (len == 0 || !found || unit[1] != '\0')
        return NAN;
    return strtod(text, NULL) * factors[found - letters];
}

static int read_kind(enum phase_kind *kind, const char *word, char **error)
{
    for (*kind = 0; *kind < PHASE_KINDS; ++*kind)
        if (strcmp(kind_names[*kind], word) == 0)
            return 0;
    char *hint = text_suggest(kind_names, PHASE_KINDS, word);
    text_error(error, "\"%s\" is no kind of phase: %s", word, hint);
    free(hint);
    return -1;
}

static int read_duration(struct phase *phase, const char *word, char **error)
{
    static const double factors[] = {1, 60, 3600};
    double seconds = number_with(word, "smh", factors);

    if (!(seconds >= 1 && seconds <= PHASE_SECONDS_MOST) || fabs(seconds - round(seconds)) > 1e-6)
        return text_error(error,
                          "\"%s\" is no duration: write whole seconds, minutes or hours up to a "
                          "day, as 30s, 5m or 1h",
                          word);
    phase->duration_s = (uint32_t)lround(seconds);
    if (phase->kind == PHASE_IDLE && phase->duration_s > PHASE_IDLE_MOST_S)
        return text_error(error,
                          "servers close connections that are idle for a minute: give at most "
                          "%ds, or write close %s",
                          PHASE_IDLE_MOST_S, word);
    return 0;
}

bool phases_rate(uint32_t *rate_rps, const char *word)
{
    static const double factors[] = {1e3, 1e6};
    double rate = number_with(word, "kM", factors);

    if (decimal_length(word) > 0 && decimal_length(word) == strlen(word))
        rate = strtod(word, NULL);
    if (!(rate >= 1 && rate <= RATE_MOST_RPS) || fabs(rate - round(rate)) > 1e-6)
        return false;
    *rate_rps = (uint32_t)lround(rate);
    return true;
}

/* A rate, or "2x". */
static int read_rate(struct phase *phase, const char *word, char **error)
{
    static const double factors[] = {1};
    double times = number_with(word, "x", factors);

    phase->times = 0;
    if (times >= TIMES_LEAST && times <= TIMES_MOST)
        phase->times = times;
    else if (!phases_rate(&phase->rate_rps, word))
        return text_error(error,
                          "\"%s\" is no rate: write requests a second, as 500 or 10k, at most "
                          "10M, or a multiple of rate_rps, as 2x, at most 100x",
                          word);
    return 0;
}

static int read_words(struct phase *phase, const struct strings *words, char **error)
{
    if (words->count == 0)
        return text_error(error, "nothing is there: leave out the comma beside it");
    if (read_kind(&phase->kind, words->items[0], error) < 0)
        return -1;
    if (words->count == 1)
        return text_error(error, "for how long? Write it as %s 30s", words->items[0]);
    if (read_duration(phase, words->items[1], error) < 0)
        return -1;
    if (phase_sends(phase->kind))
        phase->times = phase->kind == PHASE_BURST ? BURST_TIMES : 1;
    if (words->count == 2)
        return 0;
    if (!phase_sends(phase->kind))
        return text_error(error, "nothing is sent in it: leave out what follows %s",
                          words->items[1]);
    if (words->count != WORDS_MOST || strcmp(words->items[2], "at") != 0)
        return text_error(error,
                          "after how long it is stands its rate or nothing, as in %s %s at 10k",
                          words->items[0], words->items[1]);
    return read_rate(phase, words->items[3], error);
}

/* One of them, as it stands between commas. */
static int read_one(struct phases *phases, const char *text, size_t len, char **error)
{
    char *own = text_format("%.*s", (int)len, text), *why = NULL;
    struct strings words = {0};
    struct phase phase = {0};

    strings_split(&words, own);
    char *quoted = strings_join(&words, " ");
    int status = phases->count == PHASES_MOST ? text_error(&why, "at most %d phases", PHASES_MOST)
                                              : read_words(&phase, &words, &why);
    if (status == 0)
        phases->items[phases->count++] = phase;
    else
        text_error(error, "phase %zu, \"%s\": %s", phases->count + 1, quoted, why);
    free(why);
    free(quoted);
    free(own);
    strings_release(&words);
    return status;
}

/* Nor may several idle phases, one after the other, be longer than one. */
static int check_idle(const struct phases *phases, char **error)
{
    unsigned idle_s = 0;
    bool is_open = true;

    for (size_t i = 0; i < phases->count; i++) {
        const struct phase *phase = &phases->items[i];
        is_open = phase_sends(phase->kind) || (is_open && phase->kind == PHASE_IDLE);
        idle_s = is_open && phase->kind == PHASE_IDLE ? idle_s + phase->duration_s : 0;
        if (idle_s > PHASE_IDLE_MOST_S)
            return text_error(error,
                              "connections are idle for %us, and servers close what is idle for a "
                              "minute: give at most %ds between loads, or write close",
                              idle_s, PHASE_IDLE_MOST_S);
    }
    return 0;
}

static int check_all(const struct phases *phases, char **error)
{
    bool sends = false;

    for (size_t i = 0; i < phases->count; i++)
        sends |= phase_sends(phases->items[i].kind);
    if (!sends)
        return text_error(error, "nothing is sent in them: add a load, as in load 30s");
    if (phases_seconds(phases) > PHASES_SECONDS_MOST)
        return text_error(error, "they last longer than 25 hours: shorten them");
    return check_idle(phases, error);
}

int phases_read(struct phases *phases, const char *text, char **error)
{
    int status = 0;

    *phases = (struct phases){0};
    if (text[strspn(text, " \t,")] == '\0')
        return text_error(error, "there is none: write some, as in idle 2s, load 30s, close 5s");
    for (const char *at = text; at && status == 0;) {
        size_t len = strcspn(at, ",");
        status = read_one(phases, at, len, error);
        at = at[len] == ',' ? at + len + 1 : NULL;
    }
    if (status == 0)
        status = check_all(phases, error);
    if (status < 0)
        phases->count = 0;
    return status;
}

/* ---- what follows from them ---- */

static void put_phase(FILE *out, const struct phase *phase)
{
    fprintf(out, "%s %us", phase_kind_name(phase->kind), phase->duration_s);
    if (phase->rate_rps > 0)
        fprintf(out, " at %u", phase->rate_rps);
    else if (phase_sends(phase->kind))
        fprintf(out, " at %.6gx", phase->times);
}

char *phases_text(const struct phases *phases)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    for (size_t i = 0; i < phases->count; i++) {
        fputs(i > 0 ? ", " : "", out);
        put_phase(out, &phases->items[i]);
    }
    fclose(out);
    return text;
}

bool phases_are_alike(const struct phases *a, const struct phases *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (a->items[i].kind != b->items[i].kind ||
            a->items[i].duration_s != b->items[i].duration_s)
            return false;
    return true;
}

bool phases_come_back_from(const struct phases *phases, size_t i)
{
    return phases->items[i].kind == PHASE_BURST && i + 1 < phases->count &&
           phases->items[i + 1].kind != PHASE_BURST && phases->items[i + 1].kind != PHASE_CLOSE;
}

uint32_t phases_seconds(const struct phases *phases)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < phases->count; i++)
        sum += phases->items[i].duration_s;
    return sum;
}

uint32_t phases_load_seconds(const struct phases *phases)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < phases->count; i++)
        sum += phases->items[i].kind == PHASE_LOAD ? phases->items[i].duration_s : 0;
    return sum;
}

static bool is_multiple(const struct phase *phase)
{
    return phase_sends(phase->kind) && phase->rate_rps == 0;
}

bool phases_need_rate(const struct phases *phases)
{
    for (size_t i = 0; i < phases->count; i++)
        if (is_multiple(&phases->items[i]))
            return true;
    return false;
}

void phases_settle(struct phases *phases, uint32_t rate_rps)
{
    for (size_t i = 0; i < phases->count; i++) {
        struct phase *phase = &phases->items[i];
        if (is_multiple(phase))
            phase->rate_rps =
                (uint32_t)fmin(fmax(round(phase->times * rate_rps), 1), RATE_MOST_RPS);
        phase->times = 0;
    }
}

uint32_t phases_highest_rps(const struct phases *phases)
{
    uint32_t highest = 0;

    for (size_t i = 0; i < phases->count; i++)
        if (phases->items[i].rate_rps > highest)
            highest = phases->items[i].rate_rps;
    return highest;
}

void phases_stretch(struct phases *phases, unsigned times)
{
    for (size_t i = 0; i < phases->count; i++)
        if (phases->items[i].kind == PHASE_LOAD)
            phases->items[i].duration_s *= times;
}

static struct phase *longest_load(struct phases *phases)
{
    struct phase *longest = NULL;

    for (size_t i = 0; i < phases->count; i++)
        if (phases->items[i].kind == PHASE_LOAD &&
            (!longest || phases->items[i].duration_s > longest->duration_s))
            longest = &phases->items[i];
    return longest;
}

void phases_set_load(struct phases *phases, uint32_t load_s)
{
    struct phase *longest = longest_load(phases);
    uint32_t others_s = longest ? phases_load_seconds(phases) - longest->duration_s : 0;

    if (longest)
        longest->duration_s = load_s > others_s ? load_s - others_s : 1;
}

uint32_t phases_load_within(const struct phases *phases, uint32_t seconds)
{
    uint32_t load_s = 0;

    for (size_t i = 0; i < phases->count && seconds > 0; i++) {
        uint32_t part_s = phases->items[i].duration_s;
        part_s = part_s < seconds ? part_s : seconds;
        load_s += phases->items[i].kind == PHASE_LOAD ? part_s : 0;
        seconds -= part_s;
    }
    return load_s;
}

bool phases_shorten(struct phases *phases, uint32_t least_s)
{
    struct phase *longest = longest_load(phases);

    if (!longest || longest->duration_s == 1 || phases_load_seconds(phases) <= least_s)
        return false;
    longest->duration_s--;
    return true;
}
