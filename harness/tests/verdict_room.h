/*
 * What the tests of the verdict on servers that are too slow share: a
 * trial that is run and judged, against servers with habits of their own,
 * and a reason that must be among those found. Needs cmocka.h before it.
 */
#ifndef TESTS_VERDICT_ROOM_H
#define TESTS_VERDICT_ROOM_H

#include <signal.h>
#include <string.h>

#include "engine_server.h"

#include "engine_room.h"
#include "pace/verdict.h"

enum { CONNECTIONS = 4, MS = 1000000 };

static struct server *servers[TRIAL_TARGETS];
static struct room room;

/* Pace may be sent SIGALRM while it works; the thread of a
 * server, which is started meanwhile, never hears of it. */
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

#endif
