#include "present/latency_grid.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/words.h"

static const char NOTHING[] = "–";
static const char COST[] = "CPU per request";

size_t latency_rates(const struct latency *latency, uint32_t **rates)
{
    size_t all = 0;
    for (size_t i = 0; i < latency->curve_count; i++)
        all += latency->curves[i].count;
    *rates = xcalloc(all + 1, sizeof **rates);
    all = 0;
    for (size_t i = 0; i < latency->curve_count; i++)
        for (size_t p = 0; p < latency->curves[i].count; p++)
            (*rates)[all++] = latency->curves[i].points[p].rate_rps;
    return latency_distinct_rates(*rates, all);
}

/* "20,000/s" */
static char *rate_words(uint32_t rate_rps)
{
    char count[WORDS_MAX];
    words_count(count, rate_rps);
    return text_format("%s/s", count);
}

static struct grid_cell cell(char *text, char *small)
{
    return (struct grid_cell){.text = text, .small = small};
}

/* The figures are those of the sentences, so that a reader finds the same ones there. */
static struct grid_cell spread_cell(const struct latency_point *point, const struct spread *spread)
{
    char value[WORDS_MAX], range[WORDS_MAX];
    words_time_middle(value, spread);
    words_time_range(range, spread);
    if (!*range)
        return cell(xstrdup(value), latency_lonely_words(point, spread));
    return cell(xstrdup(value), text_format(spread->is_interval ? "[%s]" : "(%s)", range));
}

/* What stands in the place of a number where a server failed; the sentences say more. */
static const char *failure_words(const struct latency_point *point)
{
    switch (point->why_lost ? point->why_lost->code : REASON_CODES) {
    case REASON_OVERLOADED:
        return "overloaded";
    case REASON_HUNG:
        return "hung";
    case REASON_DIED:
        return "died";
    case REASON_ERRORS:
        return "errors";
    default:
        return "failed";
    }
}

static struct grid_cell point_cell(const struct latency_point *point, enum latency_table table)
{
    if (!point)
        return cell(xstrdup(""), xstrdup(""));
    if (point->failed)
        return cell(xstrdup(failure_words(point)), xstrdup(""));
    return spread_cell(point, table == LATENCY_TABLE_COST
                                  ? &point->cost_ns
                                  : &point->p_ns[table - LATENCY_TABLE_P50]);
}

enum { COMMON_COST = LATENCY_PERCENTILES, COMMON_COLUMNS };

static struct grid_cell common_cell(const struct latency *latency, size_t row, size_t column)
{
    return point_cell(latency_point_at(&latency->curves[row], latency->common_rps),
                      column == COMMON_COST ? LATENCY_TABLE_COST
                                            : LATENCY_TABLE_P50 + (enum latency_table)column);
}

static char *failed_words(const struct capacity *found)
{
    char *rate = rate_words(found->failed_rps);
    char *words = found->failed_rps > 0 ? text_format("failed at %s", rate) : xstrdup("");
    free(rate);
    return words;
}

static struct grid_cell limit_cell(const struct latency_limit *limit)
{
    const struct capacity *found = &limit->found;
    char *rate = rate_words(found->rate_rps), *text = NULL;
    switch (found->end) {
    case CAPACITY_FOUND:
        return cell(rate, failed_words(found));
    case CAPACITY_AT_LEAST:
        text = text_format("≥ %s", rate);
        free(rate);
        return cell(text, failed_words(found));
    case CAPACITY_NONE:
        free(rate);
        return cell(xstrdup("none"), failed_words(found));
    case CAPACITY_TOO_FEW:
        free(rate);
        return cell(xstrdup("too few"), xstrdup("requests to judge by"));
    case CAPACITY_UNDECIDED:
        free(rate);
        return cell(xstrdup("undecided"),
                    xstrdup(found->is_late ? "the generator was late" : "disturbed too often"));
    case CAPACITY_UNSTEADY:
        free(rate);
        return cell(xstrdup("undecided"), xstrdup("keeps it for seconds only"));
    case CAPACITY_GOES_ON:
        break;
    }
    free(rate);
    return cell(xstrdup("unfinished"), xstrdup(""));
}

static struct grid_cell cell_of(const struct latency *latency, enum latency_table table,
                                const uint32_t *rates, size_t row, size_t column)
{
    if (table == LATENCY_TABLE_COMMON)
        return common_cell(latency, row, column);
    if (table == LATENCY_TABLE_LIMITS)
        return limit_cell(&latency->limits[column * latency->limit_arms + row]);
    return point_cell(latency_point_at(&latency->curves[row], rates[column]), table);
}

