/* What may be said of a percentile: whether enough lie beyond
 * it, between what it lies, and whether it is known. */
#include "pace/record.h"

#include <assert.h>
#include <stdlib.h>

#include "analyse/stats.h"

/* n(1 - p) >= least, without 1000(1 - 0.9) being a little less than 100. */
static bool has_beyond(uint64_t n, double p, double least)
{
    return (double)n * (1 - p) >= least * (1 - 1e-9);
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* Would it lie in another bin, if those unfinished that count at or below it took for ever? */
static bool is_bound(const struct record *record, const struct percentile *percentile)
{
    uint64_t rank = histogram_rank(percentile->n, percentile->p);
    uint64_t above = tally_above(&record->response, percentile->value_ns);
    uint64_t unfinished = record->censored - tally_above(&record->ages, percentile->value_ns);

    return percentile->n - above - unfinished < rank;
}

static void take_interval(const struct record *record, struct percentile *percentile)
{
    uint64_t values[RECORD_PARTS];
    unsigned rank = stats_interval_rank(RECORD_PARTS);

    for (unsigned i = 0; i < RECORD_PARTS; i++) {
        if (!has_beyond(record->parts[i].total, percentile->p, RECORD_SUPPORT / 10.))
            return;
        values[i] = tally_quantile_ns(&record->parts[i], percentile->p);
    }
    qsort(values, RECORD_PARTS, sizeof *values, compare);
    uint64_t low = values[rank - 1], high = values[RECORD_PARTS - rank];
    percentile->has_interval = true;
    percentile->low_ns = low < percentile->value_ns ? low : percentile->value_ns;
    percentile->high_ns = high > percentile->value_ns ? high : percentile->value_ns;
}

void record_percentile(const struct record *record, double p, struct percentile *percentile)
{
    assert(p > 0 && p < 1);
    *percentile = (struct percentile){.p = p, .n = record->response.total};
    percentile->is_supported = has_beyond(percentile->n, p, RECORD_SUPPORT);
    if (!percentile->is_supported)
        return;
    percentile->value_ns = tally_quantile_ns(&record->response, p);
    percentile->is_bound = is_bound(record, percentile);
    take_interval(record, percentile);
}
