/*
 * Measuring into an open record and what follows; see carry_out.h. What the record holds already is
 * left out, so that a run that was cut off is gone on with in the same way as a new one is begun.
 */
#include "cmd/carry_out.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "analyse/summary.h"
#include "cmd/cmd.h"
#include "cmd/progress.h"
#include "cmd/prove.h"
#include "cmd/render.h"
#include "measure/latency_plan.h"
#include "measure/phase_plan.h"
#include "measure/schedule.h"
#include "measure/settled.h"

static bool was_measured(const struct result *result, const char *id)
{
    int arm = result_find_arm(result, id);
    for (size_t i = 0; arm >= 0 && i < result->round_count; i++)
        if (result->rounds[i].arm == (uint32_t)arm &&
            result->rounds[i].outcome.kind != OUTCOME_INVALID)
            return true;
    return false;
}

static int check_required(const struct result *result, const struct strings *required, int code)
{
    for (size_t i = 0; i < required->count; i++)
        if (!was_measured(result, required->items[i]))
            code =
                fail(EXIT_FAILED, "%s was required and could not be measured", required->items[i]);
    return code;
}

static void note_end(struct result *result)
{
    char utc[RESULT_UTC_SIZE];
    result_utc(utc, time(NULL));
    result->finished_utc = xstrdup(utc);
}

/* Of a soak it is rendered all the same: what it saw is what
 * it is asked for, however long that was. */
static int interrupted_run(struct result *result, const struct paths *paths,
                           const struct run_options *options)
{
    if (result->experiment.phases.soak && result->round_count > 0)
        render_result(result, paths, options->json);
    fail(EXIT_INTERRUPTED, "interrupted; %zu round%s kept in %s", result->round_count,
         result->round_count == 1 ? " is" : "s are", result->directory);
    fprintf(stderr,
            "  to go on: backbench run --resume %s\n  to render them: backbench report %s\n",
            result->directory, result->directory);
    return EXIT_INTERRUPTED;
}

/* After the journal could not be written: what it holds stays
 * readable, and its lock is released. */
static int give_up(struct result *result, struct journal *journal, int code)
{
    char *error = NULL;
    journal_close(journal, result, &error);
    free(error); /* the first sentence was said */
    return code;
}

static void tell_what_is_kept(const struct result *result)
{
    size_t count = result->round_count;
    bool is_part = journal_has_unfinished(result->directory);
    if (count == 0 && !is_part)
        return;
    if (count == 0)
        fputs("  what was read of a round until then is", stderr);
    else
        fprintf(stderr, "  %zu round%s%s %s", count, count == 1 ? "" : "s",
                is_part ? " and a part of one" : "", count == 1 && !is_part ? "is" : "are");
    fprintf(stderr, " kept; to go on, once there can be written: backbench run --resume %s\n",
            result->directory);
}

/* The record could not be written to its end. What a soak saw is said all the same; the files of a
 * report would show what the record does not hold, and there is no room for them. */
static int unwritten_run(struct result *result, unsigned unwritten_count,
                         const struct run_options *options, char *error)
{
    if (result->experiment.phases.soak && result->round_count > 0)
        render_on_stdout(result, options->json);
    fail_with(EXIT_ENVIRONMENT, error);
    while (unwritten_count-- > 0)
        round_release(&result->rounds[--result->round_count]);
    tell_what_is_kept(result);
    return EXIT_ENVIRONMENT;
}

/* After the last round, however the run ended: what was measured is summed up and rendered. */
static int conclude(struct result *result, struct journal *journal, const struct paths *paths,
                    const struct run_options *options, enum experiment_end end)
{
    char *error = NULL;
    if (end != EXPERIMENT_INTERRUPTED)
        note_end(result);
    if (journal_close(journal, result, &error) < 0)
        return unwritten_run(result, 0, options, error);
    if (end == EXPERIMENT_INTERRUPTED)
        return interrupted_run(result, paths, options);
    int code = render_result(result, paths, options->json);
    return check_required(result, &options->required, code);
}

/* What of the schedule has no result yet; last: the number of
 * the round before curves and searches. */
