/* Outcomes and their reasons, and the storage of rounds and results. JSON is in result_encode and
 * result_decode. */
#include "data/result.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "data/explanation.h"
#include "data/result_json.h"

static const struct {
    const char *name;
    enum outcome_kind kind;
    bool external;
} reasons[REASON_CODES] = {
    [REASON_NOISY] = {"NOISY", OUTCOME_NOISY, false},
    [REASON_GEN_BOUND] = {"GEN_BOUND", OUTCOME_CENSORED, false},
    [REASON_AMBIGUOUS] = {"AMBIGUOUS", OUTCOME_CENSORED, false},
    [REASON_SHARED_CPU] = {"SHARED_CPU", OUTCOME_CENSORED, false},
    [REASON_LATENCY_BOUND] = {"LATENCY_BOUND", OUTCOME_CENSORED, false},
    [REASON_INTERFERED] = {"INTERFERED", OUTCOME_INVALID, true},
    [REASON_SENT_LATE] = {"SENT_LATE", OUTCOME_NOISY, false},
    [REASON_GEN_LATE] = {"GEN_LATE", OUTCOME_INVALID, true},
    [REASON_PORTS] = {"PORTS", OUTCOME_INVALID, true},
    [REASON_ERRORS] = {"ERRORS", OUTCOME_INVALID, false},
    [REASON_OVERLOADED] = {"OVERLOADED", OUTCOME_INVALID, false},
    [REASON_NOT_STEADY] = {"NOT_STEADY", OUTCOME_NOISY, false},
    [REASON_NOT_STOPPED] = {"NOT_STOPPED", OUTCOME_NOISY, false},
    [REASON_FAILED_START] = {"FAILED_START", OUTCOME_INVALID, false},
    [REASON_HUNG] = {"HUNG", OUTCOME_INVALID, false},
    [REASON_DIED] = {"DIED", OUTCOME_INVALID, false},
    [REASON_LOAD_FAILED] = {"LOAD_FAILED", OUTCOME_INVALID, true},
    [REASON_UPSTREAM] = {"UPSTREAM", OUTCOME_INVALID, true},
    [REASON_INTERRUPTED] = {"INTERRUPTED", OUTCOME_INVALID, true},
};

const char *reason_name(enum reason_code code)
{
    return reasons[code].name;
}
bool reason_is_external(enum reason_code code)
{
    return reasons[code].external;
}
enum outcome_kind reason_kind(enum reason_code code)
{
    return reasons[code].kind;
}

const char *outcome_name(enum outcome_kind kind)
{
    static const char *const names[] = {"VALID", "NOISY", "CENSORED", "INVALID"};

    return names[kind];
}

bool outcome_has(const struct outcome *outcome, enum reason_code code)
{
    for (unsigned i = 0; i < outcome->count; i++)
        if (outcome->reasons[i].code == code)
            return true;
    return false;
}

bool outcome_invalid_but_for(const struct outcome *outcome, enum reason_code code)
{
    for (unsigned i = 0; i < outcome->count; i++)
        if (outcome->reasons[i].code != code &&
            reason_kind(outcome->reasons[i].code) == OUTCOME_INVALID)
            return true;
    return false;
}

/* Where the next reason goes: when all places are taken, the last mildest one yields to a worse
 * one. */
static struct reason *reason_place(struct outcome *outcome, enum outcome_kind kind)
{
    if (outcome->count < OUTCOME_REASONS)
        return &outcome->reasons[outcome->count++];

    struct reason *mildest = &outcome->reasons[0];
    for (unsigned i = 1; i < OUTCOME_REASONS; i++)
        if (reason_kind(outcome->reasons[i].code) <= reason_kind(mildest->code))
            mildest = &outcome->reasons[i];
    return reason_kind(mildest->code) < kind ? mildest : NULL;
}

