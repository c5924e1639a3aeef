#include "present/consistency.h"

#include <stdlib.h>

#include "analyse/words.h"
#include "present/consistency_grid.h"
#include "present/format.h"
#include "present/plot.h"
#include "present/plot_consistency.h"

static void put_plots(FILE *out, const char *folder, const struct result *result,
                      const struct consistency *consistency)
{
    size_t linked = 0;
    for (size_t kind = 0; kind < PLOT_CONSISTENCY_KINDS; kind++) {
        char *path = plot_consistency_path("", result, consistency, kind);
        char *title = plot_consistency_title(result, consistency, kind);
        linked += plot_link(out, folder, path, title);
        free(title);
        free(path);
    }
    fputs(linked ? "\n" : "", out);
}

static void put_consistency(FILE *out, const char *folder, const struct result *result,
                            const struct consistency *consistency)
{
    struct grid grid;
    fputs("### ", out);
    escape_markdown(out, words_workload(result, consistency->workload));
    fputs(", over time\n\n", out);
    for (size_t i = 0; i < consistency->sentences.count; i++) {
        fputs("- ", out);
        escape_markdown(out, consistency->sentences.items[i]);
        putc('\n', out);
    }
    putc('\n', out);
    consistency_grid_make(&grid, consistency);
    grid_markdown(out, result, &grid);
    grid_release(&grid);
    put_plots(out, folder, result, consistency);
}

void consistency_markdown(FILE *out, const char *folder, const struct result *result,
                          const struct summary *summary)
{
    if (summary->consistency_count == 0)
        return;
    fputs("## Consistency\n\n"
          "Each server alone goes through phases of load and rest. Its memory is judged "
          "under load only: flat, or\n"
          "growing, or a step, or up and down; and beside each verdict stands the smallest "
          "steady leak that the run could have seen.\n\n",
          out);
    for (size_t i = 0; i < summary->consistency_count; i++)
        put_consistency(out, folder, result, &summary->consistencies[i]);
}
