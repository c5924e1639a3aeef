/*
 * The conformance driver against servers with one defect each
 * (broken_server.c): every defect must be caught, by the case that is
 * there for it, and the server without defect must pass the same cases.
 *
 * run-tests: waits
 * run-tests: timeout 300
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
#include "measure/describe.h"
#include "measure/server.h"
#include "tests/defects_room.h"

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
     "asked again"},
    {"a server that hangs up on a half-closed client is caught", "drops-half-closed",
     "wait-half-close", "the end of the connection"},
    {"an answer to half a request is caught", "answers-cut", "close-in-head", "400 Bad Request"},
    {"bytes behind the last answer are caught", "surplus", "host-missing",
     "expected nothing after 1 answer"},
    {"a server that dies is caught", "dies", "process",
     "ended with 9 (nothing on stderr) during its check"},
    {"another exit code than 0 is caught", "exit-code", "process", "exit 0"},
};

static void test_baseline_passes(void **state)
{
    (void)state;
    expect_baseline(by_cases, COUNT(by_cases));
}

/* ---- what is about no case ---- */

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

/* What is late once and right when it is asked again is right;
 * broken_server.c's slow process answers all but /plaintext. */
static void test_slow_at_first_passes(void **state)
{
    (void)state;
    struct check_report report;
    char *folder = make_folder("slow");
    case_link("/slow", "route-plaintext");
    case_link("/slow", "route-json");
    check_within("slow-at-first", folder, true, 0, &report);
    print_all(&report.failures);
    assert_int_equal(report.failed, 0);
    assert_int_equal(report.broken_routes.count, 0);
    assert_true(report.slow.count > 0);
    assert_true(is_found(&report.slow, "route-plaintext", "right when asked again"));
    assert_false(is_found(&report.slow, "route-json", ""));
    check_report_release(&report);
    check_defect("slow-at-first", folder, true, &report); /* no longer the first: quick at once */
    assert_int_equal(report.failed, 0);
    assert_int_equal(report.slow.count, 0);
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
    add_test("what a server leaves behind is killed", test_strays_are_killed, NULL);
    add_test("what is late at first and right when asked again passes, and is said",
             test_slow_at_first_passes, NULL);
    add_test("a folder without cases is a failure", test_no_cases_fail, NULL);
    return _cmocka_run_group_tests("check", tests, test_count, make_room, remove_room);
}
