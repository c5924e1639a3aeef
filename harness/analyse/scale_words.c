/* A sweep in sentences. */
#include "analyse/scale.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/words.h"

char *scale_ratio_words(const struct spread *ratio)
{
    if (isnan(ratio->median))
        return xstrdup("–");
    if (ratio->is_interval)
        return text_format("%.2f× [%.2f, %.2f]", ratio->median, ratio->low, ratio->high);
    if (ratio->n == 1)
        return text_format("%.2f× (one block)", ratio->median);
    return text_format("%.2f× (%.2f – %.2f in %zu blocks)", ratio->median, ratio->low, ratio->high,
                       ratio->n);
}

static void put_count(FILE *out, unsigned count)
{
    char words[WORDS_MAX];
    words_count(words, count);
    fputs(words, out);
}

static void put_bytes(FILE *out, double bytes)
{
    if (bytes < 0) /* below what the readings can tell from nothing */
        fputs("nothing that shows", out);
    else if (bytes < 1024)
        fprintf(out, "%.0f bytes", bytes);
    else
        fprintf(out, "%.1f KiB", bytes / 1024);
}

static bool holds_one(const struct spread *ratio)
{
    return ratio->is_interval && ratio->low <= 1 && ratio->high >= 1;
}

static void put_growth(FILE *out, const struct scale *scale, const struct scale_curve *curve)
{
    const struct scale_point *top = &curve->points[scale->largest];
    char *ratio = scale_ratio_words(&top->ratio);
    fputs(": at ", out);
    put_count(out, top->connections);
    fprintf(out, " connections a request costs %s what it costs at ", ratio);
    put_count(out, scale->levels[scale->base].connections);
    fputs(holds_one(&top->ratio) ? ", which this run cannot tell from as much" : "", out);
    free(ratio);
}

static void put_idle(FILE *out, const struct scale *scale, const struct scale_curve *curve,
                     const char *before)
{
    const struct scale_point *idle = &curve->points[scale->idle];
    char *ratio = scale_ratio_words(&idle->ratio);
    fprintf(out, "%sbeside ", before);
    put_count(out, idle->idle);
    fprintf(out, " idle ones %s", ratio);
    free(ratio);
}

static void put_memory(FILE *out, const struct scale *scale, const struct scale_curve *curve)
{
    double idle = scale->idle == SIZE_MAX ? NAN : curve->points[scale->idle].user_bytes;
    if (!isnan(curve->user_slope)) {
        fputs("; an active connection adds ", out);
        put_bytes(out, curve->user_slope);
        fputs(" to its memory", out);
    }
    if (!isnan(idle)) {
        fputs(isnan(curve->user_slope) ? "; an idle connection adds " : ", an idle one ", out);
        put_bytes(out, idle);
        fputs(isnan(curve->user_slope) ? " to its memory" : "", out);
    }
}

static bool has_ratio(const struct scale_curve *curve, size_t level)
{
    return level != SIZE_MAX && !isnan(curve->points[level].ratio.median);
}

static void say_curve(struct scale *scale, const struct result *result,
                      const struct scale_curve *curve)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    bool grows = has_ratio(curve, scale->largest), idles = has_ratio(curve, scale->idle);
    fputs(result->arms[curve->arm].id, out);
    if (grows)
        put_growth(out, scale, curve);
    if (idles)
        put_idle(out, scale, curve, grows ? ", and " : ": a request costs ");
    if (!grows && !idles)
        fputs(": no cost at two numbers of connections that could be compared", out);
    put_memory(out, scale, curve);
    fputs(".", out);
    fclose(out);
    strings_add(&scale->sentences, text);
    free(text);
}

void scale_say(struct scale *scale, const struct result *result)
{
    for (size_t c = 0; c < scale->curve_count; c++)
        say_curve(scale, result, &scale->curves[c]);
}

