/*
 * The conformance driver against servers with one defect each (broken_server.c): every defect must be caught, by the
 * case that is there for it, and the server without defect must pass the same cases.
 *
 * run-tests: timeout 120
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <assert.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check/case.h"
#include "check/check.h"
#include "check/exchange.h"
#include "check/lifecycle.h"
#include "data/strings.h"
#include "measure/server.h"

/* A defect, the case (or check) that must name it, and words of what it says. */
struct defect {
    const char *sentence, *name, *caught_by, *says;
};

static const struct defect by_cases[] = {
    {"answers in the wrong order are caught", "wrong-order", "pipeline-order", "application/json"},
    {"a stale Date is caught", "stale-date", "route-plaintext", "10 s old"},
    {"a Date in another format is caught", "bad-date", "route-plaintext", "IMF-fixdate"},
    {"a missing Date is caught", "no-date", "route-plaintext", "Date: "},
    {"a bare LF that is accepted is caught", "accepts-lf", "framing-bare-lf-all", "200 OK"},
    {"Content-Length with Transfer-Encoding accepted is caught", "accepts-cl-te", "smuggling-cl-te",
     "200 OK"},
    {"a close instead of a lingering close is caught", "no-linger", "limit-body-length",
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
    {"a server that dies is caught", "dies", "process", "ended by itself"},
    {"another exit code than 0 is caught", "exit-code", "process", "exit 0"},
};

static const struct defect by_drain[] = {
    {"a server that does not drain is caught: queued clients", "no-drain", "drain",
     "in the backlog"},
    {"a server that does not drain is caught: the answer under way", "no-drain", "drain",
     "under way"},
    {"a server that resets the answer under way is caught", "drops-busy", "drain", "under way"},
    {"a late exit is caught", "late-exit", "drain", "still runs"},
    {"a listener that outlives SIGTERM is caught", "keeps-listening", "drain", "refused"},
    {"a drain that ends with an error is caught", "exit-code", "drain", "exit 0"},
};

static const struct defect by_limit[] = {
    {"a limit that is not kept is caught", "no-limit", "max-connections", "to wait in the backlog"},
};

/* ---- a folder with links: server-DEFECT and cases/NAME.case ---- */

static char room[PATH_MAX];

static char *in_room(const char *folder, const char *prefix, const char *name, const char *suffix)
{
    return text_format("%s%s/%s%s%s", room, folder, prefix, name, suffix);
}

/* Where the test programs are: run-tests says so; started by hand, beside this one. */
static char *tool_path(const char *name)
{
    char self[PATH_MAX] = "";
    const char *tools = getenv("BACKBENCH_TOOLS");
    if (tools == NULL && readlink("/proc/self/exe", self, sizeof(self) - 1) > 0)
        tools = dirname(self);
    return text_format("%s/%s", tools, name);
}

static char *case_path(const char *name)
{
    char folder[PATH_MAX];
    const char *source = getenv("BACKBENCH_SOURCE");
    assert_non_null(realpath(source ? source : ".", folder));
    return text_format("%s/servers/tests/conformance/%s.case", folder, name);
}

static void link_once(const char *target, const char *path)
{
    assert_int_equal(access(target, F_OK), 0);
    if (access(path, F_OK) < 0)
        assert_int_equal(symlink(target, path), 0);
}

static char *server_link(const char *defect)
{
    char *tool = tool_path("broken_server"), *path = in_room("", "server-", defect, "");
    link_once(tool, path);
    free(tool);
    return path;
}

static void case_link(const char *folder, const char *name)
{
    char *path = in_room(folder, "", name, ".case"), *target = case_path(name);
    link_once(target, path);
    free(path);
    free(target);
}

static bool is_case(const struct defect *defect)
{
    return strcmp(defect->caught_by, "crossing") != 0 && strcmp(defect->caught_by, "process") != 0;
}

static int make_room(void **state)
{
    (void)state;
    const char *parent = getenv("TMPDIR");
    snprintf(room, sizeof(room), "%s/check.XXXXXX", parent ? parent : "/tmp");
    assert_non_null(mkdtemp(room));
    return 0;
}

static int remove_room(void **state)
{
    (void)state;
    char *command = text_format("rm -rf '%s'", room);
    int status = system(command);
    free(command);
    return status;
}

static char *make_folder(const char *name)
{
    char *command = text_format("mkdir -p '%s/%s'", room, name);
    assert_int_equal(system(command), 0);
    free(command);
    return text_format("%s/%s", room, name);
}

/* ---- checks ---- */

/* The short check of server-DEFECT with the cases of a folder, as described or as somebody else's server. */
static void check_defect(const char *defect, const char *folder, bool own,
                         struct check_report *report)
{
    char error[512], *path = server_link(defect);
    struct server_info info;
    assert_int_equal(server_describe(&info, defect, path, error, sizeof(error)), 0);
    assert_true(info.own_core);
    info.own_core = own;
    struct check_options options = {.cases = folder, .short_form = true, .address = "127.0.0.1"};
    check_servers(&info, 1, &options, report);
    server_info_release(&info);
    free(path);
}

static void print_all(const struct strings *list)
{
    for (size_t i = 0; i < list->count; i++)
        print_message("# %s\n", list->items[i]);
}

/* Is there a finding that begins with the name and says the words? */
static bool is_found(const struct strings *findings, const char *name, const char *says)
{
    for (size_t i = 0; i < findings->count; i++) {
        const char *finding = findings->items[i];
        size_t len = strlen(name);
        if (strncmp(finding, name, len) == 0 && strchr(",:", finding[len]) != NULL &&
            strstr(finding, says) != NULL)
            return true;
    }
    return false;
}

static void test_case_catches(void **state)
{
    const struct defect *defect = *state;
    const char *name = is_case(defect) ? defect->caught_by : "route-unknown";
    struct check_report report;
    char *folder = make_folder(name);
    char *relative = text_format("/%s", name);
    case_link(relative, name);
    check_defect(defect->name, folder, true, &report);
    bool found = is_found(&report.failures, defect->caught_by, defect->says);
    if (!found)
        print_all(&report.failures);
    assert_true(found);
    assert_true(report.failed > 0);
    check_report_release(&report);
    free(relative);
    free(folder);
}

static void test_baseline_passes(void **state)
{
    (void)state;
    struct check_report report;
    char *folder = make_folder("all");
    case_link("/all", "route-unknown");
    for (size_t i = 0; i < sizeof(by_cases) / sizeof(by_cases[0]); i++)
        if (is_case(&by_cases[i]))
            case_link("/all", by_cases[i].caught_by);
    check_defect("none", folder, true, &report);
    print_all(&report.failures);
    assert_int_equal(report.failed, 0);
    assert_int_equal(report.failures.count, 0);
    assert_true(report.passed >
                14 * 3); /* most cases in three forms or four, and the crossing clients */
    check_report_release(&report);
    free(folder);
}

static void run_lifecycle(const char *defect, void (*check)(struct lifecycle *),
                          struct lifecycle *lifecycle)
{
    char *path = server_link(defect);
    *lifecycle = (struct lifecycle){.path = path, .address = "127.0.0.1", .workers = 1};
    check(lifecycle);
    free(path);
}

static void expect_lifecycle(const struct defect *defect, void (*check)(struct lifecycle *))
{
    struct lifecycle lifecycle;
    bool found = false;
    run_lifecycle(defect->name, check, &lifecycle);
    for (size_t i = 0; i < lifecycle.findings.count; i++)
        found |= strstr(lifecycle.findings.items[i], defect->says) != NULL;
    if (!found)
        print_all(&lifecycle.findings);
    assert_true(found);
    lifecycle_release(&lifecycle);
}

static void test_drain_catches(void **state)
{
    expect_lifecycle(*state, lifecycle_drain);
}

static void test_limit_catches(void **state)
{
    expect_lifecycle(*state, lifecycle_limit);
}

static void expect_no_finding(void (*check)(struct lifecycle *))
{
    struct lifecycle lifecycle;
    run_lifecycle("none", check, &lifecycle);
    print_all(&lifecycle.findings);
    assert_int_equal(lifecycle.findings.count, 0);
    lifecycle_release(&lifecycle);
}

static void test_drain_of_baseline_passes(void **state)
{
    (void)state;
    expect_no_finding(lifecycle_drain);
}

static void test_limit_of_baseline_passes(void **state)
{
    (void)state;
    expect_no_finding(lifecycle_limit);
}

/* ---- time-outs: the same exchanges, with shorter ones than the suite's ---- */

static const struct timeout {
    const char *sentence, *text, *says;
} timeouts[] = {
    {"a time-out that does not come is caught",
     "why x\nlong yes\nbefore 300\nend close\n> GET /pl\n",
     "expected the connection to be closed, but it was still open"},
    {"a 408 that does not come is caught",
     "why x\nlong yes\nbefore 300\nend close\n> GET /pl\n< HTTP/1.1 408 Request Timeout\\r\\n\n",
     "got nothing within"},
    {"a time-out that comes early is caught",
     "why x\nlong yes\nafter 900\nbefore 2000\nend close\n> GET /plaintext HTTP/1.1\\r\\n\nfin\n",
     "after 900 ms at the earliest"},
    {"an orderly end instead of a reset is caught",
     "why x\nlong yes\nbefore 2000\nend reset\n> GET /plaintext HTTP/1.1\\r\\n\nfin\n",
     "got an orderly end"},
    {"a connection that is never reset is caught",
     "why x\nlong yes\nbefore 400\nend reset\n> GET /pl\nstall 200\n",
     "expected the connection to be reset, but it was still open"},
};

static void test_timeout_is_caught(void **state)
{
    const struct timeout *timeout = *state;
    struct test_case test;
    struct target target;
    struct server server;
    struct exchange exchange;
    char error[512], *said = NULL, *path = server_link("none");
    struct server_options options = {.path = path, .address = "127.0.0.1", .workers = 1};
    assert_int_equal(case_parse(&test, "timeout", timeout->text, &said), 0);
    assert_int_equal(server_start(&server, &options, error, sizeof(error)), SERVER_OK);
    assert_int_equal(target_init(&target, "127.0.0.1", server.port, "none", true), 0);
    exchange_init(&exchange, &test, FORM_WHOLE, &target, NULL);
    exchanges_run(&exchange, 1, NULL);
    if (exchange.finding == NULL || strstr(exchange.finding, timeout->says) == NULL)
        print_message("# %s\n", exchange.finding ? exchange.finding : "no finding");
    assert_int_equal(exchange.verdict, VERDICT_FAILED);
    assert_non_null(strstr(exchange.finding, timeout->says));
    exchange_release(&exchange);
    server_kill(&server);
    case_release(&test);
    free(path);
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

static void test_no_cases_fail(void **state)
{
    (void)state;
    struct check_report report;
    char *folder = make_folder("empty");
    check_defect("none", folder, true, &report);
    assert_int_equal(report.failed, 1);
    assert_non_null(strstr(report.failures.items[0], "no *.case"));
    check_report_release(&report);
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

static void add_defects(const struct defect *defects, size_t count, CMUnitTestFunction function)
{
    for (size_t i = 0; i < count; i++)
        add_test(defects[i].sentence, function, &defects[i]);
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    add_test("a server without defect passes the cases", test_baseline_passes, NULL);
    add_test("a server without defect passes drain", test_drain_of_baseline_passes, NULL);
    add_test("a server without defect keeps its limit", test_limit_of_baseline_passes, NULL);
    add_defects(by_cases, sizeof(by_cases) / sizeof(by_cases[0]), test_case_catches);
    add_defects(by_drain, sizeof(by_drain) / sizeof(by_drain[0]), test_drain_catches);
    add_defects(by_limit, sizeof(by_limit) / sizeof(by_limit[0]), test_limit_catches);
    for (size_t i = 0; i < sizeof(timeouts) / sizeof(timeouts[0]); i++)
        tests[test_count++] = (struct CMUnitTest){.name = timeouts[i].sentence,
                                                  .test_func = test_timeout_is_caught,
                                                  .initial_state = (void *)(uintptr_t)&timeouts[i]};
    add_test("a foreign server fails by its declared routes alone", test_foreign_route_gates, NULL);
    add_test("other header fields of a foreign server are a difference",
             test_foreign_fields_differ_only, NULL);
    add_test("a folder without cases is a failure", test_no_cases_fail, NULL);
    return _cmocka_run_group_tests("check", tests, test_count, make_room, remove_room);
}
