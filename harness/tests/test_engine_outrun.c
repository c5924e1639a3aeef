/* Connections that are busy for want of a server, and those that are busy for want of pace: the
 * verdict tells them apart. Pace is made slow by a signal, in whose handler it stands still. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>

#include "verdict_room.h"

/* ---- pace stands still for 20 ms, works for one, and so on ---- */

static timer_t timer;

static void arm(long after_ns)
{
    timer_settime(timer, 0, &(struct itimerspec){.it_value.tv_nsec = after_ns}, NULL);
}

static void stand_still(int number)
{
    (void)number;
    nanosleep(&(struct timespec){.tv_nsec = 20 * MS}, NULL);
    arm(MS);
}

static void start_standing_still(void)
{
    struct sigaction action = {.sa_handler = stand_still, .sa_flags = SA_RESTART};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};

    sigaction(SIGALRM, &action, NULL);
    assert_int_equal(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    arm(MS);
}

static void a_rate_that_pace_cannot_make_is_no_overload_of_the_server(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        int64_t warmup_ns, max_backlog_ns;
        unsigned servers;
    } table[] = {
        {"in the window", 0, 0, 1},
        {"with a backlog that is full", 0, 100 * MS, 1},
        {"in the warm-up", 500 * MS, 100 * MS, 1},
        {"of two servers", 0, 100 * MS, 2},
    };
    static const struct habits fast[TRIAL_TARGETS] = {{0}};

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct asked asked = {.schedule = "poisson:50k:300ms",
                              .connections = CONNECTIONS,
                              .warmup_ns = table[i].warmup_ns,
                              .max_backlog_ns = table[i].max_backlog_ns};
        print_message("# %s\n", table[i].sentence);
        start_standing_still();
        run(fast, table[i].servers, &asked);
        timer_delete(timer);
        judge_as_if_undisturbed();
        for (unsigned t = 0; t < table[i].servers; t++) {
            print_message("# pace held them for %g of the time\n",
                          record_untaken_share(&room.trial.targets[t].record));
            assert_false(outcome_has(&room.trial.outcome[t], REASON_OVERLOADED));
            assert_false(outcome_has(&room.trial.outcome[t], REASON_HUNG));
            expect(t, REASON_GEN_LATE, "pace itself could not keep up");
        }
        assert_true(room.trial.trusted_p == 0);
        assert_int_equal(verdict_exit_code(&room.trial), 3);
        stop();
    }
}

/* It holds its connections for all of the time, however many it has. */
static void a_slow_server_is_overloaded_over_any_number_of_connections(void **state)
{
    (void)state;
    static const unsigned connections[] = {1, 2, 64};

    for (size_t i = 0; i < sizeof connections / sizeof *connections; i++) {
        struct habits slow = {.service_ns = 10 * MS};
        struct asked asked = {.schedule = "poisson:800:500ms", .connections = connections[i]};
        print_message("# %u\n", connections[i]);
        run(&slow, 1, &asked);
        judge_as_if_undisturbed();
        expect(0, REASON_OVERLOADED, "its latency is unbounded at this rate");
        assert_true(room.trial.drained_ns < 2500 * (int64_t)MS + room.trial.audit.longest_gap_ns);
        assert_int_equal(verdict_exit_code(&room.trial), 1);
        stop();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rate_that_pace_cannot_make_is_no_overload_of_the_server),
        cmocka_unit_test(a_slow_server_is_overloaded_over_any_number_of_connections),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
