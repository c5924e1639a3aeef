/* One trial of each kind of outcome, for what shows them. */
#ifndef TESTS_PACE_TRIALS_H
#define TESTS_PACE_TRIALS_H

#include <stdio.h>

#include "pace/screen.h"
#include "tests/pace_room.h"

static struct setting setting;

static inline void finish(void)
{
    verdict_judge(&room_trial);
}

static inline void make_valid(void)
{
    room_make(&room_fine);
    room_trial.targets[0].cpu_ns = 430000000;
    setting.slo_ns = 5000000;
    finish();
}

/* A stall of 200 ms in 30 s, and a schedule of its own. */
static inline void make_stall(void)
{
    struct made made = room_fine;
    made.window_s = 30;
    made.rate_rps = 8000;
    made.stall_from_s = 12;
    made.stall_to_s = 12.2;
    room_make(&made);
    setting.schedule_text = "poisson:8k:12s,constant:8k:18s";
    setting.script = "workloads/plaintext.lua";
    setting.compares = true;
    finish();
}

static inline void make_tail(void)
{
    struct made made = room_fine;
    made.window_s = 40;
    made.late_share = made.settling_share = .002;
    made.very_late_ns = 1e7;
    room_make(&made);
    room_trial.audit.longest_gap_ns = 10300000;
    room_trial.audit.long_gaps_ns = 4100000;
    finish();
}

static inline void make_late(void)
{
    struct made made = room_fine;
    made.late_share = .25;
    made.very_late_ns = 3e6;
    room_make(&made);
    room_trial.audit.longest_gap_ns = 3100000;
    room_trial.audit.long_gaps_ns = 200000000;
    finish();
}

/* 600 ms of which not one request is left. */
static inline void make_left_out(void)
{
    struct made made = room_fine;
    made.away_from_s = 4;
    made.away_to_s = 4.6;
    made.very_late_ns = 30000;
    room_make(&made);
    room_trial.audit.longest_gap_ns = 1200000;
    finish();
}

static inline void make_interfered(void)
{
    room_make(&room_fine);
    room_trial.audit.cpu_ns = room_trial.audit.wall_ns / 2;
    room_trial.audit.run_delay_ns = room_trial.audit.wall_ns / 2;
    finish();
}

static inline void make_overloaded(void)
{
    struct made made = room_fine;
    made.answered_share = .5;
    room_make(&made);
    struct record *record = &room_trial.targets[0].record;
    record->backlog_end = record->backlog_most = 24800;
    finish();
}

/* Asked for ten times what pace makes. */
static inline void make_outrun(void)
{
    struct made made = room_fine;
    made.answered_share = .1;
    room_make(&made);
    struct record *record = &room_trial.targets[0].record;
    record->backlog_end = record->backlog_most = 44000;
    record->served_ns = 40000000000;
    record->untaken_ns = 960000000000;
    finish();
}

/* Of each answer a part came before the window. */
static inline void make_unended(void)
{
    room_make(&room_fine);
    room_unopened(TRIAL_SILENT);
    room_trial.targets[0].has_ended_it = room_trial.targets[0].leaves_unended = true;
    snprintf(room_trial.why, sizeof room_trial.why,
             "of the body of an answer only 5 bytes came in 5 s, fewer than its head says");
    finish();
}

static inline void make_errors(void)
{
    room_make(&room_fine);
    struct record *record = &room_trial.targets[0].record;
    for (int i = 0; i < 500; i++) {
        record_fault(record, FAULT_READ, "the connection was reset before the answer was whole");
        record->failed++;
        record->completed--;
        record->statuses[2]--;
    }
    record->reconnects = 500;
    finish();
}

static inline void make_refused(void)
{
    room_make(&room_fine);
    room_unopened(TRIAL_REFUSED);
    snprintf(room_trial.why, sizeof room_trial.why,
             "37 of 100 connections were made, the next one was refused");
    finish();
}

static inline void make_silent(void)
{
    room_make(&room_fine);
    room_unopened(TRIAL_SILENT);
    room_trial.targets[0].has_ended_it = true;
    snprintf(room_trial.why, sizeof room_trial.why,
             "2 of 100 connections were answered, then none for 5 s");
    finish();
}

/* 160 of 400 in a second; after two the backlog is full. */
static inline void make_overloaded_before(void)
{
    room_make(&room_fine);
    room_unopened(TRIAL_OVERLOADED);
    room_trial.warmup_ns = 5000000000;
    room_trial.warmed_ns = 2000000000;
    room_trial.targets[0].has_ended_it = true;
    room_trial.targets[0].record.warmup = (struct record_warmup){
        .offered = 881,
        .completed = 320,
        .last_done_ns = room_trial.start_monotonic_ns - 3000000000,
    };
    snprintf(room_trial.why, sizeof room_trial.why,
             "561 requests waited for a connection, as many as may");
    finish();
}

static inline void make_interrupted_before(void)
{
    room_make(&room_fine);
    room_unopened(TRIAL_INTERRUPTED);
    room_trial.warmed_ns = 300000000;
    room_trial.targets[0].record.warmup = (struct record_warmup){
        .offered = 1500,
        .completed = 1498,
        .last_done_ns = room_trial.start_monotonic_ns - 700000000,
    };
    snprintf(room_trial.why, sizeof room_trial.why, "it was interrupted");
    finish();
}

/* The warm-up's own requests are answered in the window, those of the window not at all. */
static inline void make_behind(void)
{
    struct made made = room_fine;
    made.answered_share = .001;
    room_make(&made);
    struct record *record = &room_trial.targets[0].record;
    record->backlog_start = record->backlog_most = 4400;
    record->backlog_end = 54472;
    record->has_caught_up = false;
    record->last_byte_ns = record->start_ns + record->window_ns + 1999000000;
    record->warmup = (struct record_warmup){
        .offered = 5021,
        .completed = 5021,
        .in_window = 4400,
        .last_done_ns = record->start_ns + 8000000000,
    };
    room_trial.drained_ns = 2000000000;
    finish();
}

