/* See duet_json.h. */
#include "pace/duet_json.h"

#include <math.h>
#include <stdlib.h>

#include "data/json_put.h"
#include "data/strings.h"
#include "pace/duet.h"
#include "pace/record_json.h"
#include "pace/trust.h"

/* Why this server's percentile may be shown, and yet makes no ratio; NULL: it makes one. */
static const char *why_no_quotient(const struct trial *trial, unsigned target, double p)
{
    struct percentile percentile;

    record_percentile(&trial->targets[target].record, p, &percentile);
    return percentile.is_bound        ? "requests were unfinished, so that it is a bound"
           : percentile.value_ns == 0 ? "it is 0"
                                      : NULL;
}

static char *why_no_percentile(const struct trial *trial, unsigned target, double p)
{
    char *why = target_why_no_percentile(trial, target, p);
    const char *other = why ? NULL : why_no_quotient(trial, target, p);

    return other ? xstrdup(other) : why;
}

static char *why_no_cost(const struct trial *trial, unsigned target)
{
    if (trial->targets[target].cpu_ns == MISSING)
        return xstrdup(RECORD_JSON_NO_CPU);
    if (trial->targets[target].record.completed == 0)
        return xstrdup("nothing was answered");
    char *why = target_why_no_latency(trial, target);
    return why || trust_cost(trial, target) ? why : xstrdup(RECORD_JSON_LATE);
}

/* p 0: of the cost. "B: the outcome is ERRORS"; the caller frees. */
static char *why_none(const struct trial *trial, double p)
{
    for (unsigned t = 0; t < TRIAL_TARGETS; t++) {
        char *why = p > 0 ? why_no_percentile(trial, t, p) : why_no_cost(trial, t);
        char *text = why ? text_format("%c: %s", 'A' + (char)t, why) : NULL;
        free(why);
        if (text)
            return text;
    }
    return NULL;
}

static void put(json_t *object, json_t *missing, const char *name, double value, const char *why)
{
    json_put(object, name, isnan(value) ? json_null() : json_real(value));
    if (isnan(value))
        json_put_text(missing, name, why);
}

static json_t *ratio_json(const struct trial *trial, const struct estimate *ratio, double p,
                          const char *why_no_interval)
{
    json_t *object = json_object(), *missing = json_object();
    char *why = isnan(ratio->value) ? why_none(trial, p) : NULL;

    put(object, missing, "value", ratio->value, why);
    put(object, missing, "low", ratio->low, why ? why : why_no_interval);
    put(object, missing, "high", ratio->high, why ? why : why_no_interval);
    json_put(object, "missing", missing);
    free(why);
    return object;
}

json_t *duet_json(const struct trial *trial)
{
    static const char too_few[] = "too few requests in the parts of the window",
                      one_run[] = "one run has no interval: that clock is read once";
    struct estimate p50 = duet_percentile(trial, .5), p99 = duet_percentile(trial, .99),
                    cost = {.value = duet_cost(trial), .low = NAN, .high = NAN};
    json_t *object = json_object();

    json_put(object, "p50", ratio_json(trial, &p50, .5, too_few));
    json_put(object, "p99", ratio_json(trial, &p99, .99, too_few));
    json_put(object, "cpu_per_request", ratio_json(trial, &cost, 0, one_run));
    return object;
}
