/* What goes wrong in a round is its reason: at the start,
 * under load, in the generator, by an interrupt. */
/* run-tests: waits */
#include "measure/round.h"

#include <errno.h>
#include <signal.h>
#include <sys/time.h>

#include "measure/clock.h"
#include "measure_room.h"

static const struct {
    const char *name, *server, *load;
    enum reason_code reason;
    const char *says;
} troubles[] = {
    {"a server that cannot run here", "cannot", "well", REASON_FAILED_START, "EPERM"},
    {"a server that says something else", "garbage", "well", REASON_FAILED_START, "ready PORT"},
    {"a wrong body from the start", "wrong", "well", REASON_ERRORS,
     "before the load: body \"Hello, Wurld!\""},
    {"a wrong status from the start", "errors", "well", REASON_ERRORS, "status 500"},
    {"a generator that is not there", "well", "/nowhere/wrk", REASON_LOAD_FAILED, "No such file"},
    {"a generator that fails", "well", "fails", REASON_LOAD_FAILED, "ended with 1"},
    {"a generator without a report", "well", "silent", REASON_LOAD_FAILED, "without a report"},
    {"a torn report", "well", "torn", REASON_LOAD_FAILED, "not whole"},
    {"a generator that complains", "well", "complains", REASON_ERRORS,
     "stderr: script.lua: syntax error"},
    {"a report of socket errors", "well", "errors", REASON_ERRORS, "read 7"},
    {"a generator that does not end", "well", "hangs", REASON_HUNG, "did not end within 3 s"},
    {"a server that closes connections", "closes", "reconnects", REASON_ERRORS,
     "reconnects: the server closed"},
    {"a server that does not stop", "stubborn", "well", REASON_NOT_STOPPED,
     "did not stop within 2000 ms"},
};

static void each_trouble_is_the_rounds_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++) {
        struct round round;
        bool said = false;
        measure(troubles[i].server, NULL, troubles[i].load, 0, &round);
        for (unsigned j = 0; j < round.outcome.count; j++)
            said = said || (round.outcome.reasons[j].code == troubles[i].reason &&
                            strstr(round.outcome.reasons[j].detail, troubles[i].says) != NULL);
        if (!said)
            fail_msg("%s: %s, %u reasons, the first: %s", troubles[i].name,
                     outcome_name(round.outcome.kind), round.outcome.count,
                     round.outcome.count ? round.outcome.reasons[0].detail : "");
        if (reason_kind(troubles[i].reason) == OUTCOME_INVALID)
            assert_int_equal(round.outcome.kind, OUTCOME_INVALID);
        round_release(&round);
    }
}

/* Under the real wrk: they break after some answers. */
static void a_server_that_breaks_under_load_is_found_out(void **state)
{
    (void)state;
    if (!have_wrk())
        skip();
    static const struct {
        const char *way;
        enum reason_code reason;
    } table[] = {{"dies", REASON_DIED}, {"hangs", REASON_HUNG}, {"turns", REASON_ERRORS}};
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct round round;
        measure(table[i].way, NULL, "wrk", 1, &round);
        if (!outcome_has(&round.outcome, table[i].reason))
            fail_msg("%s: the first reason is %s", table[i].way,
                     round.outcome.count ? reason_name(round.outcome.reasons[0].code) : "none");
        assert_int_equal(round.outcome.kind, OUTCOME_INVALID);
        round_release(&round);
    }
}

static volatile int64_t rang_ns;

static void on_alarm(int number)
{
    (void)number;
    rang_ns = monotonic_ns();
    interrupted = true;
}

static void an_interrupt_ends_the_round_at_once(void **state)
{
    (void)state;
    static const struct {
        const char *server, *load;
        int limit_ms; /* what would be waited for otherwise is longer */
    } table[] = {{"never", "well", SERVER_START_TIMEOUT_MS - 1000},
                 {"well", "hangs", 5000},
                 {"stubborn", "slow", SERVER_STOP_TIMEOUT_MS - 100}};
    signal(SIGALRM, on_alarm);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct round round;
        struct itimerval timer = {.it_value.tv_usec = 300000};
        setitimer(ITIMER_REAL, &timer, NULL);
        measure(table[i].server, NULL, table[i].load, 20, &round);
        interrupted = false;
        int64_t took_ns = monotonic_ns() - rang_ns;
        assert_true(outcome_has(&round.outcome, REASON_INTERRUPTED));
        assert_true(took_ns < table[i].limit_ms * NS_PER_MS);
        round_release(&round);
    }
}

static void an_interrupted_run_starts_nothing(void **state)
{
    (void)state;
    struct round round;
    interrupted = true;
    measure("well", NULL, "well", 0, &round);
    interrupted = false;
    assert_true(outcome_has(&round.outcome, REASON_INTERRUPTED));
    assert_int_equal(most_alive, 0);
    round_release(&round);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_trouble_is_the_rounds_reason),
        cmocka_unit_test(a_server_that_breaks_under_load_is_found_out),
        cmocka_unit_test(an_interrupt_ends_the_round_at_once),
        cmocka_unit_test(an_interrupted_run_starts_nothing),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("measure troubles", tests, open_all, close_all);
}
