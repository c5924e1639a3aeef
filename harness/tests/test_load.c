/*
 * Driving wrk, and undoing what it does to its response times.
 *
 * run-tests: waits
 */
#include "measure/load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "measure/server.h"
#include "tools.h"

enum { US = 1000, MS = 1000 * US };

/* wrk's back-filling as docs/method.md describes it: for each recorded n >= 2e, ascending, n's
 * count is added to n-e, n-2e, ... while they exceed e. */
static void stats_correct(int64_t *counts, int64_t n, int64_t expected)
{
    for (int64_t value = 2 * expected; value < n; value++)
        for (int64_t to = value - expected; to > expected; to -= expected)
            counts[to] += counts[value];
}

/* A small generator of our own, so that a failure can be repeated. */
static uint32_t random_below(uint32_t *state, uint32_t limit)
{
    *state = *state * 1664525 + 1013904223;
    return (*state >> 8) % limit;
}

static void what_wrk_adds_is_taken_away_exactly(void **state)
{
    (void)state;
    uint32_t random = 1;
    for (int trial = 0; trial < 2000; trial++) {
        size_t n = 1 + random_below(&random, 400);
        int64_t expected = 1 + random_below(&random, 150);
        int64_t raw[400] = {0}, counts[400] = {0};
        for (size_t i = 0; i < n; i++)
            raw[i] = random_below(&random, 4) ? 0 : random_below(&random, 1000);
        memcpy(counts, raw, sizeof(raw));
        stats_correct(counts, (int64_t)n, expected);
        assert_true(load_uncorrect(counts, n, expected));
        for (size_t i = 0; i < n; i++)
            if (counts[i] != raw[i])
                fail_msg("trial %d: %lld at %zu instead of %lld (e = %lld)", trial,
                         (long long)counts[i], i, (long long)raw[i], (long long)expected);
    }
}

/* A stall of 20 cycles: what wrk prints as its mean is not the mean. */
static void a_stalls_mean_is_recovered(void **state)
{
    (void)state;
    enum { N = 2001, E = 100 };
    int64_t counts[N] = {0}, sum = 0, corrected = 0;
    counts[100] = 1000;
    counts[2000] = 10;
    stats_correct(counts, N, E);
    for (int64_t i = 0; i < N; i++)
        corrected += counts[i];
    assert_int_equal(corrected, 1010 + 10 * 18); /* 1,900 down to 200 */
    assert_true(load_uncorrect(counts, N, E));
    for (int64_t i = 0; i < N; i++)
        sum += i * counts[i];
    assert_int_equal(sum, 100 * 1000 + 2000 * 10);
}

static void what_wrk_cannot_have_made_is_refused(void **state)
{
    (void)state;
    int64_t counts[300] = {[250] = 5, [150] = 4};
    assert_false(load_uncorrect(counts, 300, 100)); /* 150 must hold what 250 added */
    assert_false(load_uncorrect(counts, 300, 0));
}

#define COUNTERS(requests)                                                                         \
    "{\"requests\":" #requests                                                                     \
    ",\"duration_us\":1000000,\"bytes\":9,\"errors\":{\"connect\":0,\"read\":1,"                   \
    "\"write\":2,\"status\":3,\"timeout\":4}}\n"

static const struct {
    const char *name, *report, *err;
    int exit_status;
    unsigned pipeline;
    const char *error;       /* part of why it is not usable; NULL: it is */
    const char *no_response; /* part of why there is no response time; NULL: there is */
} reports[] = {
    {"a whole report", COUNTERS(100) "{\"response_us\":[[5,60],[7,40]]}\n", "", 0, 1, NULL, NULL},
    /* 10 connections, 10 cycles each: e = 100,000 us; 250,000 was back-filled at 150,000 */
    {"a back-filled one", COUNTERS(100) "{\"response_us\":[[5,98],[150000,2],[250000,2]]}\n", "", 0,
     1, NULL, NULL},
    {"counts that do not add up", COUNTERS(101) "{\"response_us\":[[5,60],[7,40]]}\n", "", 0, 1,
     NULL, "100 response times for 101 requests"},
    {"a negative count", COUNTERS(100) "{\"response_us\":[[5,98],[150000,1],[250000,2]]}\n", "", 0,
     1, NULL, "negative"},
    {"pipelining", COUNTERS(100) "{\"response_us\":[[5,60],[7,40]]}\n", "", 0, 16, NULL,
     "batch of 16"},
    {"too wide a range", COUNTERS(100) "{\"why\":\"range too wide\"}\n", "", 0, 1, NULL,
     "range too wide"},
    {"values out of order", COUNTERS(100) "{\"response_us\":[[7,40],[5,60]]}\n", "", 0, 1, NULL,
     "order"},
    {"no value at all", COUNTERS(0) "{\"response_us\":[]}\n", "", 0, 1, NULL, "no response time"},
    {"nothing", "", "", 0, 1, "without a report", NULL},
    {"half a report", COUNTERS(100), "", 0, 1, "not whole", NULL},
    {"half a line", COUNTERS(100) "{\"response_us\":[[5,", "", 0, 1, "not whole", NULL},
    {"counters that are none", "{}\n{\"response_us\":[[5,100]]}\n", "", 0, 1, "not whole", NULL},
    {"anything on stderr", COUNTERS(100) "{\"response_us\":[[5,100]]}\n", "x.lua:1: oops\nmore\n",
     0, 1, "stderr: x.lua:1: oops", NULL},
    {"an exit code", COUNTERS(100) "{\"response_us\":[[5,100]]}\n", "", 1 << 8, 1, "ended with 1",
     NULL},
    {"a signal", COUNTERS(100) "{\"response_us\":[[5,100]]}\n", "", 9, 1, "signal 9", NULL},
};

