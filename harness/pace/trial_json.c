/* See trial_json.h. The record of one target is in
 * record_json.c, the ratios of two in duet_json.c. */
#include "pace/trial_json.h"

#include "data/json_put.h"
#include "pace/duet_json.h"
#include "pace/record_json.h"
#include "pace/verdict.h"

enum { SCHEMA_MAJOR = 1, SCHEMA_MINOR = 0 };

static json_t *segments_json(const struct schedule *schedule)
{
    json_t *array = json_array();

    for (size_t i = 0; i < schedule->count; i++) {
        const struct segment *segment = &schedule->segments[i];
        json_t *object = json_object();
        json_put_text(object, "kind", segment_name(segment->kind));
        json_put(object, "from_rps", json_real(segment->from_rps));
        json_put(object, "to_rps", json_real(segment->to_rps));
        json_put_count(object, "start_ns", (uint64_t)segment->start_ns);
        json_put_count(object, "duration_ns", (uint64_t)segment->duration_ns);
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *asked_json(const struct trial *trial, const struct setting *setting)
{
    json_t *object = json_object();

    json_put_count(object, "seed", trial->seed);
    json_put_count(object, "duration_ns", (uint64_t)trial->schedule->duration_ns);
    json_put(object, "expected_requests_count", json_real(trial->schedule->expected_requests));
    json_put(object, "highest_rate_rps", json_real(trial->schedule->highest_rps));
    json_put_count(object, "warmup_ns", (uint64_t)trial->warmup_ns);
    json_put_count(object, "max_backlog_ns", (uint64_t)trial->max_backlog_ns);
    json_put(object, "requests_per_connection",
             trial->requests_per_connection ? json_integer(trial->requests_per_connection)
                                            : json_null());
    json_put(object, "slo_ns", setting->slo_ns ? json_integer(setting->slo_ns) : json_null());
    json_put_text(object, "script", setting->script);
    json_put_text(object, "requests_sha256", *trial->requests_hash ? trial->requests_hash : NULL);
    json_put(object, "segments", segments_json(trial->schedule));
    return object;
}

/* What the generator could not read of itself, and why. */
static json_t *generator_missing_json(const struct audit *audit)
{
    json_t *missing = json_object();
    const char *never = audit->wall_ns > 0 ? NULL : "pace had not begun to keep time";

    if (audit->run_delay_ns == MISSING)
        json_put_text(missing, "run_delay_ns",
                      never ? never : "/proc/thread-self/schedstat could not be read");
    if (audit->steal_ns == MISSING)
        json_put_text(missing, "steal_ns",
                      never ? never : "pace is on no one CPU, or /proc/stat could not be read");
    return missing;
}

static json_t *generator_json(const struct audit *audit, int cpu)
{
    json_t *object = json_object();

    json_put(object, "cpu", json_integer(cpu));
    json_put(object, "wall_ns", number_json(audit->wall_ns));
    json_put(object, "cpu_ns", number_json(audit->cpu_ns));
    json_put(object, "slept_ns", number_json(audit->slept_ns));
    json_put(object, "run_delay_ns", number_json(audit->run_delay_ns));
    json_put(object, "steal_ns", number_json(audit->steal_ns));
    json_put_count(object, "turns_count", audit->turns);
    json_put(object, "long_gaps_ns", number_json(audit->long_gaps_ns));
    json_put(object, "longest_gap_ns", number_json(audit->longest_gap_ns));
    json_put_count(object, "allocations_count", audit->allocations);
    json_put(object, "missing", generator_missing_json(audit));
    return object;
}

static const char *end_name(enum trial_end end)
{
    static const char *const names[] = {
        [TRIAL_WHOLE] = "whole",
        [TRIAL_OVERLOADED] = "overloaded",
        [TRIAL_REFUSED] = "refused",
        [TRIAL_SILENT] = "silent",
        [TRIAL_PORTS] = "ports",
        [TRIAL_LOST] = "lost",
        [TRIAL_INTERRUPTED] = "interrupted",
    };

    return names[end];
}

static json_t *trial_missing_json(const struct trial *trial)
{
    json_t *missing = json_object();

    if (!trial->has_window) {
        json_put_text(missing, "started_utc", RECORD_JSON_NO_WINDOW);
        json_put_text(missing, "start_monotonic_ns", RECORD_JSON_NO_WINDOW);
    }
    if (trial->end == TRIAL_WHOLE)
        json_put_text(missing, "end_reason", "it did not end early");
    if (trial->target_count < TRIAL_TARGETS)
        json_put_text(missing, "ratios", "there is one server");
    return missing;
}

/* Of what is no fault and may be a mistake. */
static json_t *warnings_json(const struct setting *setting)
{
    json_t *array = json_array();

    for (unsigned t = 0; t < TRIAL_TARGETS; t++)
        if (setting->warnings[t])
            json_array_append_new(array, json_string(setting->warnings[t]));
    return array;
}

json_t *trial_json(const struct trial *trial, const struct setting *setting)
{
    json_t *object = json_object(), *targets = json_array();
    char utc[RESULT_UTC_SIZE];

    result_utc(utc, trial->start_unix_ns / 1000000000);
    json_put_text(object, "type", "pace");
    json_put(object, "schema_version",
             json_pack("{s:i, s:i}", "major", SCHEMA_MAJOR, "minor", SCHEMA_MINOR));
    json_put_text(object, "pace_version", BACKBENCH_VERSION);
    json_put_text(object, "started_utc", trial->has_window ? utc : NULL);
    json_put(object, "start_monotonic_ns",
             number_json(trial->has_window ? trial->start_monotonic_ns : MISSING));
    json_put_count(object, "measured_ns", (uint64_t)trial->measured_ns);
    json_put_count(object, "warmed_ns", (uint64_t)trial->warmed_ns);
    json_put_count(object, "drained_ns", (uint64_t)trial->drained_ns);
    json_put_text(object, "end", end_name(trial->end));
    json_put_text(object, "end_reason", *trial->why ? trial->why : NULL);
    json_put(object, "exit_code", json_integer(verdict_exit_code(trial)));
    json_put(object, "trusted_p", json_real(trial->trusted_p));
    json_put(object, "asked", asked_json(trial, setting));
    json_put(object, "generator", generator_json(&trial->audit, setting->cpu));
    for (unsigned t = 0; t < trial->target_count; t++)
        json_array_append_new(targets, target_json(trial, t, setting));
    json_put(object, "targets", targets);
    json_put(object, "ratios",
             trial->target_count < TRIAL_TARGETS ? json_null() : duet_json(trial));
    json_put(object, "warnings", warnings_json(setting));
    json_put(object, "missing", trial_missing_json(trial));
    return object;
}
