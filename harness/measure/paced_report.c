/* From pace's JSON to numbers; see paced.h. What is absent or of
 * another kind than it must be makes the whole report none. */
#include "measure/paced.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "data/histogram_v2.h"
#include "data/strings.h"

enum { SCHEMA_MAJOR = 1 };

/* What is wrong with it, in a clause; the first one stands. */
struct reading {
    char *error;
    size_t size;
};

static void fail(struct reading *reading, const char *what)
{
    if (reading->error[0] == '\0')
        snprintf(reading->error, reading->size, "the generator's report is not whole: %s", what);
}

static int64_t take_count(struct reading *reading, const json_t *object, const char *key)
{
    const json_t *number = json_object_get(object, key);
    if (!json_is_integer(number) || json_integer_value(number) < 0)
        fail(reading, key);
    return json_integer_value(number);
}

static int64_t take_count_or_null(struct reading *reading, const json_t *object, const char *key)
{
    if (json_is_null(json_object_get(object, key)))
        return MISSING;
    return take_count(reading, object, key);
}

static void take_reason(struct reading *reading, struct outcome *outcome, const json_t *reason)
{
    const char *name = json_string_value(json_object_get(reason, "code"));
    const char *detail = json_string_value(json_object_get(reason, "detail"));
    for (enum reason_code code = 0; name != NULL && code < REASON_CODES; code++)
        if (strcmp(reason_name(code), name) == 0) {
            outcome_add(outcome, code, "%s", detail != NULL ? detail : "");
            return;
        }
    fail(reading, "it gives a reason that is unknown");
}

/* By the names that both programs share (data/result.h). */
static void take_outcome(struct reading *reading, struct outcome *outcome, const json_t *object)
{
    const char *kind = json_string_value(json_object_get(object, "kind"));
    const json_t *reasons = json_object_get(object, "reasons");
    for (size_t i = 0; i < json_array_size(reasons); i++)
        take_reason(reading, outcome, json_array_get(reasons, i));
    if (kind == NULL || strcmp(kind, outcome_name(outcome->kind)) != 0)
        fail(reading, "the outcome is not what its reasons make it");
}

static void take_errors(struct reading *reading, struct errors *errors, const json_t *target)
{
    const json_t *faults = json_object_get(target, "faults");
    *errors = (struct errors){
        .connect = take_count(reading, faults, "connect"),
        .read = take_count(reading, faults, "read") + take_count(reading, faults, "answer"),
        .write = take_count(reading, faults, "write"),
        .status = take_count(reading, faults, "status") + take_count(reading, faults, "body"),
        .timeout = take_count(reading, target, "censored_count"),
    };
}

/* null where the outcome leaves no latency. */
static void take_response(struct reading *reading, struct histogram *response, const json_t *target)
{
    const json_t *histograms = json_object_get(target, "histograms");
    const char *text = json_string_value(json_object_get(histograms, "response"));
    char *error = NULL;
    if (json_is_null(histograms))
        return;
    if (text == NULL || histogram_v2_decode(response, text, strlen(text), &error) < 0)
        fail(reading, "histograms.response");
    free(error);
}

/* null where no limit was given, or its count may not be believed. */
static void take_slo(struct reading *reading, struct paced_answer *answer, const json_t *target,
                     int64_t limit_ns)
{
    const json_t *slo = json_object_get(target, "slo");
    answer->slo_n_count = answer->slo_missed_count = MISSING;
    answer->slo_disturbed_count = answer->slo_disturbed_missed_count = MISSING;
    if (limit_ns == 0 || json_is_null(slo))
        return;
    if (take_count(reading, slo, "limit_ns") != limit_ns)
        fail(reading, "it counts against another limit");
    answer->slo_n_count = take_count(reading, slo, "n_count");
    answer->slo_missed_count = take_count(reading, slo, "missed_count");
    answer->slo_disturbed_count = take_count(reading, slo, "disturbed_count");
    answer->slo_disturbed_missed_count = take_count(reading, slo, "disturbed_missed_count");
}

/* An array of it, which as a whole may be null; so may be its elements. */
static void take_array(struct reading *reading, int64_t **numbers, size_t count,
                       const json_t *array, const char *key)
{
    *numbers = xcalloc(count + 1, sizeof(**numbers));
    if (!json_is_null(array) && json_array_size(array) != count)
        fail(reading, key);
    for (size_t i = 0; i < count; i++) {
        const json_t *number = json_array_get(array, i);
        (*numbers)[i] = json_is_integer(number) ? json_integer_value(number) : MISSING;
    }
}

