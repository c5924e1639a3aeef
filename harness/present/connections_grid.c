#include "present/connections.h"

#include <math.h>
#include <stdlib.h>

#include "analyse/words.h"

enum { WIDE_ENOUGH = 60 }; /* for a name and "57 KiB [56 KiB, 59 KiB]" beside it */

/* "[2.0 KiB, 2.1 KiB]", "2.0 KiB – 2.1 KiB"; "" of one block. */
static char *around(const struct spread *bytes)
{
    char low[WORDS_MAX], high[WORDS_MAX];
    words_bytes(low, bytes->low);
    words_bytes(high, bytes->high);
    if (bytes->n < 2)
        return xstrdup("");
    return text_format(bytes->is_interval ? "[%s, %s]" : "%s – %s", low, high);
}

struct grid_cell connection_cell(const struct stairs_side *side)
{
    char median[WORDS_MAX];
    words_bytes(median, side->user.median);
    return (struct grid_cell){.text = xstrdup(median), .small = around(&side->user)};
}

struct grid_cell connection_bound_cell(double bytes, double bound_bytes, char *beside)
{
    char words[WORDS_MAX], bound[WORDS_MAX];
    bool is_known = !isnan(bytes) && !isnan(bound_bytes);
    words_bytes(words, bytes);
    words_bytes(bound, bound_bytes);
    if (is_known && fabs(bytes) > bound_bytes)
        return (struct grid_cell){.text = xstrdup(words), .small = beside};
    free(beside);
    return (struct grid_cell){.text = is_known ? text_format("< %s", bound) : xstrdup("–"),
                              .small = xstrdup("")};
}

struct grid_cell connection_kernel_cell(const struct stairs_side *side)
{
    return connection_bound_cell(side->kernel.median, side->kernel_spread, around(&side->kernel));
}

bool connections_are_alone(const struct summary *summary, const struct stairs_memory *memory)
{
    for (size_t i = 0; i < summary->consistency_count; i++)
        if (summary->consistencies[i].workload == memory->workload)
            return false;
    return stairs_has_numbers(memory);
}

static const struct column {
    const char *head;
    enum stairs_kind kind;
    bool of_kernel;
} columns[] = {{"idle connection", STAIRS_IDLE, false},
               {"its kernel share", STAIRS_IDLE, true},
               {"active one", STAIRS_ACTIVE, false},
               {"its kernel share", STAIRS_ACTIVE, true}};
enum { COLUMNS = sizeof columns / sizeof *columns };

static bool any_has(const struct stairs_memory *memory, const struct column *column)
{
    for (size_t i = 0; i < memory->count; i++) {
        const struct stairs_side *side = &memory->rows[i].sides[column->kind];
        if (!isnan(column->of_kernel ? side->kernel.median : side->user.median))
            return true;
    }
    return false;
}

static void fill_column(struct grid *grid, size_t at, const struct stairs_memory *memory,
                        const struct column *column)
{
    grid->heads[at] = xstrdup(column->head);
    for (size_t row = 0; row < grid->rows; row++) {
        const struct stairs_side *side = &memory->rows[row].sides[column->kind];
        grid->cells[row * grid->columns + at] =
            column->of_kernel ? connection_kernel_cell(side) : connection_cell(side);
    }
}

static const char explanation[] = "An idle connection, an active one: PSS for each one more. " //
    CONNECTIONS_KERNEL " " CONNECTIONS_INTERVALS;

void connections_grid_make(struct grid *grid, const struct stairs_memory *memory)
{
    const struct column *shown[COLUMNS];
    size_t count = 0;
    for (size_t i = 0; i < COLUMNS; i++)
        if (any_has(memory, &columns[i]))
            shown[count++] = &columns[i];
    *grid = (struct grid){.title = xstrdup("memory of a connection"),
                          .rows = memory->count,
                          .columns = count,
                          .join = " ",
                          .note = xstrdup(explanation)};
    grid_init(grid);
    for (size_t row = 0; row < grid->rows; row++)
        grid->arms[row] = memory->rows[row].arm;
    for (size_t i = 0; i < count; i++)
        fill_column(grid, i, memory, shown[i]);
}

char *connections_text_table(FILE *out, const struct result *result,
                             const struct stairs_memory *memory, unsigned width)
{
    struct grid grid;
    connections_grid_make(&grid, memory);
    char *note = grid_text(out, result, &grid, width, width >= WIDE_ENOUGH);
    grid_release(&grid);
    return note;
}