void outcome_add(struct outcome *outcome, enum reason_code code, const char *format, ...)
{
    enum outcome_kind kind = reason_kind(code);
    struct reason *reason = reason_place(outcome, kind);
    va_list arguments;

    if (kind > outcome->kind)
        outcome->kind = kind;
    if (!reason)
        return;
    reason->code = code;
    va_start(arguments, format);
    vsnprintf(reason->detail, sizeof reason->detail, format, arguments);
    va_end(arguments);
}

void round_init(struct round *round)
{
    *round = (struct round){.with = -1, .trusted_p = 1};
    for (size_t i = 0; i < ROUND_NUMBERS; i++)
        *round_number_of(round, &round_numbers[i]) = MISSING;
    round->trial.n_count = round->trial.missed_count = MISSING;
    round->trial.disturbed_count = round->trial.disturbed_missed_count = MISSING;
}

bool round_keeps_latency(const struct round *round)
{
    return round->curve || round->trial.slo.p > 0 || round_has_phases(round);
}

bool round_has_phases(const struct round *round)
{
    return round->phases.count > 0;
}

bool round_has_stairs(const struct round *round)
{
    return round->stairs.kind != STAIRS_NONE;
}

bool round_has_resources(const struct round *round)
{
    for (unsigned i = 0; i < round->outcome.count; i++) {
        enum reason_code code = round->outcome.reasons[i].code;
        if (reason_kind(code) == OUTCOME_INVALID && code != REASON_GEN_LATE &&
            code != REASON_INTERFERED)
            return false;
    }
    return true;
}

void round_note_missing(struct round *round, const char *field, const char *format, ...)
{
    const char *known = round_field_name(field);
    va_list arguments;

    assert(known && "a field of a round, as results/README.md names it");
    assert(round->missing_count < ROUND_MISSING);
    struct missing *missing = &round->missing[round->missing_count++];
    missing->field = known;
    va_start(arguments, format);
    vsnprintf(missing->reason, sizeof missing->reason, format, arguments);
    va_end(arguments);
}

const char *round_why_missing(const struct round *round, const char *field)
{
    for (unsigned i = 0; i < round->missing_count; i++)
        if (strcmp(round->missing[i].field, field) == 0)
            return round->missing[i].reason;
    return NULL;
}

void round_forget_missing(struct round *round, const char *field)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < round->missing_count; i++)
        if (strcmp(round->missing[i].field, field) != 0)
            round->missing[kept++] = round->missing[i];
    round->missing_count = kept;
}

void series_release(struct series *series)
{
    free(series->t_ns);
    free(series->rss_bytes);
    free(series->cpu_server_ns);
    free(series->octets_in);
    *series = (struct series){0};
}

void latency_series_release(struct latency_series *series)
{
    free(series->n);
    free(series->p50_ns);
    free(series->p90_ns);
    free(series->p99_ns);
    free(series->max_ns);
    *series = (struct latency_series){0};
}

void course_release(struct course *course)
{
    free(course->rss_low_bytes);
    free(course->rss_high_bytes);
    free(course->cpu_server_ns);
    free(course->descriptors);
    free(course->threads);
    *course = (struct course){0};
}

void round_release(struct round *round)
{
    free(round->cpus);
    free(round->upstream_cpus);
    round->cpus = round->upstream_cpus = NULL;
    histogram_release(&round->response);
    series_release(&round->series);
    latency_series_release(&round->latency);
    course_release(&round->course);
    free(round->phase_marks);
    round->phase_marks = NULL;
    if (round->explanation)
        explanation_release(round->explanation);
    free(round->explanation);
    round->explanation = NULL;
}

void arm_release(struct arm *arm)
{
    free(arm->id);
    server_info_release(&arm->server);
    strings_release(&arm->argv);
    free(arm->cpus);
    free(arm->sha256);
    free(arm->excluded);
    strings_release(&arm->differences);
    strings_release(&arm->skipped_workloads);
    strings_release(&arm->skipped_reasons);
    *arm = (struct arm){0};
}

