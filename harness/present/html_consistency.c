/* Whether servers stay what they are: a sentence each, memory
 * over time beside cost and p99, and the table. */
#include "present/html_parts.h"

#include <stdlib.h>

#include "analyse/words.h"
#include "present/consistency_grid.h"
#include "present/format.h"
#include "present/plot_consistency.h"

static const char *const captions[PLOT_CONSISTENCY_KINDS] = {
    [PLOT_CONSISTENCY_MEMORY] =
        "<b>Resident set</b> of every model. Below each name its verdict. Where the set changes "
        "within a stretch (a second; more of runs over 20 minutes), the line is the lowest and the "
        "band goes up to the highest.",
    [PLOT_CONSISTENCY_COST] = "<b>CPU per request</b>, each model around its own median, which "
                              "stands at the right; all at one scale. What goes beyond it ends at "
                              "its edge.",
    [PLOT_CONSISTENCY_P99] =
        "<b>p99</b> of each interval, by when a request was due; at the right the worst. Empty: "
        "nothing was due, or the generator does not vouch for it.",
};

/* As of a soak that was cut off and gone on with. */
static bool phases_differ(const struct page *page, const struct consistency *consistency)
{
    size_t count;
    const struct consistency_row **rows = plot_consistency_rows(page->result, consistency, &count);
    bool differ = count > 0 && !plot_consistency_phases(rows, count);
    free(rows);
    return differ;
}

/* Verdict and row are of the longer run then; what is drawn is not. */
static void put_longer(FILE *out, const struct page *page, const struct consistency *consistency)
{
    size_t count, named = 0;
    const struct consistency_row **rows = plot_consistency_rows(page->result, consistency, &count);
    for (size_t i = 0; i < count; i++) {
        char highest[WORDS_MAX];
        if (rows[i]->judged == rows[i]->round)
            continue;
        words_bytes(highest, plot_consistency_highest(rows[i]->judged));
        fputs(named ? ", that of " : " The first run of each is drawn; the longer one that ", out);
        escape_html(out, page->result->arms[rows[i]->arm].id);
        fprintf(out, "%s to %s", named++ ? "" : " is judged by went on", highest);
    }
    fputs(named ? "." : "", out);
    free(rows);
}

static char *caption_of(const struct page *page, const struct consistency *consistency,
                        enum plot_consistency_kind kind)
{
    char *caption = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&caption, &size);
    fputs(captions[kind], out);
    if (kind == PLOT_CONSISTENCY_MEMORY) {
        put_longer(out, page, consistency);
        if (phases_differ(page, consistency))
            fputs(" Not all went through the same phases, so none is shaded.", out);
    }
    fclose(out);
    return caption;
}

static void put_plot(FILE *out, const struct page *page, const struct consistency *consistency,
                     enum plot_consistency_kind kind)
{
    char *path = plot_consistency_path(page->folder, page->result, consistency, kind);
    char *caption = caption_of(page, consistency, kind);
    html_plot(out, path, caption);
    free(caption);
    free(path);
}

static void put_consistency(FILE *out, const struct page *page,
                            const struct consistency *consistency)
{
    struct grid grid;
    fputs("<section class=\"workload\"><h3>", out);
    escape_html(out, words_workload(page->result, consistency->workload));
    fputs("</h3>\n", out);
    html_sentences(out, &consistency->sentences, 0, consistency->sentences.count);
    fputs("<div class=\"plots beside\">\n", out);
    put_plot(out, page, consistency, PLOT_CONSISTENCY_MEMORY);
    fputs("<div>\n", out);
    put_plot(out, page, consistency, PLOT_CONSISTENCY_COST);
    put_plot(out, page, consistency, PLOT_CONSISTENCY_P99);
    fputs("</div>\n</div>\n", out);
    consistency_grid_make(&grid, consistency);
    html_grid(out, page, &grid, false);
    grid_release(&grid);
    html_connections_said(out, page, consistency->workload);
    fputs("</section>\n", out);
}

void html_consistency_link(FILE *out, const struct page *page)
{
    if (page->summary->consistency_count > 0)
        fputs("<a href=\"#consistency\">Consistency</a> ", out);
}

void html_consistency(FILE *out, const struct page *page)
{
    if (page->summary->consistency_count == 0)
        return;
    fputs("<section id=\"consistency\">\n<h2>Consistency</h2>\n<p class=\"about\">Each server "
          "alone, through phases of load and rest. Memory is judged under load only, "
          "by the lowest values of eight equal parts of it: what is freed again leaves them as "
          "they were, what is kept lifts them. Beside each verdict stands the smallest steady leak "
          "that the run could have seen.</p>\n",
          out);
    for (size_t i = 0; i < page->summary->consistency_count; i++)
        put_consistency(out, page, &page->summary->consistencies[i]);
    fputs("</section>\n\n", out);
}
