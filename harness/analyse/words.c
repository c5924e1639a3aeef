/* The smallest pieces of language; sentences.c joins them. */
#include "analyse/words.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Two decimals say 1 %; an interval narrower than this many hundredths would collapse in them. */
static const double NARROW = 0.03;

/* A bound that would be printed as 1.00 without being 1 hides on which side of it the interval
 * ends. */
static bool hides_its_side(double bound)
{
    return bound != 1 && fabs(bound - 1) < 0.005;
}

static int decimals(const struct estimate *estimate)
{
    if (estimate_has_interval(estimate) &&
        (estimate->high - estimate->low < NARROW || hides_its_side(estimate->low) ||
         hides_its_side(estimate->high)))
        return 3;
    return estimate->value >= 10 ? 1 : 2;
}

void words_ratio_value(char words[WORDS_MAX], const struct estimate *estimate)
{
    if (isnan(estimate->value))
        snprintf(words, WORDS_MAX, "–");
    else
        snprintf(words, WORDS_MAX, "%.*f×", decimals(estimate), estimate->value);
}

void words_ratio(char words[WORDS_MAX], const struct estimate *estimate)
{
    char value[WORDS_MAX / 2];
    int digits = decimals(estimate);
    if (isnan(estimate->value) || !estimate_has_interval(estimate)) {
        words_ratio_value(words, estimate);
        return;
    }
    snprintf(value, sizeof value, "%.*f×", digits, estimate->value);
    snprintf(words, WORDS_MAX, "%s [%.*f, %.*f]", value, digits, estimate->low, digits,
             estimate->high);
}

void words_interval(char words[WORDS_MAX], const struct estimate *estimate)
{
    int digits = decimals(estimate);
    if (estimate_has_interval(estimate))
        snprintf(words, WORDS_MAX, "%.*f – %.*f", digits, estimate->low, digits, estimate->high);
    else
        words[0] = '\0';
}

void words_share(char words[WORDS_MAX], const struct estimate *share)
{
    if (isnan(share->value))
        snprintf(words, WORDS_MAX, "–");
    else if (!estimate_has_interval(share))
        snprintf(words, WORDS_MAX, "%.0f %%", 100 * share->value);
    else
        snprintf(words, WORDS_MAX, "%.0f %% [%.0f, %.0f]", 100 * share->value, 100 * share->low,
                 100 * share->high);
}

void words_count(char words[WORDS_MAX], uint64_t count)
{
    if (count >= 1000000)
        snprintf(words, WORDS_MAX, "%" PRIu64 ",%03" PRIu64 ",%03" PRIu64, count / 1000000,
                 count / 1000 % 1000, count % 1000);
    else if (count >= 1000)
        snprintf(words, WORDS_MAX, "%" PRIu64 ",%03" PRIu64, count / 1000, count % 1000);
    else
        snprintf(words, WORDS_MAX, "%" PRIu64, count);
}

void words_time(char words[WORDS_MAX], double ns)
{
    static const char *const units[] = {"ns", "µs", "ms", "s"};
    size_t unit = 0;
    /* What %.3g would round up to 1e+03 belongs to the next unit. */
    for (; unit + 1 < sizeof units / sizeof *units && ns >= 999.5; unit++)
        ns /= 1000;
    if (isnan(ns))
        snprintf(words, WORDS_MAX, "–");
    else if (ns >= 999.5)
        snprintf(words, WORDS_MAX, "%.0f s", ns);
    else
        snprintf(words, WORDS_MAX, "%.3g %s", ns, units[unit]);
}

char *slo_words(const struct slo *slo)
{
    char limit[WORDS_MAX];
    words_time(limit, (double)slo->limit_ns);
    return text_format("p%.6g within %s", 100 * slo->p, limit);
}

void words_list(FILE *out, const char *const *names, size_t count, const char *last)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            fprintf(out, i + 1 == count ? " %s " : ", ", last);
        fputs(names[i], out);
    }
}

const char *words_arm(const struct result *result, const struct row *row)
{
    return result->arms[row->arm].id;
}

const char *words_workload(const struct result *result, size_t workload)
{
    return result->workloads[workload].workload.name;
}

/* The short check's reason for leaving this workload out, or NULL. */
static const char *why_skipped(const struct arm *arm, const char *workload)
{
    for (size_t i = 0; i < arm->skipped_workloads.count && i < arm->skipped_reasons.count; i++)
        if (strcmp(arm->skipped_workloads.items[i], workload) == 0)
            return arm->skipped_reasons.items[i];
    return NULL;
}

static bool is_only_paired(const struct result *result, size_t workload)
{
    const struct experiment *experiment = &result->experiment;
    const char *name = words_workload(result, workload);
    return strings_contain(&experiment->paired.workloads, name) &&
           !strings_contain(&experiment->solo.workloads, name) &&
           !strings_contain(&experiment->glance.workloads, name);
}

static char *why_excluded(const struct result *result, const struct row *row)
{
    const struct arm *arm = &result->arms[row->arm];
    const struct workload *workload = &result->workloads[row->workload].workload;
    const char *skipped = why_skipped(arm, words_workload(result, row->workload));
    if (arm->excluded)
        return xstrdup(arm->excluded);
    if (skipped)
        return xstrdup(skipped);
    if (!workload_suits(workload, &arm->server))
        return text_format("declares no route /%s", workload->route);
    if (!result->finished_utc)
        return xstrdup("not reached: the run ended before");
    return xstrdup(is_only_paired(result, row->workload)
                       ? "it is measured in pairs here, and nobody was left to pair it with"
                       : "not part of this experiment on this workload");
}

char *words_why(const struct result *result, const struct table *table, const struct row *row)
{
    if (row->kind == ROW_EXCLUDED)
        return why_excluded(result, row);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    const char *between = "";
    if (row->kind == ROW_INVALID && table->discards_unequal) {
        fputs(WORDS_UNEQUAL, out);
        between = "; ";
    }
    for (unsigned i = 0; i < row->reason_count; i++) {
        if (row->kind == ROW_INVALID && reason_kind(row->reasons[i]->code) != OUTCOME_INVALID)
            continue;
        fprintf(out, "%s%s: %s", between, reason_name(row->reasons[i]->code),
                row->reasons[i]->detail);
        between = "; ";
    }
    if (row->kind == ROW_INVALID && *between == '\0')
        fputs("no usable round", out);
    fclose(out);
    return text;
}

char *words_unequal_caution(const char *where)
{
    return text_format(
        "%s: one arm lost significantly more rounds than the others (Fisher p < .01); "
        "the comparison is invalid.",
        where);
}

bool words_is_of_run(const struct fact *fact)
{
    return strcmp(fact->key, "command") == 0;
}

char *words_again(const struct result *result)
{
    for (size_t i = 0; i < result->fact_count; i++)
        if (words_is_of_run(&result->facts[i]) && result->facts[i].value)
            return xstrdup(result->facts[i].value);
    return text_format("backbench run %s --seed %" PRIu64,
                       result->experiment.name ? result->experiment.name : "–", result->seed);
}
