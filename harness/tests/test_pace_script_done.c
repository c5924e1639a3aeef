/* The figures that done() is given, the addresses that setup()
 * sees, and where a script's words go. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "script_room.h"

/* What the script wrote to FOLDER/out; the caller frees. */
static char *read_out(void)
{
    char *path = text_format("%s/out", folder), text[2000];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    free(path);
    return xstrdup(text);
}

/* Opens a script that has FOLDER/out as the global out, and runs its done(). */
static int run_done(const char *text, const struct script_summary *summary, char **error)
{
    char *whole = text_format("local out = '%s/out'\n%s", folder, text);
    struct given given = {.text = whole};
    struct script *script;
    if (open_given(&script, &given, error) != 0)
        fail_msg("%s", *error);
    int result = script_done(script, summary, error);
    script_close(script);
    free(whole);
    return result;
}

static void assert_done_writes(const char *text, const struct script_summary *summary,
                               const char *expected)
{
    char *error = NULL;
    if (run_done(text, summary, &error) != 0)
        fail_msg("%s", error);
    char *written = read_out();
    assert_string_equal(written, expected);
    free(written);
}

static void done_is_given_the_summary(void **state)
{
    (void)state;
    struct histogram none;
    histogram_init(&none);
    struct script_summary summary = {.requests = 1500,
                                     .bytes = UINT64_C(5000000000),
                                     .duration_us = 2000000,
                                     .errors_connect = 1,
                                     .errors_read = 2,
                                     .errors_write = 3,
                                     .errors_status = 4,
                                     .errors_timeout = 5,
                                     .latency = &none};
    assert_done_writes("function done(s, latency, requests)\n"
                       "local e = s.errors\n"
                       "io.open(out, 'w'):write(table.concat({s.requests, s.bytes, s.duration,\n"
                       "e.connect, e.read, e.write, e.status, e.timeout, #latency, latency.max,\n"
                       "latency.mean, latency.stdev, latency:percentile(50), #requests,\n"
                       "requests.min, requests.max, requests.mean, requests.stdev}, ' ')) end",
                       &summary, "1500 5000000000 2000000 1 2 3 4 5 0 0 0 0 0 1 750 750 750 0");
}

/* By hand: 400 ns is 0 us, 600 ns and 1,499 ns are 1 us, 3 us and 5 us are what
 * they are. Mean (0 + 5 x 1 + 2 x 3 + 2 x 5) / 10 = 2.1; squared distances 4.41
 * + 5 x 1.21 + 2 x 0.81 + 2 x 8.41 = 28.9; stdev sqrt(28.9 / 9). */
static void done_is_given_response_times_in_microseconds(void **state)
{
    (void)state;
    struct histogram latency;
    histogram_init(&latency);
    histogram_add(&latency, 400, 1);
    histogram_add(&latency, 600, 2);
    histogram_add(&latency, 1499, 3);
    histogram_add(&latency, 3000, 2);
    histogram_add(&latency, 5000, 2);
    struct script_summary summary = {.duration_us = 1, .latency = &latency};
    assert_done_writes("function done(s, l)\n"
                       "local t = {l.min, l.max, l.mean, string.format('%.6f', l.stdev), #l}\n"
                       "for i = 0, #l + 1 do local v, c = l(i) t[#t + 1] = v .. 'x' .. c end\n"
                       "for _, p in ipairs {0, 10, 10.1, 60, 60.1, 80, 99.99, 100} do\n"
                       "t[#t + 1] = l:percentile(p) end\n"
                       "t[#t + 1] = tostring(l.count)\n"
                       "io.open(out, 'w'):write(table.concat(t, ' ')) end",
                       &summary, "0 5 2.1 1.791957 4 0x0 0x1 1x5 3x2 5x2 0x0 0 0 1 1 3 3 5 5 nil");
    histogram_release(&latency);
}

static void a_second_of_response_time_is_a_million(void **state)
{
    (void)state;
    struct histogram latency;
    histogram_init(&latency);
    histogram_add(&latency, UINT64_C(1000000000), 1);
    struct script_summary summary = {.duration_us = 1, .latency = &latency};
    /* A bin there is 524,288 ns wide, so the value is known to 262 us. */
    assert_done_writes("function done(s, l) io.open(out, 'w'):write(\n"
                       "tostring(math.abs(l.max - 1e6) <= 263 and l.max == l:percentile(100)\n"
                       "and l.max == l.mean and l.max == math.floor(l.max))) end",
                       &summary, "true");
    histogram_release(&latency);
}

static void done_runs_where_setup_ran_and_reaches_the_thread(void **state)
{
    (void)state;
    struct histogram none;
    histogram_init(&none);
    struct script_summary summary = {.latency = &none};
    assert_done_writes(
        "local kept\nfunction setup(thread) kept = thread where = 'main' end\n"
        "function init() where, t = 'thread', {x = {y = 'deep'}} end\n"
        "function done() io.open(out, 'w'):write(where, ' ', kept:get('where'), ' ',\n"
        "kept:get('t').x.y, ' ', tostring(kept.none)) end",
        &summary, "main thread deep nil");
}

