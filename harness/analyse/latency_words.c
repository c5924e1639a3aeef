/* Curves and searches in sentences. */
#include "analyse/latency.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/words.h"

static void put_range(FILE *out, const struct spread *spread)
{
    char range[WORDS_MAX];
    words_time_range(range, spread);
    if (spread->n == 1)
        fputs(" (one round)", out);
    else if (*range && spread->is_interval)
        fprintf(out, " [%s]", range);
    else if (*range)
        fprintf(out, " (%s in %zu rounds)", range, spread->n);
}

static void put_time(FILE *out, const struct spread *spread)
{
    char value[WORDS_MAX];
    words_time_middle(value, spread);
    fputs(value, out);
    if (!isnan(spread->median))
        put_range(out, spread);
}

char *latency_time_words(const struct spread *spread)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    put_time(out, spread);
    fclose(out);
    return text;
}

char *latency_lonely_words(const struct latency_point *point, const struct spread *spread)
{
    unsigned rounds = point->used + point->lost;
    if (isnan(spread->median) || spread->n != 1)
        return xstrdup("");
    return rounds > 1 ? text_format("(one round of %u)", rounds) : xstrdup("(one round)");
}

char *latency_point_words(const struct latency_point *point, const struct spread *spread)
{
    char *lonely = latency_lonely_words(point, spread), *words;
    char value[WORDS_MAX];
    words_time_middle(value, spread);
    words = *lonely ? text_format("%s %s", value, lonely) : latency_time_words(spread);
    free(lonely);
    return words;
}

static void put_rate(FILE *out, const char *before, uint32_t rate_rps, const char *after)
{
    char words[WORDS_MAX];
    words_count(words, rate_rps);
    fprintf(out, "%s%s%s", before, words, after);
}

static void put_value(FILE *out, const struct latency_point *point, size_t p)
{
    char *words = latency_point_words(point, &point->p_ns[p]);
    fputs(words, out);
    put_rate(out, " at ", point->rate_rps, "/s");
    free(words);
}

static const struct latency_point *first_with(const struct latency_curve *curve, size_t percentile)
{
    for (size_t i = 0; i < curve->count; i++)
        if (!isnan(curve->points[i].p_ns[percentile].median))
            return &curve->points[i];
    return NULL;
}

/* "p99 71.0 µs [68.0, 75.4] at 2,000/s, 95.2 µs [90.3, 101.4]
 * at 20,000/s"; the median where there is no p99. */
static void put_values(FILE *out, const struct latency_curve *curve)
{
    size_t p = latency_last_with(curve, LATENCY_P99) ? LATENCY_P99 : LATENCY_P50;
    const struct latency_point *first = first_with(curve, p), *last = latency_last_with(curve, p);
    if (!first) {
        fputs("no latency that could be shown", out);
        return;
    }
    fprintf(out, "%s ", latency_names[p]);
    put_value(out, first, p);
    if (last == first)
        return;
    fputs(", ", out);
    put_value(out, last, p);
}

static void put_knee(FILE *out, const struct latency_point *point)
{
    bool overloaded = !point->why_lost || point->why_lost->code == REASON_OVERLOADED;
    put_rate(out, overloaded ? "; overloaded at " : "; failed at ", point->rate_rps, "/s");
    if (!overloaded)
        fprintf(out, " (%s)", reason_name(point->why_lost->code));
}

/* A crowd that a late generator sends may overload a server as well as spare it. */
static void put_late(FILE *out, const struct latency_point *point)
{
    unsigned rounds = point->used + point->lost;
    put_rate(out, "; at ", point->rate_rps, "/s the generator was late");
    if (rounds > 1)
        fprintf(out, " in %u of %u rounds", point->lates, rounds);
    fputs(": what the server bears is not known", out);
}

static void put_end(FILE *out, const struct latency_curve *curve)
{
    const struct latency_point *last = &curve->points[curve->count - 1];
    if (curve->knee_rps > 0)
        put_knee(out, latency_point_at(curve, curve->knee_rps));
    else if (curve->is_bound)
        put_late(out, last);
    else if (curve->is_mixed)
        put_rate(out, "; at ", last->rate_rps,
                 "/s more than half of the rounds failed or had a late generator");
    else
        put_rate(out, "; not asked for more than ", last->rate_rps, "/s");
}

