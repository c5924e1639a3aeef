/* Connections that are busy for want of a server, and those that are busy for want of pace: the verdict tells them apart.
 * Pace is made slow by a signal, in whose handler it stands still. */
/* run-tests: timeout 60 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>

#include "engine_server.h"

#include "engine_room.h"
#include "pace/verdict.h"

enum { CONNECTIONS = 4, MS = 1000000 };

static struct server *servers[TRIAL_TARGETS];
static struct room room;

/* The server's thread, which is started meanwhile, never hears of it. */
static void hold_back(bool is_held_back)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    pthread_sigmask(is_held_back ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

static void run(const struct habits *habits, unsigned count, const struct asked *asked)
{
    uint16_t ports[TRIAL_TARGETS];

    hold_back(true);
    for (unsigned i = 0; i < count; i++) {
        servers[i] = server_start_with(habits[i]);
        ports[i] = servers[i]->port;
    }
    hold_back(false);
    room_open(&room, asked, ports, count);
    assert_int_equal(room_run(&room), 0);
    verdict_judge(&room.trial);
}

static void stop(void)
{
    for (unsigned i = 0; i < room.trial.target_count; i++)
        server_stop_it(servers[i]);
    room_close(&room);
}

/* A machine that keeps pace from its CPU may excuse the server; that is another test's. */
static void expect(unsigned target, enum reason_code code, const char *words)
{
    const struct outcome *outcome = &room.trial.outcome[target];

    for (unsigned i = 0; i < outcome->count; i++)
        if (outcome->reasons[i].code == code && strstr(outcome->reasons[i].detail, words))
            return;
    for (unsigned i = 0; i < outcome->count; i++)
        print_message("# %s: %s\n", reason_name(outcome->reasons[i].code),
                      outcome->reasons[i].detail);
    fail_msg("not %s with \"%s\", but %s", reason_name(code), words, verdict_word(outcome));
}

static void judge_as_if_undisturbed(void)
{
    room.trial.audit.cpu_ns = room.trial.audit.wall_ns;
    room.trial.audit.run_delay_ns = 0;
    verdict_judge(&room.trial);
}

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
        }
        expect(0, REASON_GEN_LATE, "pace itself could not keep up");
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
        assert_true(room.trial.drained_ns < 2500 * (int64_t)MS);
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
