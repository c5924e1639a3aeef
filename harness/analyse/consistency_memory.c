/* What the marks between phases tell: where memory began and
 * ended, what came back, and the kernel's part of it. */
#include "analyse/consistency.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "analyse/figures.h"
#include "analyse/memory.h"
#include "analyse/stats.h"
#include "data/mark_parts.h"
#include "data/phases.h"

/* By how much a mark may be before the end of its phase: a
 * tenth of a second, and what connecting took. */
static const double EARLY_NS = 1e9;

enum {
    KERNEL_LOADS_LEAST = 3,
    KERNEL_RESTS_LEAST = 2
}; /* fewer readings of a whole system say nothing */

/* The mark before phase i is items[i], the one at its end items[i + 1]. NULL: it was not taken. */
static const struct phase_mark *mark_at(const struct round *round, size_t i)
{
    return round->phase_marks && i < round->phase_marks->count ? &round->phase_marks->items[i]
                                                               : NULL;
}

static double part_at(const struct round *round, enum mark_part part, size_t i)
{
    struct phase_marks *marks = round->phase_marks;
    return marks && i < marks->count ? memory_known(*mark_part_of(&marks->items[i], part)) : NAN;
}

bool consistency_is_of_the_cut(const struct round *round, size_t mark)
{
    double end_ns = 0;
    for (size_t i = 0; i < mark && i < round->phases.count; i++)
        end_ns += 1e9 * round->phases.items[i].duration_s;
    return mark_at(round, mark) && mark + 1 == round->phase_marks->count &&
           outcome_has(&round->outcome, REASON_INTERRUPTED) &&
           (double)mark_at(round, mark)->at_ns < end_ns - EARLY_NS;
}

/* The first phase that sends, and so the mark before it; none: no mark either. */
static size_t first_load(const struct round *round)
{
    for (size_t i = 0; i < round->phases.count; i++)
        if (phase_sends(round->phases.items[i].kind))
            return i;
    return SIZE_MAX;
}

static double before_load(const struct round *round, enum mark_part part)
{
    return part_at(round, part, first_load(round));
}

/* Of a round that was cut off, or goes on, there is no end: its last mark may be of a load. */
static double in_the_end(const struct round *round, enum mark_part part)
{
    return outcome_has(&round->outcome, REASON_INTERRUPTED)
               ? NAN
               : part_at(round, part, round->phases.count);
}

/* By the kernel's own high-water mark; where it could not be
 * reset or read, by what was seen each second. */
static double highest(const struct round *round)
{
    double peak = NAN;
    for (size_t i = 1; mark_at(round, i); i++)
        peak =
            fmax(peak,
                 memory_known(mark_at(round, i)->peak_bytes)); /* of a number and NAN: the number */
    for (size_t i = 0; i < round->course.count; i++)
        peak = fmax(peak, consistency_reading(round->course.rss_high_bytes, i));
    return peak;
}

/* Of all rounds, not only of the one that is told: a limit must leave room for it. */
static double highest_of_all(const struct consistency_row *row, const struct result *result,
                             size_t workload)
{
    double peak = NAN;
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (round->workload == workload && round->arm == row->arm &&
            consistency_is_used(result, round))
            peak = fmax(peak, highest(round));
    }
    return peak;
}

static void find_levels(struct consistency_row *row)
{
    row->start_bytes = before_load(row->judged, MARK_PSS);
    row->end_bytes = in_the_end(row->judged, MARK_PSS);
    row->cgroup_start_bytes = before_load(row->judged, MARK_CGROUP);
    row->cgroup_end_bytes = in_the_end(row->judged, MARK_CGROUP);
    row->cgroup_kernel_bytes = in_the_end(row->judged, MARK_CGROUP_KERNEL);
}

/* What there is of a row on what came back from one thing. */
struct kept {
    double *ratio, *pss_bytes, *rss_bytes;
};

static void keep_larger(const struct kept *kept, const struct round *round, size_t before,
                        size_t after)
{
    double was = part_at(round, MARK_PSS, before), is = part_at(round, MARK_PSS, after);
    if (isnan(was) || isnan(is) || was <= 0 || is / was <= *kept->ratio ||
        consistency_is_of_the_cut(round, after))
        return;
    *kept->ratio = is / was;
    *kept->pss_bytes = is - was;
    *kept->rss_bytes = part_at(round, MARK_RSS, after) - part_at(round, MARK_RSS, before);
}

/* A rest or a load that follows a burst is what it comes back
 * in; at the end of the burst itself it has not. */
static void find_returns(struct consistency_row *row)
{
    const struct round *round = row->judged;
    struct kept burst = {&row->burst_return, &row->burst_kept_bytes, &row->burst_rss_bytes},
                close = {&row->close_return, &row->close_kept_bytes, &row->close_rss_bytes};
    for (size_t i = 0; i < round->phases.count; i++) {
        if (phases_come_back_from(&round->phases, i))
            keep_larger(&burst, round, i, i + 2);
        if (round->phases.items[i].kind == PHASE_CLOSE && i > first_load(round))
            keep_larger(&close, round, first_load(round), i + 1);
    }
}

/* ---- the kernel's part ---- */

static double kernel_at(const struct round *round, size_t i)
{
    const struct phase_mark *mark = mark_at(round, i);
    return mark ? memory_kernel_bytes(mark) : NAN;
}

/* At the ends of loads, beyond what there was before the first connection. */
static void add_loads(struct figures *growths, const struct round *round)
{
    for (size_t i = 0; i < round->phases.count; i++)
        if (round->phases.items[i].kind == PHASE_LOAD)
            figures_add(growths, kernel_at(round, i + 1) - kernel_at(round, 0));
}

static void add_rests(struct figures *growths, const struct round *round)
{
    for (size_t i = 1; i < round->phases.count; i++)
        if (round->phases.items[i].kind == PHASE_IDLE &&
            phase_sends(round->phases.items[i - 1].kind))
            figures_add(growths, kernel_at(round, i + 1) - kernel_at(round, i));
}

static bool went_through_the_same(const struct round *a, const struct round *b)
{
    return a->connections == b->connections && phases_are_alike(&a->phases, &b->phases);
}

static void find_kernel(struct consistency_row *row, const struct result *result, size_t workload)
{
    struct figures own = {0}, ceilings = {0}, rests = {0};
    int ceiling = memory_ceiling(result);
    add_loads(&own, row->round);
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (round->workload != workload || !consistency_is_used(result, round))
            continue;
        add_rests(&rests, round);
        if ((int)round->arm == ceiling && went_through_the_same(round, row->round))
            add_loads(&ceilings, round);
    }
    if ((int)row->arm != ceiling && own.count >= KERNEL_LOADS_LEAST &&
        ceilings.count >= KERNEL_LOADS_LEAST && rests.count >= KERNEL_RESTS_LEAST) {
        row->kernel_bytes =
            stats_median(own.items, own.count) - stats_median(ceilings.items, ceilings.count);
        row->kernel_spread_bytes = figures_furthest(&rests, 0);
    }
    figures_release(&own);
    figures_release(&ceilings);
    figures_release(&rests);
}

void consistency_find_memory(struct consistency *consistency, const struct result *result)
{
    for (size_t i = 0; i < consistency->count; i++) {
        struct consistency_row *row = &consistency->rows[i];
        if (!row->round) {
            row->peak_bytes = row->died ? highest(row->died) : NAN;
            continue;
        }
        find_levels(row);
        row->peak_bytes = highest_of_all(row, result, consistency->workload);
        find_returns(row);
        consistency_find_counts(row);
        find_kernel(row, result, consistency->workload);
    }
}
