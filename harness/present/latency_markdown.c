#include "present/latency.h"

#include <stdlib.h>

#include "analyse/words.h"
#include "present/format.h"
#include "present/latency_grid.h"
#include "present/plot.h"
#include "present/plot_latency.h"

static void put_table(FILE *out, const struct result *result, const struct latency *latency,
                      enum latency_table table)
{
    struct grid grid;
    if (!latency_grid_make(&grid, latency, table))
        return;
    grid_markdown(out, result, &grid);
    grid_release(&grid);
}

static void put_plots(FILE *out, const char *folder, const struct result *result,
                      const struct latency *latency)
{
    size_t linked = 0;
    for (size_t kind = 0; kind < PLOT_LATENCY_KINDS; kind++) {
        char *path = plot_latency_path("", result, latency, kind);
        char *title = plot_latency_title(result, latency, kind);
        linked += plot_link(out, folder, path, title);
        free(title);
        free(path);
    }
    fputs(linked ? "\n" : "", out);
}

static void put_latency(FILE *out, const char *folder, const struct result *result,
                        const struct latency *latency)
{
    fputs("### ", out);
    escape_markdown(out, words_workload(result, latency->workload));
    fputs(", latency by rate\n\n", out);
    for (size_t i = 0; i < latency->sentences.count; i++) {
        fputs("- ", out);
        escape_markdown(out, latency->sentences.items[i]);
        putc('\n', out);
    }
    fputs(latency->sentences.count ? "\n" : "", out);
    for (enum latency_table table = 0; table < LATENCY_TABLES; table++)
        put_table(out, result, latency, table);
    put_plots(out, folder, result, latency);
}

void latency_markdown(FILE *out, const char *folder, const struct result *result,
                      const struct summary *summary)
{
    if (summary->latency_count == 0)
        return;
    fputs("## Latency\n\n"
          "Each server alone, all at the same rates in turn, asked at random moments that do not "
          "wait for its answers. Latency\n"
          "counts from the moment when a request was due, less the generator's own lateness; "
          "requests due while it was kept\n"
          "away are left out. Brackets: interval of the rounds' own percentiles; parentheses: "
          "their range. `≥`: the generator\n"
          "goes no higher.\n\n",
          out);
    for (size_t i = 0; i < summary->latency_count; i++)
        put_latency(out, folder, result, &summary->latencies[i]);
}
