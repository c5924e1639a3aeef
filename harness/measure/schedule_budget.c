/*
 * How long a schedule takes, and what goes until it fits a budget: blocks, then workloads; see
 * schedule.h. The schedule is made anew for each try, so that what is told is what will run.
 */
#include "measure/schedule.h"

#include <stdlib.h>

#include "measure/latency_budget.h"
#include "measure/latency_plan.h"
#include "measure/schedule_less.h"
#include "measure/schedule_phases.h"
#include "measure/schedule_scale.h"
#include "measure/schedule_stairs.h"

/* What a round takes beside its warm-up and window: two starts, smoke tests, looks at /proc, a
 * stop; and a wrk that is asked for n seconds takes up to 5 % more. Only for the ETA. */
static const double ROUND_OVERHEAD_S = 0.55;
static const double WRK_STRETCH = 1.05;
static const double OPENING_S = 6e-5; /* and closing a connection, where there are many */
/* A paced round opens its connections one by one, waits for the last answers and reports. */
static const double PACED_EXTRA_S = 0.2;

double schedule_round_seconds(const struct round_plan *plan)
{
    if (plan->stairs != STAIRS_NONE) /* all else is in it */
        return ROUND_OVERHEAD_S + plan->window_s;
    if (plan->paced)
        return ROUND_OVERHEAD_S + PACED_EXTRA_S + plan->warmup_s + plan->window_s;
    unsigned opened = (plan->warmup_s ? 2 : 1) * plan->connections + plan->idle_connections;
    return ROUND_OVERHEAD_S + OPENING_S * opened + WRK_STRETCH * (plan->warmup_s + plan->window_s);
}

double schedule_seconds(const struct schedule *schedule)
{
    double sum = 0;
    for (size_t i = 0; i < schedule->count; i++)
        sum += schedule_round_seconds(&schedule->plans[i]);
    return sum;
}

static double seconds_of(const struct result *result)
{
    struct schedule schedule;
    schedule_make(&schedule, result);
    double seconds = schedule_seconds(&schedule);
    seconds += latency_plan_estimate(result, (uint32_t)schedule.count).seconds;
    schedule_release(&schedule);
    return seconds;
}

static bool drop_last(struct strings *list, size_t least)
{
    if (list->count <= least)
        return false;
    free(list->items[--list->count]);
    return true;
}

static bool drop_block(struct round_set *set, unsigned least)
{
    if (!set->workloads.count || set->blocks <= least)
        return false;
    set->blocks--;
    return true;
}

static bool is_only_paced(const struct experiment *experiment)
{
    return experiment->paired.workloads.count + experiment->solo.workloads.count == 0 &&
           !scale_is_asked(&experiment->scale) && !curve_is_asked(&experiment->curve) &&
           !slo_is_asked(&experiment->slo) && !phases_are_asked(&experiment->phases) &&
           !stairs_are_asked(&experiment->stairs);
}

static bool is_only_stairs(const struct experiment *experiment)
{
    return experiment->paired.workloads.count + experiment->solo.workloads.count +
                   experiment->glance.workloads.count + experiment->paced.set.workloads.count ==
               0 &&
           !scale_is_asked(&experiment->scale) && !curve_is_asked(&experiment->curve) &&
           !slo_is_asked(&experiment->slo) && !phases_are_asked(&experiment->phases);
}

/* The next thing to go, the one that a reader misses least
 * first. False: nothing is left to drop. */
static bool drop(struct experiment *experiment)
{
    if (drop_block(&experiment->paced.set, SCHEDULE_BLOCKS_MIN) ||
        drop_block(&experiment->paired, SCHEDULE_BLOCKS_MIN) ||
        drop_last(&experiment->glance.workloads, 0) || drop_block(&experiment->solo, 1) ||
        schedule_drop_scale(&experiment->scale) || latency_drop(experiment) ||
        schedule_drop_stairs(&experiment->stairs, !is_only_stairs(experiment)) ||
        schedule_drop_phases(&experiment->phases) ||
        drop_last(&experiment->paced.set.workloads, is_only_paced(experiment) ? 1 : 0))
        return true;
    bool paired = drop_last(&experiment->paired.workloads, 1);
    bool solo = drop_last(&experiment->solo.workloads, 1);
    return paired || solo;
}

static char *paced_text(const struct round_set *asked, const struct round_set *now)
{
    if (now->workloads.count == 0 && asked->workloads.count > 0)
        return xstrdup("budget: rounds at a rate are left out");
    const struct schedule_less parts[] = {
        {asked->blocks, now->blocks, "rounds at a rate in ", "block", ""},
        {asked->workloads.count, now->workloads.count, "rounds at a rate on ", "workload", ""},
    };
    return schedule_less_text(parts, sizeof(parts) / sizeof(*parts));
}

static char *pairs_text(const struct experiment *asked, const struct experiment *now)
{
    const struct schedule_less parts[] = {
        {asked->paired.blocks, now->paired.blocks, "", "paired block", ""},
        {asked->solo.blocks, now->solo.blocks, "", "solo block", ""},
        {asked->paired.workloads.count, now->paired.workloads.count, "", "paired workload", ""},
        {asked->solo.workloads.count, now->solo.workloads.count, "", "solo workload", ""},
        {asked->glance.workloads.count, now->glance.workloads.count, "", "single-look workload",
         ""},
    };
    return schedule_less_text(parts, sizeof(parts) / sizeof(*parts));
}

static void note_owned(struct result *result, char *sentence)
{
    if (sentence)
        strings_add(&result->notes, sentence);
    free(sentence);
}

static void note(struct result *result, const struct experiment *asked_counts)
{
    const struct experiment *now = &result->experiment;
    note_owned(result, schedule_scale_note(&asked_counts->scale, &now->scale));
    note_owned(result, schedule_phases_note(&asked_counts->phases, &now->phases));
    note_owned(result, schedule_stairs_note(&asked_counts->stairs, &now->stairs));
    note_owned(result, paced_text(&asked_counts->paced.set, &now->paced.set));
    latency_note_dropped(&result->notes, asked_counts, now);
    note_owned(result, pairs_text(asked_counts, now));
}

/* The workloads' lists stay as they are, so a copy is enough to undo what did not fit. */
static void put_back(struct result *result, const struct experiment *asked, double budget_s)
{
    for (unsigned what = 0; what < LATENCY_RETURNS;) {
        struct experiment before = result->experiment;
        if (latency_put_back(&result->experiment, asked, what) && seconds_of(result) <= budget_s)
            continue;
        result->experiment = before;
        what++;
    }
}

bool schedule_fit(struct result *result, double budget_s)
{
    struct experiment asked = result->experiment; /* only its counts are read again */
    bool changed = false;
    while (seconds_of(result) > budget_s) {
        if (!drop(&result->experiment))
            return false;
        changed = true;
    }
    if (changed) {
        put_back(result, &asked, budget_s);
        note(result, &asked);
    }
    return true;
}
