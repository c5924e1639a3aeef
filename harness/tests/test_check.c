/*
 * The conformance driver against servers with one defect each (broken_server.c): every defect must be caught, by the
 * case that is there for it, and the server without defect must pass the same cases.
 *
 * run-tests: waits
 * run-tests: timeout 120
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "check/check.h"
#include "check/exchange.h"
#include "measure/clock.h"
#include "measure/describe.h"
#include "measure/server.h"
#include "tests/check_room.h"

static const struct defect by_cases[] = {
    {"answers in the wrong order are caught", "wrong-order", "pipeline-order", "application/json"},
    {"a stale Date is caught", "stale-date", "route-plaintext", "10 s old"},
    {"a Date in another format is caught", "bad-date", "route-plaintext", "IMF-fixdate"},
    {"a missing Date is caught", "no-date", "route-plaintext", "Date: "},
    {"a bare LF that is accepted is caught", "accepts-lf", "framing-bare-lf-all", "200 OK"},
    {"Content-Length with Transfer-Encoding accepted is caught", "accepts-cl-te", "smuggling-cl-te",
     "200 OK"},
    {"a close instead of a lingering close is caught", "no-linger", "linger-length",
     "sending failed"},
    {"one client's bytes given to another are caught", "mixed-clients", "crossing", "client "},
    {"a wrong body is caught", "wrong-body", "route-plaintext", "Hello, world!"},
    {"one wrong octet is caught", "wrong-octet", "route-bytes", "expected"},
    {"a wrong Content-Length is caught", "wrong-length", "route-plaintext", "Content-Length: 14"},
    {"a field that nobody asked for is caught", "extra-field", "route-plaintext", "X-Powered-By"},
    {"a body in the answer to HEAD is caught", "head-with-body", "head-plaintext", "Hello, World!"},
    {"a connection that stays open is caught", "keeps-open", "connection-close", "still open"},
    {"an answer that is early is caught", "early-wait", "route-wait", "at the earliest"},
    {"a missing 100 (Continue) is caught", "silent-expect", "expect-accepted", "100 Continue"},
    {"pipelined requests that get lost are caught", "loses-pipelined", "pipeline-order",
     "got nothing"},
    {"a server that hangs up on a half-closed client is caught", "drops-half-closed",
     "wait-half-close", "the end of the connection"},
    {"an answer to half a request is caught", "answers-cut", "close-in-head", "400 Bad Request"},
    {"bytes behind the last answer are caught", "surplus", "host-missing",
     "expected nothing after 1 answer"},
    {"a server that dies is caught", "dies", "process", "wait status 0x900"},
    {"another exit code than 0 is caught", "exit-code", "process", "exit 0"},
};

static void test_baseline_passes(void **state)
{
    (void)state;
    expect_baseline(by_cases, COUNT(by_cases));
}

/* ---- what gates whom ---- */

static void test_foreign_route_gates(void **state)
{
    (void)state;
    struct check_report report;
    char *folder = make_folder("foreign");
    case_link("/foreign", "route-plaintext");
    case_link("/foreign", "framing-bare-lf-all");
    check_defect("wrong-body", folder, false, &report);
    assert_true(is_found(&report.failures, "route-plaintext", "Hello, world!"));
    assert_true(strings_contain(&report.broken_routes, "plaintext"));
    check_report_release(&report);
    check_defect("accepts-lf", folder, false, &report);
    print_all(&report.failures);
    assert_int_equal(report.failed, 0);
    assert_true(is_found(&report.differences, "framing-bare-lf-all", "status 400, got 200"));
    assert_int_equal(report.broken_routes.count, 0);
    check_report_release(&report);
    free(folder);
}

static void test_foreign_fields_differ_only(void **state)
{
    (void)state;
    struct check_report report;
    char *folder = make_folder("fields");
    case_link("/fields", "route-plaintext");
    check_defect("extra-field", folder, false, &report);
    print_all(&report.failures);
    assert_int_equal(report.failed, 0);
    assert_true(is_found(&report.differences, "route-plaintext", "X-Powered-By"));
    check_report_release(&report);
    free(folder);
}

