/*
 * Drain, the limit of connections, the want of descriptors and
 * time-outs against servers with one defect each (broken_server.c):
 * each defect is caught, and the server without defect is not accused.
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
#include <string.h>

#include "check/case.h"
#include "check/exchange.h"
#include "check/lifecycle.h"
#include "measure/server.h"
#include "tests/room.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

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
    {"a reset beyond the limit is caught", "resets-beyond-limit", "max-connections",
     "to wait in the backlog at --max-connections 4, got nothing, then Connection reset"},
    {"a spin at the limit is caught", "spins-at-limit", "max-connections",
     "an idle server while clients wait at --max-connections 4"},
    {"clients who wait for ever at the limit are caught", "forgets-waiting", "max-connections",
     "served when one of 4 has left, got 0"},
    {"a server that stands still at its limit is caught", "stalls-at-limit", "max-connections",
     "to be served on at --max-connections 4"},
};

static const struct defect by_files[] = {
    {"a spin without descriptors is caught", "spins-without-files", "files",
     "an idle server while clients wait while no descriptor is free"},
    {"clients sent away without descriptors are caught", "refuses-without-files", "files",
     "to wait in the backlog while no descriptor is free"},
    {"a server that never accepts again is caught", "deaf-without-files", "files",
     "served when a descriptor has become free, got 0"},
    {"a server that accepts again only when a client leaves is caught", "waits-for-a-leaver",
     "files", "served when RLIMIT_NOFILE has risen again, got 1"},
    {"a server that stands still without descriptors is caught", "stalls-without-files", "files",
     "to be served on while no descriptor is free"},
    {"a server that dies without descriptors is caught", "dies-without-files", "files",
     "to wait in the backlog while no descriptor is free, got nothing, then"},
};

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

static void test_files_catches(void **state)
{
    expect_lifecycle(*state, lifecycle_files);
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

static void test_files_of_baseline_passes(void **state)
{
    (void)state;
    expect_no_finding(lifecycle_files);
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
    assert_int_equal(exchange.verdict, EXCHANGE_FAILED);
    assert_non_null(strstr(exchange.finding, timeout->says));
    exchange_release(&exchange);
    server_kill(&server);
    case_release(&test);
    free(path);
}

/* ---- all of them, as one group ---- */

enum { TESTS_MAX = 32 };
static struct CMUnitTest tests[TESTS_MAX];
static size_t test_count;

static void add_test(const char *name, CMUnitTestFunction function, const void *argument)
{
    assert(test_count < TESTS_MAX);
    tests[test_count++] = (struct CMUnitTest){
        .name = name, .test_func = function, .initial_state = (void *)(uintptr_t)argument};
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    add_test("a server without defect passes drain", test_drain_of_baseline_passes, NULL);
    add_test("a server without defect keeps its limit", test_limit_of_baseline_passes, NULL);
    add_test("a server without defect lives through a want of descriptors",
             test_files_of_baseline_passes, NULL);
    for (size_t i = 0; i < COUNT(by_drain); i++)
        add_test(by_drain[i].sentence, test_drain_catches, &by_drain[i]);
    for (size_t i = 0; i < COUNT(by_limit); i++)
        add_test(by_limit[i].sentence, test_limit_catches, &by_limit[i]);
    for (size_t i = 0; i < COUNT(by_files); i++)
        add_test(by_files[i].sentence, test_files_catches, &by_files[i]);
    for (size_t i = 0; i < COUNT(timeouts); i++)
        add_test(timeouts[i].sentence, test_timeout_is_caught, &timeouts[i]);
    return _cmocka_run_group_tests("lifecycle", tests, test_count, make_room, remove_room);
}
