/* What pairs at a rate say, in sentences. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyse/at_rate.h"
#include "analyse/words.h"

const char *at_rate_name(enum at_rate_figure figure)
{
    static const char *const names[] = {"CPU per request", "p50", "p99"};
    return names[figure];
}

char *at_rate_title(const struct at_rate *at_rate, const struct result *result)
{
    char rate[WORDS_MAX];
    words_count(rate, at_rate->rate_rps);
    return text_format("%s at %s requests/s", words_workload(result, at_rate->workload), rate);
}

char *at_rate_caption(const struct at_rate *at_rate)
{
    char rate[WORDS_MAX];
    words_count(rate, at_rate->rate_rps);
    return text_format(
        "Both servers of a pair together were asked for %s requests/s at random moments, and "
        "each figure is a ratio to the reference beside it; latencies of models are compared where "
        "each runs alone, because two servers that share a CPU share its stalls.%s",
        rate, at_rate->discards_unequal ? " No ratio is shown: " WORDS_UNEQUAL "." : "");
}

char *at_rate_why(const struct at_rate *at_rate, const struct at_rate_row *row)
{
    if (!at_rate->discards_unequal)
        return row->why ? xstrdup(row->why->detail) : NULL;
    return row->why ? text_format("%s; %s", WORDS_UNEQUAL, row->why->detail)
                    : xstrdup(WORDS_UNEQUAL);
}

/* "; p50: uring 0.98× [0.95, 1.01], thread 1.20× [1.1, 1.3]"; how many were written. */
static size_t put_figure(FILE *out, const struct at_rate *at_rate, const struct result *result,
                         enum at_rate_figure figure, const char *before)
{
    size_t said = 0;
    for (size_t i = 0; i < at_rate->count; i++) {
        const struct at_rate_row *row = &at_rate->rows[i];
        char ratio[WORDS_MAX];
        if (row->reference || isnan(row->ratios[figure].value))
            continue;
        words_ratio(ratio, &row->ratios[figure]);
        if (said++ == 0)
            fprintf(out, "%s%s: ", before, at_rate_name(figure));
        else
            fputs(", ", out);
        fprintf(out, "%s %s", result->arms[row->arm].id, ratio);
    }
    return said;
}

char *at_rate_finding(const struct at_rate *at_rate, const struct result *result)
{
    char *text = NULL, *title = at_rate_title(at_rate, result);
    size_t size = 0, said = 0;
    FILE *out = open_memstream(&text, &size);
    fprintf(out, "%s of both servers together, against %s", title,
            result->experiment.reference ? result->experiment.reference : "the reference");
    for (enum at_rate_figure figure = 0; figure < AT_RATE_FIGURES; figure++)
        said += put_figure(out, at_rate, result, figure, said == 0 ? ", " : "; ");
    fputs(".", out);
    fclose(out);
    free(title);
    if (said > 0)
        return text;
    free(text);
    return NULL;
}

char *at_rate_self_check_finding(const struct at_rate *at_rate, const struct result *result)
{
    char *text = NULL, *title;
    size_t size = 0, said = 0;
    if (at_rate_self_check(at_rate) == SELF_CHECK_ABSENT)
        return NULL;
    title = at_rate_title(at_rate, result);
    FILE *out = open_memstream(&text, &size);
    fprintf(out, "%s, a second copy of %s against the first: ", title,
            result->experiment.reference ? result->experiment.reference : "the reference");
    for (enum at_rate_figure figure = 0; figure < AT_RATE_FIGURES; figure++) {
        char ratio[WORDS_MAX];
        if (at_rate->checks[figure].state == SELF_CHECK_ABSENT)
            continue;
        words_ratio(ratio, &at_rate->checks[figure].ratio);
        fprintf(out, "%s%s %s", said++ ? "; " : "", at_rate_name(figure), ratio);
    }
    fputs(".", out);
    fclose(out);
    free(title);
    return text;
}

static void add(struct strings *list, char *text)
{
    strings_add(list, text);
    free(text);
}

static char *percent_words(const struct estimate *ratio)
{
    return text_format("%+.1f %% [%+.1f, %+.1f]", 100 * (ratio->value - 1), 100 * (ratio->low - 1),
                       100 * (ratio->high - 1));
}

static void caution_check(const struct self_check *check, const char *title, const char *name,
                          struct strings *cautions)
{
    char *first = percent_words(&check->alarm), *then = percent_words(&check->ratio);
    if (check->state == SELF_CHECK_DIFFERS)
        add(cautions,
            text_format("%s: two copies of the same server differ in %s by %s: this machine "
                        "disagrees with itself, and no such ratio is shown.",
                        title, name, then));
    else if (check->is_refuted)
        add(cautions,
            text_format("%s: the first self-check differed in %s by %s; on fresh blocks by %s, "
                        "which does not confirm it.",
                        title, name, first, then));
    free(first);
    free(then);
}

static void caution_lost(const struct at_rate_row *row, const char *title,
                         const struct result *result, struct strings *cautions)
{
    if (row->lost == 0)
        return;
    add(cautions, text_format("%s: %u of %u pairs of %s could not be used (%s%s%s).", title,
                              row->lost, row->lost + row->used, result->arms[row->arm].id,
                              row->why ? reason_name(row->why->code) : "its partner failed",
                              row->why ? ": " : "", row->why ? row->why->detail : ""));
}

void at_rate_cautions(const struct at_rate *at_rate, const struct result *result,
                      struct strings *cautions)
{
    char *title = at_rate_title(at_rate, result);
    for (enum at_rate_figure figure = 0; figure < AT_RATE_FIGURES; figure++)
        caution_check(&at_rate->checks[figure], title, at_rate_name(figure), cautions);
    if (at_rate->discards_unequal)
        add(cautions, words_unequal_caution(title));
    for (size_t i = 0; i < at_rate->count; i++)
        caution_lost(&at_rate->rows[i], title, result, cautions);
    free(title);
}
