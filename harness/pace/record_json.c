/* See record_json.h. */
#include "pace/record_json.h"

#include <stdlib.h>

#include "data/histogram_v2.h"
#include "data/json_put.h"
#include "data/strings.h"
#include "pace/quantity.h"
#include "pace/screen_parts.h"
#include "pace/trust.h"
#include "pace/verdict.h"

static json_t *outcome_json(const struct outcome *outcome)
{
    json_t *object = json_object(), *reasons = json_array();

    for (unsigned i = 0; i < outcome->count; i++) {
        const struct reason *reason = &outcome->reasons[i];
        json_t *item = json_object();
        json_put_text(item, "code", reason_name(reason->code));
        json_put_text(item, "kind", outcome_name(reason_kind(reason->code)));
        json_put(item, "external", json_boolean(reason_is_external(reason->code)));
        json_put_text(item, "detail", reason->detail);
        json_array_append_new(reasons, item);
    }
    json_put_text(object, "kind", outcome_name(outcome->kind));
    json_put_text(object, "word", verdict_word(outcome));
    json_put(object, "reasons", reasons);
    return object;
}

static json_t *statuses_json(const struct record *record)
{
    static const char *const names[STATUS_CLASSES] = {"unknown", "1xx", "2xx", "3xx", "4xx", "5xx"};
    json_t *object = json_object();

    for (unsigned i = 0; i < STATUS_CLASSES; i++)
        json_put_count(object, names[i], record->statuses[i]);
    return object;
}

static json_t *warmup_json(const struct record_warmup *warmup)
{
    json_t *object = json_object();

    json_put_count(object, "offered_count", warmup->offered);
    json_put_count(object, "completed_count", warmup->completed);
    json_put_count(object, "in_window_count", warmup->in_window);
    json_put_count(object, "faults_count", warmup->faults);
    json_put_text(object, "first_fault", *warmup->first_fault ? warmup->first_fault : NULL);
    return object;
}

static json_t *faults_json(const struct record *record)
{
    json_t *object = json_object();

    for (unsigned kind = 0; kind < FAULT_KINDS; kind++)
        json_put_count(object, fault_name(kind), record->faults[kind]);
    return object;
}

static void put_counts(json_t *object, const struct record *record)
{
    const struct {
        const char *name;
        uint64_t count;
    } counts[] = {
        {"offered_count", record->offered},
        {"sent_count", record->sent},
        {"completed_count", record->completed},
        {"failed_count", record->failed},
        {"censored_count", record->censored},
        {"dropped_count", record->dropped},
        {"disturbed_count", record->disturbed.total},
        {"unstamped_count", record->unstamped},
        {"compared_count", record->looked_at},
        {"connects_count", record->connects},
        {"reconnects_count", record->reconnects},
        {"bytes_in", record->bytes_in},
        {"bytes_out", record->bytes_out},
        {"backlog_start_count", record->backlog_start},
        {"backlog_end_count", record->backlog_end},
        {"backlog_most_count", record->backlog_most},
    };

    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        json_put_count(object, counts[i].name, counts[i].count);
}

static json_t *count_or_null(bool is_known, uint64_t count)
{
    return is_known ? json_integer((json_int_t)count) : json_null();
}

char *target_why_no_latency(const struct trial *trial, unsigned target)
{
    const struct outcome *outcome = &trial->outcome[target];

    if (!trial->has_window)
        return xstrdup(RECORD_JSON_NO_WINDOW);
    return verdict_has_latency(outcome) ? NULL
                                        : text_format("the outcome is %s", verdict_word(outcome));
}

char *target_why_no_percentile(const struct trial *trial, unsigned target, double p)
{
    const struct record *record = &trial->targets[target].record;
    struct percentile percentile;
    char *why = target_why_no_latency(trial, target);

    if (why)
        return why;
    record_percentile(record, p, &percentile);
    return screen_may_show(trial, &percentile) ? NULL : screen_why_not(trial, record, &percentile);
}

