/* See verdict_parts.h. */
#include <math.h>
#include <stdio.h>

#include "pace/engine.h"
#include "pace/quantity.h"
#include "pace/verdict_parts.h"

/*
 * Overload. One request in a thousand may be unfinished two seconds after the end: a
 * time-out somewhere is not an overload. A backlog grows where at the end more than half a
 * per cent of all requests wait for a connection and the medians of the last quarter of
 * the window rise from part to part: a stall that happens to be the last thing in the
 * window fills the backlog as well, but leaves the parts before it as they were. What
 * waits when the window opens is the warm-up's: where no request of the window ever found
 * a connection free, the server was overloaded before, and the window measures that queue.
 *
 * Connections from which pace does not read are busy as well, and that is no doing of the server's.
 * Of the time for which they were busy while others waited for one, pace held them for the share
 * during which answers lay there untaken.
 * - Beyond HELD_MOST pace held them for longer than the server: it is the slower of the two.
 *   (Between two stations that pass a fixed number of jobs to and fro, more than half of them are
 *   on average with the slower one; with one job the share is that of its time.) Then nothing is
 *   known of what the server could do.
 * - Up to there the server is the slower one, and yet what pace held is lost to it: had pace taken
 *   no time, connections would have come back to the server sooner by that share, and no more than
 *   so much could have been answered in addition. A shortfall by less may be pace's. Below
 *   VERDICT_AWAY_INVALID that is not looked at: no generator takes answers in no time, and a true
 *   overload begins with a shortfall as small.
 * The same holds of the time for which pace was kept from its CPU.
 */
static const double HELD_MOST = 0.5;
static const double COMPLETED_LEAST = 0.999;
static const double BACKLOG_GROWTH = 0.005;
enum { BACKLOG_PARTS = 3 };

static uint64_t fault_count(const struct record *record)
{
    uint64_t count = 0;

    for (unsigned kind = 0; kind < FAULT_KINDS; kind++)
        count += record->faults[kind];
    return count;
}

/* ---- how it ended ---- */

/* Before the window each connection asks once: what answers wrongly
 * then is a server that errs, not one that is not there. */
static void refused(struct outcome *outcome, const struct trial *trial, unsigned t)
{
    const struct record *record = &trial->targets[t].record;
    bool errs = fault_count(record) > record->faults[FAULT_CONNECT];

    outcome_add(outcome, errs ? REASON_ERRORS : REASON_FAILED_START, "%s",
                errs ? record->first_fault : trial->why);
}

/* By the last attempt to connect, however many requests were left to be counted. */
static void gone(struct outcome *outcome, const struct trial *trial, unsigned t)
{
    const struct record *record = &trial->targets[t].record;
    char count[QUANTITY_SIZE], offered[QUANTITY_SIZE], at[QUANTITY_SIZE];
    int64_t after_ns = record->gone_ns - trial->start_monotonic_ns;

    if (!trial->has_window || after_ns < 0)
        outcome_add(outcome, REASON_DIED,
                    "the server went away before the window opened, and did not come back");
    else
        outcome_add(outcome, REASON_DIED,
                    "the server went away %s into the window and did not come back: %s of %s "
                    "requests were not answered",
                    quantity_seconds(at, (double)after_ns),
                    quantity_count(count, record->offered - record->completed),
                    quantity_count(offered, record->offered));
}

/* In a duet the one that is not to blame has no outcome of its own. */
static bool is_cut_off(const struct trial *trial, unsigned t)
{
    return trial->target_count == TRIAL_TARGETS && !trial->targets[t].has_ended_it &&
           trial->targets[1 - t].has_ended_it;
}

void verdict_end(struct outcome *outcome, const struct trial *trial, unsigned t)
{
    if (trial->targets[t].record.gone_ns != 0)
        gone(outcome, trial, t);
    else if (is_cut_off(trial, t) && !trial->is_outrun[1 - t])
        outcome_add(outcome, REASON_LOAD_FAILED, "the other server ended the trial: %.150s",
                    trial->why);
    else if (trial->end == TRIAL_REFUSED)
        refused(outcome, trial, t);
    else if (trial->end == TRIAL_SILENT)
        outcome_add(outcome, REASON_HUNG, "the server %s: %s",
                    trial->targets[t].leaves_unended
                        ? "begins answers and does not end them"
                        : "takes connections and leaves them without an answer",
                    trial->why);
    else if (trial->end == TRIAL_PORTS)
        outcome_add(outcome, REASON_PORTS, "%s", trial->why);
    else if (trial->end == TRIAL_LOST)
        outcome_add(outcome, REASON_DIED, "%s", trial->why);
    if (trial->end == TRIAL_INTERRUPTED)
        outcome_add(outcome, REASON_INTERRUPTED, "%s", trial->why);
}

