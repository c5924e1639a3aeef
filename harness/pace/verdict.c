/* See verdict.h. */
#include "pace/verdict.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "pace/engine.h"
#include "pace/quantity.h"

/*
 * The generator's CPU. It spins, so whatever its clock does not show somebody else had. Half a per cent is what timer
 * ticks and interrupts take on a quiet machine; at 3 % one request in 33 was due while the generator could not run.
 * Run delay is the scheduler's own account of the same, and starts lower, because it leaves interrupts out. Steal comes
 * in bursts that hold the whole machine, the server included; it is counted in ticks, so its limit is the coarser one.
 */
static const double AWAY_INVALID = 0.03, AWAY_NOISY = 0.005;
static const double RUN_DELAY_INVALID = 0.02, RUN_DELAY_NOISY = 0.005;
static const double STEAL_INVALID = 0.03, STEAL_NOISY = 0.01;

/*
 * Lateness. R is the measured response, R - L the same without what the generator was late in sending. Three limits,
 * from simulation (harness/tests/test_pace_lateness.c; its table stands in docs/pace.md): with them no percentile that
 * passes is off by more than 6 %, and only one in some thousand by more than 5 %; of those that are right to 1 %,
 * fewer than 2 % are refused.
 * - LATE_SHIFT: how much lower the percentile is without L. It is the exact part of the bias, and the smaller one: an
 *   answer that comes while the generator looks away is taken late, too, and a gap ends with a crowd of requests sent
 *   at once, which wait for one another at the server.
 * - LATE_NEAR: as many requests as LATE_NEAR_SHARE of those beyond the percentile were late by this share of its value:
 *   then as many answers were taken so late, and R - L does not show it.
 * - LATE_FAR: a few were late by the whole value. Each stands for a gap that ended with a crowd.
 */
static const double LATE_SHIFT = 0.01;
static const double LATE_NEAR = 0.15, LATE_NEAR_SHARE = 0.5;
static const double LATE_FAR = 1.0, LATE_FAR_SHARE = 0.015;
/* A trial whose p99 is late has no outcome; one that is late only further out has it, up to there. */
static const double LATE_DECIDES = 0.99;

/*
 * Overload. One request in a thousand may be unfinished two seconds after the end: a time-out somewhere is not an
 * overload. A backlog grows where at the end more than half a per cent of all requests wait for a connection and the
 * medians of the last quarter of the window rise from part to part: a stall that happens to be the last thing in the
 * window fills the backlog as well, but leaves the parts before it as they were. Where pace itself was kept from its
 * CPU beyond AWAY_INVALID, it kept connections busy by not reading from them: then a shortfall is the server's only
 * where it is the larger share of the two.
 */
static const double COMPLETED_LEAST = 0.999;
static const double BACKLOG_GROWTH = 0.005;
enum { BACKLOG_PARTS = 3 };

enum exit_code {
    EXIT_USABLE = 0,
    EXIT_SERVER = 1,
    EXIT_EXTERNAL = 3,
    EXIT_ENVIRONMENT = 5,
    EXIT_INTERRUPTED = 130,
};

const double verdict_ladder[LADDER] = {0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999};

bool verdict_is_late(const struct record *record, double p)
{
    double response_ns = (double)tally_quantile_ns(&record->response, p);
    double timely_ns = (double)tally_quantile_ns(&record->timely, p);
    double beyond = (1 - p) * (double)record->response.total;

    if (record->response.total == 0)
        return false;
    return response_ns - timely_ns > LATE_SHIFT * response_ns ||
           (double)tally_above(&record->lateness, (uint64_t)(LATE_NEAR * response_ns)) >
               LATE_NEAR_SHARE * beyond ||
           (double)tally_above(&record->lateness, (uint64_t)(LATE_FAR * response_ns)) >
               LATE_FAR_SHARE * beyond;
}

static bool is_supported(const struct record *record, double p)
{
    struct percentile percentile;

    record_percentile(record, p, &percentile);
    return percentile.is_supported;
}

