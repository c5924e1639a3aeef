/*
 * From the wrapper's two lines of JSON to numbers, and the inversion of wrk's back-filling; see
 * load.h.
 *
 * Before done(), wrk calls stats_correct(e), e = floor(duration_us / floor(requests /
 * connections)): for each recorded n >= 2e, ascending, it adds n's count to n-e, n-2e, ... while
 * they exceed e. Counts added to a value come from larger ones, which are visited later, so each
 * count that is spread is still the recorded one: cor[m] = raw[m] + raw[m+e] + raw[m+2e] + ... for
 * m > e,   cor[m] = raw[m] else, and so raw[m] = cor[m] - cor[m+e]. Bins below wrk's own minimum
 * may have been filled too and are not listed; no raw count lies there.
 */
#include "measure/load.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "data/strings.h"

/* wrk gives up on an answer after 2 s, and records none that is longer. */
enum { US_PER_S = 1000000, RESPONSE_LIMIT_US = 60 * US_PER_S, NS_PER_US = 1000 };

bool load_uncorrect(int64_t *counts, size_t n, int64_t expected_us)
{
    if (expected_us <= 0)
        return false;
    size_t expected = (size_t)expected_us;
    for (size_t i = expected + 1; i + expected < n; i++) {
        counts[i] -= counts[i + expected]; /* not yet touched: i ascends */
        if (counts[i] < 0)
            return false;
    }
    return true;
}

static bool get(const json_t *object, const char *key, int64_t *value)
{
    const json_t *number = json_object_get(object, key);
    *value = json_integer_value(number);
    return json_is_integer(number) && *value >= 0;
}

static bool read_counters(struct load_data *data, const json_t *line)
{
    const json_t *errors = json_object_get(line, "errors");
    int64_t duration_us;
    bool whole =
        get(line, "requests", &data->requests_count) && get(line, "bytes", &data->bytes_read) &&
        get(line, "duration_us", &duration_us) && duration_us > 0 &&
        get(errors, "connect", &data->errors.connect) && get(errors, "read", &data->errors.read) &&
        get(errors, "write", &data->errors.write) && get(errors, "status", &data->errors.status) &&
        get(errors, "timeout", &data->errors.timeout);
    data->duration_ns = whole ? duration_us * NS_PER_US : 0;
    return whole;
}

static void why(struct load_data *data, const char *reason)
{
    snprintf(data->why_no_response, sizeof(data->why_no_response), "%s", reason);
}

/* counts[us], sized by the longest; NULL if the bins are not ascending pairs. */
static int64_t *densify(const json_t *bins, size_t *n)
{
    size_t count = json_array_size(bins);
    int64_t longest = json_integer_value(json_array_get(json_array_get(bins, count - 1), 0));
    if (longest < 0 || longest > RESPONSE_LIMIT_US)
        return NULL;
    *n = (size_t)longest + 1;
    int64_t *counts = xcalloc(*n, sizeof(*counts)), before = -1;
    for (size_t i = 0; i < count; i++) {
        const json_t *pair = json_array_get(bins, i);
        int64_t us = json_integer_value(json_array_get(pair, 0));
        if (json_array_size(pair) != 2 || us <= before || us > longest) {
            free(counts);
            return NULL;
        }
        counts[us] = json_integer_value(json_array_get(pair, 1));
        before = us;
    }
    return counts;
}

/* The step of wrk's back-filling, in its own integer arithmetic; 0 where it does none. */
static int64_t expected_interval_us(const struct load_data *data, unsigned connections)
{
    int64_t each = data->requests_count / connections;
    return each > 0 ? data->duration_ns / NS_PER_US / each : 0;
}

static void fill(struct load_data *data, const int64_t *counts, size_t n)
{
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += counts[i];
    if (sum != data->requests_count) {
        snprintf(data->why_no_response, sizeof(data->why_no_response),
                 "undone, wrk's histogram holds %lld response times for %lld requests",
                 (long long)sum, (long long)data->requests_count);
        return;
    }
    for (size_t i = 0; i < n; i++)
        if (counts[i] > 0)
            histogram_add(&data->response, (uint64_t)i * NS_PER_US, (uint64_t)counts[i]);
}

static void read_response(struct load_data *data, const json_t *line,
                          const struct load_options *options)
{
    const json_t *bins = json_object_get(line, "response_us"),
                 *reason = json_object_get(line, "why");
    if (options->pipeline > 1) {
        snprintf(data->why_no_response, sizeof(data->why_no_response),
                 "wrk times a batch of %u pipelined requests, not each request", options->pipeline);
        return;
    }
    if (json_array_size(bins) == 0) {
        why(data, reason != NULL ? json_string_value(reason) : "wrk recorded no response time");
        return;
    }
    size_t n = 0;
    int64_t *counts = densify(bins, &n);
    int64_t expected_us = expected_interval_us(data, options->connections);
    if (counts == NULL)
        why(data, "wrk's list of response times is not in order");
    else if (expected_us > 0 && !load_uncorrect(counts, n, expected_us))
        why(data, "wrk's back-filling could not be undone: a count would be negative");
    else
        fill(data, counts, n);
    free(counts);
}

/* A wrk that failed, or said anything on stderr: a broken script would measure a plain GET. */
static int refuse(const struct load *load, char *error, size_t size)
{
    if (load->err_len > 0) {
        int line = (int)strcspn(load->err, "\n");
        snprintf(error, size, "the generator wrote to stderr: %.*s", line > 160 ? 160 : line,
                 load->err);
        return -1;
    }
    if (WIFSIGNALED(load->exit_status))
        snprintf(error, size, "the generator was killed by signal %d", WTERMSIG(load->exit_status));
    else if (WEXITSTATUS(load->exit_status) != 0)
        snprintf(error, size, "the generator ended with %d", WEXITSTATUS(load->exit_status));
    else
        return 0;
    return -1;
}

int load_data(const struct load *load, const struct load_options *options, struct load_data *data,
              char *error, size_t size)
{
    *data = (struct load_data){0};
    histogram_init(&data->response);
    if (refuse(load, error, size) != 0)
        return -1;
    const char *second = load->data_len > 0 ? memchr(load->data, '\n', load->data_len) : NULL;
    if (second++ == NULL) {
        snprintf(error, size, "the generator ended without a report");
        return -1;
    }
    json_t *counters = json_loadb(load->data, (size_t)(second - load->data), 0, NULL);
    json_t *response = json_loadb(second, load->data_len - (size_t)(second - load->data), 0, NULL);
    bool whole = counters != NULL && response != NULL && read_counters(data, counters);
    if (whole)
        read_response(data, response, options);
    else
        snprintf(error, size, "the generator's report is not whole");
    json_decref(counters);
    json_decref(response);
    return whole ? 0 : -1;
}
