/* A sweep: sentences, curves, tables. */
#include "present/html_parts.h"

#include <stdlib.h>

#include "analyse/words.h"
#include "present/format.h"
#include "present/plot.h"
#include "present/scale_grid.h"

static void put_plot(FILE *out, const struct page *page, const struct scale *scale, size_t kind)
{
    static const char *const captions[] = {
        "<b>Cost</b> of a request at each number of active connections; ○ with idle ones beside "
        "the base. Opening and closing connections is left out.",
        "<b>Throughput</b> at the same numbers, often a lower bound (≥ in the table): the "
        "generator’s limit. With one connection it says only how long a turn takes.",
        "<b>Memory</b> that each connection more than at the base adds. Solid: PSS of the process; "
        "dashed: the whole kernel, both ends of the connection in it. ○ □ idle ones.",
    };
    char *path = plot_scale_path(page->folder, page->result, scale, kind);
    html_plot(out, path, captions[kind]);
    free(path);
}

static void put_row(FILE *out, const struct page *page, const struct scale_grid *grid, size_t row,
                    size_t arm)
{
    fputs("<tr>", out);
    html_model(out, page, arm);
    for (size_t i = 0; i < grid->columns; i++) {
        const struct scale_cell *cell = scale_grid_cell(grid, row, i);
        html_figure(out, cell->text, cell->small);
    }
    fputs("</tr>\n", out);
}

static void put_table(FILE *out, const struct page *page, const struct scale *scale,
                      enum scale_table table)
{
    struct scale_grid grid;
    if (!scale_grid_make(&grid, scale, table))
        return;
    fprintf(out,
            "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"%s\"><table "
            "class=\"figures scale\"><caption>%s</caption>\n<thead><tr><th "
            "scope=\"col\">model</th>",
            grid.title, grid.title);
    for (size_t i = 0; i < grid.columns; i++)
        fprintf(out, "<th scope=\"col\" class=\"num\">%s</th>", grid.heads[i]);
    fputs("</tr></thead>\n<tbody>\n", out);
    for (size_t row = 0; row < scale->curve_count; row++)
        put_row(out, page, &grid, row, scale->curves[row].arm);
    fputs("</tbody></table></div>\n", out);
    scale_grid_release(&grid, scale->curve_count);
}

static void put_scale(FILE *out, const struct page *page, const struct scale *scale)
{
    fputs("<section class=\"workload\"><h3>", out);
    escape_html(out, words_workload(page->result, scale->workload));
    fputs(" <em>by connections</em></h3>\n", out);
    html_sentences(out, &scale->sentences, 0, scale->sentences.count);
    fputs("<div class=\"plots\">\n", out);
    for (size_t kind = 0; kind < PLOT_SCALE_KINDS; kind++)
        put_plot(out, page, scale, kind);
    fputs("</div>\n", out);
    for (enum scale_table table = 0; table < SCALE_TABLES; table++)
        put_table(out, page, scale, table);
    fputs("</section>\n", out);
}

void html_scale_link(FILE *out, const struct page *page)
{
    if (page->summary->scale_count > 0)
        fputs("<a href=\"#scale\">Scale</a> ", out);
}

void html_scale(FILE *out, const struct page *page)
{
    if (page->summary->scale_count == 0)
        return;
    fputs("<section id=\"scale\">\n<h2>Scale</h2>\n<p class=\"about\">Each server alone, at all "
          "numbers of connections in random order, and compared with itself at the base, seconds "
          "apart within one block. Brackets hold the true ratio; parentheses are the range of the "
          "blocks.</p>\n",
          out);
    for (size_t i = 0; i < page->summary->scale_count; i++)
        put_scale(out, page, &page->summary->scales[i]);
    fputs("</section>\n", out);
}
