/* What a request costs and takes at a rate: a table for each workload that was asked so. */
#include "present/html_parts.h"

#include <math.h>
#include <stdlib.h>

#include "present/at_rate.h"
#include "present/palette.h"

/* The ratio at the right end of a column's bars. */
static double scale_of(const struct at_rate *at_rate, unsigned column)
{
    double most = 1;
    for (size_t i = 0; i < at_rate->count; i++) /* of a number and NAN: the number */
        most = fmax(most, fmax(at_rate->rows[i].ratios[column].value,
                               at_rate->rows[i].ratios[column].high));
    return most * 1.02;
}

static void put_bar(FILE *out, const struct page *page, const struct at_rate *at_rate,
                    const struct at_rate_row *row, unsigned column)
{
    fputs("<td class=\"drawn\">", out);
    if (isfinite(row->ratios[column].value))
        html_bar(out, &row->ratios[column], NAN, scale_of(at_rate, column),
                 palette_variable(page->result, row->arm));
    fputs("</td>", out);
}

static void put_row(FILE *out, const struct page *page, const struct at_rate *at_rate,
                    const struct at_rate_row *row)
{
    struct at_rate_cells cells;
    at_rate_cells(&cells, row);
    fputs("<tr>", out);
    html_model(out, page, row->arm);
    for (unsigned i = 0; i < AT_RATE_COLUMNS; i++) {
        if (i < AT_RATE_FIGURES)
            put_bar(out, page, at_rate, row, i);
        fputs("<td class=\"num\">", out);
        escape_html(out, cells.shorts[i]);
        if (*cells.smalls[i]) {
            fputs("<small>", out);
            escape_html(out, cells.smalls[i]);
            fputs("</small>", out);
        }
        fputs("</td>", out);
    }
    fputs("</tr>\n", out);
}

static void put_table(FILE *out, const struct page *page, const struct at_rate *at_rate,
                      const char *title)
{
    fputs("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Figures of ", out);
    escape_html(out, title);
    fputs("\"><table class=\"figures\"><caption class=\"unseen\">Figures of ", out);
    escape_html(out, title);
    fputs("</caption>\n<thead><tr><th scope=\"col\">model</th>", out);
    for (unsigned i = 0; i < AT_RATE_COLUMNS; i++)
        fprintf(out, "%s<th scope=\"col\" class=\"num\">%s%s</th>",
                i < AT_RATE_FIGURES ? "<td class=\"drawn\"></td>" : "", at_rate_heads[i],
                i < AT_RATE_FIGURES ? "<small>× reference</small>" : "");
    fputs("</tr></thead>\n<tbody>\n", out);
    for (size_t i = 0; i < at_rate->count; i++)
        put_row(out, page, at_rate, &at_rate->rows[i]);
    fputs("</tbody></table></div>\n", out);
}

static void put_part(FILE *out, const struct page *page, const struct at_rate *at_rate)
{
    char *title = at_rate_title(at_rate, page->result), *caption = at_rate_caption(at_rate);
    fputs("<section class=\"workload\"><h3>", out);
    escape_html(out, title);
    fputs("</h3>\n<p class=\"about\">", out);
    escape_html_sentence(out, caption);
    fputs("</p>\n", out);
    put_table(out, page, at_rate, title);
    fputs("</section>\n", out);
    free(caption);
    free(title);
}

void html_at_rate_link(FILE *out, const struct page *page)
{
    if (at_rate_any(page->summary))
        fputs("<a href=\"#at-rate\">At a rate</a> ", out);
}

void html_at_rate(FILE *out, const struct page *page)
{
    if (!at_rate_any(page->summary))
        return;
    fputs("<section id=\"at-rate\">\n<h2>At a rate</h2>\n", out);
    for (size_t i = 0; i < page->summary->at_rate_count; i++)
        if (at_rate_compares(&page->summary->at_rates[i]))
            put_part(out, page, &page->summary->at_rates[i]);
    fputs("</section>\n", out);
}
