#include "cmd/duel_measure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyse/duel_failures.h"
#include "analyse/duel_read.h"
#include "cmd/cmd.h"
#include "cmd/progress.h"
#include "data/phases.h"
#include "measure/clock.h"
#include "measure/duel_plan.h"
#include "measure/phase_plan.h"
#include "measure/schedule_phases.h"
#include "measure/settled.h"

/* Who wants to study the method is not stopped by a budget that he did not ask for. */
static double budget_s(const struct duel_options *options)
{
    struct duel_rules rules = duel_options_rules(options);
    return duel_rules_are_fixed(&rules) ? INFINITY : options->budget_s;
}

/* What does not fit is known before. */
static void announce_budget(const struct duel_options *options, double expected_s)
{
    char most[32];
    duration_text(most, sizeof(most), options->budget_s);
    if (expected_s > options->budget_s)
        fprintf(stderr,
                ", of which what fits into %s is measured: give more with --budget, or fewer "
                "workloads",
                most);
    else
        fprintf(stderr, "; more where something is in doubt, %s at the most", most);
}

void duel_announce(const struct result *result, const struct duel_options *options)
{
    struct duel_rules rules = duel_options_rules(options);
    size_t rounds;
    char time[32];
    double expected_s = duel_plan_expected_s(result, &options->gating.gate, &rules, &rounds);
    fprintf(stderr, "  about %zu rounds, %s", rounds,
            duration_text(time, sizeof(time), expected_s));
    if (!duel_rules_are_fixed(&rules))
        announce_budget(options, expected_s);
    if (phases_are_asked(&result->experiment.phases))
        fprintf(stderr, "; then %s of phases for each, four times that for who grows",
                duration_text(time, sizeof(time), result->experiment.phases.set.window_s));
    fputc('\n', stderr);
}

/* ---- what is told on the way: each look, when it is reached ---- */

static void tell_figure(const struct duel *duel, size_t workload, enum duel_series series,
                        unsigned time, enum metric metric)
{
    char change[DECISION_CHANGE_MAX];
    struct looked looked = duel_look(duel, workload, series, time, metric);
    if (isnan(looked.ratio.value))
        return;
    decision_change(change, &looked.ratio);
    fprintf(stderr, "  %s %s", metric_info(metric)->name, change);
}

static bool is_look(size_t made)
{
    return made == LOOKS_FIRST || made == LOOKS_LAST;
}

static void tell_look(const struct duel *duel, size_t workload, enum duel_series series,
                      unsigned time)
{
    static const enum metric metrics[] = {METRIC_COST, METRIC_P50, METRIC_P99, METRIC_P99_SOLO,
                                          METRIC_MEMORY};
    const struct duel_workload *of = &duel->workloads[workload];
    fprintf(stderr, "  %s, %zu %sblocks%s:", of->name, of->stretches[series][time].made,
            time == DUEL_FRESH ? "fresh " : "", series == DUEL_WITNESS ? " of each alone" : "");
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++)
        tell_figure(duel, workload, series, time, metrics[i]);
    fputc('\n', stderr);
}

static bool is_witness(const struct result *result, const struct round_plan *plan)
{
    return plan->arm_count == 1 && plan->paced && !plan->probe && result->round_count > 0;
}

static void tell_progress(const struct result *result, const struct duel_options *options,
                          const struct round_plan *plan)
{
    struct duel duel;
    struct duel_rules rules = duel_options_rules(options);
    enum duel_series series = is_witness(result, plan) ? DUEL_WITNESS : DUEL_PAIRS;
    unsigned time = plan->block >= result->experiment.paced.set.blocks ? DUEL_FRESH : DUEL_FIRST;
    bool is_of_both = plan->paced && !result->arms[plan->arms[0]].self_check;
    duel_init(&duel, DUEL_HEAD, &options->gating.gate, &rules);
    duel_read(&duel, result, UINT32_MAX);
    const struct duel_stretch *stretch = &duel.workloads[plan->workload].stretches[series][time];
    if (is_of_both && is_look(stretch->made) && (series == DUEL_PAIRS || plan->position == 1))
        tell_look(&duel, plan->workload, series, time);
    duel_release(&duel);
}

