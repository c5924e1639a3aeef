/* The figures of a comparison as a reviewer meets them, in sentences and in cells alike. */
#include "analyse/decision.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyse/words.h"

static const double NARROW = .002; /* an interval that would collapse in one decimal of a percent */

static double percent(double ratio)
{
    return 100 * (ratio - 1);
}

/* Of so large a change no decimal counts. */
static int decimals(const struct estimate *ratio)
{
    if (estimate_has_interval(ratio) && ratio->high - ratio->low < NARROW)
        return 2;
    return fabs(percent(ratio->value)) >= 100 ? 0 : 1;
}

enum { PERCENT_MAX = 20 };

/* "+4.1"; what is nothing in so many decimals has no sign. */
static const char *percent_words(char words[PERCENT_MAX], double ratio, int digits)
{
    snprintf(words, PERCENT_MAX, "%+.*f", digits, percent(ratio));
    return strtod(words, NULL) == 0 ? words + 1 : words;
}

void decision_change(char words[DECISION_CHANGE_MAX], const struct estimate *ratio)
{
    char value[PERCENT_MAX], low[PERCENT_MAX], high[PERCENT_MAX];
    int digits = decimals(ratio);
    if (isnan(ratio->value))
        snprintf(words, DECISION_CHANGE_MAX, "–");
    else if (!estimate_has_interval(ratio))
        snprintf(words, DECISION_CHANGE_MAX, "%s %%", percent_words(value, ratio->value, digits));
    else
        snprintf(words, DECISION_CHANGE_MAX, "%s %% [%s, %s]",
                 percent_words(value, ratio->value, digits), percent_words(low, ratio->low, digits),
                 percent_words(high, ratio->high, digits));
}

void decision_share(char words[DECISION_CHANGE_MAX], double share)
{
    double percents = 100 * share;
    if (isnan(share))
        snprintf(words, DECISION_CHANGE_MAX, "–");
    else if (percents >= 999.5) /* where %.3g would write 1e+03 */
        snprintf(words, DECISION_CHANGE_MAX, "%.0f %%", percents);
    else
        snprintf(words, DECISION_CHANGE_MAX, "%.3g %%", percents);
}

static void rate_figure(char words[DECISION_CHANGE_MAX], double per_s)
{
    char count[WORDS_MAX];
    words_large(count, per_s);
    snprintf(words, DECISION_CHANGE_MAX, "%.40s/s", count);
}

void decision_figure(char words[DECISION_CHANGE_MAX], enum metric metric, double value)
{
    if (isnan(value)) {
        snprintf(words, DECISION_CHANGE_MAX, "–");
        return;
    }
    switch (metric_info(metric)->unit) {
    case UNIT_TIME:
        words_time(words, value);
        break;
    case UNIT_BYTES:
        words_bytes(words, value);
        break;
    case UNIT_RATE:
        rate_figure(words, value);
        break;
    case UNIT_COUNT:
        words_count(words, (uint64_t)llround(value));
        break;
    }
}

char *decision_subject(const struct decision_row *row)
{
    char rate[WORDS_MAX];
    const char *words = metric_info(row->metric)->words;
    if (row->rate_rps == 0)
        return text_format("%s on %s: %s", row->server, row->workload, words);
    words_count(rate, row->rate_rps);
    return text_format("%s on %s: %s at %s/s", row->server, row->workload, words, rate);
}

void decision_put_words(FILE *out, const size_t counts[DECISION_WORDS])
{
    const char *join = "";
    for (int word = 0; word < DECISION_WORDS; word++) {
        if (counts[word] == 0)
            continue;
        fprintf(out, "%s%zu %s", join, counts[word], decision_word((enum decision_word)word));
        join = ", ";
    }
}
