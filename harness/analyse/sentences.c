/* Findings: what the run shows beyond its headline. Cautions: what a reader must know before using
 * it. */
#include "analyse/sentences.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/pairs.h"
#include "analyse/rows.h"
#include "analyse/words.h"

__attribute__((format(printf, 2, 3))) static void say(struct strings *list, const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        abort();
    va_end(arguments);
    strings_add(list, text);
    free(text);
}

/* "plaintext, CPU per request against epoll: uring 0.98× [0.95, 1.01] (not separable); thread 1.42×
 * [..]." */
static void find_ranking(struct strings *findings, const struct result *result,
                         const struct table *table)
{
    char *text = NULL;
    size_t size = 0, said = 0;
    FILE *out = open_memstream(&text, &size);
    fprintf(out, "%s, CPU per request against %s: ", words_workload(result, table->workload),
            result->experiment.reference);
    for (size_t i = 0; i < table->count && table->rows[i].kind == ROW_RANKED; i++) {
        const struct row *row = &table->rows[i];
        char ratio[WORDS_MAX];
        if (row->reference)
            continue;
        words_ratio(ratio, &row->cost_ratio);
        fprintf(out, "%s%s %s", said++ ? "; " : "", words_arm(result, row), ratio);
        if (!estimate_separable(&row->cost_ratio))
            fputs(" (not separable)", out);
    }
    fputs(".", out);
    fclose(out);
    strings_add(findings, text);
    free(text);
}

static void find_near(struct strings *findings, const struct result *result,
                      const struct table *table)
{
    for (size_t i = 0; i + 1 < table->count; i++)
        if (table->rows[i].near_next)
            say(findings, "%s: the intervals of %s and %s overlap (≈); their order is not settled.",
                words_workload(result, table->workload), words_arm(result, &table->rows[i]),
                words_arm(result, &table->rows[i + 1]));
}

static void find_roof(struct strings *findings, const struct result *result,
                      const struct table *table)
{
    char *text = NULL;
    size_t size = 0, said = 0;
    FILE *out = open_memstream(&text, &size);
    fprintf(out,
            "%s, share of the roof (the CPU that a server without any HTTP needs, of the same "
            "kind): ",
            words_workload(result, table->workload));
    for (size_t i = 0; i < table->count; i++) {
        const struct row *row = &table->rows[i];
        char share[WORDS_MAX];
        if (isnan(row->roof_share.value) || row->kind == ROW_ROOF)
            continue;
        words_share(share, &row->roof_share);
        fprintf(out, "%s%s %s", said++ ? "; " : "", words_arm(result, row), share);
    }
    fputs(".", out);
    fclose(out);
    if (said)
        strings_add(findings, text);
    free(text);
}

static void find_resolution(struct summary *summary)
{
    double widths[64];
    size_t n = 0, blocks = 0;
    for (size_t t = 0; t < summary->count; t++)
        for (size_t i = 0; i < summary->tables[t].count && n < 64; i++) {
            const struct estimate *ratio = &summary->tables[t].rows[i].cost_ratio;
            if (summary->tables[t].rows[i].kind != ROW_RANKED || !estimate_has_interval(ratio))
                continue;
            widths[n++] = log(ratio->high / ratio->low) / 2;
            blocks = blocks > ratio->n ? blocks : ratio->n;
        }
    if (n > 0)
        say(&summary->findings,
            "This run resolves differences of cost of about ±%.1f %% (half an interval, "
            "in the middle of the rows), from %zu paired blocks.",
            100 * stats_median(widths, n), blocks);
    if (!isnan(summary->paired_sd) && !isnan(summary->solo_sd))
        say(&summary->findings,
            "From block to block a paired ratio varies by %.1f %%, the cost of a server "
            "measured alone by %.1f %% (robust standard deviations): ratios come from pairs.",
            100 * summary->paired_sd, 100 * summary->solo_sd);
}

static bool only_looks(const struct table *table)
{
    bool any = false;
    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i].kind == ROW_GLANCE) {
            if (!isnan(table->rows[i].cost_ratio.value))
                return false; /* compared, if only once: a direction */
            any = true;
        }
    return any && !table->ranked;
}

static void find_looks(struct summary *summary, const struct result *result)
{
    const char **names = xcalloc(summary->count + 1, sizeof *names);
    size_t n = 0;
    for (size_t t = 0; t < summary->count; t++)
        if (only_looks(&summary->tables[t]))
            names[n++] = words_workload(result, summary->tables[t].workload);
    if (n > 0) {
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        words_list(out, names, n, "and");
        fprintf(out, n > 1 ? " were only looked at: shown, not ranked."
                           : " was only looked at: shown, not ranked.");
        fclose(out);
        strings_add(&summary->findings, text);
        free(text);
    }
    free(names);
}

/* NULL: there is nothing to say. */
static void add_owned(struct strings *list, char *text)
{
    if (text)
        strings_add(list, text);
    free(text);
}

/* Of a run that ranks nothing claims are the headline, as many
 * as have room in it: those are said there. */