static void a_report_is_usable_or_says_why_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++) {
        struct load load = {.data = (char *)reports[i].report,
                            .data_len = strlen(reports[i].report),
                            .err = (char *)reports[i].err,
                            .err_len = strlen(reports[i].err),
                            .exit_status = reports[i].exit_status,
                            .ended = true};
        struct load_options options = {.connections = 10, .pipeline = reports[i].pipeline};
        struct load_data data;
        char error[200] = "";
        int result = load_data(&load, &options, &data, error, sizeof(error));
        if (result != (reports[i].error ? -1 : 0) ||
            (reports[i].error && strstr(error, reports[i].error) == NULL))
            fail_msg("%s: %d, \"%s\"", reports[i].name, result, error);
        bool response = result == 0 && data.response.total > 0;
        if (result == 0 &&
            (response != (reports[i].no_response == NULL) ||
             (!response && strstr(data.why_no_response, reports[i].no_response) == NULL)))
            fail_msg("%s: \"%s\"", reports[i].name, data.why_no_response);
        if (response) {
            assert_int_equal(data.response.total, data.requests_count);
            assert_int_equal(data.duration_ns, 1000000000);
            assert_int_equal(data.errors.read * 1000 + data.errors.write * 100 +
                                 data.errors.status * 10 + data.errors.timeout,
                             1234);
        }
        histogram_release(&data.response);
    }
}

/* ---- with the real wrk ---- */

static struct tools tools;
static char *wrapper;

static bool have_wrk(void)
{
    return system("command -v wrk >/dev/null 2>&1") == 0;
}

static char *put_script(const char *name, const char *text)
{
    char *path = text_format("%s/%s", tools.folder, name);
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
    strings_add(&tools.links, path); /* removed with the links */
    return path;
}

static struct load_options wrk_options(const char *script, uint16_t port)
{
    return (struct load_options){.wrk = "wrk",
                                 .wrapper = wrapper,
                                 .script = script,
                                 .address = "127.0.0.1",
                                 .port = port,
                                 .connections = 16,
                                 .threads = 1,
                                 .duration_s = 1,
                                 .pipeline = 1};
}

static void run_wrk(const char *way, const char *script_text, struct load_data *data, int *result,
                    char *error, size_t size)
{
    char *script = put_script("script.lua", script_text);
    struct server server;
    struct server_options server_options = {
        .path = tools_link(&tools, "fake_server", way), .address = "127.0.0.1", .workers = 1};
    assert_int_equal(server_start(&server, &server_options, error, size), SERVER_OK);
    struct load_options options = wrk_options(script, server.port);
    struct load load;
    assert_int_equal(load_start(&load, &options, error, size), 0);
    siginfo_t end;
    while (!load_poll(&load))
        poll(NULL, 0, 5);
    *result = load_data(&load, &options, data, error, size);
    assert_int_equal(waitid(P_PID, (id_t)load.pid, &end, WEXITED | WNOWAIT),
                     0); /* not yet reaped */
    pid_t pid = load.pid;
    load_kill(&load);
    assert_int_equal(waitid(P_PID, (id_t)pid, &end, WEXITED | WNOWAIT), -1);
    load_release(&load);
    server_stop(&server);
    free(script);
}

static uint64_t count_longer(const struct histogram *times, uint64_t ns)
{
    uint64_t longer = 0;
    for (size_t i = 0; i < times->count; i++)
        if (histogram_lowest_ns(times->bins[i].index) > ns)
            longer += times->bins[i].count;
    return longer;
}

/* The stall was met by each of the 16 connections once: hardly more than the 16 are as long as it.
 * False where somebody else may have kept server or wrk waiting. */
static bool has_these_times(const struct load_data *data)
{
    uint64_t longer = count_longer(&data->response, 100 * MS);
    return histogram_quantile_ns(&data->response, .5) <= 9 * MS && longer <= 3 * 16;
}