/* The process contract binds ours; of others the long form says where they differ. */
static void test_foreign_process_differs_only(void **state)
{
    (void)state;
    char error[512], *unreadable = NULL, *path = server_link("no-limit");
    struct check_report report;
    struct server_info info;
    char *folder = make_folder("process");
    case_link("/process", "route-plaintext");
    assert_int_equal(server_describe(&info, "no-limit", path, error, sizeof(error)), 0);
    info.own_core = info.own_app = false;
    struct check_options options = {.cases = folder, .address = "127.0.0.1"};
    assert_int_equal(check_servers(&info, 1, &options, &report, &unreadable), 0);
    print_all(&report.failures);
    assert_int_equal(report.failed, 0);
    assert_true(is_found(&report.differences, "max-connections", "to wait in the backlog"));
    assert_false(is_found(&report.differences, "drain", ""));
    check_report_release(&report);
    server_info_release(&info);
    free(folder);
    free(path);
}

/* ---- what a server says it fails ---- */

/* server-accepts-lf, our app behind somebody else's parser, asked two cases of which it fails one in every form. */
static void check_diverging(const struct strings *diverges, struct check_report *report)
{
    char error[512], *path = server_link("accepts-lf"), *folder = make_folder("diverging");
    struct server_info info;
    case_link("/diverging", "route-unknown");
    case_link("/diverging", "route-plaintext");
    case_link("/diverging", "framing-bare-lf-all");
    assert_int_equal(server_describe(&info, "accepts-lf", path, error, sizeof(error)), 0);
    info.own_core = false;
    strings_copy(&info.diverges, diverges);
    struct check_options options = {.cases = folder, .short_form = true, .address = "127.0.0.1"};
    char *unreadable = NULL;
    assert_int_equal(check_servers(&info, 1, &options, report, &unreadable), 0);
    server_info_release(&info);
    free(folder);
    free(path);
}

static const struct {
    const char *name, *diverges;
    unsigned failed, diverged, recovered; /* in the forms whole, split and bytes */
} listings[] = {
    {"what our app fails behind another parser counts", NULL, 3, 0, 0},
    {"a listed case fails without harm, in each form", "framing-bare-lf-all it does", 0, 3, 0},
    {"a listed form does not cover the others", "framing-bare-lf-all/split it does", 2, 1, 0},
    {"a name that is no case fails the description alone", "framing-bare it does", 1, 0, 0},
    {"the question of a route cannot be listed", "route-plaintext it does", 1, 0, 0},
    {"a listed case that passes is said", "route-unknown/whole it does", 3, 0, 1},
};

static void test_divergences(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(listings); i++) {
        struct strings diverges = {0};
        struct check_report report;
        print_message("# %s\n", listings[i].name);
        if (listings[i].diverges)
            strings_add(&diverges, listings[i].diverges);
        check_diverging(&diverges, &report);
        print_all(&report.failures);
        assert_int_equal(report.failed, listings[i].failed);
        assert_int_equal(report.diverged, listings[i].diverged);
        assert_int_equal(report.divergences.count, listings[i].diverged > 0);
        assert_int_equal(report.recovered, listings[i].recovered);
        assert_true(report.recoveries.count == 0 ||
                    is_found(&report.recoveries, "ok - route-unknown", "no longer diverges"));
        check_report_release(&report);
        strings_release(&diverges);
    }
}

/* ---- silence ---- */

/* Asked as nobody's own server that declares nothing: then no single case gates it. */
static void check_stranger(const char *defect, const char *folder, struct check_report *report)
{
    char error[512], *path = server_link(defect);
    struct server_info info;
    assert_int_equal(server_describe(&info, defect, path, error, sizeof(error)), 0);
    info.own_core = info.own_app = info.described = false;
    strings_release(&info.routes);
    struct check_options options = {.cases = folder, .short_form = true, .address = "127.0.0.1"};
    char *unreadable = NULL;
    assert_int_equal(check_servers(&info, 1, &options, report, &unreadable), 0);
    server_info_release(&info);
    free(path);
}