static void find_claim(struct summary *summary, char *text)
{
    if (text && !strstr(summary->headline, text))
        strings_add(&summary->findings, text);
    free(text);
}

void sentences_findings(struct summary *summary, const struct result *result)
{
    for (size_t t = 0; t < summary->count; t++) {
        const struct table *table = &summary->tables[t];
        if (table->ranked) {
            find_ranking(&summary->findings, result, table);
            find_near(&summary->findings, result, table);
        }
        find_roof(&summary->findings, result, table);
    }
    for (size_t i = 0; i < summary->scale_count; i++)
        find_claim(summary, scale_headline(&summary->scales[i], result));
    for (size_t i = 0; i < summary->at_rate_count; i++) {
        find_claim(summary, at_rate_finding(&summary->at_rates[i], result));
        add_owned(&summary->findings, at_rate_self_check_finding(&summary->at_rates[i], result));
    }
    for (size_t i = 0; i < summary->latency_count; i++)
        find_claim(summary, latency_headline(&summary->latencies[i], result));
    for (size_t i = 0; i < summary->consistency_count; i++)
        find_claim(summary, consistency_headline(&summary->consistencies[i], result));
    for (size_t i = 0; i < summary->stairs_count; i++)
        for (size_t k = 0; k < summary->stairs[i].sentences.count; k++)
            strings_add(&summary->findings, summary->stairs[i].sentences.items[k]);
    find_resolution(summary);
    if (summary->self_check != SELF_CHECK_DIFFERS)
        find_looks(summary, result);
}

static char *percent_words(const struct estimate *ratio)
{
    return text_format("%+.1f %% [%+.1f, %+.1f]", 100 * (ratio->value - 1), 100 * (ratio->low - 1),
                       100 * (ratio->high - 1));
}

static bool is_checked_at_rate(const struct summary *summary)
{
    for (size_t i = 0; i < summary->at_rate_count; i++)
        if (at_rate_self_check(&summary->at_rates[i]) != SELF_CHECK_ABSENT)
            return true;
    return false;
}

static void caution_self_check(struct summary *summary)
{
    if (summary->self_check == SELF_CHECK_DIFFERS) {
        char *by = percent_words(&summary->self_check_ratio);
        say(&summary->cautions,
            "Two copies of the same server differ by %s: this machine disagrees with itself. Do "
            "not use the ranking; look for what else runs here.",
            by);
        free(by);
    } else if (summary->self_check == SELF_CHECK_ABSENT && !is_checked_at_rate(summary))
        say(&summary->cautions,
            "No self-check was run: nothing says how far this machine agrees with itself.");
    else if (summary->self_check == SELF_CHECK_TOO_SHORT)
        say(&summary->cautions, "The self-check has too few blocks to judge the machine by.");
}

void sentences_refuted_alarm(struct summary *summary, const char *workload,
                             const struct estimate *alarm, const struct estimate *fresh)
{
    char *first = percent_words(alarm), *then = percent_words(fresh);
    say(&summary->cautions,
        "On %s the first self-check differed by %s; on fresh blocks by %s, which does not confirm "
        "it. The ranking stands, on a machine that was not quiet throughout.",
        workload, first, then);
    free(first);
    free(then);
}

static void caution_discards(struct summary *summary, const struct result *result)
{
    for (size_t t = 0; t < summary->count; t++)
        if (summary->tables[t].discards_unequal)
            add_owned(&summary->cautions,
                      words_unequal_caution(words_workload(result, summary->tables[t].workload)));
}

static void caution_censored(struct summary *summary, const struct result *result)
{
    const char **names = xcalloc(summary->count + 1, sizeof *names);
    size_t n = 0;
    for (size_t t = 0; t < summary->count; t++) {
        bool censored = false;
        for (size_t i = 0; i < summary->tables[t].count; i++)
            censored |= summary->tables[t].rows[i].throughput_censored;
        if (censored)
            names[n++] = words_workload(result, summary->tables[t].workload);
    }
    if (n > 0) {
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        fputs("Throughput marked ≥ is a lower bound (", out);
        words_list(out, names, n, "and");
        fputs("): something other than the server was the limit there, so such figures cannot be "
              "ordered; cost is not affected.",
              out);
        fclose(out);
        strings_add(&summary->cautions, text);
        free(text);
    }
    free(names);
}

/* One sentence a workload: whose rounds, and the first reason as an example. */
static void caution_noisy(struct summary *summary, const struct result *result,
                          const struct table *table)
{
    const char **names = xcalloc(table->count + 1, sizeof *names), *detail = NULL;
    size_t n = 0;
    for (size_t i = 0; i < table->count; i++)
        for (unsigned r = 0; r < table->rows[i].reason_count; r++) {
            const struct reason *reason = table->rows[i].reasons[r];
            if (reason->code != REASON_NOISY || table->rows[i].kind > ROW_GLANCE)
                continue;
            names[n++] = words_arm(result, &table->rows[i]);
            detail = detail ? detail : reason->detail;
        }
    if (n > 0) {
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        fprintf(out, "%s: the machine was busy during rounds of ",
                words_workload(result, table->workload));
        words_list(out, names, n, "and");
        fprintf(out, " (%s). Pairs share such noise; absolute figures carry it.", detail);
        fclose(out);
        strings_add(&summary->cautions, text);
        free(text);
    }
    free(names);
}