static enum experiment_end follow(struct experiment_run *run, struct schedule *schedule,
                                  uint32_t last, char **error)
{
    struct progress progress;
    if (settled_take_out(schedule, run->result, error) < 0)
        return EXPERIMENT_FOREIGN;
    progress_init(&progress, run->result, schedule, last);
    run->watch = progress_watch(&progress);
    enum experiment_end end =
        interrupted ? EXPERIMENT_INTERRUPTED : experiment_measure(run, schedule, error);
    progress_end(&progress);
    return end;
}

/* The curves and searches, which go on as they come out. */
static enum experiment_end follow_latency(struct experiment_run *run, uint32_t last, char **error)
{
    struct progress progress;
    progress_init(&progress, run->result, NULL, last);
    run->watch = progress_watch(&progress);
    enum experiment_end end =
        interrupted ? EXPERIMENT_INTERRUPTED : experiment_measure_latency(run, last, error);
    progress_end(&progress);
    return end;
}

/* Whose memory grew in its phases goes through longer ones. */
static enum experiment_end follow_longer(struct experiment_run *run, uint32_t last, char **error)
{
    struct progress progress;
    progress_init(&progress, run->result, NULL, last);
    run->watch = progress_watch(&progress);
    enum experiment_end end =
        interrupted ? EXPERIMENT_INTERRUPTED : experiment_measure_longer(run, last, error);
    progress_end(&progress);
    return end;
}

static bool self_check_differs(const struct result *result)
{
    struct summary summary;
    summary_make(&summary, result);
    bool differs = summary_disagrees(&summary);
    summary_release(&summary);
    return differs;
}

/* It was cut off while it looked once more whether the machine agrees with itself. */
static bool has_round_beyond(const struct result *result, uint32_t last)
{
    for (size_t i = 0; i < result->round_count; i++)
        if (result->rounds[i].number > last && !round_keeps_latency(&result->rounds[i]))
            return true;
    return false;
}

static uint32_t later_of(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* The whole schedule, then curves and searches, then longer phases; and
 * if its self-check says that the machine disagrees with itself, that
 * once more on fresh blocks, because one alarm in many runs is chance. */
static enum experiment_end measure_all(struct experiment_run *run, char **error)
{
    struct schedule schedule;
    schedule_make(&schedule, run->result);
    uint32_t last = (uint32_t)schedule.count;
    bool is_in_doubt = has_round_beyond(run->result, last);
    enum experiment_end end = follow(run, &schedule, last, error);
    schedule_release(&schedule);
    if (end == EXPERIMENT_DONE)
        end = follow_latency(run, last, error);
    if (end == EXPERIMENT_DONE)
        end = follow_longer(run, later_of(last, latency_plan_last(run->result)), error);
    if (end != EXPERIMENT_DONE || !(is_in_doubt || self_check_differs(run->result)))
        return end;
    uint32_t latest = later_of(latency_plan_last(run->result), phase_plan_last_longer(run->result));
    schedule_make_self_check(&schedule, run->result, later_of(last, latest));
    fprintf(stderr,
            "  the self-check differs: %zu more rounds on fresh blocks tell whether by chance\n",
            schedule.count);
    end = follow(run, &schedule, last, error);
    schedule_release(&schedule);
    return end;
}

int carry_out(struct experiment_run *run, const struct paths *paths,
              const struct run_options *options)
{
    char *error = NULL;
    /* before the first round all were proved */
    int code = run->result->round_count > 0
                   ? 0
                   : prove_arms(run->result, run->journal, paths->conformance, NULL);
    if (code)
        return give_up(run->result, run->journal, code);
    enum experiment_end end = measure_all(run, &error);
    if (end == EXPERIMENT_NOT_WRITTEN)
        return give_up(run->result, run->journal,
                       unwritten_run(run->result, run->unwritten_count, options, error));
    if (end == EXPERIMENT_FOREIGN)
        return give_up(run->result, run->journal, fail_with(EXIT_UNREADABLE, error));
    return conclude(run->result, run->journal, paths, options, end);
}
