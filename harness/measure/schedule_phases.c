#include "measure/schedule_phases.h"

#include <stdlib.h>

#include "data/phases.h"
#include "measure/phase_plan.h"
#include "measure/schedule_scale.h"

/* Random numbers of their own, far from those of the other rounds. */
#define PHASE_STREAMS UINT64_C(30000000000)
enum { WORKLOAD_STREAMS = 10000000 };

void schedule_add_phases(struct schedule *schedule, const struct result *result, unsigned block)
{
    const struct round_set *set = &result->experiment.phases.set;
    for (size_t i = 0; i < set->workloads.count; i++) {
        int workload = result_find_workload(result, set->workloads.items[i]);
        size_t first = schedule->count;
        for (size_t arm = 0; workload >= 0 && arm < result->arm_count; arm++) {
            if (!phase_plan_takes(result, arm, (size_t)workload) ||
                (block > 0 && result->arms[arm].server.ceiling))
                continue;
            struct round_plan plan = phase_plan_of(result, arm, (size_t)workload, block);
            schedule_append(schedule, &plan);
        }
        schedule_shuffle(
            schedule->plans + first, schedule->count - first,
            stream_of(result->seed, PHASE_STREAMS + (uint64_t)workload * WORKLOAD_STREAMS + block));
    }
}

bool schedule_drop_phases(struct phase_set *set)
{
    if (!phases_are_asked(set))
        return false;
    if (set->set.blocks > 1) {
        set->set.blocks--;
        return true;
    }
    if (phases_shorten(&set->phases, phase_plan_least_load_s(&set->phases))) {
        set->set.window_s = phases_seconds(&set->phases);
        return true;
    }
    if (set->set.workloads.count <= 1)
        return false;
    free(set->set.workloads.items[--set->set.workloads.count]);
    return true;
}

static void add(struct strings *strings, char *text)
{
    strings_add(strings, text);
    free(text);
}

/* Only what is less than was asked for. */
char *schedule_phases_note(const struct phase_set *asked, const struct phase_set *now)
{
    uint32_t asked_s = phases_load_seconds(&asked->phases),
             now_s = phases_load_seconds(&now->phases);
    size_t workloads = asked->set.workloads.count;
    struct strings less = {0};
    if (asked->set.blocks != now->set.blocks)
        add(&less,
            text_format("each server goes through its phases %u time%s instead of %u",
                        now->set.blocks, now->set.blocks == 1 ? "" : "s", asked->set.blocks));
    if (asked_s != now_s)
        add(&less, text_format("phases have %u s of load instead of %u", now_s, asked_s));
    if (workloads != now->set.workloads.count)
        add(&less,
            text_format("%zu workload%s through phases instead of %zu", now->set.workloads.count,
                        now->set.workloads.count == 1 ? " goes" : "s go", workloads));
    char *list = strings_join(&less, "; "),
         *note = less.count > 0 ? text_format("budget: %s", list) : NULL;
    free(list);
    strings_release(&less);
    return note;
}