static void say_curve(struct latency *latency, const struct result *result,
                      const struct latency_curve *curve)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    fprintf(out, "%s: ", result->arms[curve->arm].id);
    put_values(out, curve);
    put_end(out, curve);
    fputs(".", out);
    fclose(out);
    strings_add(&latency->sentences, text);
    free(text);
}

/* Of the usual percentiles the furthest out for which so many
 * requests a second suffice; 0: none. */
static double judgeable_p(double rps)
{
    static const double usual[] = {.9999, .999, .99, .95, .9, .5};
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (capacity_lowest_rps(usual[i]) <= rps)
            return usual[i];
    return 0;
}

/* What it gave, from a round's look, is not told; what it takes is. */
static void put_too_few(FILE *out, const char *name, const struct slo *slo)
{
    double lowest_rps = capacity_lowest_rps(slo->p), next = judgeable_p(lowest_rps / 2);
    fprintf(out, "%s: too slow to judge its p%.6g", name, 100 * slo->p);
    put_rate(out, ", which takes ", (uint32_t)fmin(lowest_rps, 1e9), " requests/s");
    if (next > 0)
        fprintf(out, "; p%.6g", 100 * next);
    if (next > 0)
        put_rate(out, " takes ", (uint32_t)capacity_lowest_rps(next), "/s");
}

static void put_undecided(FILE *out, const char *name, const char *words,
                          const struct capacity *found, const char *why)
{
    fprintf(out, "%s: the highest rate with %s is not known, because %s", name, words, why);
    if (found->passed_rps > 0)
        put_rate(out, "; it passed at ", found->passed_rps, " requests/s");
    if (found->failed_rps > 0)
        put_rate(out, found->passed_rps > 0 ? " and failed at " : "; it failed at ",
                 found->failed_rps, found->passed_rps > 0 ? "" : " requests/s");
}

static void put_limit(FILE *out, const char *name, const struct slo *slo, const char *words,
                      const struct capacity *found)
{
    switch (found->end) {
    case CAPACITY_FOUND:
        fprintf(out, "%s keeps %s", name, words);
        put_rate(out, " up to ", found->rate_rps, " requests/s");
        put_rate(out, "; fails at ", found->failed_rps, "/s");
        break;
    case CAPACITY_AT_LEAST:
        fprintf(out, "%s keeps %s", name, words);
        put_rate(out, " at ", found->rate_rps, " requests/s at least");
        if (found->failed_rps > 0)
            put_rate(out, " and fails at ", found->failed_rps,
                     "/s; between them the generator was late");
        else
            fputs(": the generator goes no higher", out);
        break;
    case CAPACITY_NONE:
        fprintf(out, "%s does not keep %s", name, words);
        put_rate(out, " even at ", found->failed_rps, " requests/s");
        break;
    case CAPACITY_TOO_FEW:
        put_too_few(out, name, slo);
        break;
    case CAPACITY_UNDECIDED:
        put_undecided(out, name, words, found,
                      found->is_late ? "the generator was late before any rate had passed"
                                     : "too many trials were disturbed from outside");
        break;
    case CAPACITY_UNSTEADY:
        put_undecided(out, name, words, found,
                      "rates that it kept for seconds it did not keep for long");
        break;
    case CAPACITY_GOES_ON:
        put_undecided(out, name, words, found, "the search did not come to its end");
        break;
    }
    fputs(".", out);
}

static char *limit_sentence(const struct result *result, const struct slo *slo,
                            const struct latency_limit *limit)
{
    char *text = NULL, *words = slo_words(slo);
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    put_limit(out, result->arms[limit->arm].id, slo, words, &limit->found);
    fclose(out);
    free(words);
    return text;
}

static void say_limits(struct latency *latency, const struct result *result, size_t slo)
{
    for (size_t i = 0; i < latency->limit_arms; i++) {
        const struct latency_limit *limit = &latency->limits[slo * latency->limit_arms + i];
        char *text = limit_sentence(result, &latency->slos[slo], limit);
        strings_add(&latency->sentences, text);
        free(text);
    }
}

void latency_say(struct latency *latency, const struct result *result)
{
    for (size_t c = 0; c < latency->curve_count; c++)
        say_curve(latency, result, &latency->curves[c]);
    for (size_t s = 0; s < latency->slo_count; s++)
        say_limits(latency, result, s);
}
