#include "cmd/progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyse/capacity.h"
#include "analyse/consistency.h"
#include "analyse/latency.h"
#include "analyse/pairs.h"
#include "analyse/words.h"
#include "measure/clock.h"
#include "measure/latency_plan.h"

enum { WHAT_SIZE = 280 };

const char *duration_text(char *text, unsigned size, double seconds)
{
    unsigned whole = (unsigned)(seconds + 0.5);
    if (whole < 100)
        snprintf(text, size, "%u s", whole);
    else if (whole < 3600)
        snprintf(text, size, "%u min %02u s", whole / 60, whole % 60);
    else
        snprintf(text, size, "%u h %02u min", whole / 3600, whole / 60 % 60);
    return text;
}

static void describe_trial(char text[PLAN_LEVEL_SIZE], const struct round_plan *plan)
{
    char *slo = slo_words(&plan->slo);
    snprintf(text, PLAN_LEVEL_SIZE, " at %u requests/s for %s%s", plan->rate_rps, slo,
             plan->confirms ? ", to confirm it" : "");
    free(slo);
}

static void describe_phases(char text[PLAN_LEVEL_SIZE], const struct round_plan *plan)
{
    char time[32];
    snprintf(text, PLAN_LEVEL_SIZE, " through %s of %sphases%s",
             duration_text(time, sizeof(time), plan->window_s),
             plan->confirms_growth ? "longer " : "",
             plan->confirms_growth ? ", as its memory grew" : "");
}

const char *plan_level(char text[PLAN_LEVEL_SIZE], const struct round_plan *plan)
{
    char workers[24] = "", idle[32] = "";
    text[0] = '\0';
    if (plan->probe)
        snprintf(text, PLAN_LEVEL_SIZE, ", a look to choose a rate by");
    else if (plan->phased)
        describe_phases(text, plan);
    else if (plan->slo.p > 0)
        describe_trial(text, plan);
    else if (plan->paced && plan->rate_rps > 0)
        snprintf(text, PLAN_LEVEL_SIZE, " at %u requests/s", plan->rate_rps);
    else if (plan->paced)
        snprintf(text, PLAN_LEVEL_SIZE, " at a rate");
    else if (plan->stairs != STAIRS_NONE)
        snprintf(text, PLAN_LEVEL_SIZE, " with ever more %s connections",
                 plan->stairs == STAIRS_IDLE ? "idle" : "active");
    if (!plan->scale)
        return text;
    if (plan->workers > 1)
        snprintf(workers, sizeof(workers), " by %u workers", plan->workers);
    if (plan->idle_connections > 0)
        snprintf(idle, sizeof(idle), " and %u idle ones", plan->idle_connections);
    snprintf(text, PLAN_LEVEL_SIZE, "%s at %u connection%s%s", workers, plan->connections,
             plan->connections == 1 ? "" : "s", idle);
    return text;
}

void progress_init(struct progress *progress, const struct result *result,
                   const struct schedule *schedule, uint32_t last)
{
    *progress = (struct progress){
        .result = result,
        .total_s = schedule ? schedule_seconds(schedule) : 0,
        .last = last,
        .started_s = monotonic_s(),
        .terminal = isatty(STDERR_FILENO) != 0,
    };
}

/* What remains, at the speed seen so far. */
static double remaining_s(const struct progress *progress)
{
    double spent_s = monotonic_s() - progress->started_s;
    double pace = progress->done_s > 5 ? spent_s / progress->done_s : 1;
    return (progress->total_s - progress->done_s) * pace;
}

static void describe(const struct progress *progress, const struct round_plan *plan, char *text,
                     size_t size)
{
    const struct result *result = progress->result;
    const char *workload = result->workloads[plan->workload].workload.name;
    const char *first = result->arms[plan->arms[0]].id;
    const char *again = plan->is_repeat ? " (again)" : "";
    char at[PLAN_LEVEL_SIZE];
    if (plan->arm_count > 1)
        snprintf(text, size, "%s beside %s on %s%s%s", first, result->arms[plan->arms[1]].id,
                 workload, plan_level(at, plan), again);
    else
        snprintf(text, size, "%s alone on %s%s%s", first, workload, plan_level(at, plan), again);
}