/* It answers nothing rightly until it is warm. */
static inline void make_cold(void)
{
    room_make(&room_fine);
    room_trial.targets[0].record.warmup = (struct record_warmup){
        .offered = 5021,
        .completed = 5021,
        .faults = 3120,
        .first_fault = "an answer has status 503, not 2xx",
        .last_done_ns = room_trial.start_monotonic_ns + 40000,
    };
    finish();
}

static inline void make_died(void)
{
    room_make(&room_fine);
    struct record *record = &room_trial.targets[0].record;
    for (int i = 0; i < 40; i++)
        record_fault(record, i ? FAULT_CONNECT : FAULT_READ, "the connection broke: reset by peer");
    record->failed = 40;
    record->completed = record->statuses[2] -= 40;
    record->gone_ns = record->start_ns + 9200000000;
    finish();
}

static inline void make_closing(void)
{
    room_make(&room_fine);
    room_trial.targets[0].record.reconnects = 1348;
    finish();
}

/* Nobody can tell anything of two requests each, least of all without a CPU. */
static inline void make_tiny_duet(void)
{
    struct made made = {.rate_rps = 20, .window_s = .1, .base_ns = 38000, .seed = 5};
    room_make(&made);
    made.seed = 6;
    room_second(&made);
    finish();
}

static inline void make_interrupted(void)
{
    room_make(&(struct made){.rate_rps = 5000,
                             .window_s = 3.2,
                             .base_ns = 38000,
                             .spread_ns = 8000,
                             .late_ns = 150,
                             .seed = 1});
    schedule_clear(&room_schedule);
    schedule_simple(&room_schedule, 5000, 10000000000);
    room_trial.end = TRIAL_INTERRUPTED;
    snprintf(room_trial.why, sizeof room_trial.why, "interrupted");
    finish();
}

static inline void make_duet(void)
{
    struct made other = room_fine, first = room_fine;
    first.window_s = other.window_s = 12;
    first.rate_rps = other.rate_rps = 10000;
    other.base_ns *= 1.04;
    other.seed = 2;
    room_make(&first);
    room_second(&other);
    schedule_clear(&room_schedule);
    schedule_simple(&room_schedule, 20000, 12000000000);
    room_trial.targets[0].cpu_ns = 560000000;
    room_trial.targets[1].cpu_ns = 583000000;
    finish();
}

/* No difference to be seen in 1 s, p99 of it is not supported,
 * and the process is somebody else's. */
static inline void make_duet_short(void)
{
    struct made other = room_fine, first = room_fine;
    first.window_s = other.window_s = 1;
    first.rate_rps = other.rate_rps = 4000;
    other.seed = 2;
    room_make(&first);
    room_second(&other);
    schedule_clear(&room_schedule);
    schedule_simple(&room_schedule, 8000, 1000000000);
    setting.slo_ns = 20000000;
    setting.slo_chose_connections = true;
    setting.warnings[1] = "--pid 1: it holds no socket of port 8081, nor does a child; is "
                          "that the server of http://127.0.0.1:8081/plaintext?";
    finish();
}

static inline void make_duet_late(void)
{
    struct made late = room_fine, other;
    late.late_share = .25;
    late.very_late_ns = 3e6;
    room_make(&late);
    other = late;
    other.seed = 2;
    room_second(&other);
    room_trial.targets[0].cpu_ns = 560000000;
    room_trial.targets[1].cpu_ns = 583000000;
    finish();
}

static inline void make_duet_noisy(void)
{
    make_duet();
    room_trial.audit.cpu_ns = room_trial.audit.wall_ns / 2;
    room_trial.audit.run_delay_ns = room_trial.audit.wall_ns / 2;
    finish();
}

static inline void make_duet_with_errors(void)
{
    make_duet();
    record_fault(&room_trial.targets[1].record, FAULT_STATUS, "status 404 where 200 was expected");
    room_trial.targets[1].record.statuses[4] = 1;
    room_trial.targets[1].record.statuses[2]--;
    finish();
}

static const struct {
    const char *name;
    void (*make)(void);
    bool utf8;
} pace_trials[] = {
    {"valid", make_valid, true},
    {"valid-ascii", make_valid, false},
    {"stall", make_stall, true},
    {"late-in-the-tail", make_tail, true},
    {"late", make_late, true},
    {"late-ascii", make_late, false},
    {"left-out", make_left_out, false},
    {"interfered", make_interfered, true},
    {"overloaded", make_overloaded, true},
    {"outrun", make_outrun, true},
    {"unended", make_unended, true},
    {"errors", make_errors, true},
    {"refused", make_refused, true},
    {"interrupted", make_interrupted, true},
    {"interrupted-before", make_interrupted_before, true},
    {"silent", make_silent, true},
    {"overloaded-before", make_overloaded_before, true},
    {"behind", make_behind, true},
    {"cold", make_cold, true},
    {"died", make_died, true},
    {"closing", make_closing, true},
    {"tiny-duet", make_tiny_duet, true},
    {"duet", make_duet, true},
    {"duet-short", make_duet_short, true},
    {"duet-late", make_duet_late, true},
    {"duet-noisy", make_duet_noisy, true},
    {"duet-with-errors", make_duet_with_errors, true},
};
enum { PACE_TRIALS = sizeof pace_trials / sizeof *pace_trials };

static inline void pace_trial_make(size_t i)
{
    setting = (struct setting){.cpu = 0};
    pace_trials[i].make();
}

#endif