char *scale_headline(const struct scale *scale, const struct result *result)
{
    const struct scale_curve *least = NULL, *most = NULL;
    for (size_t c = 0; c < scale->curve_count; c++) {
        const struct scale_curve *curve = &scale->curves[c];
        if (!has_ratio(curve, scale->largest) || result->arms[curve->arm].server.ceiling)
            continue;
        double ratio = curve->points[scale->largest].ratio.median;
        if (!least || ratio < least->points[scale->largest].ratio.median)
            least = curve;
        if (!most || ratio > most->points[scale->largest].ratio.median)
            most = curve;
    }
    if (!least)
        return NULL;
    char *text = NULL, *words = scale_ratio_words(&least->points[scale->largest].ratio);
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    fprintf(out, "On %s, a request of %s costs %s at ", words_workload(result, scale->workload),
            result->arms[least->arm].id, words);
    put_count(out, scale->levels[scale->largest].connections);
    fputs(" connections what it costs at ", out);
    put_count(out, scale->levels[scale->base].connections);
    free(words);
    if (most != least) {
        words = scale_ratio_words(&most->points[scale->largest].ratio);
        fprintf(out, ": the least of all; of %s it costs the most, %s", result->arms[most->arm].id,
                words);
        free(words);
    }
    fputs(".", out);
    fclose(out);
    return text;
}

static void caution_of_point(const struct scale_point *point, const struct result *result,
                             const struct scale_curve *curve, struct strings *cautions)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    fprintf(out, "%s at ", result->arms[curve->arm].id);
    put_count(out, point->connections);
    fputs(point->connections == 1 ? " connection" : " connections", out);
    if (point->idle > 0) {
        fputs(" beside ", out);
        put_count(out, point->idle);
        fputs(" idle ones", out);
    }
    if (point->workers != result->experiment.workers)
        fprintf(out, " with %u workers", point->workers);
    fprintf(out, " has no valid number: %s",
            point->why ? point->why->detail : "it was not measured");
    fclose(out);
    strings_add(cautions, text);
    free(text);
}

static const char *reason_of_kind(const struct outcome *outcome, enum outcome_kind kind)
{
    for (unsigned i = 0; i < outcome->count; i++)
        if (reason_kind(outcome->reasons[i].code) == kind)
            return outcome->reasons[i].detail;
    return NULL;
}

/* How many rounds of the sweep carry a reason of this kind, of how many, and the first such. */
static size_t count_flagged(const struct scale *scale, const struct result *result,
                            enum outcome_kind kind, size_t *of, const char **first)
{
    size_t flagged = 0;
    *of = 0;
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (!round->scale || round->workload != scale->workload)
            continue;
        const char *detail = reason_of_kind(&round->outcome, kind);
        ++*of;
        if (detail && flagged++ == 0)
            *first = detail;
    }
    return flagged;
}

static void caution_of_rounds(const struct scale *scale, const struct result *result,
                              struct strings *cautions)
{
    const char *detail = "";
    size_t of = 0, lost = count_flagged(scale, result, OUTCOME_INVALID, &of, &detail);
    const char *name = words_workload(result, scale->workload);
    char *text = NULL;
    if (lost > 0)
        text = text_format("%s: %zu of the sweep's %zu rounds were refused, first: %s.", name, lost,
                           of, detail);
    if (text)
        strings_add(cautions, text);
    free(text);
    size_t noisy = count_flagged(scale, result, OUTCOME_NOISY, &of, &detail);
    if (noisy == 0)
        return;
    text = text_format("%s: %zu of the sweep's %zu rounds were noisy, first: %s. A sweep has no "
                       "pairs to share the noise: run it on a quiet machine.",
                       name, noisy, of, detail);
    strings_add(cautions, text);
    free(text);
}

void scale_cautions(const struct scale *scale, const struct result *result,
                    struct strings *cautions)
{
    caution_of_rounds(scale, result, cautions);
    for (size_t c = 0; c < scale->curve_count; c++)
        for (size_t i = 0; i < scale->count; i++)
            if (scale->curves[c].points[i].used == 0)
                caution_of_point(&scale->curves[c].points[i], result, &scale->curves[c], cautions);
}
