/* What latencies say of a run as a whole: its headline, and
 * what a reader must know before using them. */
#include "analyse/latency.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/pairs.h"
#include "analyse/words.h"

/* Two highest rates that lie nearer are not told apart: nine searches in ten come out within this
 * of the truth (docs/method.md). */
static const double SEARCH_DOUBT = 0.1;

struct entry { /* a server and what it is compared by */
    size_t arm;
    struct spread spread;
};

static int by_value(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->spread.median < y->spread.median || x->spread.median > y->spread.median)
        return x->spread.median < y->spread.median ? -1 : 1;
    return (x->arm > y->arm) - (x->arm < y->arm);
}

/* Equal ones stay in the order of the arms. */
static int by_value_down(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->spread.median < y->spread.median || x->spread.median > y->spread.median)
        return x->spread.median > y->spread.median ? -1 : 1;
    return (x->arm > y->arm) - (x->arm < y->arm);
}

static void put_names(FILE *out, const struct result *result, const struct entry *entries,
                      size_t count)
{
    const char **names = xcalloc(count + 1, sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = result->arms[entries[i].arm].id;
    words_few(out, names, count);
    free(names);
}

/* Servers with their p99 at the common rate, the fastest first; the caller frees. */
static struct entry *fastest(const struct latency *latency, const struct result *result,
                             size_t *count)
{
    struct entry *entries = xcalloc(latency->curve_count + 1, sizeof *entries);
    *count = 0;
    for (size_t c = 0; c < latency->curve_count; c++) {
        const struct latency_curve *curve = &latency->curves[c];
        const struct latency_point *point = latency_point_at(curve, latency->common_rps);
        if (point && !isnan(point->p_ns[LATENCY_P99].median) &&
            !result->arms[curve->arm].server.ceiling)
            entries[(*count)++] = (struct entry){curve->arm, point->p_ns[LATENCY_P99]};
    }
    qsort(entries, *count, sizeof *entries, by_value);
    return entries;
}

/* How many of the first cannot be told from the very first. */
static size_t alike(const struct entry *entries, size_t count)
{
    size_t n = 1;
    while (n < count && !spread_is_below(&entries[0].spread, &entries[n].spread))
        n++;
    return n;
}

static void put_value(FILE *out, const struct spread *spread)
{
    char *words = latency_time_words(spread);
    fputs(words, out);
    free(words);
}

/* From the fastest to the slowest of those that cannot be told from it. */
static void put_alike(FILE *out, const struct entry *entries, size_t count)
{
    const struct spread first = {.median = entries[0].spread.median},
                        last = {.median = entries[count - 1].spread.median};
    char *from = latency_time_words(&first), *to = latency_time_words(&last);
    fputs(from, out);
    if (strcmp(from, to) != 0)
        fprintf(out, " to %s", to);
    fputs(", and are not told apart", out);
    free(from);
    free(to);
}

static void put_fastest(FILE *out, const struct latency *latency, const struct result *result,
                        const struct entry *entries, size_t count)
{
    char rate[WORDS_MAX];
    size_t best = alike(entries, count);
    words_count(rate, latency->common_rps);
    fprintf(out, "On %s at %s requests/s, ", words_workload(result, latency->workload), rate);
    put_names(out, result, entries, best);
    fprintf(out, best > 1 ? " answer 99 of 100 requests within "
                          : " answers 99 of 100 requests within ");
    if (best > 1)
        put_alike(out, entries, best);
    else
        put_value(out, &entries[0].spread);
    if (best < count) {
        fprintf(out, "%s %s takes longest, ", best > 1 ? ";" : ", the least of all;",
                result->arms[entries[count - 1].arm].id);
        put_value(out, &entries[count - 1].spread);
    }
    fputs(".", out);
}

struct lasting { /* those whose search for an objective has an answer, the highest rate first */
    const struct slo *slo;
    struct entry *entries; /* value: the rate; owned */
    size_t count;
    bool has_bounds;
    /* Those whose search has none; value: where it failed, 0 if nowhere; owned. */
    struct entry *open;
    size_t open_count;
};

static bool is_open(const struct capacity *found)
{
    return found->end == CAPACITY_UNDECIDED || found->end == CAPACITY_UNSTEADY ||
           found->end == CAPACITY_GOES_ON;
}

static struct lasting longest(const struct latency *latency, size_t slo)
{
    struct lasting lasting = {.slo = &latency->slos[slo]};
    lasting.entries = xcalloc(latency->limit_arms + 1, sizeof *lasting.entries);
    lasting.open = xcalloc(latency->limit_arms + 1, sizeof *lasting.open);
    for (size_t i = 0; i < latency->limit_arms; i++) {
        const struct latency_limit *limit = &latency->limits[slo * latency->limit_arms + i];
        if (is_open(&limit->found))
            lasting.open[lasting.open_count++] =
                (struct entry){limit->arm, {.median = limit->found.failed_rps}};
        if (limit->found.end != CAPACITY_FOUND && limit->found.end != CAPACITY_AT_LEAST)
            continue;
        lasting.has_bounds |= limit->found.end == CAPACITY_AT_LEAST;
        lasting.entries[lasting.count++] =
            (struct entry){limit->arm, {.median = limit->found.rate_rps}};
    }
    qsort(lasting.entries, lasting.count, sizeof *lasting.entries, by_value_down);
    return lasting;
}

static void put_limit(FILE *out, const struct entry *entry)
{
    char rate[WORDS_MAX];
    words_count(rate, (uint64_t)entry->spread.median);
    fputs(rate, out);
}

/* May a server whose search has no answer keep it as long as the first of those that have one? */
static bool may_be_outlasted(const struct lasting *lasting)
{
    for (size_t i = 0; i < lasting->open_count; i++) {
        double failed_rps = lasting->open[i].spread.median;
        if (!(failed_rps > 0) ||
            failed_rps >= lasting->entries[0].spread.median * (1 - SEARCH_DOUBT))
            return true;
    }
    return false;
}

static void put_open(FILE *out, const struct result *result, const struct lasting *lasting)
{
    if (lasting->open_count == 0)
        return;
    fputs(lasting->open_count > 1 ? "; the highest rates of " : "; the highest rate of ", out);
    put_names(out, result, lasting->open, lasting->open_count);
    fputs(lasting->open_count > 1 ? " are not known" : " is not known", out);
}

/* Where one is a bound, or has no answer, there is an order of what was reached, and no longest. */
static void put_longest(FILE *out, const struct result *result, const struct lasting *lasting)
{
    const struct entry *entries = lasting->entries, *last = &entries[lasting->count - 1];
    char *slo = slo_words(lasting->slo);
    size_t best = 1;
    while (best < lasting->count &&
           entries[best].spread.median >= entries[0].spread.median * (1 - SEARCH_DOUBT))
        best++;
    put_names(out, result, entries, best);
    fprintf(out, best > 1 ? " keep %s " : " keeps %s ", slo);
    bool is_longest = lasting->count > best && !may_be_outlasted(lasting);
    fputs(lasting->has_bounds ? "at least up to " : is_longest ? "longest, up to " : "up to ", out);
    put_limit(out, &entries[0]);
    fputs(best > 1 ? " requests/s or about as many" : " requests/s", out);
    if (best < lasting->count) {
        fprintf(out, ", %s up to ", result->arms[last->arm].id);
        put_limit(out, last);
    }
    put_open(out, result, lasting);
    fputs(".", out);
    free(slo);
}

char *latency_headline(const struct latency *latency, const struct result *result)
{
    char *text = NULL;
    size_t size = 0, count;
    struct entry *fast = fastest(latency, result, &count);
    struct lasting lasting = {0};
    FILE *out = open_memstream(&text, &size);
    if (latency->slo_count > 0)
        lasting = longest(latency, 0);
    if (count > 0)
        put_fastest(out, latency, result, fast, count);
    if (count > 0 && lasting.count > 0)
        fputs(" ", out);
    else if (lasting.count > 0)
        fprintf(out, "On %s, ", words_workload(result, latency->workload));
    if (lasting.count > 0)
        put_longest(out, result, &lasting);
    fclose(out);
    free(fast);
    free(lasting.entries);
    free(lasting.open);
    if (count + lasting.count > 0)
        return text;
    free(text);
    return NULL;
}

static bool belongs(const struct round *round, size_t workload)
{
    return round->workload == workload && (round->curve || round_is_trial(round));
}

/* An overload is the answer of a curve or a trial; so is a
 * generator that is late at the end of one. */
static const struct reason *complaint(const struct round *round, enum outcome_kind kind)
{
    for (unsigned i = 0; i < round->outcome.count; i++) {
        const struct reason *reason = &round->outcome.reasons[i];
        if (reason_kind(reason->code) == kind && reason->code != REASON_OVERLOADED &&
            reason->code != REASON_GEN_LATE)
            return reason;
    }
    return NULL;
}

static void caution_of_rounds(const struct latency *latency, const struct result *result,
                              enum outcome_kind kind, const char *what, struct strings *cautions)
{
    const struct reason *first = NULL;
    size_t count = 0, of = 0;
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (!belongs(round, latency->workload))
            continue;
        const struct reason *reason = complaint(round, kind);
        of++;
        count += reason != NULL;
        first = first ? first : reason;
    }
    if (count == 0)
        return;
    char *text =
        text_format("%s: %zu of the %zu rounds at a rate, each server alone, %s %s, first: %s.",
                    words_workload(result, latency->workload), count, of,
                    count == 1 ? "was" : "were", what, first->detail);
    strings_add(cautions, text);
    free(text);
}

