#include "present/scale_grid.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "present/format.h"

static char *figure(void (*format)(char *, double), double value)
{
    char text[FIGURE_MAX];
    format(text, value);
    return xstrdup(text);
}

static char *count_words(unsigned count)
{
    return count >= 1000 ? text_format("%u,%03u", count / 1000, count % 1000)
                         : text_format("%u", count);
}

static char *head_of(const struct scale_point *level)
{
    char *active = count_words(level->connections);
    if (level->idle == 0)
        return active;
    char *idle = count_words(level->idle), *head = text_format("%s + %s idle", active, idle);
    free(active);
    free(idle);
    return head;
}

static char *small_ratio(const struct scale_point *point)
{
    const struct spread *ratio = &point->ratio;
    if (isnan(ratio->median))
        return xstrdup("");
    if (ratio->n < 2)
        return text_format("%.2f×", ratio->median);
    return text_format("%.2f× %s%.2f – %.2f%s", ratio->median, ratio->is_interval ? "[" : "(",
                       ratio->low, ratio->high, ratio->is_interval ? "]" : ")");
}

static struct scale_cell cost_cell(const struct scale *scale, const struct scale_point *point,
                                   size_t level)
{
    return (struct scale_cell){figure(figure_time, point->cost_ns.median),
                               level == scale->base ? xstrdup("") : small_ratio(point)};
}

/* One connection's throughput says how long a turn takes, and is shown as that. */
static struct scale_cell throughput_cell(const struct scale_point *point)
{
    double rate = point->throughput_rps.median;
    char *text = figure(point->turns ? figure_time : figure_rate, point->turns ? 1e9 / rate : rate);
    if (isnan(rate))
        return (struct scale_cell){text, xstrdup("")};
    struct scale_cell cell = {
        text_format("%s%s", point->censored && !point->turns ? "≥ " : "", text),
        xstrdup(point->turns ? "a turn" : "")};
    free(text);
    return cell;
}

static struct scale_cell bytes_cell(double bytes, const char *small)
{
    if (!isnan(bytes) && bytes <= 0)
        return (struct scale_cell){xstrdup("none seen"), xstrdup("")};
    return (struct scale_cell){figure(figure_bytes, bytes), xstrdup(isnan(bytes) ? "" : small)};
}

static struct scale_cell memory_cell(const struct scale *scale, const struct scale_curve *curve,
                                     size_t column)
{
    const struct scale_point *idle = scale->idle == SIZE_MAX ? NULL : &curve->points[scale->idle];
    switch (column) {
    case 0:
        return bytes_cell(curve->user_slope, "");
    case 1:
        return bytes_cell(idle ? idle->user_bytes : NAN, "");
    case 2:
        return bytes_cell(curve->kernel_slope, "");
    default:
        return bytes_cell(idle ? idle->kernel_bytes : NAN, "");
    }
}

static struct scale_cell workers_cell(const struct scale_point *point)
{
    struct scale_cell throughput = throughput_cell(point);
    free(throughput.small);
    throughput.small = figure(figure_time, point->cost_ns.median);
    return throughput;
}

/* The level of the table's column; of the workers' table the base comes first. */
static size_t level_of(const struct scale *scale, enum scale_table table, size_t column)
{
    if (table != SCALE_WORKERS)
        return column;
    return column == 0 ? scale->base : scale->first_workers + column - 1;
}

static struct scale_cell cell_of(const struct scale *scale, const struct scale_curve *curve,
                                 enum scale_table table, size_t column)
{
    if (table == SCALE_MEMORY)
        return memory_cell(scale, curve, column);
    size_t level = level_of(scale, table, column);
    const struct scale_point *point = &curve->points[level];
    if (table == SCALE_COST)
        return cost_cell(scale, point, level);
    return table == SCALE_THROUGHPUT ? throughput_cell(point) : workers_cell(point);
}

static char *table_head(const struct scale *scale, enum scale_table table, size_t column)
{
    static const char *const memory[] = {"active", "idle", "kernel, active", "kernel, idle"};
    if (table == SCALE_MEMORY)
        return xstrdup(memory[column]);
    const struct scale_point *level = &scale->levels[level_of(scale, table, column)];
    if (table == SCALE_WORKERS)
        return text_format("%u worker%s", level->workers, level->workers == 1 ? "" : "s");
    return head_of(level);
}

static size_t columns_of(const struct scale *scale, enum scale_table table)
{
    enum { MEMORY_COLUMNS = 4 };
    if (table == SCALE_MEMORY)
        return scale->base == SIZE_MAX ? 0 : MEMORY_COLUMNS;
    if (table != SCALE_WORKERS)
        return scale->first_workers;
    bool several = scale->first_workers < scale->count && scale->base != SIZE_MAX;
    return several ? scale->count - scale->first_workers + 1 : 0;
}

bool scale_grid_make(struct scale_grid *grid, const struct scale *scale, enum scale_table table)
{
    static const char *const titles[] = {
        "CPU per request by connections",
        "throughput; of one: time of a turn",
        "memory for each connection more",
        "throughput and cost by workers",
    };
    size_t columns = columns_of(scale, table);
    *grid = (struct scale_grid){.title = titles[table], .columns = columns};
    if (columns == 0)
        return false;
    grid->heads = xcalloc(columns, sizeof *grid->heads);
    grid->cells = xcalloc(columns * scale->curve_count + 1, sizeof *grid->cells);
    for (size_t column = 0; column < columns; column++) {
        grid->heads[column] = table_head(scale, table, column);
        for (size_t row = 0; row < scale->curve_count; row++)
            grid->cells[row * columns + column] =
                cell_of(scale, &scale->curves[row], table, column);
    }
    return true;
}

const struct scale_cell *scale_grid_cell(const struct scale_grid *grid, size_t row, size_t column)
{
    return &grid->cells[row * grid->columns + column];
}

void scale_grid_release(struct scale_grid *grid, size_t rows)
{
    for (size_t i = 0; i < grid->columns; i++)
        free(grid->heads[i]);
    for (size_t i = 0; i < rows * grid->columns; i++) {
        free(grid->cells[i].text);
        free(grid->cells[i].small);
    }
    free(grid->heads);
    free(grid->cells);
    *grid = (struct scale_grid){0};
}
