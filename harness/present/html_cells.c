/* Pieces of a page that several parts of it have. */
#include "present/html_parts.h"

#include <stdlib.h>
#include <string.h>

#include "present/format.h"
#include "present/palette.h"
#include "present/plot.h"
#include "present/svg.h"

void html_model(FILE *out, const struct page *page, size_t arm)
{
    fprintf(out,
            "<th scope=\"row\" class=\"model\"><span class=\"key\" "
            "style=\"background:var(%s)\"></span>",
            palette_variable(page->result, arm));
    escape_html(out, page->result->arms[arm].id);
    fputs("</th>", out);
}

static void put_figure(FILE *out, const char *class, const char *text, const char *small)
{
    fprintf(out, "<td class=\"num%s\">", class);
    escape_html(out, text);
    if (*small) {
        fputs("<small>", out);
        escape_html(out, small);
        fputs("</small>", out);
    }
    fputs("</td>", out);
}

void html_figure(FILE *out, const char *text, const char *small)
{
    put_figure(out, "", text, small);
}

void html_sentences(FILE *out, const struct strings *sentences, size_t from, size_t to)
{
    to = to < sentences->count ? to : sentences->count;
    if (from >= to)
        return;
    fputs("<ul class=\"growth\">\n", out);
    for (size_t i = from; i < to; i++) {
        fputs("<li>", out);
        escape_html_sentence(out, sentences->items[i]);
        fputs("</li>\n", out);
    }
    fputs("</ul>\n", out);
}

void html_plot(FILE *out, const char *path, const char *caption)
{
    char *svg = plot_read(path), *inlined = svg ? svg_inline(svg) : NULL;
    if (inlined)
        fprintf(out, "<figure>%s<figcaption>%s</figcaption></figure>\n", inlined, caption);
    free(inlined);
    free(svg);
}

/* "0.027 bytes/request" on two lines, as a figure with a small
 * part is: on one it is the widest of its table. */
static void put_cell(FILE *out, const char *class, const struct grid_cell *cell)
{
    const char *gap = strchr(cell->text, ' ');
    if (*cell->small || !gap || !strchr(gap, '/')) {
        put_figure(out, class, cell->text, cell->small);
        return;
    }
    char *figure = text_format("%.*s", (int)(gap - cell->text), cell->text);
    put_figure(out, class, figure, gap + 1);
    free(figure);
}

static void put_row(FILE *out, const struct page *page, const struct grid *grid, size_t row)
{
    static const char *const classes[] = {
        [GRID_PLAIN] = "", [GRID_GOOD] = " good", [GRID_DOUBT] = " doubt", [GRID_BAD] = " bad"};
    fputs("<tr>", out);
    html_model(out, page, grid->arms[row]);
    for (size_t i = 0; i < grid->columns; i++) {
        const struct grid_cell *cell = grid_cell(grid, row, i);
        put_cell(out, classes[cell->tone], cell);
    }
    fputs("</tr>\n", out);
}

void html_grid(FILE *out, const struct page *page, const struct grid *grid, bool title_is_seen)
{
    fprintf(out,
            "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"%s\"><table "
            "class=\"figures scale\"><caption%s>%s</caption>\n<thead><tr><th "
            "scope=\"col\">model</th>",
            grid->title, title_is_seen ? "" : " class=\"unseen\"", grid->title);
    for (size_t i = 0; i < grid->columns; i++) {
        fputs("<th scope=\"col\" class=\"num\">", out);
        escape_html(out, grid->heads[i]);
        fputs("</th>", out);
    }
    fputs("</tr></thead>\n<tbody>\n", out);
    for (size_t row = 0; row < grid->rows; row++)
        put_row(out, page, grid, row);
    fputs("</tbody></table></div>\n", out);
    if (*grid->note)
        fprintf(out, "<p class=\"fine\">%s</p>\n", grid->note);
}
