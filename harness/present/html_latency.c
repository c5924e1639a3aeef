/* Latency against rate: whole distributions at one rate, percentiles
 * against it, and the highest rates within objectives. */
#include "present/html_parts.h"

#include <stdlib.h>

#include "analyse/words.h"
#include "present/format.h"
#include "present/latency_grid.h"
#include "present/plot_latency.h"

static const char *const captions[PLOT_LATENCY_KINDS] = {
    [PLOT_LATENCY_P50] = "<b>p50</b>: half of all requests are answered sooner.",
    [PLOT_LATENCY_P99] = "<b>p99</b>: one request in a hundred takes longer.",
    [PLOT_LATENCY_P999] = "<b>p99.9</b>: one in a thousand takes longer.",
    [PLOT_LATENCY_PERCENTILES] =
        "<b>Response time by percentile</b>, all rounds at this rate together. Each further nine "
        "takes as much room as the one before. A line ends where fewer than 100 requests lie "
        "beyond, or where the generator was too late to vouch for more.",
    [PLOT_LATENCY_OVER_TIME] =
        "<b>p99 over the window</b> of the round whose p99 is the median one, by when a request "
        "was due. At the right the worst interval. Empty: nothing was due, all of it was left out, "
        "or the generator was late.",
};

static void put_plot(FILE *out, const struct page *page, const struct latency *latency,
                     enum plot_latency_kind kind)
{
    char *path = plot_latency_path(page->folder, page->result, latency, kind);
    html_plot(out, path, captions[kind]);
    free(path);
}

static void put_plots(FILE *out, const struct page *page, const struct latency *latency,
                      enum plot_latency_kind first, enum plot_latency_kind last)
{
    fprintf(out, "<div class=\"plots%s\">\n", last - first == 2 ? " abreast" : "");
    for (enum plot_latency_kind kind = first; kind <= last; kind++)
        put_plot(out, page, latency, kind);
    fputs("</div>\n", out);
}

static void put_table(FILE *out, const struct page *page, const struct latency *latency,
                      enum latency_table table)
{
    struct grid grid;
    if (!latency_grid_make(&grid, latency, table))
        return;
    html_grid(out, page, &grid, table != LATENCY_TABLE_COMMON);
    grid_release(&grid);
}

static void put_common(FILE *out, const struct page *page, const struct latency *latency)
{
    char rate[WORDS_MAX];
    if (latency->common_rps == 0)
        return;
    words_count(rate, latency->common_rps);
    fprintf(out, "<h4>At %s requests/s, the highest rate at which each has a p99</h4>\n", rate);
    put_plots(out, page, latency, PLOT_LATENCY_PERCENTILES, PLOT_LATENCY_OVER_TIME);
    put_table(out, page, latency, LATENCY_TABLE_COMMON);
}

/* A value, or a failure, which is as much an answer. */
static bool has_any_point(const struct latency *latency)
{
    for (size_t i = 0; i < latency->curve_count; i++)
        if (latency->curves[i].best_rps > 0 || latency->curves[i].knee_rps > 0)
            return true;
    return false;
}

static void put_curves(FILE *out, const struct page *page, const struct latency *latency)
{
    if (!has_any_point(latency))
        return;
    fputs("<h4>Against the rate</h4>\n<p class=\"about\">Upright strokes are intervals, or ranges "
          "of fewer than six rounds. <b>×</b> the server failed at this rate, mostly because it "
          "was overloaded: its latency has no bound. <b>→</b> the generator goes no "
          "higher.</p>\n",
          out);
    put_plots(out, page, latency, PLOT_LATENCY_P50, PLOT_LATENCY_P999);
    for (enum latency_table table = LATENCY_TABLE_P50; table <= LATENCY_TABLE_COST; table++)
        put_table(out, page, latency, table);
}

static void put_limits(FILE *out, const struct page *page, const struct latency *latency)
{
    if (latency->slo_count == 0 || latency->limit_arms == 0)
        return;
    fputs("<h4>The highest rates within an objective</h4>\n<p class=\"about\">A rate without a "
          "sign was confirmed by long trials, all of which kept the objective. <b>≥</b>: kept in a "
          "short trial, and the generator goes no higher.</p>\n",
          out);
    html_sentences(out, &latency->sentences, latency->curve_count, latency->sentences.count);
    put_table(out, page, latency, LATENCY_TABLE_LIMITS);
}

static void put_latency(FILE *out, const struct page *page, const struct latency *latency)
{
    fputs("<section class=\"workload\"><h3>", out);
    escape_html(out, words_workload(page->result, latency->workload));
    fputs("</h3>\n", out);
    html_sentences(out, &latency->sentences, 0, latency->curve_count);
    put_common(out, page, latency);
    put_curves(out, page, latency);
    put_limits(out, page, latency);
    fputs("</section>\n", out);
}

void html_latency_link(FILE *out, const struct page *page)
{
    if (page->summary->latency_count > 0)
        fputs("<a href=\"#latency\">Latency</a> ", out);
}

void html_latency(FILE *out, const struct page *page)
{
    if (page->summary->latency_count == 0)
        return;
    fputs("<section id=\"latency\">\n<h2>Latency</h2>\n<p class=\"about\">Each server alone, all "
          "at the same rates in turn, asked at random moments that do not wait for its answers. "
          "Latency counts from the moment when a request was due, less the generator's own "
          "lateness; requests due while it was kept away are left out.</p>\n",
          out);
    for (size_t i = 0; i < page->summary->latency_count; i++)
        put_latency(out, page, &page->summary->latencies[i]);
    fputs("</section>\n", out);
}