/* One rung; value null has its reason beside it. */
static json_t *percentile_json(const struct trial *trial, unsigned target, double p)
{
    struct percentile percentile;
    char *why = target_why_no_percentile(trial, target, p);
    bool is_shown = why == NULL;
    json_t *object = json_object();

    record_percentile(&trial->targets[target].record, p, &percentile);
    json_put(object, "p", json_real(p));
    json_put(object, "value_ns", count_or_null(is_shown, percentile.value_ns));
    json_put(object, "low_ns",
             count_or_null(is_shown && percentile.has_interval, percentile.low_ns));
    json_put(object, "high_ns",
             count_or_null(is_shown && percentile.has_interval, percentile.high_ns));
    json_put(object, "is_bound", json_boolean(is_shown && percentile.is_bound));
    json_put_text(object, "reason", why);
    free(why);
    return object;
}

static json_t *percentiles_json(const struct trial *trial, unsigned target)
{
    json_t *array = json_array();

    for (unsigned rung = 0; rung < LADDER; rung++)
        json_array_append_new(array, percentile_json(trial, target, verdict_ladder[rung]));
    return array;
}

static const char was_late[] = RECORD_JSON_LATE;

/* A figure that may be shown, else null with its reason in missing. Takes the value. */
static void put_if(json_t *object, json_t *missing, const char *name, bool is_trusted,
                   json_t *value)
{
    if (!is_trusted)
        json_put_text(missing, name, was_late);
    json_put(object, name, is_trusted ? value : json_null());
    if (!is_trusted)
        json_decref(value);
}

/* is_own: of the generator's own lateness, which is what speaks against the others. */
static json_t *part_json(const struct trial *trial, unsigned target, const struct tally *tally,
                         bool is_own)
{
    json_t *object = json_object(), *missing = json_object();

    put_if(object, missing, "p50_ns", is_own || trust_percentile(trial, target, .5),
           json_integer((json_int_t)tally_quantile_ns(tally, .5)));
    put_if(object, missing, "p99_ns", is_own || trust_percentile(trial, target, .99),
           json_integer((json_int_t)tally_quantile_ns(tally, .99)));
    put_if(object, missing, "max_ns", is_own || trust_most(trial, target),
           json_integer((json_int_t)tally->max));
    put_if(object, missing, "mean_ns", is_own || trust_mean(trial, target),
           json_real(tally_mean_ns(tally)));
    json_put(object, "missing", missing);
    return object;
}

static json_t *split_json(const struct trial *trial, unsigned target)
{
    const struct record *record = &trial->targets[target].record;
    json_t *object = json_object();

    json_put(object, "wait", part_json(trial, target, &record->wait, false));
    json_put(object, "lateness", part_json(trial, target, &record->lateness, true));
    json_put(object, "service", part_json(trial, target, &record->service, false));
    return object;
}

/* Arrays of one length; the interval that begins at k times interval_ns is element k. */
static json_t *series_json(const struct trial *trial, unsigned target)
{
    const struct record *record = &trial->targets[target].record;
    json_t *object = json_object(), *missing = json_object(), *n = json_array(),
           *censored = json_array(), *p50 = json_array(), *p90 = json_array(), *p99 = json_array(),
           *max = json_array();

    for (size_t i = 0; i < record->interval_count; i++) {
        const struct interval *interval = &record->intervals[i];
        bool is_known = interval->n > 0;
        json_array_append_new(n, count_or_null(true, interval->n));
        json_array_append_new(censored, count_or_null(true, interval->censored));
        json_array_append_new(p50, count_or_null(is_known, interval->p50_ns));
        json_array_append_new(p90, count_or_null(is_known, interval->p90_ns));
        json_array_append_new(p99, count_or_null(is_known, interval->p99_ns));
        json_array_append_new(max, count_or_null(is_known, interval->max_ns));
    }
    json_put(object, "interval_ns", json_integer(record->interval_ns));
    json_put(object, "n_count", n);
    json_put(object, "censored_count", censored);
    put_if(object, missing, "p50_ns", trust_percentile(trial, target, .5), p50);
    put_if(object, missing, "p90_ns", trust_percentile(trial, target, .9), p90);
    put_if(object, missing, "p99_ns", trust_percentile(trial, target, .99), p99);
    put_if(object, missing, "max_ns", trust_most(trial, target), max);
    json_put(object, "missing", missing);
    return object;
}

static json_t *histogram_json(const struct tally *tally)
{
    struct histogram histogram;

    tally_histogram(tally, &histogram);
    char *text = histogram_v2_encode(&histogram);
    json_t *value = json_string(text);
    free(text);
    histogram_release(&histogram);
    return value;
}