static char *head_of(const struct latency *latency, enum latency_table table, const uint32_t *rates,
                     size_t column)
{
    if (table == LATENCY_TABLE_COMMON)
        return xstrdup(column == COMMON_COST ? COST : latency_names[column]);
    return table == LATENCY_TABLE_LIMITS ? slo_words(&latency->slos[column])
                                         : rate_words(rates[column]);
}

static char *title_of(const struct latency *latency, enum latency_table table)
{
    char rate[WORDS_MAX];
    if (table == LATENCY_TABLE_LIMITS)
        return xstrdup("highest rates within objectives");
    if (table != LATENCY_TABLE_COMMON)
        return text_format("%s by rate", table == LATENCY_TABLE_COST
                                             ? COST
                                             : latency_names[table - LATENCY_TABLE_P50]);
    words_count(rate, latency->common_rps);
    return text_format("at %s requests/s", rate);
}

static size_t columns_of(const struct latency *latency, enum latency_table table,
                         size_t rates_count)
{
    if (table == LATENCY_TABLE_COMMON)
        return latency->common_rps > 0 ? COMMON_COLUMNS : 0;
    return table == LATENCY_TABLE_LIMITS ? latency->slo_count : rates_count;
}

static bool has_text(const struct grid *grid)
{
    for (size_t i = 0; i < grid->rows * grid->columns; i++)
        if (strcmp(grid->cells[i].text, NOTHING) != 0 && *grid->cells[i].text)
            return true;
    return false;
}

/* Why a dash stands in this table: each reason once. */
struct reasons {
    const char *items[8];
    size_t count;
};

static void add_reason(struct reasons *reasons, const char *why)
{
    for (size_t i = 0; i < reasons->count; i++)
        if (strcmp(reasons->items[i], why) == 0)
            return;
    if (reasons->count < sizeof reasons->items / sizeof *reasons->items)
        reasons->items[reasons->count++] = why;
}

static void add_reasons_of(struct reasons *reasons, const struct latency_point *point,
                           enum latency_table table)
{
    bool is_common = table == LATENCY_TABLE_COMMON;
    if (point->failed) /* a word stands in the place of the dash */
        return;
    for (size_t i = 0; i < LATENCY_PERCENTILES; i++)
        if (point->why[i] && (is_common || table == LATENCY_TABLE_P50 + i))
            add_reason(reasons, point->why[i]);
    if (point->why_cost && (is_common || table == LATENCY_TABLE_COST))
        add_reason(reasons, point->why_cost);
}

static char *note_of(const struct latency *latency, enum latency_table table)
{
    struct reasons reasons = {0};
    char *note = NULL;
    size_t size = 0;
    for (size_t i = 0; table != LATENCY_TABLE_LIMITS && i < latency->curve_count; i++)
        for (size_t p = 0; p < latency->curves[i].count; p++)
            if (table != LATENCY_TABLE_COMMON ||
                latency->curves[i].points[p].rate_rps == latency->common_rps)
                add_reasons_of(&reasons, &latency->curves[i].points[p], table);
    FILE *out = open_memstream(&note, &size);
    for (size_t i = 0; i < reasons.count; i++)
        fprintf(out, "%s%s", i ? "; or " : "–: ", reasons.items[i]);
    fputs(reasons.count ? "." : "", out);
    fclose(out);
    return note;
}

static void fill(struct grid *grid, const struct latency *latency, enum latency_table table,
                 const uint32_t *rates)
{
    grid->title = title_of(latency, table);
    grid->join = table == LATENCY_TABLE_LIMITS ? ", " : " ";
    grid->note = note_of(latency, table);
    grid_init(grid);
    for (size_t column = 0; column < grid->columns; column++)
        grid->heads[column] = head_of(latency, table, rates, column);
    for (size_t row = 0; row < grid->rows; row++) {
        grid->arms[row] =
            table == LATENCY_TABLE_LIMITS ? latency->limits[row].arm : latency->curves[row].arm;
        for (size_t column = 0; column < grid->columns; column++)
            grid->cells[row * grid->columns + column] = cell_of(latency, table, rates, row, column);
    }
}

bool latency_grid_make(struct grid *grid, const struct latency *latency, enum latency_table table)
{
    uint32_t *rates;
    size_t rates_count = latency_rates(latency, &rates);
    *grid = (struct grid){
        .rows = table == LATENCY_TABLE_LIMITS ? latency->limit_arms : latency->curve_count,
        .columns = columns_of(latency, table, rates_count),
    };
    fill(grid, latency, table, rates);
    free(rates);
    if (has_text(grid))
        return true;
    grid_release(grid);
    return false;
}