/* Up to which of the ladder's the generator was on time for every target; 1: for all that the samples support. */
static double trusted(const struct trial *trial)
{
    double p = 0;

    for (size_t i = 0; i < LADDER; i++) {
        for (unsigned t = 0; t < trial->target_count; t++) {
            const struct record *record = &trial->targets[t].record;
            if (is_supported(record, verdict_ladder[i]) &&
                verdict_is_late(record, verdict_ladder[i]))
                return p;
        }
        p = verdict_ladder[i];
    }
    return 1;
}

/* A share of the time that somebody took from pace. In a duet both servers had the same disturbance in the same
 * microseconds: their ratio survives it. */
static void disturbed(struct outcome *outcome, bool is_duet, const char *what, double by,
                      double invalid, double noisy)
{
    char share[QUANTITY_SIZE], limit[QUANTITY_SIZE];

    quantity_share(share, by);
    if (by > invalid && !is_duet)
        outcome_add(outcome, REASON_INTERFERED, "%s %s of the time, the limit is %s", what, share,
                    quantity_share(limit, invalid));
    else if (by > noisy)
        outcome_add(outcome, REASON_NOISY, "%s %s of the time, quiet is below %s", what, share,
                    quantity_share(limit, noisy));
}

/* The share of the time that pace wanted its CPU and did not have it. */
static double away_of(const struct audit *audit)
{
    return audit->wall_ns > 0 ? 1 - (double)audit->cpu_ns / (double)audit->wall_ns : 0;
}

static void judge_generator(struct outcome *outcome, const struct audit *audit, bool is_duet)
{
    double wall_ns = (double)audit->wall_ns;

    if (audit->wall_ns <= 0)
        return;
    disturbed(outcome, is_duet, "pace was kept from its CPU", away_of(audit), AWAY_INVALID,
              AWAY_NOISY);
    /* The same loss by another account: said only where it weighs more. */
    double quiet = outcome_has(outcome, REASON_NOISY) ? INFINITY : RUN_DELAY_NOISY;
    if (audit->run_delay_ns != MISSING && !outcome_has(outcome, REASON_INTERFERED))
        disturbed(outcome, is_duet, "pace stood in the queue for its CPU",
                  (double)audit->run_delay_ns / wall_ns, RUN_DELAY_INVALID, quiet);
    if (audit->steal_ns != MISSING)
        disturbed(outcome, is_duet, "the hypervisor took the CPU for",
                  (double)audit->steal_ns / wall_ns, STEAL_INVALID, STEAL_NOISY);
}

static void judge_lateness(struct outcome *outcome, const struct record *record)
{
    char p[QUANTITY_SIZE], tail[QUANTITY_SIZE];

    for (size_t i = 0; i < LADDER && verdict_ladder[i] <= LATE_DECIDES; i++) {
        if (!is_supported(record, verdict_ladder[i]) || !verdict_is_late(record, verdict_ladder[i]))
            continue;
        outcome_add(outcome, REASON_GEN_LATE,
                    "pace itself was late, with one request in 100 by %s, and what it did too late "
                    "delays its neighbours: from %s on the latencies are not the server's",
                    quantity_time(tail, (double)tally_quantile_ns(&record->lateness, .99), true),
                    quantity_percentile(p, verdict_ladder[i]));
        return;
    }
}

static uint64_t fault_count(const struct record *record)
{
    uint64_t count = 0;

    for (unsigned kind = 0; kind < FAULT_KINDS; kind++)
        count += record->faults[kind];
    return count;
}

/* A trial that ended early, in a duet: by this server? */
static bool has_ended_it(const struct trial *trial, unsigned t)
{
    const struct record *record = &trial->targets[t].record, *other = &trial->targets[1 - t].record;

    if (trial->target_count < TRIAL_TARGETS)
        return true;
    if (trial->end == TRIAL_OVERLOADED)
        return record->backlog_most >= other->backlog_most;
    if (trial->end == TRIAL_REFUSED || trial->end == TRIAL_LOST)
        return fault_count(record) > 0 || fault_count(other) == 0;
    return true;
}

