#include "measure/schedule_scale.h"

#include <stdlib.h>
#include <string.h>

#include "measure/schedule_less.h"

/* One number that a server is measured at. */
struct level {
    unsigned connections, idle, workers;
};
enum { LEVELS = 2 * LEVELS_MOST + 1 };

static bool is_end(const struct scale_set *scale, unsigned connections)
{
    return connections == scale->base ||
           connections == scale->connections.items[scale->connections.count - 1];
}

/* The numbers of one block: the two ends of the ratio in every
 * block, the rest in those of the curve. */
static size_t levels_of(struct level levels[LEVELS], const struct experiment *experiment,
                        unsigned block)
{
    const struct scale_set *scale = &experiment->scale;
    bool curve = block < scale->curve_blocks;
    size_t count = 0;
    for (size_t i = 0; i < scale->connections.count; i++) {
        unsigned connections = scale->connections.items[i];
        if (is_end(scale, connections) ? block < scale->set.blocks : curve)
            levels[count++] = (struct level){connections, 0, experiment->workers};
    }
    if (curve && scale->idle > 0)
        levels[count++] = (struct level){scale->base, scale->idle, experiment->workers};
    for (size_t i = 0; curve && i < scale->workers.count; i++) {
        unsigned workers = scale->workers.items[i];
        if (workers != experiment->workers)
            levels[count++] = (struct level){scale->base * workers, 0, workers};
    }
    return count;
}

static void shuffle_levels(struct level *levels, size_t count, struct stream *stream)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = stream_below(stream, i);
        struct level swap = levels[i - 1];
        levels[i - 1] = levels[j];
        levels[j] = swap;
    }
}

static void add_arm(struct schedule *schedule, const struct result *result, size_t arm,
                    size_t workload, unsigned block, struct stream *stream)
{
    const struct scale_set *scale = &result->experiment.scale;
    struct level levels[LEVELS];
    size_t count = levels_of(levels, &result->experiment, block);
    shuffle_levels(levels, count, stream);
    for (size_t i = 0; i < count; i++) {
        struct round_plan plan = {
            .arm_count = 1,
            .arms = {(uint32_t)arm},
            .workload = (uint32_t)workload,
            .block = block,
            .warmup_s = scale->set.warmup_s,
            .window_s = scale->set.window_s,
            .scale = true,
            .connections = levels[i].connections,
            .idle_connections = levels[i].idle,
            .workers = levels[i].workers,
        };
        schedule_settle(&plan, stream);
        schedule_append(schedule, &plan);
    }
}

/* All that take part, in one random order. The caller frees. */
static size_t *arms_in_order(const struct result *result, size_t workload, struct stream *stream,
                             size_t *count)
{
    size_t *arms = xcalloc(result->arm_count + 1, sizeof(*arms));
    *count = 0;
    for (size_t i = 0; i < result->arm_count; i++)
        if (!result->arms[i].self_check && schedule_takes(result, i, workload))
            arms[(*count)++] = i;
    for (size_t i = *count; i > 1; i--) {
        size_t j = stream_below(stream, i), swap = arms[i - 1];
        arms[i - 1] = arms[j];
        arms[j] = swap;
    }
    return arms;
}

void schedule_add_scale(struct schedule *schedule, const struct result *result, unsigned block)
{
    enum { STREAMS = 2000000 }; /* far from those of the other rounds */
    const struct strings *workloads = &result->experiment.scale.set.workloads;
    struct stream stream = stream_of(result->seed, STREAMS + (uint64_t)block);
    size_t first = schedule->count;
    for (size_t w = 0; w < workloads->count; w++) {
        int workload = result_find_workload(result, workloads->items[w]);
        if (workload < 0)
            continue;
        size_t count, *arms = arms_in_order(result, (size_t)workload, &stream, &count);
        for (size_t i = 0; i < count; i++)
            add_arm(schedule, result, arms[i], (size_t)workload, block, &stream);
        free(arms);
    }
    for (size_t i = first; i < schedule->count; i++)
        schedule->plans[i].position = (uint32_t)(i - first);
}

/* The lowest that is neither end of the ratio. */
static bool drop_level(struct scale_set *scale)
{
    struct levels *levels = &scale->connections;
    size_t i = 0;
    while (i < levels->count && is_end(scale, levels->items[i]))
        i++;
    if (i == levels->count)
        return false;
    memmove(&levels->items[i], &levels->items[i + 1],
            (levels->count - i - 1) * sizeof(*levels->items));
    levels->count--;
    return true;
}

bool schedule_drop_scale(struct scale_set *scale)
{
    struct strings *workloads = &scale->set.workloads;
    if (!scale_is_asked(scale))
        return false;
    if (scale->curve_blocks > 1)
        scale->curve_blocks--;
    else if (scale->set.blocks > SCHEDULE_BLOCKS_MIN)
        scale->set.blocks--;
    else if (scale->workers.count > 1)
        scale->workers.count--;
    else if (drop_level(scale))
        return true;
    else if (scale->idle > 0)
        scale->idle = 0;
    else if (workloads->count > 1)
        free(workloads->items[--workloads->count]);
    else
        return false;
    return true;
}

char *schedule_scale_note(const struct scale_set *asked, const struct scale_set *now)
{
    const struct schedule_less parts[] = {
        {asked->set.blocks, now->set.blocks, "", "block", " of the ratio"},
        {asked->curve_blocks, now->curve_blocks, "", "block", " of the curve"},
        {asked->connections.count, now->connections.count, "", "number", " of connections"},
        {asked->idle, now->idle, "", "idle connection", ""},
        {asked->workers.count, now->workers.count, "", "number", " of workers"},
        {asked->set.workloads.count, now->set.workloads.count, "", "workload", ""},
    };
    return schedule_less_text(parts, sizeof(parts) / sizeof(*parts));
}
