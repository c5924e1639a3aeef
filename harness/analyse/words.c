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

static const struct time_unit {
    double ns;
    const char *name;
} time_units[] = {{1, "ns"}, {1e3, "µs"}, {1e6, "ms"}, {1e9, "s"}};
enum { TIME_UNITS = sizeof time_units / sizeof *time_units };

/* What three digits would round up to 1e+03 belongs to the next unit. */
static const struct time_unit *time_unit(double ns)
{
    size_t unit = 0;
    while (unit + 1 < TIME_UNITS && ns / time_units[unit].ns >= 999.5)
        unit++;
    return &time_units[unit];
}

void words_time(char words[WORDS_MAX], double ns)
{
    const struct time_unit *unit = time_unit(ns);
    double value = ns / unit->ns;
    if (isnan(ns))
        snprintf(words, WORDS_MAX, "–");
    else
        snprintf(words, WORDS_MAX, value < 999.5 ? "%.3g %s" : "%.0f %s", value, unit->name);
}

/* Of a time that was measured to whole nanoseconds: three digits, unless it has fewer. */
static int time_decimals(double ns)
{
    const struct time_unit *unit = time_unit(ns);
    double value = ns / unit->ns;
    return unit == time_units || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
}

void words_time_middle(char words[WORDS_MAX], const struct spread *spread)
{
    const struct time_unit *unit = time_unit(spread->median);
    if (isnan(spread->median))
        snprintf(words, WORDS_MAX, "–");
    else
        snprintf(words, WORDS_MAX, "%.*f %s", time_decimals(spread->median),
                 spread->median / unit->ns, unit->name);
}

/* So many of a unit, or more, are read better in the next. */
static const double FAR_OUT = 9999.5;

/* An end can be above what its unit is made for: "1,235" beside "980 µs". */
static void end_of_range(char words[WORDS_MAX], double value, int decimals)
{
    if (value < 999.5)
        snprintf(words, WORDS_MAX, "%.*f", decimals, value);
    else
        words_count(words, (uint64_t)round(value));
}

void words_time_range(char words[WORDS_MAX], const struct spread *spread)
{
    char low[WORDS_MAX], high[WORDS_MAX];
    double unit_ns = time_unit(spread->median)->ns;
    int decimals = time_decimals(spread->median);
    words[0] = '\0';
    if (spread->n < 2 || isnan(spread->median) || isnan(spread->low) || isnan(spread->high))
        return;
    if (spread->high / unit_ns >= FAR_OUT) {
        words_time(low, spread->low);
        words_time(high, spread->high);
    } else {
        end_of_range(low, spread->low / unit_ns, decimals);
        end_of_range(high, spread->high / unit_ns, decimals);
    }
    snprintf(words, WORDS_MAX, "%.24s%s%.24s", low, spread->is_interval ? ", " : " – ", high);
}

void words_bytes(char words[WORDS_MAX], double bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t unit = 0;
    double value = fabs(bytes);
    for (; unit + 1 < sizeof units / sizeof *units && value >= 1024; unit++)
        value /= 1024;
    if (isnan(bytes))
        snprintf(words, WORDS_MAX, "–");
    else
        snprintf(words, WORDS_MAX, "%s%.*f %s", bytes < 0 ? "-" : "",
                 unit > 0 && value < 9.95 ? 1 : 0, value, units[unit]);
}

enum leak_of { LEAK_OF_ONE, LEAK_OF_MILLION, LEAK_OF_BILLION };

/* Two digits that count. */
static void leak_of_many(char figure[WORDS_MAX], double bytes)
{
    double value = fabs(bytes), unit = pow(10, floor(log10(value)) - 1);
    char count[WORDS_MAX];
    if (value < 9.95)
        snprintf(count, sizeof count, "%.1f", value);
    else
        words_count(count, (uint64_t)(round(value / unit) * unit + .5));
    snprintf(figure, WORDS_MAX, "%s%.20s bytes", bytes < 0 ? "-" : "", count);
}

static enum leak_of leak_figure(char figure[WORDS_MAX], double bytes)
{
    double size = fabs(bytes);
    enum leak_of of = size >= .00995 || size == 0 ? LEAK_OF_ONE
                      : size * 1e6 >= .995        ? LEAK_OF_MILLION
                                                  : LEAK_OF_BILLION;
    if (size >= 1024)
        words_bytes(figure, bytes);
    else if (size >= .995)
        snprintf(figure, WORDS_MAX, "%.*f bytes", size < 9.95 ? 1 : 0, bytes);
    else if (of == LEAK_OF_ONE)
        snprintf(figure, WORDS_MAX, "%.2g bytes", bytes);
    else
        leak_of_many(figure, bytes * (of == LEAK_OF_MILLION ? 1e6 : 1e9));
    return of;
}

