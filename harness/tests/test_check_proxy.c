/*
 * The conformance driver and its scripted upstream against proxies with one defect each
 * (broken_server.c): every defect must be caught, by the case that is there for it, and the proxy
 * without defect must pass the same cases.
 *
 * run-tests: waits
 * run-tests: timeout 300
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/defects_room.h"

static const struct defect by_cases[] = {
    {"surplus of an upstream that crosses is caught", "proxy-keeps-surplus", "crossing",
     "expected \""},
    {"a proxy that hangs at an early close is caught", "proxy-hangs-at-close", "proxy-fault-short",
     "got nothing within"},
    {"a fetch that is tried three times is caught", "proxy-retries-twice", "proxy-retried-once",
     "no, 3 times"},
    {"a fetch that is tried again although it has begun is caught", "proxy-retries-begun",
     "proxy-not-retried-close-in-head", "expected \"1\\n\""},
    {"a stale connection that is not replaced is caught", "proxy-never-retries", "proxy-stale",
     "502 Bad Gateway"},
    {"garbage that is passed on is caught", "proxy-relays-garbage", "proxy-fault-garbage",
     "200 OK"},
    {"a missing Via is caught", "proxy-forgets-via", "proxy-asked", "Content-Length: 41"},
    {"a client's field that is passed on is caught", "proxy-tells-cookies", "proxy-asked-fields",
     "Content-Length: 75"},
    {"escapes that are decoded are caught", "proxy-unescapes", "proxy-asked-escapes",
     "Content-Length"},
    {"a query that is lost is caught", "proxy-drops-query", "proxy-asked-query", "Content-Length"},
    {"HEAD that is passed on is caught", "proxy-asks-head", "proxy-head-fetched",
     "Content-Length: 58"},
    {"a lost media type is caught", "proxy-loses-type", "proxy-type", "text/plain"},
    {"content that is too short and passed on is caught", "proxy-passes-short", "proxy-fault-short",
     "200 OK"},
    {"two lengths that are accepted are caught", "proxy-first-length", "proxy-fault-two-lengths",
     "200 OK"},
    {"an interim answer that is passed on is caught", "proxy-takes-interim", "proxy-interim",
     "100 Continue"},
    {"a client that loses its connection by a 502 is caught", "proxy-closes-after-fault",
     "proxy-fault-reset", "Connection: close"},
};

static void test_baseline_passes(void **state)
{
    (void)state;
    expect_baseline(by_cases, COUNT(by_cases));
}

/* ---- all of them, as one group ---- */

static struct CMUnitTest tests[COUNT(by_cases) + 1];

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    tests[0] = (struct CMUnitTest){.name = "a proxy without defect passes the cases",
                                   .test_func = test_baseline_passes};
    for (size_t i = 0; i < COUNT(by_cases); i++)
        tests[i + 1] = (struct CMUnitTest){.name = by_cases[i].sentence,
                                           .test_func = test_case_catches,
                                           .initial_state = (void *)(uintptr_t)&by_cases[i]};
    return cmocka_run_group_tests_name("check_proxy", tests, make_room, remove_room);
}
