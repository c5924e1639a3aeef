/* See verdict.h. */
#include "pace/verdict.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "pace/quantity.h"
#include "pace/verdict_parts.h"

/*
 * The generator's CPU. It spins, so whatever its clock does not show somebody else had. Half a per
 * cent is what timer ticks and interrupts take on a quiet machine; at 3 % one request in 33 was due
 * while the generator could not run. Run delay is the scheduler's own account of the same, and
 * starts lower, because it leaves interrupts out. Steal comes in bursts that hold the whole
 * machine, the server included; it is counted in ticks, so its limit is the coarser one.
 */
static const double AWAY_INVALID = VERDICT_AWAY_INVALID, AWAY_NOISY = 0.005;
static const double RUN_DELAY_INVALID = 0.02, RUN_DELAY_NOISY = 0.005;
static const double STEAL_INVALID = 0.03, STEAL_NOISY = 0.01;

/* Where one request in 100 was sent later than this, the load was only roughly the one asked for.
 * It has a reason of its own: nobody else need have had a part in it. */
static const double SENT_LATE_NS = 25000;
/* A trial whose p99 is late has no outcome; one that is late
 * only further out has it, up to there. */
static const double LATE_DECIDES = 0.99;

enum exit_code {
    EXIT_USABLE = 0,
    EXIT_SERVER = 1,
    EXIT_EXTERNAL = 3,
    EXIT_ENVIRONMENT = 5,
    EXIT_INTERRUPTED = 130,
};

const double verdict_ladder[LADDER] = {0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999};

static bool is_supported(const struct record *record, double p)
{
    struct percentile percentile;

    record_percentile(record, p, &percentile);
    return percentile.is_supported;
}

/* Where too much is left out nothing stands, also where so
 * little is left that no percentile is supported. */
static bool is_refused(const struct record *record, double p)
{
    return verdict_lacks_too_many(record) ||
           (is_supported(record, p) && verdict_is_late(record, p));
}

/* Up to which of the ladder's the generator was on time for
 * every target; 1: for all that the samples support. */
static double trusted(const struct trial *trial)
{
    double p = 0;

    for (unsigned t = 0; t < trial->target_count; t++)
        if (trial->is_outrun[t])
            return p;
    for (size_t i = 0; i < LADDER; i++) {
        for (unsigned t = 0; t < trial->target_count; t++)
            if (is_refused(&trial->targets[t].record, verdict_ladder[i]))
                return p;
        p = verdict_ladder[i];
    }
    return 1;
}

/* In a duet both servers had the same disturbance in the same
 * microseconds: their ratio survives it, if there is one. */
static bool has_ratio(const struct trial *trial)
{
    return trial->target_count == TRIAL_TARGETS &&
           is_supported(&trial->targets[0].record, verdict_ladder[0]) &&
           is_supported(&trial->targets[1].record, verdict_ladder[0]);
}

/* What is above a limit is not to read as the limit itself. */
static const char *share_above(char text[QUANTITY_SIZE], double share, double limit)
{
    char limit_text[QUANTITY_SIZE], same[QUANTITY_SIZE];

    quantity_share(text, share);
    if (strcmp(text, quantity_share(limit_text, limit)) == 0) {
        snprintf(same, sizeof same, "just above %.20s", limit_text);
        strcpy(text, same);
    }
    return text;
}

/* A share of the time that somebody took from pace. */
static void disturbed(struct outcome *outcome, bool has_ratio, const char *what, double by,
                      double invalid, double noisy)
{
    char share[QUANTITY_SIZE], limit[QUANTITY_SIZE];

    share_above(share, by, by > invalid ? invalid : noisy);
    if (by > invalid && has_ratio)
        outcome_add(outcome, REASON_NOISY,
                    "for the ratio only: %s %s of the time, and only a ratio stands above %s", what,
                    share, quantity_share(limit, invalid));
    else if (by > invalid)
        outcome_add(outcome, REASON_INTERFERED, "%s %s of the time, the limit is %s", what, share,
                    quantity_share(limit, invalid));
    else if (by > noisy)
        outcome_add(outcome, REASON_NOISY, "%s %s of the time, quiet is below %s", what, share,
                    quantity_share(limit, noisy));
}

/* The share of the time that pace wanted its CPU and did not have it. */
double verdict_away(const struct audit *audit)
{
    return audit->wall_ns > 0 ? 1 - (double)audit->cpu_ns / (double)audit->wall_ns : 0;
}