static void take_series(struct reading *reading, struct latency_series *series,
                        const json_t *target)
{
    const json_t *object = json_object_get(target, "series"),
                 *n = json_object_get(object, "n_count");
    const struct {
        const char *key;
        int64_t **numbers;
    } arrays[] = {{"n_count", &series->n},
                  {"p50_ns", &series->p50_ns},
                  {"p90_ns", &series->p90_ns},
                  {"p99_ns", &series->p99_ns},
                  {"max_ns", &series->max_ns}};
    if (json_is_null(object))
        return;
    series->interval_ns = take_count(reading, object, "interval_ns");
    series->count = json_array_size(n);
    if (series->count == 0 || series->interval_ns == 0)
        fail(reading, "series");
    for (size_t i = 0; i < sizeof(arrays) / sizeof(*arrays); i++)
        take_array(reading, arrays[i].numbers, series->count,
                   json_object_get(object, arrays[i].key), arrays[i].key);
}

static void take_answer(struct reading *reading, struct paced_answer *answer, const json_t *target,
                        const struct paced_options *options)
{
    take_outcome(reading, &answer->outcome, json_object_get(target, "outcome"));
    answer->requests_count = take_count(reading, target, "completed_count");
    answer->bytes_read = take_count(reading, target, "bytes_in");
    answer->cpu_server_ns = take_count_or_null(reading, target, "cpu_ns");
    answer->opens = take_count(reading, target, "connections_count") +
                    take_count(reading, target, "connects_count");
    take_errors(reading, &answer->errors, target);
    take_response(reading, &answer->response, target);
    take_slo(reading, answer, target, options->slo_ns);
    take_series(reading, &answer->series, target);
}

static void take_trusted(struct reading *reading, struct paced_report *report, const json_t *root)
{
    const json_t *trusted = json_object_get(root, "trusted_p");
    report->trusted_p = json_number_value(trusted);
    if (!json_is_number(trusted) || !(report->trusted_p >= 0 && report->trusted_p <= 1))
        fail(reading, "trusted_p");
}

static void check_version(struct reading *reading, const json_t *root)
{
    const char *type = json_string_value(json_object_get(root, "type"));
    const json_t *version = json_object_get(root, "schema_version");
    if (type == NULL || strcmp(type, "pace") != 0 ||
        json_integer_value(json_object_get(version, "major")) != SCHEMA_MAJOR)
        fail(reading, "it is none of this pace");
}

static void take_all(struct reading *reading, struct paced_report *report, const json_t *root,
                     const struct paced_options *options)
{
    const json_t *generator = json_object_get(root, "generator"),
                 *targets = json_object_get(root, "targets");
    check_version(reading, root);
    take_trusted(reading, report, root);
    report->start_ns = take_count_or_null(reading, root, "start_monotonic_ns");
    report->duration_ns = take_count(reading, root, "measured_ns");
    report->cpu_load_ns = take_count(reading, generator, "cpu_ns");
    report->run_delay_load_ns = take_count_or_null(reading, generator, "run_delay_ns");
    if (json_array_size(targets) != options->target_count)
        fail(reading, "it is of another number of servers");
    for (unsigned t = 0; t < options->target_count; t++)
        take_answer(reading, &report->answers[t], json_array_get(targets, t), options);
}

/* Why its report, if it made one, is none: its word on stderr, or how it ended. */
static void say_end(const struct load *load, bool reported, char *error, size_t size)
{
    int line = load->err_len > 0 ? (int)strcspn(load->err, "\n") : 0;
    if (line > 0)
        snprintf(error, size, "the generator wrote to stderr: %.*s", line > 160 ? 160 : line,
                 load->err);
    else if (WIFSIGNALED(load->exit_status))
        snprintf(error, size, "the generator was killed by signal %d", WTERMSIG(load->exit_status));
    else
        snprintf(error, size, "the generator ended with %d%s", WEXITSTATUS(load->exit_status),
                 reported ? ", which its report does not say" : " and without a report");
}

/* Did it end as its report says? It tells its exit code before it does what may still fail. */
static bool ended_as_told(const struct load *load, const json_t *root)
{
    return load->err_len == 0 && WIFEXITED(load->exit_status) &&
           WEXITSTATUS(load->exit_status) == json_integer_value(json_object_get(root, "exit_code"));
}

int paced_report_read(struct paced_report *report, const struct load *load,
                      const struct paced_options *options, char *error, size_t size)
{
    struct reading reading = {error, size};
    *report = (struct paced_report){0};
    for (unsigned t = 0; t < PACED_TARGETS; t++)
        histogram_init(&report->answers[t].response);
    error[0] = '\0';
    json_t *root = load->data_len > 0 ? json_loadb(load->data, load->data_len, 0, NULL) : NULL;
    if (root == NULL && load->data_len > 0 && load->err_len == 0)
        fail(&reading, "it is no JSON");
    else if (root == NULL || !ended_as_told(load, root))
        say_end(load, root != NULL, error, size);
    else
        take_all(&reading, report, root, options);
    json_decref(root);
    return error[0] == '\0' ? 0 : -1;
}

void paced_report_release(struct paced_report *report)
{
    for (unsigned t = 0; t < PACED_TARGETS; t++) {
        histogram_release(&report->answers[t].response);
        latency_series_release(&report->answers[t].series);
    }
}