/* ---- what it answered ---- */

/* Of a server that went away, those that are more than its absence. */
static bool has_own_faults(const struct outcome *outcome, const struct record *record)
{
    uint64_t wrong =
        record->faults[FAULT_ANSWER] + record->faults[FAULT_STATUS] + record->faults[FAULT_BODY];

    return outcome_has(outcome, REASON_DIED) ? wrong > 0 : fault_count(record) > 0;
}

/* A server may end each connection once, as after an idle phase. One that ends more keeps none
 * alive: its latencies hold connects that nobody asked for. */
void verdict_answers(struct outcome *outcome, const struct trial_target *target)
{
    const struct record *record = &target->record;
    char count[QUANTITY_SIZE], offered[QUANTITY_SIZE];

    if (has_own_faults(outcome, record))
        outcome_add(outcome, REASON_ERRORS, "%s of %s requests went wrong, the first: %.120s",
                    quantity_count(count, fault_count(record)),
                    quantity_count(offered, record->offered), record->first_fault);
    if (verdict_keeps_none(target) && !outcome_has(outcome, REASON_DIED))
        outcome_add(outcome, REASON_ERRORS,
                    "the server ended connections %s times, though it was to keep its %u alive",
                    quantity_count(count, record->reconnects), target->connections);
}

bool verdict_keeps_none(const struct trial_target *target)
{
    return target->record.reconnects > target->connections;
}

/* ---- whether it kept up ---- */

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

/* When nothing more was due. */
static int64_t stopped_ns(const struct trial *trial)
{
    return trial->has_window ? trial->start_monotonic_ns + trial->measured_ns
                             : trial->start_monotonic_ns - trial->warmup_ns + trial->warmed_ns;
}

/* Is one that was sent unfinished? After a full backlog those that wait are not sent, though pace
 * may wait for the other server. */
static bool is_owed(const struct record *record)
{
    return record->sent > record->completed + record->failed ||
           record->warmup.offered > record->warmup.completed;
}

/* Was pace left waiting, and did not one byte come meanwhile, to whichever request? */
static bool hangs(const struct trial *trial, const struct record *record)
{
    return is_owed(record) && trial->drained_ns >= ENGINE_DRAIN_MS * INT64_C(1000000) &&
           record->last_byte_ns <= stopped_ns(trial);
}

enum { WORDS = 200 };

/* Which share of the requests the server fell short of, and in which words; 0: none. */
static double shortfall(const struct trial *trial, unsigned t, char words[WORDS])
{
    const struct record *record = &trial->targets[t].record;
    double offered = (double)record->offered,
           finished = (double)(record->completed + record->failed);
    bool is_full = trial->end == TRIAL_OVERLOADED && trial->targets[t].has_ended_it;
    char figure[QUANTITY_SIZE];

    if (record->backlog_start > 0 && !record->has_caught_up) {
        snprintf(words, WORDS,
                 "the server was overloaded before the window opened: %s requests waited then, and "
                 "it never caught up; its latency is unbounded at this rate",
                 quantity_count(figure, record->backlog_start));
        return fmin((double)record->backlog_start / offered, 1);
    }
    if (is_full || record->dropped > 0 || falls_short(record)) {
        snprintf(words, WORDS,
                 "the server answered %s of what was asked; its latency is unbounded at this rate",
                 quantity_share(figure, (double)record->completed / offered));
        return fmax(1 - finished / offered, 1 / offered);
    }
    if (backlog_grows(record)) {
        snprintf(words, WORDS,
                 "the server fell behind: %s requests waited for a connection at the end, and more "
                 "every second; its latency is unbounded at this rate",
                 quantity_count(figure, record->backlog_end));
        return (double)record->backlog_end / offered;
    }
    return 0;
}

/* The same where the window never opened, or had seen no request. */
static double shortfall_of_warmup(const struct trial *trial, unsigned t, char words[WORDS])
{
    const struct record_warmup *warmup = &trial->targets[t].record.warmup;
    char rate[QUANTITY_SIZE];

    if (!trial->targets[t].has_ended_it)
        return 0;
    snprintf(words, WORDS,
             "the server was overloaded before the window opened: in the warm-up it answered %s, "
             "and %.80s",
             quantity_rate(rate, verdict_warmup_rps(trial, &trial->targets[t].record)), trial->why);
    return fmax(1 - (double)warmup->completed / (double)warmup->offered,
                1 / (double)warmup->offered);
}