static void a_server_that_answers_after_5_ms_and_stalls_once_has_these_times(void **state)
{
    enum { TRIES = 5 };
    (void)state;
    if (!have_wrk())
        skip();
    struct load_data data = {0};
    char error[200] = "";
    int result;
    bool has_them = false;
    for (int i = 0; i < TRIES && !has_them; i++) {
        run_wrk("stalls", "wrk.path = \"/plaintext\"\n", &data, &result, error, sizeof(error));
        if (result != 0 || data.why_no_response[0] != '\0')
            fail_msg("%s%s", error, result == 0 ? data.why_no_response : "");
        assert_int_equal(data.response.total, data.requests_count);
        assert_true(histogram_quantile_ns(&data.response, 0) >= 5 * MS - 10 * US);
        assert_true(count_longer(&data.response, 100 * MS) >= 1);
        has_them = has_these_times(&data);
        histogram_release(&data.response);
    }
    assert_true(has_them);
}

static void a_scripts_own_done_still_runs_and_its_prints_are_no_data(void **state)
{
    (void)state;
    if (!have_wrk())
        skip();
    struct load_data data;
    char error[200] = "";
    int result;
    run_wrk("delay1", "function done() print('{\"requests\":1}') io.stderr:write('own done') end\n",
            &data, &result, error, sizeof(error));
    assert_int_equal(result, -1);
    assert_string_equal(error, "the generator wrote to stderr: own done");
    histogram_release(&data.response);
}

static void a_broken_script_fails_the_run(void **state)
{
    (void)state;
    if (!have_wrk())
        skip();
    struct load_data data;
    char error[200] = "";
    int result;
    run_wrk("delay1", "wrk.path = \n", &data, &result, error, sizeof(error));
    assert_int_equal(result, -1);
    assert_non_null(strstr(error, "script.lua:"));
    histogram_release(&data.response);
}

static void what_a_workload_sends_is_captured(void **state)
{
    (void)state;
    if (!have_wrk())
        skip();
    static const struct {
        const char *script, *bytes, *error;
    } table[] = {
        {"wrk.path = \"/a\"\n", "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n", NULL},
        {"wrk.method = \"POST\" wrk.body = \"hi\"\n",
         "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi", NULL},
        {"wrk.headers.B = 2 wrk.headers.A = \"x\" wrk.headers.C = true and \"y\"\n",
         "GET / HTTP/1.1\r\nHost: localhost\r\nA: x\r\nB: 2\r\nC: y\r\n\r\n", NULL},
        {"wrk.headers.Host = \"other\"\n", "GET / HTTP/1.1\r\nHost: other\r\n\r\n", NULL},
        {"local two\nfunction init() two = wrk.format() .. wrk.format(\"GET\", \"/2\") "
         "end\nfunction request() return two end\n",
         "GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET /2 HTTP/1.1\r\nHost: localhost\r\n\r\n",
         NULL},
        {"error(\"oops\")\n", NULL, "oops"},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        char *script = put_script("capture.lua", table[i].script), *bytes = NULL, error[300] = "";
        struct load_options options = wrk_options(script, 0);
        size_t len = 0;
        int result = load_capture(&options, &bytes, &len, error, sizeof(error));
        if (result != (table[i].error ? -1 : 0) ||
            (table[i].error && strstr(error, table[i].error) == NULL))
            fail_msg("script %zu: %d, \"%s\"", i, result, error);
        if (result == 0) {
            bool same = len == strlen(table[i].bytes) && memcmp(bytes, table[i].bytes, len) == 0;
            if (!same)
                fail_msg("script %zu: %.*s", i, (int)len, bytes);
            free(bytes);
        }
        free(script);
    }
}

static void a_generator_that_is_not_there_is_said(void **state)
{
    (void)state;
    struct load_options options = wrk_options("x.lua", 1);
    options.wrk = "/nowhere/wrk";
    struct load load;
    char error[200] = "";
    assert_int_equal(load_start(&load, &options, error, sizeof(error)), -1);
    assert_string_equal(error, "cannot start /nowhere/wrk: No such file or directory");
}

static int open_all(void **state)
{
    (void)state;
    tools_open(&tools);
    wrapper = realpath("harness/measure/wrk_wrapper.lua", NULL);
    return wrapper != NULL ? 0 : -1;
}

static int close_all(void **state)
{
    (void)state;
    tools_close(&tools);
    free(wrapper);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_wrk_adds_is_taken_away_exactly),
        cmocka_unit_test(a_stalls_mean_is_recovered),
        cmocka_unit_test(what_wrk_cannot_have_made_is_refused),
        cmocka_unit_test(a_report_is_usable_or_says_why_not),
        cmocka_unit_test(a_generator_that_is_not_there_is_said),
        cmocka_unit_test(a_server_that_answers_after_5_ms_and_stalls_once_has_these_times),
        cmocka_unit_test(a_scripts_own_done_still_runs_and_its_prints_are_no_data),
        cmocka_unit_test(a_broken_script_fails_the_run),
        cmocka_unit_test(what_a_workload_sends_is_captured),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("load", tests, open_all, close_all);
}