static void round_starts(void *argument, const struct round_plan *plan, size_t done, size_t total)
{
    struct progress *progress = argument;
    struct latency_estimate guess = latency_plan_estimate(progress->result, progress->last);
    const char *about = guess.rounds > 0 ? "about " : "";
    progress->status = (struct status){0};
    snprintf(progress->place, sizeof(progress->place), "%zu/%s%zu", done + 1, about,
             total + guess.rounds);
    if (!progress->terminal)
        return;
    char what[WHAT_SIZE], left[32];
    describe(progress, plan, what, sizeof(what));
    duration_text(left, sizeof(left), remaining_s(progress) + guess.seconds);
    fprintf(stderr, "\r\033[K  %s  %s%s left  %s", progress->place, about, left, what);
    fflush(stderr);
}

static void round_goes_on(void *argument, const struct round_plan *plan, const struct round *so_far)
{
    struct progress *progress = argument;
    char *server = text_format("%s  %s", progress->place, progress->result->arms[plan->arms[0]].id);
    status_tell(&progress->status, server, so_far, progress->terminal);
    free(server);
}

/* A round may have been noisy before it failed: that is not why it has no number. */
const char *invalid_detail(const struct outcome *outcome)
{
    for (unsigned i = 0; i < outcome->count; i++)
        if (reason_kind(outcome->reasons[i].code) == OUTCOME_INVALID)
            return outcome->reasons[i].detail;
    return "no reason was recorded";
}

static const char *answer_words(const struct round *round)
{
    static const char *const words[] = {
        [CAPACITY_PASSED] = "passed",
        [CAPACITY_FAILED] = "failed",
        [CAPACITY_LATE] = "the generator was late",
        [CAPACITY_SPOILED] = "too few requests to judge by",
    };
    return words[capacity_judge(round)];
}

static void trial_text(char text[ROUND_TEXT_SIZE], const struct round *round)
{
    if (round->trial.missed_count == MISSING || round->trial.n_count == MISSING)
        snprintf(text, ROUND_TEXT_SIZE, "%s", answer_words(round));
    else
        snprintf(text, ROUND_TEXT_SIZE, "%lld of %lld were slower: %s",
                 (long long)round->trial.missed_count, (long long)round->trial.n_count,
                 answer_words(round));
}

/* Its p99, or its median where not enough requests are beyond
 * that or the generator does not vouch for it. */
static void curve_text(char text[ROUND_TEXT_SIZE], const struct round *round)
{
    static const double ps[] = {.99, .5};
    for (size_t i = 0; i < sizeof(ps) / sizeof(*ps); i++)
        if ((double)round->response.total * (1 - ps[i]) * (1 + 1e-9) >= LATENCY_BEYOND &&
            round->trusted_p >= ps[i]) {
            snprintf(text, ROUND_TEXT_SIZE, "p%.0f %.0f us", 100 * ps[i],
                     (double)histogram_quantile_ns(&round->response, ps[i]) / 1e3);
            return;
        }
    snprintf(text, ROUND_TEXT_SIZE, "no latency");
}

/* The verdict on its memory, of this round alone. */
static void memory_text(char text[ROUND_TEXT_SIZE], const struct round *round)
{
    struct flatness flatness;
    consistency_judge(&flatness, round, CONSISTENCY_MEMORY);
    snprintf(text, ROUND_TEXT_SIZE, "memory %s%s%s", flatness_name(flatness.kind),
             flatness.why ? ": " : "", flatness.why ? flatness.why : "");
}