/* Without the kernel's times it cannot be seen how long answers lay there. Where pace found no more
 * than one of them at each look, it was free to take them. */
static bool is_pressed(const struct trial *trial)
{
    uint64_t answers = 0;

    for (unsigned t = 0; t < trial->target_count; t++) {
        const struct record *record = &trial->targets[t].record;
        answers += trial->has_window ? record->completed + record->warmup.in_window
                                     : record->warmup.completed;
    }
    return trial->audit.turns < answers;
}

/* Of the time for which connections were busy while requests
 * waited for one: the share for which pace held them. */
static double held_by_pace(const struct trial *trial, const struct record *record)
{
    if ((double)record->unstamped > VERDICT_UNSTAMPED_MOST * (double)record->completed)
        return is_pressed(trial) ? 1 : 0;
    return record_untaken_share(record);
}

/* What all servers together answered. */
static double made_rps(const struct trial *trial)
{
    double rps = 0;

    for (unsigned t = 0; t < trial->target_count; t++)
        rps += trial->has_window ? verdict_answered_rps(trial, &trial->targets[t].record)
                                 : verdict_warmup_rps(trial, &trial->targets[t].record);
    return rps;
}

/* ", and made 110,337/s"; nothing of a trial that ended before anything was answered. */
static const char *made_words(char words[QUANTITY_SIZE + 16], const struct trial *trial)
{
    char rate[QUANTITY_SIZE];
    double rps = made_rps(trial);

    words[0] = '\0';
    if (rps >= 1)
        snprintf(words, QUANTITY_SIZE + 16, ", and made %s", quantity_rate(rate, rps));
    return words;
}

static void outrun(struct outcome *outcome, const struct trial *trial, double held)
{
    char made[QUANTITY_SIZE + 16], share[QUANTITY_SIZE];

    if (verdict_away(&trial->audit) > VERDICT_AWAY_INVALID)
        outcome_add(
            outcome, REASON_INTERFERED,
            "requests were left waiting while pace was kept from its CPU, and so from taking "
            "answers: it cannot be told whose doing that was");
    else if (held > HELD_MOST)
        outcome_add(
            outcome, REASON_GEN_LATE,
            "pace itself could not keep up%s: for %s of the time that connections were busy their "
            "answers lay there for pace to take; the server may be faster",
            made_words(made, trial), quantity_share(share, held));
    else
        outcome_add(
            outcome, REASON_GEN_LATE,
            "requests were left waiting, but by no more than pace held the connections, for "
            "%s of the time that they were busy: it cannot be told whose doing that was",
            quantity_share(share, held));
}

static void judge_shortfall(struct trial *trial, unsigned t, double short_of, const char *words)
{
    double held = held_by_pace(trial, &trial->targets[t].record);
    double by_pace = fmax(held, verdict_away(&trial->audit));

    if (short_of <= 0)
        return;
    trial->is_outrun[t] =
        held > HELD_MOST || (by_pace > VERDICT_AWAY_INVALID && short_of <= by_pace);
    if (trial->is_outrun[t])
        outrun(&trial->outcome[t], trial, held);
    else
        outcome_add(&trial->outcome[t], REASON_OVERLOADED, "%s", words);
}

/*
 * What was cut off otherwise says nothing about what would have come of the rest. Where the other
 * one ended the trial and that was pace's doing, it is no fault of the other server: then pace
 * could not keep up with the two of them.
 */
void verdict_load(struct trial *trial, unsigned t)
{
    const struct record *record = &trial->targets[t].record;
    struct outcome *outcome = &trial->outcome[t];
    bool is_measured = trial->has_window && record->offered > 0;
    char words[WORDS] = "", count[QUANTITY_SIZE];

    if ((trial->end != TRIAL_WHOLE && trial->end != TRIAL_OVERLOADED) ||
        outcome_has(outcome, REASON_DIED))
        return;
    if (is_cut_off(trial, t) && trial->is_outrun[1 - t]) {
        trial->is_outrun[t] = true;
        outrun(outcome, trial, held_by_pace(trial, &trial->targets[1 - t].record));
        return;
    }
    double short_of =
        is_measured ? shortfall(trial, t, words) : shortfall_of_warmup(trial, t, words);
    if ((is_measured ? falls_short(record) : short_of > 0) && hangs(trial, record))
        outcome_add(outcome, REASON_HUNG,
                    "the server stopped answering: %s requests were unfinished, and nothing came "
                    "in the 2 s after the last one was due",
                    quantity_count(count, is_measured
                                              ? record->censored
                                              : record->warmup.offered - record->warmup.completed));
    else
        judge_shortfall(trial, t, short_of, words);
}
