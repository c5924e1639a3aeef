/* What needs the whole table: the roof, whether the discards were fair, the order, and who cannot
 * be told apart. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/discards.h"
#include "analyse/pairs.h"
#include "analyse/rows.h"

/* Does the server say that it runs on io_uring? One that says nothing of itself is taken to run on
 * epoll, as most do. */
static bool is_on_uring(const struct server_info *server)
{
    static const char library[] = "liburing ";
    for (size_t i = 0; i < server->libraries.count; i++)
        if (strncmp(server->libraries.items[i], library, sizeof library - 1) == 0)
            return true;
    const char *said = server->ceiling ? server->variant : server->model;
    return said && strcmp(said, "uring") == 0;
}

/* A model is held against the roof of its own kind: io_uring against the io_uring ceiling, all
 * others against the epoll one. A roof of the other kind would credit or charge the kernel's
 * interface to the model. */
static int roof_arm(const struct result *result, const struct arm *arm)
{
    for (size_t i = 0; i < result->arm_count; i++)
        if (result->arms[i].server.ceiling && !result->arms[i].excluded &&
            is_on_uring(&result->arms[i].server) == is_on_uring(&arm->server))
            return (int)i;
    return -1;
}

/* Where the roof is the reference, a pair with it says the share by itself. */
static double *ln_share_of_reference(const struct pairs *own)
{
    double *ln = pairs_ln_ratios(own);
    for (size_t i = 0; i < own->count; i++)
        ln[i] = -ln[i];
    return ln;
}

static void fill_roof_share(struct row *row, const struct result *result)
{
    int roof = roof_arm(result, &result->arms[row->arm]);
    if (roof < 0)
        return;
    struct pairs ceiling, own;
    pairs_find(&ceiling, result, (size_t)roof, row->workload);
    pairs_find(&own, result, row->arm, row->workload);
    size_t n = ceiling.count;
    double *ln;
    if (roof == result_find_arm(result, result->experiment.reference)) {
        n = own.count;
        ln = ln_share_of_reference(&own);
    } else {
        ln = row->reference ? pairs_ln_ratios(&ceiling) : pairs_ln_between(&ceiling, &own, &n);
    }
    row->roof_share = stats_ratio(ln, n);
    free(ln);
    pairs_release(&ceiling);
    pairs_release(&own);
}

static bool any_discards_unequal(const struct table *table, const struct result *result)
{
    for (size_t i = 0; i < table->count; i++)
        if (discards_are_unequal(result, table->rows[i].arm, table->workload, 0))
            return true;
    return false;
}

/* Absolute figures of single arms still stand; the comparison does not, so no ratio is left to be
 * read. */
static void void_comparison(struct table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        struct row *row = &table->rows[i];
        row->roof_share.value = row->roof_share.low = row->roof_share.high = NAN;
        row->cost_ratio.value = row->cost_ratio.low = row->cost_ratio.high = NAN;
        if (!row->cost_solo)
            row->cost_ns = row->per_core_rps = NAN;
        if (row->kind == ROW_RANKED || row->kind == ROW_GLANCE || row->kind == ROW_ROOF) {
            row->kind = ROW_INVALID;
            row->outcome = OUTCOME_INVALID;
        }
    }
}

/* The reference has no interval of its own: it is ranked when anything could be ranked against it.
 */
static void rank_reference(struct table *table)
{
    for (size_t i = 0; i < table->count; i++)
        table->ranked |= table->rows[i].kind == ROW_RANKED;
    for (size_t i = 0; i < table->count; i++)
        if (table->ranked && table->rows[i].reference && table->rows[i].kind == ROW_GLANCE)
            table->rows[i].kind = ROW_RANKED;
}

/* Cheaper for sure, not separable from the reference, dearer for sure. */
static int band(const struct row *row)
{
    if (row->reference || !estimate_separable(&row->cost_ratio))
        return 0;
    return row->cost_ratio.value < 1 ? -1 : 1;
}

/* The reader looks for models first, then for the roof they stand under, then for what is missing.
 */
static int place(enum row_kind kind)
{
    static const int places[] = {
        [ROW_RANKED] = 0, [ROW_GLANCE] = 1, [ROW_ROOF] = 2, [ROW_INVALID] = 3, [ROW_EXCLUDED] = 4,
    };
    return places[kind];
}

static double order_figure(const struct row *row)
{
    return isnan(row->cost_ratio.value) ? row->cost_ns : row->cost_ratio.value;
}

static int by_rank(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    if (x->kind != y->kind)
        return place(x->kind) - place(y->kind);
    if (x->kind == ROW_RANKED && band(x) != band(y))
        return band(x) - band(y);
    double fx = order_figure(x), fy = order_figure(y);
    if (isnan(fx) != isnan(fy))
        return isnan(fx) ? 1 : -1;
    if (fx < fy || fx > fy)
        return fx < fy ? -1 : 1;
    return (x->arm > y->arm) - (x->arm < y->arm);
}

static bool overlap(const struct row *a, const struct row *b)
{
    double a_low = a->reference ? 1 : a->cost_ratio.low,
           a_high = a->reference ? 1 : a->cost_ratio.high;
    double b_low = b->reference ? 1 : b->cost_ratio.low,
           b_high = b->reference ? 1 : b->cost_ratio.high;
    return a_low <= b_high && b_low <= a_high;
}

static void give_tiers(struct table *table)
{
    unsigned tier = 0;
    for (size_t i = 0; i < table->count && table->rows[i].kind == ROW_RANKED; i++) {
        struct row *row = &table->rows[i], *before = i > 0 ? row - 1 : NULL;
        bool together = before && band(before) == 0 && band(row) == 0;
        row->tier = together ? tier : ++tier;
        if (before && !together)
            before->near_next = overlap(before, row);
    }
}

void table_finish(struct table *table, const struct result *result)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i].kind <= ROW_GLANCE)
            fill_roof_share(&table->rows[i], result);
    table->discards_unequal = any_discards_unequal(table, result);
    if (table->discards_unequal)
        void_comparison(table);
    rank_reference(table);
    qsort(table->rows, table->count, sizeof *table->rows, by_rank);
    give_tiers(table);
}