/* HdrHistogram V2 in base64, nanoseconds. */
static json_t *histograms_json(const struct record *record)
{
    json_t *object = json_object();

    json_put(object, "response", histogram_json(&record->response));
    json_put(object, "disturbed", histogram_json(&record->disturbed));
    json_put(object, "wait", histogram_json(&record->wait));
    json_put(object, "lateness", histogram_json(&record->lateness));
    json_put(object, "service", histogram_json(&record->service));
    return object;
}

static json_t *slo_json(const struct record *record, const struct setting *setting)
{
    json_t *object = json_object();

    json_put(object, "limit_ns", json_integer(setting->slo_ns));
    json_put_count(object, "n_count", record->response.total);
    json_put_count(object, "missed_count",
                   tally_above(&record->response, (uint64_t)setting->slo_ns));
    json_put_count(object, "disturbed_count", record->disturbed.total);
    json_put_count(object, "disturbed_missed_count",
                   tally_above(&record->disturbed, (uint64_t)setting->slo_ns));
    return object;
}

static void put_or_say(json_t *object, json_t *missing, const char *name, const char *why,
                       json_t *value)
{
    if (why)
        json_put_text(missing, name, why);
    json_put(object, name, value);
}

/* All that latencies are made of; what may not be shown is null, with its reason in missing. */
static void put_latency(json_t *object, json_t *missing, const struct trial *trial, unsigned target,
                        const struct setting *setting)
{
    const struct record *record = &trial->targets[target].record;
    char *none = target_why_no_latency(trial, target);
    if (!none && record->response.total == 0)
        none = xstrdup(screen_why_nothing(record));
    const char *most = none ? none : trust_most(trial, target) ? NULL : was_late;
    const char *mean = none ? none : trust_mean(trial, target) ? NULL : was_late;
    const char *whole = none ? none : trust_distribution(trial, target) ? NULL : was_late;
    const char *slo = none                                             ? none
                      : setting->slo_ns == 0                           ? "none was given"
                      : verdict_counts_misses(record, setting->slo_ns) ? NULL
                                                                       : was_late;

    json_put(object, "percentiles", percentiles_json(trial, target));
    put_or_say(object, missing, "max_ns", most, count_or_null(!most, record->response.max));
    put_or_say(object, missing, "mean_ns", mean,
               mean ? json_null() : json_real(tally_mean_ns(&record->response)));
    put_or_say(object, missing, "split", none, none ? json_null() : split_json(trial, target));
    put_or_say(object, missing, "slo", slo, slo ? json_null() : slo_json(record, setting));
    put_or_say(object, missing, "series", none, none ? json_null() : series_json(trial, target));
    put_or_say(object, missing, "histograms", whole, whole ? json_null() : histograms_json(record));
    free(none);
}

json_t *target_json(const struct trial *trial, unsigned target, const struct setting *setting)
{
    const struct trial_target *of = &trial->targets[target];
    const struct record *record = &of->record;
    const char *no_window = trial->has_window ? NULL : RECORD_JSON_NO_WINDOW;
    json_t *object = json_object(), *missing = json_object();

    json_put_text(object, "url", of->url.text);
    json_put_text(object, "address", of->address);
    json_put_count(object, "connections_count", of->connections);
    json_put(object, "outcome", outcome_json(&trial->outcome[target]));
    put_or_say(object, missing, "asked_rps", no_window,
               no_window ? json_null() : json_real(verdict_asked_rps(trial, record)));
    put_or_say(object, missing, "answered_rps", no_window,
               no_window ? json_null() : json_real(verdict_answered_rps(trial, record)));
    put_counts(object, record);
    json_put(object, "statuses", statuses_json(record));
    json_put(object, "faults", faults_json(record));
    json_put_text(object, "first_fault", *record->first_fault ? record->first_fault : NULL);
    json_put(object, "warmup", warmup_json(&record->warmup));
    json_put(object, "cpu_ns", number_json(of->cpu_ns));
    if (!*record->first_fault)
        json_put_text(missing, "first_fault", "there was none");
    if (of->cpu_ns == MISSING)
        json_put_text(missing, "cpu_ns", RECORD_JSON_NO_CPU);
    put_latency(object, missing, trial, target, setting);
    json_put(object, "missing", missing);
    return object;
}
