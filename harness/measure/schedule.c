/*
 * Which rounds a run has, in which order; see schedule.h. Block by block: the pairs, those at a
 * rate among them, and the solo rounds of one block are put together and permuted by the run's
 * seed; single looks come last. Nothing here runs anything.
 */
#include "measure/schedule.h"

#include <stdlib.h>
#include <string.h>

#include "measure/schedule_looks.h"
#include "measure/schedule_phases.h"
#include "measure/schedule_scale.h"
#include "measure/schedule_stairs.h"

enum { PADDING_BYTES = 4096 };

/* SplitMix64 (Steele, Lea, Flood 2014): a seed and a counter in, well-mixed bits out. */
static uint64_t mix(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

struct stream stream_of(uint64_t seed, uint64_t number)
{
    return (struct stream){seed ^ (number * 0xd1342543de82ef95u)};
}

uint64_t stream_below(struct stream *stream, uint64_t bound)
{
    return bound ? mix(&stream->state) % bound : 0; /* bias below 1e-15 for our bounds */
}

static int find_workload(const struct result *result, const char *name)
{
    for (size_t i = 0; i < result->workload_count; i++)
        if (strcmp(result->workloads[i].workload.name, name) == 0)
            return (int)i;
    return -1;
}

bool schedule_takes(const struct result *result, size_t index, size_t workload_index)
{
    const struct arm *arm = &result->arms[index];
    const struct workload *workload = &result->workloads[workload_index].workload;
    if (arm->excluded || strings_contain(&arm->skipped_workloads, workload->name))
        return false;
    if (arm->self_check) /* before the ceilings: the reference may be one */
        return strings_contain(&result->experiment.self_check, workload->name);
    if (arm->server.ceiling)
        return strings_contain(&result->experiment.ceilings, workload->name);
    return workload_suits(workload, &arm->server);
}

void schedule_append(struct schedule *schedule, const struct round_plan *plan)
{
    schedule->plans = xreallocarray(schedule->plans, schedule->count + 1, sizeof(*plan));
    schedule->plans[schedule->count++] = *plan;
}

static struct round_plan plan_of(const struct round_set *set, size_t workload, unsigned block)
{
    return (struct round_plan){
        .workload = (uint32_t)workload,
        .block = block,
        .warmup_s = set->warmup_s,
        .window_s = set->window_s,
        .arm_count = 1,
    };
}

int schedule_reference(const struct result *result, size_t workload)
{
    int reference = result_find_arm(result, result->experiment.reference);
    return reference >= 0 && schedule_takes(result, (size_t)reference, workload) ? reference : -1;
}

/* A ceiling is the roof of what can be had at saturation; at a
 * rate that others set there is none. */
bool schedule_takes_pace(const struct result *result, size_t arm, size_t workload)
{
    return schedule_takes(result, arm, workload) &&
           (!result->arms[arm].server.ceiling || (int)arm == schedule_reference(result, workload));
}

static void add_pairs(struct schedule *schedule, const struct result *result,
                      const struct round_set *set, size_t workload, unsigned block)
{
    const struct paced_set *paced = &result->experiment.paced;
    bool is_paced = set == &paced->set;
    int reference = schedule_reference(result, workload);
    for (size_t i = 0; reference >= 0 && i < result->arm_count; i++) {
        if ((int)i == reference ||
            !(is_paced ? schedule_takes_pace : schedule_takes)(result, i, workload))
            continue;
        struct round_plan plan = plan_of(set, workload, block);
        plan.paced = is_paced;
        plan.rate_rps = is_paced ? paced->rate_rps : 0;
        plan.arm_count = 2;
        plan.arms[0] = (uint32_t)i;
        plan.arms[1] = (uint32_t)reference;
        schedule_append(schedule, &plan);
    }
}

static void add_solos(struct schedule *schedule, const struct result *result,
                      const struct round_set *set, size_t workload, unsigned block, bool glance)
{
    for (size_t i = 0; i < result->arm_count; i++) {
        if (result->arms[i].self_check || !schedule_takes(result, i, workload))
            continue;
        struct round_plan plan = plan_of(set, workload, block);
        plan.arms[0] = (uint32_t)i;
        plan.glance = glance;
        schedule_append(schedule, &plan);
    }
}

static void add_set(struct schedule *schedule, const struct result *result,
                    const struct round_set *set, unsigned block)
{
    if (block >= set->blocks)
        return;
    for (size_t w = 0; w < set->workloads.count; w++) {
        int workload = find_workload(result, set->workloads.items[w]);
        if (workload < 0)
            continue;
        if (set == &result->experiment.paired || set == &result->experiment.paced.set)
            add_pairs(schedule, result, set, (size_t)workload, block);
        else
            add_solos(schedule, result, set, (size_t)workload, block,
                      set == &result->experiment.glance);
    }
}

void schedule_settle(struct round_plan *plan, struct stream *stream)
{
    plan->swap_start = stream_below(stream, 2) != 0;
    plan->environment_padding_bytes = (uint32_t)stream_below(stream, PADDING_BYTES);
}

void schedule_shuffle(struct round_plan *plans, size_t count, struct stream stream)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = stream_below(&stream, i);
        struct round_plan swap = plans[i - 1];
        plans[i - 1] = plans[j];
        plans[j] = swap;
    }
    for (size_t i = 0; i < count; i++) {
        plans[i].position = (uint32_t)i;
        schedule_settle(&plans[i], &stream);
    }
}

