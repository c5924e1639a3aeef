/*
 * What the engine's tests share: a trial against one or two servers of engine_server.h, and what
 * must hold of any trial however it ended. Needs cmocka.h before it.
 */
#ifndef TESTS_ENGINE_ROOM_H
#define TESTS_ENGINE_ROOM_H

#include <math.h>
#include <stdlib.h>

#include "data/strings.h"
#include "pace/engine.h"

struct asked {
    const char *schedule;
    unsigned connections;
    unsigned requests_per_connection;
    int64_t warmup_ns;
    int64_t max_backlog_ns; /* 0: ten seconds */
    const char *request;    /* NULL: one GET */
};

struct room {
    struct trial trial;
    struct schedule schedule;
    struct requests requests[TRIAL_TARGETS];
    struct expectation expectation;
    struct engine_options options;
    volatile bool interrupted;
    int exit_code;
    char *error;
};

static const char GET[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

static inline void room_open(struct room *room, const struct asked *asked, const uint16_t *ports,
                             unsigned count)
{
    char *error = NULL;

    *room = (struct room){.trial = {.seed = 42, .target_count = count}};
    room->trial.requests_per_connection = asked->requests_per_connection;
    room->trial.warmup_ns = asked->warmup_ns;
    room->trial.max_backlog_ns =
        asked->max_backlog_ns ? asked->max_backlog_ns : INT64_C(10000000000);
    assert_int_equal(schedule_read(&room->schedule, asked->schedule, &error), 0);
    room->trial.schedule = &room->schedule;
    expectation_init(&room->expectation);
    room->options.expectation = &room->expectation;
    room->options.interrupted = &room->interrupted;
    for (unsigned i = 0; i < count; i++) {
        const char *request = asked->request ? asked->request : GET;
        char *url = text_format("http://127.0.0.1:%u/", ports[i]);
        assert_int_equal(url_read(&room->trial.targets[i].url, url, &error), 0);
        free(url);
        room->trial.targets[i].connections = asked->connections;
        requests_init(&room->requests[i]);
        assert_int_equal(requests_add(&room->requests[i], request, strlen(request), &error), 0);
        room->options.requests[i] = &room->requests[i];
    }
}

/* How many arrivals the schedule has with the trial's seed, found apart from the engine. */
static inline uint64_t room_arrivals(const struct room *room)
{
    struct arrivals arrivals;
    struct arrival arrival;
    uint64_t count = 0;

    arrivals_init(&arrivals, &room->schedule, room->trial.seed);
    while (arrivals_next(&arrivals, &arrival))
        count++;
    return count;
}

static inline void assert_books_balance(const struct room *room, const struct record *record)
{
    uint64_t answered = 0;

    assert_int_equal(record->offered,
                     record->completed + record->censored + record->dropped + record->failed);
    assert_int_equal(record->lateness.total, record->completed);
    assert_int_equal(record->service.total + record->disturbed.total, record->completed);
    assert_int_equal(record->response.total + record->disturbed.total,
                     record->completed + record->censored);
    for (unsigned i = 0; i < STATUS_CLASSES; i++)
        answered += record->statuses[i];
    assert_true(answered >= record->completed);
    assert_true(record->sent <= record->offered);
    if (record->censored == 0 && record->completed > 0) {
        double parts = tally_mean_ns(&record->wait) + tally_mean_ns(&record->service);
        assert_true(fabs(tally_mean_ns(&record->response) - parts) < 1);
    }
    assert_int_equal(room->trial.audit.allocations, 0);
    assert_true(room->trial.audit.longest_gap_ns >= 0);
}

/* Runs it; the result is the engine's. */
static inline int room_run(struct room *room)
{
    int failed = engine_run(&room->trial, &room->options, &room->exit_code, &room->error);

    assert_int_equal(failed != 0, room->error != NULL);
    for (unsigned i = 0; !failed && i < room->trial.target_count; i++)
        assert_books_balance(room, &room->trial.targets[i].record);
    return failed;
}

static inline void room_close(struct room *room)
{
    for (unsigned i = 0; i < room->trial.target_count; i++) {
        record_release(&room->trial.targets[i].record);
        url_release(&room->trial.targets[i].url);
        requests_release(&room->requests[i]);
    }
    expectation_release(&room->expectation);
    schedule_clear(&room->schedule);
    free(room->error);
}

#endif