static void judge_generator(struct outcome *outcome, const struct trial *trial)
{
    const struct audit *audit = &trial->audit;
    bool ratio = has_ratio(trial);
    double wall_ns = (double)audit->wall_ns;

    if (audit->wall_ns <= 0)
        return;
    disturbed(outcome, ratio, "pace was kept from its CPU", verdict_away(audit), AWAY_INVALID,
              AWAY_NOISY);
    /* The same loss by another account: said only where it weighs more. */
    double quiet = outcome_has(outcome, REASON_NOISY) ? INFINITY : RUN_DELAY_NOISY;
    if (audit->run_delay_ns != MISSING && !outcome_has(outcome, REASON_INTERFERED))
        disturbed(outcome, ratio, "pace stood in the queue for its CPU",
                  (double)audit->run_delay_ns / wall_ns, RUN_DELAY_INVALID, quiet);
    if (audit->steal_ns != MISSING)
        disturbed(outcome, ratio, "the hypervisor took the CPU for",
                  (double)audit->steal_ns / wall_ns, STEAL_INVALID, STEAL_NOISY);
}

static void judge_lateness(struct outcome *outcome, const struct record *record)
{
    char p[QUANTITY_SIZE], words[VERDICT_LATE_WORDS];

    for (size_t i = 0; i < LADDER && verdict_ladder[i] <= LATE_DECIDES; i++) {
        if (!is_refused(record, verdict_ladder[i]))
            continue;
        verdict_late_words(record, verdict_ladder[i], words);
        outcome_add(outcome, REASON_GEN_LATE,
                    "pace was late: %s; from %s on no latency is the server's alone", words,
                    quantity_percentile(p, verdict_ladder[i]));
        return;
    }
}

/* Beside a reason that is said already, and may be the cause of it, this one says nothing. */
static void judge_load(struct outcome *outcome, const struct record *record)
{
    double late_ns = (double)tally_quantile_ns(&record->lateness, .99);
    char late[QUANTITY_SIZE], limit[QUANTITY_SIZE];

    if (late_ns > SENT_LATE_NS && !outcome_has(outcome, REASON_GEN_LATE) &&
        !outcome_has(outcome, REASON_NOISY))
        outcome_add(outcome, REASON_SENT_LATE,
                    "one request in 100 was sent %s late or later, quiet is below %s",
                    quantity_time(late, late_ns, true), quantity_time(limit, SENT_LATE_NS, true));
}

static void judge_target(struct trial *trial, unsigned t)
{
    const struct trial_target *target = &trial->targets[t];
    struct outcome *outcome = &trial->outcome[t];

    *outcome = (struct outcome){0};
    trial->is_outrun[t] = false;
    verdict_end(outcome, trial, t);
    if (!trial->has_window && trial->end != TRIAL_OVERLOADED)
        return;
    verdict_answers(outcome, target);
    judge_generator(outcome, trial);
    verdict_load(trial, t);
    if (!trial->is_outrun[t])
        judge_lateness(outcome, &target->record);
    judge_load(outcome, &target->record);
    if (target->record.offered == 0 && outcome->kind != OUTCOME_INVALID)
        outcome_add(outcome, REASON_LOAD_FAILED, "no request was due in the window");
}

/* First the one that ended it, as the other's outcome may lie in the reason for that. */
void verdict_judge(struct trial *trial)
{
    unsigned first = trial->target_count == TRIAL_TARGETS && trial->targets[1].has_ended_it;

    for (unsigned i = 0; i < trial->target_count; i++)
        judge_target(trial, first ^ i);
    trial->trusted_p = trial->has_window ? trusted(trial) : 0;
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

const char *verdict_word(const struct outcome *outcome)
{
    const struct reason *cause = verdict_cause(outcome);

    if (!cause)
        return outcome_name(outcome->kind);
    return cause->code == REASON_FAILED_START ? "REFUSED" : reason_name(cause->code);
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

double verdict_warmup_rps(const struct trial *trial, const struct record *record)
{
    int64_t origin_ns = trial->start_monotonic_ns - trial->warmup_ns;
    int64_t span_ns = record->warmup.last_done_ns - origin_ns;

    if (span_ns < trial->warmed_ns)
        span_ns = trial->warmed_ns;
    return span_ns > 0 ? (double)record->warmup.completed / (double)span_ns * 1e9 : 0;
}

double verdict_answered_rps(const struct trial *trial, const struct record *record)
{
    int64_t end_ns = record->start_ns + trial->measured_ns;

    if (record->last_done_ns > end_ns)
        end_ns = record->last_done_ns;
    int64_t span_ns = end_ns - record->start_ns;
    return span_ns > 0 ? (double)record->completed / (double)span_ns * 1e9 : 0;
}