static void shuffle(struct schedule *schedule, size_t first, struct stream stream)
{
    schedule_shuffle(schedule->plans + first, schedule->count - first, stream);
}

static unsigned scale_blocks(const struct scale_set *scale)
{
    return scale->set.blocks > scale->curve_blocks ? scale->set.blocks : scale->curve_blocks;
}

static unsigned most_blocks(const struct experiment *experiment)
{
    const struct round_set *sets[] = {&experiment->paired, &experiment->paced.set,
                                      &experiment->solo};
    unsigned most = 0;
    for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++)
        most = sets[i]->blocks > most ? sets[i]->blocks : most;
    return most;
}

void schedule_make(struct schedule *schedule, const struct result *result)
{
    const struct experiment *experiment = &result->experiment;
    *schedule = (struct schedule){0};
    schedule_add_looks(schedule, result);
    shuffle(schedule, 0, stream_of(result->seed, 2000000u));
    for (unsigned block = 0; block < most_blocks(experiment); block++) {
        size_t first = schedule->count;
        add_set(schedule, result, &experiment->paired, block);
        add_set(schedule, result, &experiment->solo, block);
        add_set(schedule, result, &experiment->paced.set, block);
        shuffle(schedule, first, stream_of(result->seed, block));
    }
    for (unsigned block = 0; block < experiment->glance.blocks; block++) {
        size_t first = schedule->count;
        add_set(schedule, result, &experiment->glance, block);
        shuffle(schedule, first, stream_of(result->seed, 1000000u + block));
    }
    for (unsigned block = 0; block < scale_blocks(&experiment->scale); block++)
        schedule_add_scale(schedule, result, block);
    for (unsigned block = 0; block < experiment->phases.set.blocks; block++)
        schedule_add_phases(schedule, result, block);
    for (unsigned block = 0; block < experiment->stairs.set.blocks; block++)
        schedule_add_stairs(schedule, result, block);
    for (size_t i = 0; i < schedule->count; i++)
        schedule->plans[i].number = (uint32_t)i + 1;
}

static void keep_self_check(struct schedule *schedule, const struct result *result, size_t first)
{
    size_t kept = first;
    for (size_t i = first; i < schedule->count; i++)
        if (result->arms[schedule->plans[i].arms[0]].self_check)
            schedule->plans[kept++] = schedule->plans[i];
    schedule->count = kept;
}

/* The A/A' pairs of one set in the k-th block after its own. */
static void add_self_check(struct schedule *schedule, const struct result *result,
                           const struct round_set *set, unsigned k)
{
    size_t first = schedule->count;
    for (size_t w = 0; k < set->blocks && w < set->workloads.count; w++) {
        int workload = find_workload(result, set->workloads.items[w]);
        if (workload >= 0)
            add_pairs(schedule, result, set, (size_t)workload, set->blocks + k);
    }
    keep_self_check(schedule, result, first);
}

void schedule_make_self_check(struct schedule *schedule, const struct result *result, uint32_t last)
{
    const struct round_set *paired = &result->experiment.paired,
                           *paced = &result->experiment.paced.set;
    *schedule = (struct schedule){0};
    for (unsigned k = 0; k < paired->blocks || k < paced->blocks; k++) {
        size_t first = schedule->count;
        add_self_check(schedule, result, paired, k);
        add_self_check(schedule, result, paced, k);
        shuffle(schedule, first, stream_of(result->seed, paired->blocks + k));
    }
    for (size_t i = 0; i < schedule->count; i++)
        schedule->plans[i].number = last + (uint32_t)i + 1;
}

void schedule_release(struct schedule *schedule)
{
    free(schedule->plans);
    *schedule = (struct schedule){0};
}
