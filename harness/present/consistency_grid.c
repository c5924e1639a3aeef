#include "present/consistency_grid.h"

#include <math.h>
#include <stdlib.h>

#include "analyse/words.h"
#include "present/connections.h"

static const char NOTHING[] = "–";

static struct grid_cell cell(const char *text, char *small)
{
    return (struct grid_cell){.text = xstrdup(text), .small = small};
}

static struct grid_cell bytes_cell(double bytes)
{
    char words[WORDS_MAX];
    words_bytes(words, bytes);
    return cell(words, xstrdup(""));
}

static enum grid_tone tone_of(enum flatness_kind kind)
{
    switch (kind) {
    case FLATNESS_FLAT:
        return GRID_GOOD;
    case FLATNESS_GROWING:
        return GRID_BAD;
    case FLATNESS_STEP:
    case FLATNESS_SAWTOOTH:
        return GRID_PLAIN;
    case FLATNESS_UNDECIDED:
        break;
    }
    return GRID_DOUBT;
}

/* No round of it can be used: that it died is all that is known of how it goes on. */
static bool has_only_died(const struct consistency_row *row)
{
    return !row->round && row->died;
}

static struct grid_cell verdict_cell(const struct consistency_row *row)
{
    const struct flatness *memory = &row->measures[CONSISTENCY_MEMORY];
    char a_day[WORDS_MAX];
    words_bytes(a_day, row->bytes_a_day);
    struct grid_cell verdict =
        cell(has_only_died(row) ? "died" : consistency_verdict_words(memory),
             isnan(row->bytes_a_day) ? xstrdup("") : text_format("%s a day", a_day));
    verdict.tone = has_only_died(row) ? GRID_BAD : tone_of(memory->kind);
    verdict.join = ", ";
    return verdict;
}

static struct grid_cell leak_cell(const struct consistency_row *row)
{
    char words[WORDS_MAX];
    words_leak_short(words, row->measures[CONSISTENCY_MEMORY].smallest_per_request);
    return cell(words, xstrdup(""));
}

/* Below what the system moves by itself there is only that. */
static struct grid_cell kernel_cell(const struct consistency_row *row)
{
    char spread[WORDS_MAX];
    words_bytes(spread, row->kernel_spread_bytes);
    return connection_bound_cell(row->kernel_bytes, row->kernel_spread_bytes,
                                 text_format("± %s", spread));
}

static struct grid_cell ratio_cell(double ratio, char *small)
{
    char words[WORDS_MAX];
    snprintf(words, sizeof words, "%.*f×", ratio < 9.95 ? 2 : 1, ratio);
    return cell(isnan(ratio) ? NOTHING : words, small);
}

static struct grid_cell return_cell(double ratio, double kept_bytes)
{
    char kept[WORDS_MAX];
    words_bytes(kept, kept_bytes);
    struct grid_cell found = ratio_cell(
        ratio, isnan(ratio) ? xstrdup("") : text_format("%s%s", kept_bytes > 0 ? "+" : "", kept));
    found.join = ", ";
    return found;
}

enum column {
    VERDICT,
    LEAK,
    START,
    PEAK,
    END,
    IDLE_CONNECTION,
    ACTIVE_CONNECTION,
    KERNEL_CONNECTION,
    CONNECTION,
    KERNEL,
    AFTER_BURST,
    AFTER_CLOSE,
    WORST_TENTH,
    COLUMNS,
};
static const char *const heads[COLUMNS] = {
    [VERDICT] = "verdict",
    [LEAK] = "smallest leak",
    [START] = "start",
    [PEAK] = "peak",
    [END] = "end",
    [IDLE_CONNECTION] = "idle connection",
    [ACTIVE_CONNECTION] = "active one",
    [KERNEL_CONNECTION] = "its kernel share",
    [CONNECTION] = "a connection",
    [KERNEL] = "in the kernel",
    [AFTER_BURST] = "after a burst",
    [AFTER_CLOSE] = "all closed",
    [WORST_TENTH] = "worst p99",
};

static struct grid_cell cell_of(const struct consistency_row *row, enum column column)
{
    switch (column) {
    case VERDICT:
        return verdict_cell(row);
    case LEAK:
        return leak_cell(row);
    case START:
        return bytes_cell(row->start_bytes);
    case PEAK:
        return bytes_cell(row->peak_bytes);
    case END:
        return bytes_cell(row->end_bytes);
    case IDLE_CONNECTION:
        return connection_cell(&row->stairs[STAIRS_IDLE]);
    case ACTIVE_CONNECTION:
        return connection_cell(&row->stairs[STAIRS_ACTIVE]);
    case KERNEL_CONNECTION:
        return connection_kernel_cell(&row->stairs[STAIRS_ACTIVE]);
    case CONNECTION:
        return bytes_cell(row->connection_bytes);
    case KERNEL:
        return kernel_cell(row);
    case AFTER_BURST:
        return return_cell(row->burst_return, row->burst_kept_bytes);
    case AFTER_CLOSE:
        return return_cell(row->close_return, row->close_kept_bytes);
    case WORST_TENTH:
    case COLUMNS:
        break;
    }
    return ratio_cell(row->p99_worst_ratio, xstrdup(""));
}