/* More exchanges than are played at a time: a server that is waited for in each batch costs many time-outs. */
static char *make_many_cases(void)
{
    char *folder = make_folder("many"), *target = case_path("route-plaintext");
    for (int i = 0; i < EXCHANGE_PARALLEL; i++) {
        char *path = text_format("%s/copy-%d.case", folder, i);
        link_once(target, path);
        free(path);
    }
    free(target);
    return folder;
}

static void test_silence_fails_soon(void **state)
{
    (void)state;
    static const struct {
        const char *defect, *says;
        int limit_ms; /* on a machine that has other things to do */
    } table[] = {
        {"mute", "got not one byte", EXCHANGE_MUTE_MS + 1000},
        {"hangs-up", "got not one byte", EXCHANGE_MUTE_MS + 1000},
        {"hushed", "got nothing on any connection", EXCHANGE_HUSH_MS + 3000},
    };
    char *folder = make_many_cases();
    for (size_t i = 0; i < COUNT(table); i++) {
        struct check_report report;
        int64_t started_ns = monotonic_ns();
        check_stranger(table[i].defect, folder, &report);
        int took_ms = (int)((monotonic_ns() - started_ns) / NS_PER_MS);
        print_message("# %s: %d ms\n", table[i].defect, took_ms);
        print_all(&report.failures);
        assert_int_equal(report.failed, 1);
        assert_true(is_found(&report.failures, "silence", table[i].says));
        assert_true(took_ms < table[i].limit_ms);
        check_report_release(&report);
    }
    free(folder);
}

static void test_strays_are_killed(void **state)
{
    (void)state;
    struct check_report report;
    char *folder = make_folder("strays");
    case_link("/strays", "route-plaintext");
    server_become_reaper();
    check_defect("leaves-child", folder, true, &report);
    print_all(&report.failures);
    assert_int_equal(report.failed, 0);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    check_report_release(&report);
    free(folder);
}

static void test_no_cases_fail(void **state)
{
    (void)state;
    struct check_report report;
    char *folder = make_folder("empty"), *error = NULL;
    struct server_info info;
    server_info_init(&info, "nobody", "/nowhere");
    struct check_options options = {.cases = folder, .short_form = true, .address = "127.0.0.1"};
    assert_int_equal(check_servers(&info, 1, &options, &report, &error), -1);
    assert_non_null(strstr(error, "no *.case"));
    free(error);
    check_report_release(&report);
    server_info_release(&info);
    free(folder);
}

/* ---- all of them, as one group ---- */

enum { TESTS_MAX = 64 };
static struct CMUnitTest tests[TESTS_MAX];
static size_t test_count;

static void add_test(const char *name, CMUnitTestFunction function, const struct defect *defect)
{
    assert(test_count < TESTS_MAX);
    tests[test_count++] = (struct CMUnitTest){
        .name = name, .test_func = function, .initial_state = (void *)(uintptr_t)defect};
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    add_test("a server without defect passes the cases", test_baseline_passes, NULL);
    for (size_t i = 0; i < COUNT(by_cases); i++)
        add_test(by_cases[i].sentence, test_case_catches, &by_cases[i]);
    add_test("a foreign server fails by its declared routes alone", test_foreign_route_gates, NULL);
    add_test("other header fields of a foreign server are a difference",
             test_foreign_fields_differ_only, NULL);
    add_test("cases that a server says it fails are counted apart", test_divergences, NULL);
    add_test("a foreign server that breaks the process contract differs",
             test_foreign_process_differs_only, NULL);
    add_test("a server that says nothing fails, and soon", test_silence_fails_soon, NULL);
    add_test("what a server leaves behind is killed", test_strays_are_killed, NULL);
    add_test("a folder without cases is a failure", test_no_cases_fail, NULL);
    return _cmocka_run_group_tests("check", tests, test_count, make_room, remove_room);
}