static void fact_release(struct fact *fact)
{
    free(fact->key);
    free(fact->value);
}

static void result_workload_release(struct result_workload *item)
{
    workload_release(&item->workload);
    free(item->requests_hash);
    free(item->upstream_path);
    free(item->upstream_sha256);
}

void result_init(struct result *result)
{
    *result =
        (struct result){.schema_major = RESULT_SCHEMA_MAJOR, .schema_minor = RESULT_SCHEMA_MINOR};
}

static void release_texts(struct result *result)
{
    char *const texts[] = {
        result->directory,    result->suite_version, result->revision,         result->started_utc,
        result->finished_utc, result->host_name,     result->host_fingerprint, result->server_cpus,
        result->load_cpus,    result->generator,
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
    strings_release(&result->argv);
    strings_release(&result->notes);
    strings_release(&result->warnings);
}

void result_release(struct result *result)
{
    release_texts(result);
    experiment_release(&result->experiment);
    for (size_t i = 0; i < result->fact_count; i++)
        fact_release(&result->facts[i]);
    for (size_t i = 0; i < result->arm_count; i++)
        arm_release(&result->arms[i]);
    for (size_t i = 0; i < result->workload_count; i++)
        result_workload_release(&result->workloads[i]);
    for (size_t i = 0; i < result->round_count; i++)
        round_release(&result->rounds[i]);
    for (size_t i = 0; i < result->count_count; i++)
        result_count_release(&result->counts[i]);
    free(result->facts);
    free(result->counts);
    free(result->arms);
    free(result->workloads);
    free(result->rounds);
    result_init(result);
}

/* Each list but that of the rounds grows by one place: they
 * are short, and a run appends to them seconds apart. */
void result_add_fact(struct result *result, const char *key, const char *value)
{
    result->facts = xreallocarray(result->facts, result->fact_count + 1, sizeof *result->facts);
    result->facts[result->fact_count++] = (struct fact){xstrdup(key), xstrdup(value)};
}

const char *result_fact(const struct result *result, const char *key)
{
    const char *value = NULL;
    for (size_t i = 0; i < result->fact_count; i++)
        if (strcmp(result->facts[i].key, key) == 0)
            value = result->facts[i].value;
    return value;
}

struct arm *result_add_arm(struct result *result, const char *id)
{
    result->arms = xreallocarray(result->arms, result->arm_count + 1, sizeof *result->arms);
    struct arm *arm = &result->arms[result->arm_count++];
    *arm = (struct arm){.id = xstrdup(id)};
    return arm;
}

struct result_workload *result_add_workload(struct result *result)
{
    result->workloads =
        xreallocarray(result->workloads, result->workload_count + 1, sizeof *result->workloads);
    struct result_workload *item = &result->workloads[result->workload_count++];
    *item = (struct result_workload){0};
    return item;
}

/* Rounds are large, and a plan that is played through before its run has hundreds: there are always
 * as many places as the next power of two. */
struct round *result_add_round(struct result *result, const struct round *round)
{
    size_t count = result->round_count;
    if ((count & (count - 1)) == 0)
        result->rounds =
            xreallocarray(result->rounds, count ? 2 * count : 1, sizeof *result->rounds);
    result->rounds[count] = *round;
    return &result->rounds[result->round_count++];
}

int result_find_arm(const struct result *result, const char *id)
{
    for (size_t i = 0; i < result->arm_count; i++)
        if (strcmp(result->arms[i].id, id) == 0)
            return (int)i;
    return -1;
}

int result_find_workload(const struct result *result, const char *name)
{
    for (size_t i = 0; i < result->workload_count; i++)
        if (strcmp(result->workloads[i].workload.name, name) == 0)
            return (int)i;
    return -1;
}

void result_utc(char utc[RESULT_UTC_SIZE], int64_t unix_s)
{
    time_t seconds = (time_t)unix_s;
    struct tm tm;

    strftime(utc, RESULT_UTC_SIZE, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &tm));
}
