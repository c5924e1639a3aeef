/* Trials made up for the tests of what pace says of one: every
 * figure follows from a seed and a few numbers. */
#ifndef TESTS_PACE_ROOM_H
#define TESTS_PACE_ROOM_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "pace/random.h"
#include "pace/verdict.h"

/* A server and a generator, in nanoseconds. */
struct made {
    double rate_rps, window_s;
    double base_ns, spread_ns; /* service: base, and an exponential */
    double late_ns;            /* of the generator, mean of an exponential */
    /* So many fell into gaps of the generator: they were late by so much, and waited half as long
     * in its crowd. So many more came when that should have been over, and waited as long. */
    double late_share, very_late_ns, settling_share;
    double away_from_s, away_to_s;   /* all that is due meanwhile falls into such gaps */
    double stall_from_s, stall_to_s; /* nothing is served meanwhile */
    double answered_share;           /* 0: all; else what of each second's load it can answer */
    uint64_t seed;
};

static char room_urls[TRIAL_TARGETS][40] = {"http://127.0.0.1:8080/plaintext",
                                            "http://127.0.0.1:8081/plaintext"};
static struct schedule room_schedule;
static struct trial room_trial;

static inline void room_answer(struct record *record, const struct made *made,
                               struct random *random, double due_ns, double backlog_ns)
{
    double late_ns = made->late_ns * random_exponential(random);
    bool is_away = due_ns > made->away_from_s * 1e9 && due_ns < made->away_to_s * 1e9;
    double place = random_unit(random);
    enum disturbance disturbance = place <= made->late_share || is_away ? DISTURBED
                                   : place > 1 - made->settling_share   ? SETTLING
                                                                        : CALM;
    double service_ns = made->base_ns + made->spread_ns * random_exponential(random);
    if (disturbance == DISTURBED)
        late_ns = made->very_late_ns;
    if (disturbance != CALM)
        service_ns += made->very_late_ns / 2;
    double stall_ns = due_ns > made->stall_from_s * 1e9 && due_ns < made->stall_to_s * 1e9
                          ? made->stall_to_s * 1e9 - due_ns
                          : 0;
    int64_t due = record->start_ns + (int64_t)due_ns, idle = due + (int64_t)(backlog_ns + stall_ns);
    struct times times = {
        .intended_ns = due, .seen_idle_ns = idle, .sent_ns = idle + (int64_t)late_ns};
    times.done_ns = times.sent_ns + (int64_t)service_ns;
    record->sent++;
    if (times.done_ns > record->start_ns + record->window_ns + 2000000000) {
        record_censored(record, due, record->window_ns + 2000000000 - (int64_t)due_ns);
        return;
    }
    record_answer(record, &times, disturbance);
    record->statuses[2]++;
    record->bytes_in += 150;
}

static inline void room_fill(struct record *record, const struct made *made)
{
    struct random random;
    double due_ns = 0, window_ns = made->window_s * 1e9;
    random_init(&random, made->seed, RANDOM_ARRIVALS);
    record_open(record, 1000000000000, (int64_t)window_ns, made->rate_rps * made->window_s);
    for (;;) {
        due_ns += random_exponential(&random) / made->rate_rps * 1e9;
        if (due_ns >= window_ns)
            break;
        record->offered++;
        double slow = made->answered_share > 0 ? 1 / made->answered_share - 1 : 0;
        room_answer(record, made, &random, due_ns, due_ns * slow);
    }
    record->looked_at = record->completed / 1000 + 1;
    record->last_byte_ns = record->last_done_ns;
    record->has_caught_up = true;
    record_close(record);
}

/* One server; a second one is added by room_second. A generator that had its CPU nearly whole. */
static inline struct trial *room_make(const struct made *made)
{
    schedule_clear(&room_schedule);
    schedule_simple(&room_schedule, made->rate_rps, (int64_t)(made->window_s * 1e9));
    room_trial = (struct trial){
        .schedule = &room_schedule,
        .seed = 4711,
        .max_backlog_ns = 10000000000,
        .warmup_ns = 1000000000,
        .target_count = 1,
        .has_window = true,
        .start_monotonic_ns = 1000000000000,
        .start_unix_ns = 1769854500000000000,
        .measured_ns = room_schedule.duration_ns,
        .warmed_ns = 1000000000,
        .audit = {.wall_ns = room_schedule.duration_ns,
                  .cpu_ns = room_schedule.duration_ns / 1000 * 999,
                  .run_delay_ns = room_schedule.duration_ns / 2000,
                  .turns = 12345678,
                  .longest_gap_ns = 312000},
    };
    memset(room_trial.requests_hash, 'a', 64);
    room_trial.targets[0] = (struct trial_target){
        .url = {.text = room_urls[0]},
        .address = "127.0.0.1:8080",
        .connections = 100,
        .cpu_ns = MISSING,
    };
    room_fill(&room_trial.targets[0].record, made);
    return &room_trial;
}

static inline void room_second(const struct made *made)
{
    room_trial.target_count = 2;
    room_trial.targets[1] = (struct trial_target){
        .url = {.text = room_urls[1]},
        .address = "127.0.0.1:8081",
        .connections = 100,
        .cpu_ns = MISSING,
    };
    room_fill(&room_trial.targets[1].record, made);
}

/* As if nothing had ever been asked: there is no window. */
static inline void room_unopened(enum trial_end end)
{
    for (unsigned t = 0; t < room_trial.target_count; t++) {
        struct record *record = &room_trial.targets[t].record;
        record_release(record);
        record_open(record, 0, room_schedule.duration_ns, room_schedule.expected_requests);
        record_close(record);
    }
    room_trial.end = end;
    room_trial.has_window = false;
    room_trial.start_unix_ns = room_trial.measured_ns = room_trial.warmed_ns = 0;
    room_trial.audit = (struct audit){.run_delay_ns = MISSING, .steal_ns = MISSING};
}

static inline void room_release(void)
{
    for (unsigned t = 0; t < room_trial.target_count; t++)
        record_release(&room_trial.targets[t].record);
    room_trial.target_count = 0;
}

/* 10 s of 5,000/s, 40 us and a tail: fine in every way. */
static const struct made room_fine = {.rate_rps = 5000,
                                      .window_s = 10,
                                      .base_ns = 38000,
                                      .spread_ns = 8000,
                                      .late_ns = 150,
                                      .seed = 1};

#endif
