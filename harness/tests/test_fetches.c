/*
 * Proxies as processes, against those with one defect each (broken_server.c): each defect is
 * caught, and the one without is not accused.
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

#include "check/lifecycle.h"
#include "tests/room.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct wrong {
    const char *sentence, *name;
    void (*check)(struct lifecycle *);
    const char *says;
} wrongs[] = {
    {"a proxy without upstream that has the route is caught", "proxy-without-upstream",
     lifecycle_upstream, "expected HTTP/1.1 404 to /proxy/length/5 without --upstream"},
    {"a proxy that gives its upstream up for ever is caught", "proxy-gives-up", lifecycle_upstream,
     "once its upstream is there, got"},
    {"one fetch that keeps all others waiting is caught", "proxy-blocks", lifecycle_fetches,
     "while 40 fetches hang"},
    {"an abandoned fetch whose connection is used again is caught", "proxy-pools-abandoned",
     lifecycle_fetches, "after another client has left its fetch"},
    {"an abandoned fetch that is never closed is caught", "proxy-leaks-abandoned",
     lifecycle_fetches, "connections to the upstream still open"},
    {"what comes behind an answer and is given to somebody is caught", "proxy-keeps-surplus",
     lifecycle_fetches, "after /proxy/surplus/status/200"},
    {"what comes late and is given to somebody is caught", "proxy-trusts-pool", lifecycle_fetches,
     "after /proxy/surplus-late/status/200"},
    {"a pool without bound is caught", "proxy-keeps-all", lifecycle_burst,
     "expected at most 64 connections"},
    {"a fetch that SIGTERM cuts off is caught", "proxy-drops-at-term", lifecycle_fetch_drain,
     "the answer of a fetch under way at SIGTERM"},
    {"a fetch that holds up the exit is caught", "proxy-waits-at-term", lifecycle_fetch_drain,
     "got a server that still runs"},
};

static const struct wrong rights[] = {
    {"a proxy without defect sees its upstream come and go", "none", lifecycle_upstream, NULL},
    {"a proxy without defect keeps fetches apart", "none", lifecycle_fetches, NULL},
    {"a proxy without defect keeps 64 connections of a burst", "none", lifecycle_burst, NULL},
    {"a proxy without defect drains its fetches", "none", lifecycle_fetch_drain, NULL},
};

static void run_lifecycle(const struct wrong *proxy, struct lifecycle *lifecycle)
{
    char *path = server_link(proxy->name);
    *lifecycle = (struct lifecycle){.path = path, .address = "127.0.0.1", .workers = 1};
    proxy->check(lifecycle);
    free(path);
}

static void test_wrong_is_caught(void **state)
{
    const struct wrong *proxy = *state;
    struct lifecycle lifecycle;
    bool found = false;
    run_lifecycle(proxy, &lifecycle);
    for (size_t i = 0; i < lifecycle.findings.count; i++)
        found |= strstr(lifecycle.findings.items[i], proxy->says) != NULL;
    if (!found)
        print_all(&lifecycle.findings);
    assert_true(found);
    lifecycle_release(&lifecycle);
}

static void test_right_passes(void **state)
{
    struct lifecycle lifecycle;
    run_lifecycle(*state, &lifecycle);
    print_all(&lifecycle.findings);
    assert_int_equal(lifecycle.findings.count, 0);
    lifecycle_release(&lifecycle);
}

/* ---- all of them, as one group ---- */

static struct CMUnitTest tests[COUNT(wrongs) + COUNT(rights)];
static size_t test_count;

static void add_test(const struct wrong *proxy, CMUnitTestFunction function)
{
    assert(test_count < COUNT(tests));
    tests[test_count++] = (struct CMUnitTest){
        .name = proxy->sentence, .test_func = function, .initial_state = (void *)(uintptr_t)proxy};
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    for (size_t i = 0; i < COUNT(rights); i++)
        add_test(&rights[i], test_right_passes);
    for (size_t i = 0; i < COUNT(wrongs); i++)
        add_test(&wrongs[i], test_wrong_is_caught);
    return _cmocka_run_group_tests("fetches", tests, test_count, make_room, remove_room);
}