/* A rate between two others, or the only one, that has nothing
 * to show though the server did not fail at it. */
static void caution_of_point(const struct latency_point *point, const struct result *result,
                             size_t arm, struct strings *cautions)
{
    char rate[WORDS_MAX];
    if (point->used > 0 || point->faults > 0)
        return;
    words_count(rate, point->rate_rps);
    char *text = text_format("%s at %s requests/s has no latency: %s.", result->arms[arm].id, rate,
                             point->why_lost ? point->why_lost->detail : point->why[LATENCY_P50]);
    strings_add(cautions, text);
    free(text);
}

/* Where a server failed in a few rounds: which of the others
 * its latency is from. The caller frees. */
static char *survivors_words(const struct latency_point *point)
{
    if (point->used == 0)
        return xstrdup("none of the others could be used");
    if (point->faults == point->lost)
        return xstrdup("its latency is from the others");
    if (point->used == 1)
        return xstrdup("its latency is from one of the others");
    return text_format("its latency is from %u of the others", point->used);
}

/* A server that fails by anything else than that it was too much is told with its words; so is one
 * that fails at times, because its latency is from the rounds that it survived. */
static void caution_of_failure(const struct latency_point *point, const struct result *result,
                               size_t arm, struct strings *cautions)
{
    char rate[WORDS_MAX], *text = NULL;
    const struct reason *why = point->why_lost;
    if (point->faults == 0 || (point->failed && why->code == REASON_OVERLOADED))
        return;
    words_count(rate, point->rate_rps);
    if (point->failed)
        text = text_format("%s failed at %s requests/s (%s): %s.", result->arms[arm].id, rate,
                           reason_name(why->code), why->detail);
    else {
        char *survivors = survivors_words(point);
        text = text_format("%s failed in %u of %u rounds at %s requests/s (%s: %s); %s.",
                           result->arms[arm].id, point->faults, point->used + point->lost, rate,
                           reason_name(why->code), why->detail, survivors);
        free(survivors);
    }
    strings_add(cautions, text);
    free(text);
}

