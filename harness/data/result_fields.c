/* The tables that name a round's numbers, for writing and reading alike. */
#include "data/result_json.h"

#include <string.h>

#include "data/mark_parts.h"

#define NUMBER(name, member)                                                                       \
    {                                                                                              \
        NULL, name, name, offsetof(struct round, member)                                           \
    }
#define GROUPED(group, name, member)                                                               \
    {                                                                                              \
        group, name, group "." name, offsetof(struct round, member)                                \
    }

const struct round_number round_numbers[ROUND_NUMBERS] = {
    NUMBER("requests_count", requests_count),
    NUMBER("duration_ns", duration_ns),
    NUMBER("bytes_read", bytes_read),
    NUMBER("cpu_server_ns", cpu_server_ns),
    NUMBER("cpu_server_user_ns", cpu_server_user_ns),
    NUMBER("cpu_server_window_ns", cpu_server_window_ns),
    NUMBER("cpu_load_ns", cpu_load_ns),
    NUMBER("cpu_load_wall_ns", cpu_load_wall_ns),
    NUMBER("cpu_upstream_ns", cpu_upstream_ns),
    NUMBER("cpu_upstream_window_ns", cpu_upstream_window_ns),
    NUMBER("run_delay_load_ns", run_delay_load_ns),
    NUMBER("foreign_cpu_ns", foreign_cpu_ns),
    NUMBER("steal_ns", steal_ns),
    NUMBER("cpu_harness_ns", cpu_harness_ns),
    NUMBER("passive_opens_count", passive_opens),
    NUMBER("upstream_opens_count", upstream_opens),
    NUMBER("octets_in_count", octets_in),
    GROUPED("errors", "connect_count", errors.connect),
    GROUPED("errors", "read_count", errors.read),
    GROUPED("errors", "write_count", errors.write),
    GROUPED("errors", "status_count", errors.status),
    GROUPED("errors", "timeout_count", errors.timeout),
    GROUPED("memory", "rss_start_bytes", memory.rss_start_bytes),
    GROUPED("memory", "rss_bytes", memory.rss_bytes),
    GROUPED("memory", "rss_peak_bytes", memory.rss_peak_bytes),
    GROUPED("memory", "pss_bytes", memory.pss_bytes),
    GROUPED("memory", "uss_bytes", memory.uss_bytes),
    GROUPED("memory", "anon_bytes", memory.anon_bytes),
    GROUPED("memory", "idle_anon_bytes", memory.idle_anon_bytes),
    GROUPED("memory", "kernel_start_bytes", memory.kernel_start_bytes),
    GROUPED("memory", "kernel_bytes", memory.kernel_bytes),
};

const struct series_array series_arrays[SERIES_ARRAYS] = {
    {"t_ns", "series.t_ns", offsetof(struct series, t_ns)},
    {"rss_bytes", "series.rss_bytes", offsetof(struct series, rss_bytes)},
    {"cpu_server_ns", "series.cpu_server_ns", offsetof(struct series, cpu_server_ns)},
    {"octets_in", "series.octets_in", offsetof(struct series, octets_in)},
};

const struct latency_array latency_arrays[LATENCY_ARRAYS] = {
    {"n_count", offsetof(struct latency_series, n)},
    {"p50_ns", offsetof(struct latency_series, p50_ns)},
    {"p90_ns", offsetof(struct latency_series, p90_ns)},
    {"p99_ns", offsetof(struct latency_series, p99_ns)},
    {"max_ns", offsetof(struct latency_series, max_ns)},
};

#define COURSE(name, member)                                                                       \
    {                                                                                              \
        name, "course." name, offsetof(struct course, member)                                      \
    }
const struct course_array course_arrays[COURSE_ARRAYS] = {
    COURSE("rss_low_bytes", rss_low_bytes), COURSE("rss_high_bytes", rss_high_bytes),
    COURSE("cpu_server_ns", cpu_server_ns), COURSE("descriptors_count", descriptors),
    COURSE("threads_count", threads),
};

const char *const round_role_names[] = {"solo", "subject", "reference"};
const char *const load_kind_names[] = {"closed", "open"};

bool result_is_possible(int64_t value)
{
    return value == MISSING || (value >= 0 && value <= RESULT_LARGEST);
}

int64_t *round_number_of(struct round *round, const struct round_number *number)
{
    return (int64_t *)((char *)round + number->offset);
}

int64_t **series_array_of(struct series *series, const struct series_array *array)
{
    return (int64_t **)((char *)series + array->offset);
}

int64_t **latency_array_of(struct latency_series *series, const struct latency_array *array)
{
    return (int64_t **)((char *)series + array->offset);
}

int64_t **course_array_of(struct course *course, const struct course_array *array)
{
    return (int64_t **)((char *)course + array->offset);
}

const char *round_field_name(const char *field)
{
    static const char *const wholes[] = {"hist",
                                         "series",
                                         "latency_series",
                                         "course",
                                         "phase_marks",
                                         "explanation.kinds",
                                         "explanation.slab",
                                         "trial.n_count",
                                         "trial.missed_count",
                                         "trial.disturbed_count",
                                         "trial.disturbed_missed_count"};

    for (size_t i = 0; i < sizeof wholes / sizeof *wholes; i++)
        if (strcmp(wholes[i], field) == 0)
            return wholes[i];
    for (size_t i = 0; i < ROUND_NUMBERS; i++)
        if (strcmp(round_numbers[i].field, field) == 0)
            return round_numbers[i].field;
    for (size_t i = 0; i < SERIES_ARRAYS; i++)
        if (strcmp(series_arrays[i].field, field) == 0)
            return series_arrays[i].field;
    for (size_t i = 0; i < COURSE_ARRAYS; i++)
        if (strcmp(course_arrays[i].field, field) == 0)
            return course_arrays[i].field;
    for (int part = 0; part < MARK_PARTS; part++)
        if (strcmp(mark_parts[part].field, field) == 0)
            return mark_parts[part].field;
    return NULL;
}
