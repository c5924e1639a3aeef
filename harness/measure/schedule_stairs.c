#include "measure/schedule_stairs.h"

#include <stdlib.h>

#include "measure/schedule_less.h"
#include "measure/schedule_scale.h"

/* Random numbers of their own, far from those of the other rounds. */
#define STAIRS_STREAMS UINT64_C(50000000000)
enum { PER_S = 1000, OPENING_US = 60, US_PER_MS = 1000, BETWEEN_MS = 300 };

unsigned schedule_stairs_seconds(const struct stairs_set *set, enum stairs_kind kind)
{
    const struct levels *levels = &set->connections;
    uint64_t ms = STAIRS_IDLE_MS + STAIRS_CLOSED_MS, opened = 0;
    for (size_t i = 0; i < levels->count; i++) {
        ms += kind == STAIRS_IDLE ? STAIRS_IDLE_MS : set->set.window_s * PER_S + BETWEEN_MS;
        opened = kind == STAIRS_IDLE ? levels->items[i] : opened + levels->items[i];
    }
    return (unsigned)((ms + opened * OPENING_US / US_PER_MS + PER_S - 1) / PER_S);
}

static void add_arm(struct schedule *schedule, const struct stairs_set *set, size_t arm,
                    size_t workload, unsigned block)
{
    for (enum stairs_kind kind = STAIRS_IDLE; kind < STAIRS_KINDS; kind++) {
        struct round_plan plan = {
            .arms = {(uint32_t)arm},
            .arm_count = 1,
            .workload = (uint32_t)workload,
            .block = block,
            .window_s = schedule_stairs_seconds(set, kind),
            .stairs = kind,
        };
        schedule_append(schedule, &plan);
    }
}

void schedule_add_stairs(struct schedule *schedule, const struct result *result, unsigned block)
{
    const struct stairs_set *set = &result->experiment.stairs;
    size_t first = schedule->count;
    for (size_t i = 0; stairs_are_asked(set) && i < set->set.workloads.count; i++) {
        int workload = result_find_workload(result, set->set.workloads.items[i]);
        for (size_t arm = 0; workload >= 0 && arm < result->arm_count; arm++)
            if (!result->arms[arm].self_check && schedule_takes(result, arm, (size_t)workload))
                add_arm(schedule, set, arm, (size_t)workload, block);
    }
    schedule_shuffle(schedule->plans + first, schedule->count - first,
                     stream_of(result->seed, STAIRS_STREAMS + block));
}

bool schedule_drop_stairs(struct stairs_set *set, bool there_are_others)
{
    struct strings *workloads = &set->set.workloads;
    if (!stairs_are_asked(set))
        return false;
    if (set->set.blocks > SCHEDULE_BLOCKS_MIN)
        set->set.blocks--;
    else if (workloads->count > 1)
        free(workloads->items[--workloads->count]);
    else if (set->set.blocks > STAIRS_BLOCKS_MIN)
        set->set.blocks--;
    else if (there_are_others)
        strings_release(workloads);
    else
        return false;
    return true;
}

char *schedule_stairs_note(const struct stairs_set *asked, const struct stairs_set *now)
{
    if (stairs_are_asked(asked) && !stairs_are_asked(now))
        return xstrdup("budget: what a connection costs in memory is not measured");
    const struct schedule_less parts[] = {
        {asked->set.blocks, now->set.blocks, "connections are taken up in ", "block", ""},
        {asked->set.workloads.count, now->set.workloads.count, "connections are taken up on ",
         "workload", ""},
    };
    return schedule_less_text(parts, sizeof(parts) / sizeof(*parts));
}
