/* See attribution.h. */
#include "analyse/attribution.h"

#include <math.h>
#include <stdlib.h>

#include "analyse/consistency.h"
#include "data/mark_parts.h"

/* ---- which marks ---- */

/* Marks at the ends of plain loads at the usual rate: the first and the last that were taken. */
static size_t find_marks(struct attribution *attribution, const struct round *round)
{
    size_t count = 0;
    double rate_rps = consistency_rate_rps(round);
    for (size_t i = 0; i < round->phases.count && i + 1 < round->explanation->count; i++) {
        const struct phase *phase = &round->phases.items[i];
        uint32_t its_rps = phase->rate_rps > 0 ? phase->rate_rps : round->rate_rps;
        if (phase->kind != PHASE_LOAD || its_rps != rate_rps)
            continue;
        if (count++ == 0)
            attribution->from = i + 1;
        attribution->to = i + 1;
    }
    return count;
}

/* ---- by how much ---- */

static double difference(int64_t before, int64_t after)
{
    return before == MISSING || after == MISSING ? NAN : (double)(after - before);
}

static double part_difference(const struct attribution *attribution, enum mark_part part)
{
    struct phase_mark *items = attribution->round->phase_marks->items;
    return difference(*mark_part_of(&items[attribution->from], part),
                      *mark_part_of(&items[attribution->to], part));
}

/* The server's own first; the larger distance first. */
static int compare(const void *a, const void *b)
{
    const struct attribution_part *left = a, *right = b;
    if (left->scope != right->scope)
        return left->scope < right->scope ? -1 : 1;
    double difference = fabs(right->bytes) - fabs(left->bytes);
    return (difference > 0) - (difference < 0);
}

static void find_resident(struct attribution *attribution)
{
    const struct explanation *explanation = attribution->round->explanation;
    double pss_bytes = 0;
    attribution->explained_bytes = 0;
    for (size_t kind = 0; kind < MEMORY_KINDS; kind++) {
        const struct kind_bytes *before = &explanation->kinds[attribution->from][kind],
                                *after = &explanation->kinds[attribution->to][kind];
        struct attribution_part part = {
            .key = memory_kinds[kind].key,
            .what = memory_kinds[kind].what,
            .bytes = difference(before->rss_bytes, after->rss_bytes),
            .pss_bytes = difference(before->pss_bytes, after->pss_bytes),
        };
        attribution->resident[kind] = part;
        attribution->explained_bytes += part.bytes;
        pss_bytes += part.pss_bytes;
    }
    attribution->resident_bytes = part_difference(attribution, MARK_RSS);
    attribution->pss_bytes = part_difference(attribution, MARK_PSS);
    attribution->unexplained_bytes = attribution->resident_bytes - attribution->explained_bytes;
    attribution->unexplained_pss_bytes = attribution->pss_bytes - pss_bytes;
}

static void add_kernel(struct attribution *attribution, struct attribution_part part)
{
    part.pss_bytes = NAN;
    if (!isnan(part.bytes))
        attribution->kernel[attribution->kernel_count++] = part;
}

/* What of its rings is not among what is resident: all of
 * them, or nothing (measure/footprint.h). */
static double rings_beside(const struct attribution *attribution)
{
    const struct attribution_part *rings = &attribution->resident[MEMORY_RINGS];
    return part_difference(attribution, MARK_RINGS) - rings->bytes;
}

static void add_caches(struct attribution *attribution)
{
    const struct explanation *explanation = attribution->round->explanation;
    for (size_t i = 0; i < explanation->cache_count; i++) {
        const struct slab_cache *cache = &explanation->caches[i];
        add_kernel(attribution,
                   (struct attribution_part){.key = cache->name,
                                             .what = cache->name,
                                             .scope = ATTRIBUTION_OF_SYSTEM,
                                             .is_slab = true,
                                             .bytes = difference(cache->bytes[attribution->from],
                                                                 cache->bytes[attribution->to])});
    }
}

/* Caches by their names, or where they are not known all of them together. */
static void find_kernel(struct attribution *attribution)
{
    const struct round *round = attribution->round;
    static const struct attribution_part tables = {.key = "page_tables", .what = "page tables"},
                                         rings = {.key = "rings_beside",
                                                  .what = "rings of io_uring"};
    static const struct {
        enum mark_part part;
        struct attribution_part as;
    } system[] = {
        {MARK_KERNEL_STACKS, {.key = "stacks", .what = "stacks of threads"}},
        {MARK_KERNEL_SOCKETS, {.key = "sockets", .what = "queues of sockets"}},
        {MARK_KERNEL_SLAB, {.key = "slab", .what = "slab"}},
    };
    struct attribution_part part = tables;
    part.bytes = part_difference(attribution, MARK_PAGE_TABLES);
    add_kernel(attribution, part);
    part = rings;
    part.bytes = rings_beside(attribution);
    add_kernel(attribution, part);
    for (size_t i = 0; i < sizeof system / sizeof *system; i++) {
        if (system[i].part == MARK_KERNEL_SLAB && round->explanation->has_slab)
            continue;
        part = system[i].as;
        part.scope = ATTRIBUTION_OF_SYSTEM;
        part.bytes = part_difference(attribution, system[i].part);
        add_kernel(attribution, part);
    }
    add_caches(attribution);
    qsort(attribution->kernel, attribution->kernel_count, sizeof *attribution->kernel, compare);
    if (!round->explanation->has_slab)
        attribution->why_slab = round_why_missing(round, "explanation.slab");
}

static bool are_read(const struct attribution *attribution)
{
    const struct explanation *explanation = attribution->round->explanation;
    return explanation->kinds[attribution->from][0].rss_bytes != MISSING &&
           explanation->kinds[attribution->to][0].rss_bytes != MISSING;
}

void attribution_find(struct attribution *attribution, const struct round *round)
{
    *attribution = (struct attribution){.requests = NAN,
                                        .resident_bytes = NAN,
                                        .pss_bytes = NAN,
                                        .explained_bytes = NAN,
                                        .unexplained_bytes = NAN,
                                        .unexplained_pss_bytes = NAN};
    if (!round || !round->explanation || !round->phase_marks)
        return;
    attribution->round = round;
    if (find_marks(attribution, round) < 2) {
        attribution->why = "it takes the ends of two loads at the same rate";
        return;
    }
    if (!are_read(attribution)) {
        attribution->why = round_why_missing(round, "explanation.kinds");
        attribution->why = attribution->why ? attribution->why : "its mappings were not read";
        return;
    }
    const struct phase_mark *items = round->phase_marks->items;
    attribution->requests = consistency_requests(round, (double)items[attribution->from].at_ns,
                                                 (double)items[attribution->to].at_ns);
    find_resident(attribution);
    find_kernel(attribution); /* by their places, so before these are in order */
    qsort(attribution->resident, MEMORY_KINDS, sizeof *attribution->resident, compare);
}