static bool backlog_grows(const struct record *record)
{
    if ((double)record->backlog_end <
        (double)record->backlog_start + BACKLOG_GROWTH * (double)record->offered)
        return false;
    for (unsigned part = RECORD_PARTS - BACKLOG_PARTS; part < RECORD_PARTS; part++)
        if (tally_quantile_ns(&record->parts[part], .5) <=
            tally_quantile_ns(&record->parts[part - 1], .5))
            return false;
    return true;
}

static bool falls_short(const struct record *record)
{
    return (double)(record->completed + record->failed) < COMPLETED_LEAST * (double)record->offered;
}

/* Much is unfinished, and nothing came in the last two seconds: those in which pace waited for it, or, where the
 * backlog was full before the end and nothing is waited for, those before. */
static bool hangs(const struct trial *trial, const struct record *record)
{
    const int64_t silence_ns = ENGINE_DRAIN_MS * INT64_C(1000000);
    int64_t until_ns = record->start_ns + trial->measured_ns;
    int64_t last_ns =
        record->last_done_ns > record->start_ns ? record->last_done_ns : record->start_ns;

    if (trial->end == TRIAL_WHOLE)
        until_ns += silence_ns;
    return falls_short(record) && until_ns - last_ns > silence_ns;
}

/* Which share of the requests the server fell short of, and in which words; 0: none. */
static double shortfall(const struct trial *trial, unsigned t, char words[200])
{
    const struct record *record = &trial->targets[t].record;
    double offered = (double)record->offered,
           finished = (double)(record->completed + record->failed);
    char figure[QUANTITY_SIZE];

    if ((trial->end == TRIAL_OVERLOADED && has_ended_it(trial, t)) || record->dropped > 0 ||
        falls_short(record)) {
        snprintf(words, 200,
                 "the server answered %s of what was asked; its latency is unbounded at this rate",
                 quantity_share(figure, (double)record->completed / offered));
        return fmax(1 - finished / offered, 1 / offered);
    }
    if (backlog_grows(record)) {
        snprintf(words, 200,
                 "the server fell behind: %s requests waited for a connection at the end, and more "
                 "every "
                 "second; its latency is unbounded at this rate",
                 quantity_count(figure, record->backlog_end));
        return (double)record->backlog_end / offered;
    }
    return 0;
}

static void judge_load(struct outcome *outcome, const struct trial *trial, unsigned t)
{
    const struct record *record = &trial->targets[t].record;
    double away = away_of(&trial->audit), excused = away > AWAY_INVALID ? away : 0;
    char words[200], count[QUANTITY_SIZE];

    if (record->offered == 0)
        return;
    if (hangs(trial, record)) {
        outcome_add(outcome, REASON_HUNG,
                    "the server stopped answering: %s requests were unfinished, and nothing came "
                    "in the 2 s "
                    "after the last one was due",
                    quantity_count(count, record->censored));
        return;
    }
    double short_of = shortfall(trial, t, words);
    if (short_of > excused)
        outcome_add(outcome, REASON_OVERLOADED, "%s", words);
    else if (short_of > 0)
        outcome_add(outcome, REASON_INTERFERED,
                    "requests were left waiting, but by no more than pace was kept from its CPU: "
                    "it cannot be told "
                    "whose doing that was");
}

/* A server may end each connection once, as after an idle phase. One that ends more keeps none alive: its latencies
 * hold connects that nobody asked for. */
static void judge_answers(struct outcome *outcome, const struct trial_target *target)
{
    const struct record *record = &target->record;
    char count[QUANTITY_SIZE], offered[QUANTITY_SIZE];

    if (fault_count(record) > 0)
        outcome_add(outcome, REASON_ERRORS, "%s of %s requests went wrong, the first: %.120s",
                    quantity_count(count, fault_count(record)),
                    quantity_count(offered, record->offered), record->first_fault);
    if (record->reconnects > target->connections)
        outcome_add(outcome, REASON_ERRORS,
                    "the server ended %s connections of %u that it was to keep alive",
                    quantity_count(count, record->reconnects), target->connections);
}

/* Before the window each connection asks once: what answers wrongly then is a server that errs, not one that is not
 * there. */
static enum reason_code refused_as(const struct record *record)
{
    return fault_count(record) > record->faults[FAULT_CONNECT] ? REASON_ERRORS
                                                               : REASON_FAILED_START;
}