/* A clause on a search without an answer; NULL: it has one. */
static const char *why_unended(const struct capacity *found)
{
    if (found->end == CAPACITY_GOES_ON)
        return "was not ended";
    if (found->end == CAPACITY_UNDECIDED && found->is_late)
        return "ended because the generator was late before any rate had passed; a quieter "
               "machine, or a CPU that nobody else uses, may show more";
    if (found->end == CAPACITY_UNDECIDED)
        return "was disturbed from outside too often to be ended";
    if (found->end == CAPACITY_UNSTEADY)
        return "found rates that it keeps for seconds and not for long: it does not answer alike "
               "from one trial to the next";
    return NULL;
}

static void caution_of_blindness(const struct latency_limit *limit, const char *name,
                                 const char *words, struct strings *cautions)
{
    char first[WORDS_MAX];
    words_count(first, limit->found.first_rps);
    char *text = text_format("%s, %s: nothing told beforehand how much it can take, so the search "
                             "began at %s requests/s.",
                             name, words, first);
    strings_add(cautions, text);
    free(text);
}

static void caution_of_search(const struct latency_limit *limit, const struct result *result,
                              const char *words, struct strings *cautions)
{
    const char *name = result->arms[limit->arm].id, *why = why_unended(&limit->found);
    char *text = why ? text_format("%s, %s: the search %s.", name, words, why) : NULL;
    if (text)
        strings_add(cautions, text);
    free(text);
    if (limit->found.is_blind && limit->found.trials_count > 0)
        caution_of_blindness(limit, name, words, cautions);
}

void latency_cautions(const struct latency *latency, const struct result *result,
                      struct strings *cautions)
{
    caution_of_rounds(latency, result, OUTCOME_INVALID, "refused", cautions);
    caution_of_rounds(latency, result, OUTCOME_NOISY, "noisy", cautions);
    for (size_t c = 0; c < latency->curve_count; c++)
        for (size_t i = 0; i < latency->curves[c].count; i++) {
            const struct latency_curve *curve = &latency->curves[c];
            caution_of_point(&curve->points[i], result, curve->arm, cautions);
            caution_of_failure(&curve->points[i], result, curve->arm, cautions);
        }
    for (size_t i = 0; i < latency->slo_count * latency->limit_arms; i++) {
        char *words = slo_words(&latency->slos[i / latency->limit_arms]);
        caution_of_search(&latency->limits[i], result, words, cautions);
        free(words);
    }
}