static void put_leak(char words[WORDS_MAX], double bytes, const char *const names[])
{
    char figure[WORDS_MAX] = "";
    enum leak_of of = isnan(bytes) ? LEAK_OF_ONE : leak_figure(figure, bytes);
    if (isnan(bytes))
        snprintf(words, WORDS_MAX, "–");
    else
        snprintf(words, WORDS_MAX, "%.40s%s", figure, names[of]);
}

void words_leak(char words[WORDS_MAX], double bytes)
{
    static const char *const names[] = {" a request", " per million requests",
                                        " per billion requests"};
    put_leak(words, bytes, names);
}

void words_leak_short(char words[WORDS_MAX], double bytes)
{
    static const char *const names[] = {"/request", "/million", "/billion"};
    put_leak(words, bytes, names);
}

void words_seconds(char words[WORDS_MAX], double seconds)
{
    if (seconds < 600)
        snprintf(words, WORDS_MAX, "%.0f s", seconds);
    else if (seconds < 7200)
        snprintf(words, WORDS_MAX, "%.0f min", seconds / 60);
    else
        snprintf(words, WORDS_MAX, "%.1f h", seconds / 3600);
}

void words_large(char words[WORDS_MAX], double count)
{
    double unit = pow(10, fmax(0, floor(log10(fmax(count, 1))) - 2));
    if (count >= 999.5e6)
        snprintf(words, WORDS_MAX, "%.3g billion", count / 1e9);
    else if (count >= 999500)
        snprintf(words, WORDS_MAX, "%.3g million", count / 1e6);
    else
        words_count(words, (uint64_t)(round(count / unit) * unit));
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

void words_few(FILE *out, const char *const *names, size_t count)
{
    const char *shown[WORDS_FEW];
    char more[WORDS_MAX];
    size_t named = count > WORDS_FEW ? WORDS_FEW - 1 : count;
    for (size_t i = 0; i < named; i++)
        shown[i] = names[i];
    snprintf(more, sizeof more, "%zu more", count - named);
    if (named < count)
        shown[named++] = more;
    words_list(out, shown, named, "and");
}

const char *words_arm(const struct result *result, const struct row *row)
{
    return result->arms[row->arm].id;
}

const char *words_workload(const struct result *result, size_t workload)
{
    return result->workloads[workload].workload.name;
}

const char *words_why_skipped(const struct arm *arm, const char *workload)
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
    const char *skipped = words_why_skipped(arm, words_workload(result, row->workload));
    if (arm->excluded)
        return xstrdup(arm->excluded);
    if (skipped)
        return xstrdup(skipped);
    if (!workload_suits(workload, &arm->server))
        return text_format("declares no route /%s", workload->route);
    if (result->is_running)
        return xstrdup("not reached yet: the run still goes on");
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

/* One that --server brought is called by its file, perhaps with a number; what has a name lies in
 * server-NAME or below a folder of that name. */
static bool is_own(const struct arm *arm)
{
    const char *path = arm->server.path ? arm->server.path : "", *slash = strrchr(path, '/');
    const char *file = slash ? slash + 1 : path;
    size_t len = strlen(file);
    const char *rest = arm->id + len;
    return len > 0 && strncmp(arm->id, file, len) == 0 &&
           (*rest == '\0' || (*rest == '-' && rest[1 + strspn(rest + 1, "0123456789")] == '\0'));
}

void words_choice(FILE *out, const struct result *result, const size_t *arms, size_t count)
{
    const char *between = "--servers ";
    for (size_t i = 0; i < count; i++)
        if (!is_own(&result->arms[arms[i]])) {
            fprintf(out, "%s%s", between, result->arms[arms[i]].id);
            between = ",";
        }
    if (*between != ',')
        fputs("--servers none", out);
    for (size_t i = 0; i < count; i++)
        if (is_own(&result->arms[arms[i]])) {
            char *path = text_for_shell(result->arms[arms[i]].server.path);
            fprintf(out, " --server %s", path);
            free(path);
        }
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