static void an_error_in_done_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } table[] = {
        {"function done(s) return s.none.at.all end",
         "x.lua:2: attempt to index field 'none' (a nil value), in done()"},
        {"function done(s, l)\n l:percentile(101) end",
         "x.lua:3: bad argument #1 to 'percentile' (a percentile is from 0 to 100), in done()"},
        {"function done(s, l)\n l.percentile(50) end",
         "x.lua:3: bad argument #1 to 'percentile' (wrk.stats expected, got number), in done()"},
    };
    struct histogram none;
    histogram_init(&none);
    struct script_summary summary = {.latency = &none};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *error = NULL;
        assert_int_equal(run_done(table[i].text, &summary, &error), -1);
        assert_string_equal(below_folder(error), table[i].error);
        free(error);
    }
    char *error = NULL;
    assert_int_equal(run_done("done = 'no function'", &summary, &error), 0);
    assert_null(error);
}

/* Runs a script with stdout and stderr in FOLDER/stdout and FOLDER/stderr. */
static void run_apart(const char *text)
{
    static const char *const names[] = {"stdout", "stderr"};
    struct given given = {.text = text};
    struct script *script;
    char *error = NULL;
    int kept[2];
    fflush(stdout);
    for (int i = 0; i < 2; i++) {
        char *path = text_format("%s/%s", folder, names[i]);
        int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        kept[i] = dup(i + 1);
        dup2(fd, i + 1);
        close(fd);
        free(path);
    }
    int result = open_given(&script, &given, &error);
    script_close(script);
    fflush(stdout);
    for (int i = 0; i < 2; i++) {
        dup2(kept[i], i + 1);
        close(kept[i]);
    }
    assert_int_equal(result, 0);
}

static void assert_holds(const char *name, const char *expected)
{
    char *path = text_format("%s/%s", folder, name), text[200];
    FILE *file = fopen(path, "r");
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    free(path);
    assert_string_equal(text, expected);
}

static void what_a_script_prints_goes_to_stderr(void **state)
{
    (void)state;
    run_apart("function init() print('a', nil, 1.5, true) io.write('b', 2, '\\n')\n"
              "print() io.stdout:write('asked for by name') end");
    assert_holds("stderr", "a\tnil\t1.5\ttrue\nb2\n\n");
    assert_holds("stdout", "asked for by name");
}

/* A port of our own, on which nobody answers unless listens. */
static uint16_t open_port(int *fd, bool listens)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(name);
    *fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(*fd, (struct sockaddr *)&name, len), 0);
    assert_int_equal(listens ? listen(*fd, 16) : 0, 0);
    assert_int_equal(getsockname(*fd, (struct sockaddr *)&name, &len), 0);
    return ntohs(name.sin_port);
}

/* Opens a script with a URL of that port; NULL, or the sentence, which the caller frees. */
static char *open_at(uint16_t port, const char *text)
{
    char *url = text_format("http://127.0.0.1:%u/", port), *error = NULL;
    struct given given = {.text = text, .url = url};
    struct script *script;
    int result = open_given(&script, &given, &error);
    script_close(script);
    free(url);
    assert_int_equal(result, error == NULL ? 0 : -1);
    return error;
}

static void an_address_is_found_connected_to_and_kept(void **state)
{
    (void)state;
    int fd;
    uint16_t port = open_port(&fd, true);
    char *error = open_at(port, "function setup(thread)\n"
                                "local all = wrk.lookup(wrk.host, wrk.port)\n"
                                "assert(#all == 1 and wrk.connect(all[1]))\n"
                                "assert(tostring(all[1]) == wrk.host .. ':' .. wrk.port)\n"
                                "assert(tostring(thread.addr) == tostring(all[1]))\n"
                                "thread.addr = all[1] end\n"
                                "function init()\n"
                                "assert(tostring(wrk.thread.addr):find(wrk.port, 1, true)) end");
    if (error != NULL)
        fail_msg("%s", error);
    error = open_at(port, "function setup(thread)\n"
                          " thread.addr = wrk.lookup('127.0.0.2', wrk.port)[1] end");
    assert_string_equal(below_folder(error),
                        "x.lua:2: thread.addr is set to another address than the URL's: give pace "
                        "the URL of the server that it is to ask, in setup()");
    free(error);
    close(fd);
}

static void an_address_at_which_nothing_listens_is_told(void **state)
{
    (void)state;
    int fd;
    uint16_t port = open_port(&fd, false);
    char *error = open_at(port, "function setup()\n"
                                "assert(not wrk.connect(wrk.lookup(wrk.host, wrk.port)[1])) end");
    if (error != NULL)
        fail_msg("%s", error);
    error = open_at(port, "function setup(thread)\n return thread.addr end");
    char *expected =
        text_format("x.lua:2: thread.addr: nothing listens at 127.0.0.1:%u, in setup()", port);
    assert_string_equal(below_folder(error), expected);
    free(expected);
    free(error);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(done_is_given_the_summary),
        IN_FOLDER(done_is_given_response_times_in_microseconds),
        IN_FOLDER(a_second_of_response_time_is_a_million),
        IN_FOLDER(done_runs_where_setup_ran_and_reaches_the_thread),
        IN_FOLDER(an_error_in_done_is_said),
        IN_FOLDER(what_a_script_prints_goes_to_stderr),
        IN_FOLDER(an_address_is_found_connected_to_and_kept),
        IN_FOLDER(an_address_at_which_nothing_listens_is_told),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("script_done", tests, NULL, NULL);
}
