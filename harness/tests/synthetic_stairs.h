/* Made-up rounds in which the number of connections is taken up: each costs the same. */
#ifndef TESTS_SYNTHETIC_STAIRS_H
#define TESTS_SYNTHETIC_STAIRS_H

#include "data/mark_parts.h"
#include "data/result.h"

enum { KIB = 1024, MIB = 1024 * 1024 };

static const struct levels levels = {{64, 256, 1024, 4096}, 4};

/* What one connection adds to each, and what is left of PSS in the end. */
struct cost {
    int64_t user, tables, kernel, threads, kept;
};

static inline struct phase_mark mark_of(const struct cost *cost, unsigned connections,
                                        uint32_t block)
{
    struct phase_mark mark;
    phase_mark_init(&mark);
    mark.pss_bytes = 4 * MIB + cost->user * connections;
    mark.page_tables_bytes = 100 * KIB + cost->tables * connections;
    mark.threads = 1 + cost->threads * connections;
    mark.kernel_stacks_bytes = 3 * MIB;
    mark.kernel_page_tables_bytes = 5 * MIB;
    mark.kernel_slab_bytes = 70 * MIB + (int64_t)block * MIB + cost->kernel * connections;
    mark.kernel_sockets_bytes = 0;
    return mark;
}

static inline struct round *add_round(struct result *result, uint32_t arm, enum stairs_kind kind,
                                      uint32_t block, const struct cost *cost)
{
    struct round round;
    round_init(&round);
    round.number = (uint32_t)result->round_count + 1;
    round.arm = arm;
    round.block = block;
    round.stairs = (struct stairs){kind, levels};
    round.phase_marks = xcalloc(1, sizeof(*round.phase_marks));
    struct phase_marks *marks = round.phase_marks;
    marks->items[marks->count++] = mark_of(cost, 0, block);
    for (size_t i = 0; i < levels.count; i++)
        marks->items[marks->count++] = mark_of(cost, levels.items[i], block);
    marks->items[marks->count] = mark_of(cost, 0, block);
    marks->items[marks->count++].pss_bytes += cost->kept;
    return result_add_round(result, &round);
}

static inline void add_blocks(struct result *result, uint32_t arm, enum stairs_kind kind,
                              uint32_t blocks, struct cost cost, int64_t apart)
{
    for (uint32_t block = 0; block < blocks; block++) {
        add_round(result, arm, kind, block, &cost);
        cost.user += apart;
    }
}

#endif