static void judge_end(struct outcome *outcome, const struct trial *trial, unsigned t)
{
    static const enum reason_code codes[] = {
        [TRIAL_PORTS] = REASON_PORTS,
        [TRIAL_LOST] = REASON_DIED,
        [TRIAL_INTERRUPTED] = REASON_INTERRUPTED,
    };

    if (trial->end == TRIAL_WHOLE)
        return;
    if (!has_ended_it(trial, t))
        outcome_add(outcome, REASON_LOAD_FAILED, "the other server ended the trial: %.150s",
                    trial->why);
    else if (trial->end == TRIAL_REFUSED)
        outcome_add(outcome, refused_as(&trial->targets[t].record), "%s", trial->why);
    else if (trial->end != TRIAL_OVERLOADED)
        outcome_add(outcome, codes[trial->end], "%s", trial->why);
}

static void judge_target(struct trial *trial, unsigned t)
{
    const struct trial_target *target = &trial->targets[t];
    struct outcome *outcome = &trial->outcome[t];

    *outcome = (struct outcome){0};
    judge_end(outcome, trial, t);
    if (trial->end == TRIAL_REFUSED)
        return;
    judge_answers(outcome, target);
    judge_generator(outcome, &trial->audit, trial->target_count > 1);
    /* What was cut off says nothing about what would have come of the rest. */
    if (trial->end == TRIAL_WHOLE || trial->end == TRIAL_OVERLOADED)
        judge_load(outcome, trial, t);
    judge_lateness(outcome, &target->record);
}

void verdict_judge(struct trial *trial)
{
    for (unsigned t = 0; t < trial->target_count; t++)
        judge_target(trial, t);
    trial->trusted_p = trusted(trial);
}

const struct reason *verdict_cause(const struct outcome *outcome)
{
    const struct reason *cause = NULL;

    for (unsigned i = 0; i < outcome->count; i++) {
        const struct reason *reason = &outcome->reasons[i];
        if (reason_kind(reason->code) != outcome->kind)
            continue;
        if (!cause || (reason_is_external(cause->code) && !reason_is_external(reason->code)))
            cause = reason;
    }
    return cause;
}

bool verdict_has_latency(const struct outcome *outcome)
{
    for (unsigned i = 0; i < outcome->count; i++) {
        enum reason_code code = outcome->reasons[i].code;
        if (reason_kind(code) == OUTCOME_INVALID && code != REASON_GEN_LATE &&
            code != REASON_INTERRUPTED)
            return false;
    }
    return true;
}

/* An own reason is a result, whatever happened outside as well. */
static int exit_of(const struct outcome *outcome)
{
    int code = EXIT_USABLE;

    for (unsigned i = 0; i < outcome->count; i++) {
        if (reason_kind(outcome->reasons[i].code) != OUTCOME_INVALID)
            continue;
        if (!reason_is_external(outcome->reasons[i].code))
            return EXIT_SERVER;
        code = EXIT_EXTERNAL;
    }
    return code;
}

int verdict_exit_code(const struct trial *trial)
{
    int code = EXIT_USABLE;

    if (trial->end == TRIAL_INTERRUPTED)
        return EXIT_INTERRUPTED;
    for (unsigned t = 0; t < trial->target_count && code != EXIT_SERVER; t++) {
        if (outcome_has(&trial->outcome[t], REASON_FAILED_START))
            return EXIT_ENVIRONMENT;
        int own = exit_of(&trial->outcome[t]);
        code = own == EXIT_USABLE ? code : own;
    }
    return code;
}

double verdict_asked_rps(const struct trial *trial, const struct record *record)
{
    return trial->measured_ns > 0 ? (double)record->offered / (double)trial->measured_ns * 1e9 : 0;
}

double verdict_answered_rps(const struct trial *trial, const struct record *record)
{
    int64_t end_ns = record->start_ns + trial->measured_ns;

    if (record->last_done_ns > end_ns)
        end_ns = record->last_done_ns;
    int64_t span_ns = end_ns - record->start_ns;
    return span_ns > 0 ? (double)record->completed / (double)span_ns * 1e9 : 0;
}