/* What no row can fill is left out, but what makes the table. */
static double figure_of(const struct consistency_row *row, enum column column)
{
    const double figures[COLUMNS] = {[IDLE_CONNECTION] = row->stairs[STAIRS_IDLE].user.median,
                                     [ACTIVE_CONNECTION] = row->stairs[STAIRS_ACTIVE].user.median,
                                     [KERNEL_CONNECTION] = row->stairs[STAIRS_ACTIVE].kernel.median,
                                     [CONNECTION] = row->connection_bytes,
                                     [KERNEL] = row->kernel_bytes,
                                     [AFTER_BURST] = row->burst_return,
                                     [AFTER_CLOSE] = row->close_return,
                                     [WORST_TENTH] = row->p99_worst_ratio};
    return figures[column];
}

static size_t columns_of(const struct consistency *consistency, enum column columns[COLUMNS])
{
    size_t count = 0;
    for (int column = 0; column < COLUMNS; column++) {
        bool any = false;
        for (size_t i = 0; i < consistency->count; i++)
            any |= !isnan(figure_of(&consistency->rows[i], (enum column)column));
        if (any)
            columns[count++] = (enum column)column;
    }
    return count;
}

static bool has(const enum column *columns, size_t count, enum column column)
{
    for (size_t i = 0; i < count; i++)
        if (columns[i] == column)
            return true;
    return false;
}

/* Of a server whose growth was looked at again, which run the row is of. */
static void note_longer(FILE *out, const struct consistency *consistency)
{
    for (size_t i = 0; i < consistency->count; i++)
        if (consistency->rows[i].judged != consistency->rows[i].round) {
            fputs(" Where a longer run followed, the row is of that one; but what is in the kernel "
                  "and the worst p99 are of the first, which is drawn, and the peak is of both.",
                  out);
            return;
        }
}

/* Only what is shown is explained. */
static const struct {
    enum column column;
    const char *words;
} explanations[] = {
    {LEAK, "Smallest leak: the smallest steady one that this run could have seen, in bytes a "
           "request, or a million of them. One twice as large is found in 19 of 20 runs, one half "
           "as large hardly ever (docs/calibration-flatness.md)."},
    {START, " Start and end: PSS before the first load and after everything; peak: the highest "
            "RSS."},
    {KERNEL_CONNECTION, " " CONNECTIONS_KERNEL},
    {CONNECTION, " A connection: PSS for each one more."},
    {KERNEL, " In the kernel: stacks, page tables, slab, socket buffers and what threads keep to "
             "send from, under load, beyond those of a server that does nothing (the ceiling); ± "
             "what the system moves by itself; within that there is only that bound."},
    {AFTER_BURST, " After a burst: PSS then, compared with that before it."},
    {AFTER_CLOSE, " All closed: PSS without a connection, compared with the start."},
    {WORST_TENTH, " Worst p99: a tenth of all intervals have a p99 of so many times the usual one, "
                  "or more."},
};

static char *note_of(const struct consistency *consistency, const enum column *columns,
                     size_t count)
{
    char *note = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&note, &size);
    bool of_connections =
        has(columns, count, IDLE_CONNECTION) || has(columns, count, ACTIVE_CONNECTION);
    for (size_t i = 0; i < sizeof explanations / sizeof *explanations; i++) {
        if (explanations[i].column == KERNEL_CONNECTION && of_connections)
            fputs(
                " An idle connection, an active one: PSS for each one more. " CONNECTIONS_INTERVALS,
                out);
        if (has(columns, count, explanations[i].column))
            fputs(explanations[i].words, out);
    }
    note_longer(out, consistency);
    fclose(out);
    return note;
}

void consistency_grid_make(struct grid *grid, const struct consistency *consistency)
{
    enum column columns[COLUMNS];
    size_t count = columns_of(consistency, columns);
    *grid = (struct grid){.title = xstrdup("memory over time"),
                          .rows = consistency->count,
                          .columns = count,
                          .join = " ",
                          .note = note_of(consistency, columns, count)};
    grid_init(grid);
    for (size_t i = 0; i < count; i++)
        grid->heads[i] = xstrdup(heads[columns[i]]);
    for (size_t row = 0; row < grid->rows; row++) {
        grid->arms[row] = consistency->rows[row].arm;
        for (size_t i = 0; i < count; i++)
            grid->cells[row * count + i] = cell_of(&consistency->rows[row], columns[i]);
    }
}