static void caution_failures(struct summary *summary, const struct result *result,
                             const struct table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct row *row = &table->rows[i];
        unsigned failed = 0;
        for (size_t r = 0; r < result->round_count; r++)
            failed += result->rounds[r].arm == row->arm && round_is_tabled(&result->rounds[r]) &&
                      result->rounds[r].workload == row->workload &&
                      !round_is_replaced(result, &result->rounds[r]) &&
                      round_failed_itself(&result->rounds[r]);
        if (row->kind == ROW_INVALID) {
            char *why = words_why(result, table, row);
            say(&summary->cautions, "%s on %s has no valid number: %s.", words_arm(result, row),
                words_workload(result, table->workload), why);
            free(why);
        } else if (failed > 0) {
            char *why = words_why(result, table, row);
            say(&summary->cautions,
                "%s on %s failed in %u of its rounds (%s); its row is from the others.",
                words_arm(result, row), words_workload(result, table->workload), failed, why);
            free(why);
        }
    }
}

static const struct reason *stop_of(const struct round *round, size_t arm)
{
    for (unsigned i = 0; round->arm == arm && i < round->outcome.count; i++)
        if (round->outcome.reasons[i].code == REASON_NOT_STOPPED)
            return &round->outcome.reasons[i];
    return NULL;
}

/* A server that is killed each time may have lost work that one which drains would have done; the
 * numbers stand, but whoever deploys it must know. Each way it happened is counted by itself. */
static void caution_stops(struct summary *summary, const struct result *result, size_t arm)
{
    struct strings said = {0};
    for (size_t i = 0; i < result->round_count; i++) {
        const struct reason *reason = stop_of(&result->rounds[i], arm);
        unsigned rounds = 0, alike = 0;
        if (!reason || strings_contain(&said, reason->detail))
            continue;
        for (size_t k = 0; k < result->round_count; k++) {
            const struct reason *other = stop_of(&result->rounds[k], arm);
            rounds += result->rounds[k].arm == arm;
            alike += other && strcmp(other->detail, reason->detail) == 0;
        }
        say(&summary->cautions, "%s: in %u of %u rounds %s.", result->arms[arm].id, alike, rounds,
            reason->detail);
        strings_add(&said, reason->detail);
    }
    strings_release(&said);
}

static void caution_excluded(struct summary *summary, const struct result *result)
{
    for (size_t i = 0; i < result->arm_count; i++) {
        const struct arm *arm = &result->arms[i];
        if (arm->excluded)
            say(&summary->cautions, "%s was not measured%s: %s.", arm->id,
                arm->excluded_is_failure ? " because it failed its check" : "", arm->excluded);
        for (size_t s = 0; s < arm->skipped_reasons.count; s++)
            say(&summary->cautions, "Not measured: %s.", arm->skipped_reasons.items[s]);
    }
}

void sentences_cautions(struct summary *summary, const struct result *result)
{
    if (summary->count + summary->at_rate_count > 0) /* a sweep compares each server with itself */
        caution_self_check(summary);
    for (size_t i = 0; i < summary->at_rate_count; i++)
        at_rate_cautions(&summary->at_rates[i], result, &summary->cautions);
    if (result->is_running)
        say(&summary->cautions, "The run still goes on: this is what it has measured so far.");
    else if (!result->finished_utc)
        say(&summary->cautions, "The run was interrupted: what is missing was not measured.");
    caution_discards(summary, result);
    for (size_t t = 0; t < summary->count; t++)
        caution_failures(summary, result, &summary->tables[t]);
    for (size_t t = 0; t < summary->count; t++)
        caution_noisy(summary, result, &summary->tables[t]);
    for (size_t i = 0; i < summary->scale_count; i++)
        scale_cautions(&summary->scales[i], result, &summary->cautions);
    for (size_t i = 0; i < summary->latency_count; i++)
        latency_cautions(&summary->latencies[i], result, &summary->cautions);
    for (size_t i = 0; i < summary->consistency_count; i++)
        consistency_cautions(&summary->consistencies[i], result, &summary->cautions);
    for (size_t i = 0; i < summary->stairs_count; i++)
        stairs_cautions(&summary->stairs[i], result, &summary->cautions);
    for (size_t arm = 0; arm < result->arm_count; arm++)
        caution_stops(summary, result, arm);
    caution_excluded(summary, result);
    caution_censored(summary, result);
    for (size_t i = 0; i < result->warnings.count; i++)
        strings_add(&summary->cautions, result->warnings.items[i]);
    for (size_t i = 0; i < result->notes.count; i++)
        strings_add(&summary->cautions, result->notes.items[i]);
}