/* ---- pairs, and each alone ---- */

static void note_budget(struct result *result, const struct duel_options *options)
{
    char time[32];
    char *note = text_format("the budget of %s was spent before everything was decided: give more "
                             "with --budget",
                             duration_text(time, sizeof(time), options->budget_s));
    if (!strings_contain(&result->notes, note))
        strings_add(&result->notes, note);
    free(note);
}

/* How many rounds there will probably be; and how long those
 * that are left take is told to who shows it. */
static size_t expect(struct progress *progress, const struct result *result,
                     const struct duel_options *options)
{
    struct duel_rules rules = duel_options_rules(options);
    size_t rounds;
    double left_s = duel_plan_expected_s(result, &options->gating.gate, &rules, &rounds);
    progress->total_s = progress->done_s + left_s;
    return duel_plan_last(result) + rounds;
}

static enum experiment_end measure_blocks(struct experiment_run *run, struct progress *progress,
                                          const struct duel_options *options, char **error)
{
    struct result *result = run->result;
    struct duel_rules rules = duel_options_rules(options);
    double before_s = duel_plan_spent_s(result), begun_s = monotonic_s();
    struct round_plan plan;
    for (;;) {
        enum duel_step step = duel_plan_next(&plan, result, &options->gating.gate, &rules,
                                             budget_s(options), before_s + monotonic_s() - begun_s);
        if (step == DUEL_STEP_BUDGET)
            note_budget(result, options);
        if (step == DUEL_STEP_FOREIGN) {
            text_error(error, "round %u of the record is none of this duel's", plan.number);
            return EXPERIMENT_FOREIGN;
        }
        if (step != DUEL_STEP_NEXT || duel_failures_end_it(result))
            return EXPERIMENT_DONE;
        enum experiment_end end =
            experiment_measure_next(run, &plan, expect(progress, result, options), error);
        if (end != EXPERIMENT_DONE)
            return end;
        tell_progress(result, options, &plan);
    }
}

/* ---- phases ---- */

static bool has_phases(const struct result *result)
{
    for (size_t i = 0; i < result->round_count; i++)
        if (round_has_phases(&result->rounds[i]))
            return true;
    return false;
}

static enum experiment_end measure_phases(struct experiment_run *run, char **error)
{
    struct schedule schedule = {0};
    uint32_t last = duel_plan_last(run->result);
    schedule_add_phases(&schedule, run->result, 0);
    for (size_t i = 0; i < schedule.count; i++)
        schedule.plans[i].number = ++last;
    enum experiment_end end = EXPERIMENT_DONE;
    if (settled_take_out(&schedule, run->result, error) < 0)
        end = EXPERIMENT_FOREIGN;
    if (end == EXPERIMENT_DONE)
        end = experiment_measure(run, &schedule, error);
    if (end == EXPERIMENT_DONE)
        end = experiment_measure_longer(run, last, error);
    schedule_release(&schedule);
    return end;
}

enum experiment_end duel_measure(struct experiment_run *run, const struct duel_options *options,
                                 char **error)
{
    struct progress progress;
    progress_init(&progress, run->result, NULL, UINT32_MAX);
    run->watch = progress_watch(&progress);
    enum experiment_end end = EXPERIMENT_DONE;
    if (interrupted)
        end = EXPERIMENT_INTERRUPTED;
    else if (!has_phases(run->result)) /* which come after all that */
        end = measure_blocks(run, &progress, options, error);
    if (end == EXPERIMENT_DONE && phases_are_asked(&run->result->experiment.phases) &&
        !duel_failures_end_it(run->result))
        end = measure_phases(run, error);
    progress_end(&progress);
    return end;
}
