#include "present/scale.h"

#include <stdlib.h>

#include "analyse/words.h"
#include "present/format.h"
#include "present/plot.h"
#include "present/scale_grid.h"

static void put_row_head(FILE *out, const struct scale_grid *grid)
{
    fputs("| model |", out);
    for (size_t i = 0; i < grid->columns; i++)
        fprintf(out, " %s |", grid->heads[i]);
    fputs("\n|---|", out);
    for (size_t i = 0; i < grid->columns; i++)
        fputs("---:|", out);
    putc('\n', out);
}

static void put_table(FILE *out, const struct result *result, const struct scale *scale,
                      enum scale_table table)
{
    struct scale_grid grid;
    if (!scale_grid_make(&grid, scale, table))
        return;
    fprintf(out, "%s:\n\n", grid.title);
    put_row_head(out, &grid);
    for (size_t row = 0; row < scale->curve_count; row++) {
        fputs("| ", out);
        escape_markdown(out, result->arms[scale->curves[row].arm].id);
        fputs(" |", out);
        for (size_t i = 0; i < grid.columns; i++) {
            const struct scale_cell *cell = scale_grid_cell(&grid, row, i);
            fputs(" ", out);
            escape_markdown(out, cell->text);
            fputs(*cell->small ? " " : "", out);
            escape_markdown(out, cell->small);
            fputs(" |", out);
        }
        putc('\n', out);
    }
    putc('\n', out);
    scale_grid_release(&grid, scale->curve_count);
}

static void put_plots(FILE *out, const char *folder, const struct result *result,
                      const struct scale *scale)
{
    for (size_t kind = 0; kind < PLOT_SCALE_KINDS; kind++) {
        char *path = plot_scale_path("", result, scale, kind);
        char *title = plot_scale_title(result, scale, kind);
        plot_link(out, folder, path, title);
        free(title);
        free(path);
    }
    putc('\n', out);
}

static void put_scale(FILE *out, const char *folder, const struct result *result,
                      const struct scale *scale)
{
    fputs("### ", out);
    escape_markdown(out, words_workload(result, scale->workload));
    fputs(", by connections\n\n", out);
    for (size_t i = 0; i < scale->sentences.count; i++) {
        fputs("- ", out);
        escape_markdown(out, scale->sentences.items[i]);
        putc('\n', out);
    }
    putc('\n', out);
    for (enum scale_table table = 0; table < SCALE_TABLES; table++)
        put_table(out, result, scale, table);
    put_plots(out, folder, result, scale);
}

void scale_markdown(FILE *out, const char *folder, const struct result *result,
                    const struct summary *summary)
{
    if (summary->scale_count == 0)
        return;
    fputs("## Scale\n\nEach server alone, at all numbers of connections in random order, compared "
          "with itself at the base within\none block. Brackets: interval of the median; "
          "parentheses: range of the blocks. `≥`: a lower bound.\n\n",
          out);
    for (size_t i = 0; i < summary->scale_count; i++)
        put_scale(out, folder, result, &summary->scales[i]);
}