/* "PSS 4.1 MiB, with 4,096 connections 20 MiB, without them again 5.0 MiB" */
static void stairs_text(char text[ROUND_TEXT_SIZE], const struct round *round)
{
    const struct levels *levels = &round->stairs.levels;
    const struct phase_marks *marks = round->phase_marks;
    char pss[3][WORDS_MAX], most[WORDS_MAX];
    if (!marks || levels->count == 0 || marks->count < levels->count + 2)
        return;
    const size_t at[] = {0, levels->count, levels->count + 1};
    for (size_t i = 0; i < 3; i++) {
        int64_t bytes = marks->items[at[i]].pss_bytes;
        words_bytes(pss[i], bytes == MISSING ? NAN : (double)bytes);
    }
    words_count(most, levels->items[levels->count - 1]);
    snprintf(text, ROUND_TEXT_SIZE,
             "PSS %.20s, with %.20s connections %.20s, without them again %.20s", pss[0], most,
             pss[1], pss[2]);
}

static void cost_text(char text[ROUND_TEXT_SIZE], const struct round *round)
{
    int used = snprintf(text, ROUND_TEXT_SIZE, "%.2f us", round_cost_ns(round) / 1e3);
    if (round->cpu_upstream_ns != MISSING)
        snprintf(text + used, ROUND_TEXT_SIZE - (size_t)used, " (upstream %.2f us)",
                 (double)round->cpu_upstream_ns / (double)round->requests_count / 1e3);
}

/* Misses may be counted where no percentile could be had, and
 * memory read where no time could be taken. */
static bool has_answer(const struct round *round)
{
    if (round_has_phases(round))
        return round_has_resources(round) && round->course.count > 0;
    if (round->trial.slo.p == 0 || round->trial.missed_count == MISSING)
        return false;
    enum capacity_trial_kind kind = capacity_judge(round);
    return kind == CAPACITY_PASSED || kind == CAPACITY_FAILED;
}

const char *round_text(char text[ROUND_TEXT_SIZE], const struct round *round)
{
    text[0] = '\0';
    if (round->outcome.kind == OUTCOME_INVALID && !has_answer(round))
        snprintf(text, ROUND_TEXT_SIZE, "INVALID: %s", invalid_detail(&round->outcome));
    else if (round->trial.slo.p > 0)
        trial_text(text, round);
    else if (round->curve)
        curve_text(text, round);
    else if (round_has_phases(round))
        memory_text(text, round);
    else if (round_has_stairs(round))
        stairs_text(text, round);
    else if (!isnan(round_cost_ns(round)))
        cost_text(text, round);
    return text;
}

static void keeping_changed(void *argument, const char *why_not)
{
    const struct progress *progress = argument;
    fputs(progress->terminal ? "\r\033[K" : "", stderr);
    if (why_not)
        fprintf(stderr, "  what is read of this round can no longer be kept: %s\n", why_not);
    else
        fputs("  what is read of this round is kept again\n", stderr);
}

static void outcome_text(const struct progress *progress, const struct round_plan *plan,
                         const struct round *rounds, char *text, size_t size)
{
    char of[ROUND_TEXT_SIZE];
    size_t at = 0;
    for (unsigned i = 0; i < plan->arm_count && at < size; i++)
        at +=
            (size_t)snprintf(text + at, size - at, "%s%s %s", i ? "; " : "",
                             progress->result->arms[plan->arms[i]].id, round_text(of, &rounds[i]));
}

static void round_ended(void *argument, const struct round_plan *plan, const struct round *rounds)
{
    struct progress *progress = argument;
    if (!plan->is_repeat && progress->total_s > 0)
        progress->done_s += schedule_round_seconds(plan);
    if (progress->terminal)
        return;
    char what[WHAT_SIZE], outcome[600];
    describe(progress, plan, what, sizeof(what));
    outcome_text(progress, plan, rounds, outcome, sizeof(outcome));
    fprintf(stderr, "  %u  %s: %s\n", plan->number, what, outcome);
}

struct experiment_watch progress_watch(struct progress *progress)
{
    return (struct experiment_watch){
        .argument = progress,
        .round_starts = round_starts,
        .round_goes_on = round_goes_on,
        .keeping_changed = keeping_changed,
        .round_ended = round_ended,
    };
}

void progress_end(struct progress *progress)
{
    if (progress->terminal)
        fputs("\r\033[K", stderr);
}
