/* Each workload's whole table and plots, the rows without a valid number, and memory. */
#include "present/html_parts.h"

#include <math.h>
#include <stdlib.h>

#include "analyse/flags.h"
#include "analyse/words.h"
#include "present/format.h"
#include "present/palette.h"
#include "present/plot.h"
#include "present/svg.h"

static bool has_figures(const struct row *row)
{
    return row->kind == ROW_RANKED || row->kind == ROW_GLANCE || row->kind == ROW_ROOF;
}

static void put_number(FILE *out, const char *text, const char *small)
{
    fputs("<td class=\"num\">", out);
    escape_html(out, text);
    if (small && *small) {
        fputs("<small>", out);
        escape_html(out, small);
        fputs("</small>", out);
    }
    fputs("</td>", out);
}

static void put_model(FILE *out, const struct page *page, const struct row *row)
{
    fprintf(out,
            "<th scope=\"row\" class=\"model\"><span class=\"key\" "
            "style=\"background:var(%s)\"></span>",
            palette_variable(page->result, row->arm));
    escape_html(out, words_arm(page->result, row));
    fputs(row->kind == ROW_ROOF ? " <small class=\"inline\">roof</small></th>" : "</th>", out);
}

/* Reasons in a title would be out of reach for touch and print: they stand in the cell. */
static void put_state(FILE *out, const struct result *result, const struct row *row)
{
    static const char *const names[] = {"valid", "noisy", "censored", "invalid"};
    fprintf(out, "<td class=\"state\">%s", names[row->outcome]);
    for (unsigned i = 0; i < row->reason_count; i++)
        if (row->reasons[i]->code != REASON_NOISY) {
            struct flag flag = flag_count(result, row, row->reasons[i]->code);
            fprintf(out, "<small>%s <span>in %u of %u</span></small>",
                    reason_name(row->reasons[i]->code), flag.rounds, flag.of);
        }
    fputs("</td>", out);
}

static bool has_upstream(const struct page *page, const struct table *table)
{
    return page->result->workloads[table->workload].workload.upstream != NULL;
}

static void put_row(FILE *out, const struct page *page, const struct table *table,
                    const struct row *row)
{
    struct cells cells;
    cells_make(&cells, page->result, table, row);
    fprintf(out, "<tr%s>", row->kind == ROW_ROOF ? " class=\"roof\"" : "");
    put_model(out, page, row);
    put_number(out, cells.ratio_short, cells.interval);
    put_number(out, cells.cost, row->cost_solo ? "alone" : "");
    put_number(out, cells.per_core, "");
    if (has_upstream(page, table))
        put_number(out, cells.upstream, "");
    put_number(out, cells.throughput, cells.throughput_range);
    put_number(out, cells.roof, cells.roof_interval);
    put_number(out, cells.p50, "");
    put_number(out, cells.p99, "");
    put_number(out, cells.pss, "");
    put_number(out, cells.rounds, "");
    put_state(out, page->result, row);
    fputs("</tr>\n", out);
}

static void put_table(FILE *out, const struct page *page, const struct table *table)
{
    const char *name = words_workload(page->result, table->workload);
    fputs("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Figures of ", out);
    escape_html(out, name);
    fputs("\"><table class=\"figures\"><caption class=\"unseen\">Every figure of ", out);
    escape_html(out, name);
    fprintf(
        out,
        "</caption>\n<thead><tr><th scope=\"col\" rowspan=\"2\">model</th>"
        "<th scope=\"colgroup\" colspan=\"3\">CPU per request, from pairs</th>%s"
        "<th scope=\"col\" rowspan=\"2\" class=\"num\">throughput<small>median, range</small></th>"
        "<th scope=\"col\" rowspan=\"2\" class=\"num\">share of<br>the roof</th>"
        "<th scope=\"colgroup\" colspan=\"2\">closed-loop response</th>"
        "<th scope=\"col\" rowspan=\"2\" class=\"num\">memory<small>PSS</small></th>"
        "<th scope=\"col\" rowspan=\"2\" class=\"num\">rounds<br>used</th>"
        "<th scope=\"col\" rowspan=\"2\">state</th></tr>\n<tr>"
        "<th scope=\"col\" class=\"num\">ratio</th><th scope=\"col\" "
        "class=\"num\">cost<small>ratio × the<br>reference's median</small></th>"
        "<th scope=\"col\" class=\"num\">req/s per core<small>derived: 1 / cost</small></th>"
        "<th scope=\"col\" class=\"num\">p50</th><th scope=\"col\" "
        "class=\"num\">p99</th></tr></thead>\n<tbody>\n",
        has_upstream(page, table)
            ? "<th scope=\"col\" rowspan=\"2\" class=\"num\">the upstream's<br>CPU per "
              "request<small>in no cost</small></th>"
            : "");
    for (size_t i = 0; i < table->count; i++)
        if (has_figures(&table->rows[i]))
            put_row(out, page, table, &table->rows[i]);
    fputs("</tbody></table></div>\n", out);
}

/* What flags a row, in its own words: the table has only room for the name. */
static void put_reasons(FILE *out, const struct page *page, const struct table *table)
{
    size_t said = 0;
    for (size_t i = 0; i < table->count; i++) {
        const struct row *row = &table->rows[i];
        if (!has_figures(row) || row->reason_count == 0)
            continue;
        char *why = flags_words(page->result, row);
        fputs(said++ == 0 ? "<ul class=\"reasons\">\n<li><b>" : "<li><b>", out);
        escape_html(out, words_arm(page->result, row));
        fputs("</b> ", out);
        escape_html_sentence(out, why);
        fputs("</li>\n", out);
        free(why);
    }
    if (said)
        fputs("</ul>\n", out);
}

/* lead is text and set bold; caption is markup. */
static void put_plot(FILE *out, const struct page *page, size_t workload, size_t kind,
                     const char *lead, const char *caption)
{
    char *path = plot_path(page->folder, page->result, workload, kind);
    char *svg = plot_read(path), *inlined = svg ? svg_inline(svg) : NULL;
    if (inlined) {
        fprintf(out, "<figure>%s<figcaption><b>", inlined);
        escape_html(out, lead);
        fprintf(out, "</b>%s</figcaption></figure>\n", caption);
    }
    free(inlined);
    free(svg);
    free(path);
}

static const struct {
    const char *lead, *caption;
} captions[] = {
    [PLOT_COST] = {"Cost.",
                   " Server CPU per request at saturation, with the interval of its ratio. The "
                   "upright tick is the roof: a server without any HTTP."},
    [PLOT_THROUGHPUT] = {"Throughput",
                         " of each server alone: median and range. An arrow and ≥ mark a "
                         "lower bound, where something other than the server was the limit."},
    [PLOT_RESPONSE] = {"Closed-loop response time: not a user's latency.",
                       " The generator waits for each answer before it asks again."},
    [PLOT_MEMORY] =
        {"", ": resident set over one window. ○ start, △ peak as the kernel saw it, ● end."},
};

static bool any_figures(const struct table *table)
{
    for (size_t i = 0; i < table->count; i++)
        if (has_figures(&table->rows[i]))
            return true;
    return false;
}

static void put_upstream(FILE *out, const struct page *page, const struct table *table)
{
    char *sentence = upstream_sentence(page->result, table);
    if (sentence) {
        fputs(" ", out);
        escape_html_sentence(out, sentence);
    }
    free(sentence);
}

static void put_workload(FILE *out, const struct page *page, const struct table *table)
{
    const struct workload *workload = &page->result->workloads[table->workload].workload;
    char *id = plain_name(workload->name);
    fprintf(out, "<section id=\"w-%s\" class=\"workload\"><h3>", id);
    escape_html(out, workload->name);
    fputs(table->ranked ? "</h3>" : " <em>shown, not ranked</em></h3>", out);
    fputs("<p class=\"about\">", out);
    if (workload->summary)
        escape_html(out, workload->summary);
    if (workload->isolates) {
        fputs(". <span>Isolates: ", out);
        escape_html(out, workload->isolates);
        fputs(".</span>", out);
    }
    put_upstream(out, page, table);
    fputs("</p>\n", out);
    if (any_figures(table)) {
        put_table(out, page, table);
        put_reasons(out, page, table);
        fputs("<div class=\"plots\">\n", out);
        for (size_t kind = PLOT_COST; kind < PLOT_MEMORY; kind++)
            put_plot(out, page, table->workload, kind, captions[kind].lead, captions[kind].caption);
        fputs("</div>\n", out);
    } else {
        fputs("<p>No row of this workload has a usable number; the reasons are below.</p>\n", out);
    }
    fputs("</section>\n", out);
    free(id);
}

static bool any_plot(const struct page *page)
{
    for (size_t t = 0; t < page->summary->count; t++)
        for (size_t kind = 0; kind < PLOT_KINDS; kind++) {
            char *path =
                plot_path(page->folder, page->result, page->summary->tables[t].workload, kind);
            char *svg = plot_read(path);
            free(path);
            free(svg);
            if (svg)
                return true;
        }
    return false;
}

void html_workloads(FILE *out, const struct page *page)
{
    if (!any_plot(page))
        fputs("<p class=\"nothing\">This report has no plots: gnuplot was not there to draw them. "
              "All figures are "
              "in the tables.</p>\n",
              out);
    for (size_t t = 0; t < page->summary->count; t++)
        put_workload(out, page, &page->summary->tables[t]);
}

static void put_absent_row(FILE *out, const struct page *page, const struct table *table,
                           const struct row *row)
{
    char *why = words_why(page->result, table, row);
    fputs("<tr><th scope=\"row\">", out);
    escape_html(out, words_arm(page->result, row));
    fputs("</th><td>", out);
    if (page->result->arms[row->arm].excluded)
        fputs("all", out);
    else
        escape_html(out, words_workload(page->result, table->workload));
    fprintf(out, "</td><td>%s</td><td>", row->kind == ROW_INVALID ? "invalid" : "not measured");
    escape_html(out, why);
    fputs("</td></tr>\n", out);
    free(why);
}

/* An arm that is excluded is excluded everywhere: it is listed once, with the first table that
 * knows it. */
static bool listed_before(const struct page *page, size_t table, size_t arm)
{
    for (size_t t = 0; page->result->arms[arm].excluded && t < table; t++)
        for (size_t i = 0; i < page->summary->tables[t].count; i++)
            if (page->summary->tables[t].rows[i].arm == arm)
                return true;
    return false;
}

void html_absent(FILE *out, const struct page *page)
{
    size_t count = 0;
    for (size_t t = 0; t < page->summary->count; t++)
        for (size_t i = 0; i < page->summary->tables[t].count; i++) {
            const struct row *row = &page->summary->tables[t].rows[i];
            if (has_figures(row) || listed_before(page, t, row->arm))
                continue;
            if (count++ == 0)
                fputs("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Rows "
                      "without a valid "
                      "number\"><table><caption class=\"unseen\">Rows without a valid "
                      "number</caption><thead><tr>"
                      "<th scope=\"col\">model</th><th scope=\"col\">workload</th><th "
                      "scope=\"col\">state</th>"
                      "<th scope=\"col\">why</th></tr></thead><tbody>\n",
                      out);
            put_absent_row(out, page, &page->summary->tables[t], row);
        }
    fputs(count ? "</tbody></table></div>\n"
                : "<p>None: every row that was measured has a valid number.</p>\n",
          out);
}

static void put_memory_row(FILE *out, const struct page *page, const struct table *table,
                           const struct row *row)
{
    struct cells cells;
    cells_make(&cells, page->result, table, row);
    fputs("<tr>", out);
    put_model(out, page, row);
    fputs("<td>", out);
    escape_html(out, words_workload(page->result, table->workload));
    fputs("</td>", out);
    put_number(out, cells.rss_start, "");
    put_number(out, cells.rss_peak, "");
    put_number(out, cells.rss_end, "");
    put_number(out, cells.pss, "");
    fputs("</tr>\n", out);
}

static bool any_memory(const struct page *page)
{
    for (size_t t = 0; t < page->summary->count; t++)
        for (size_t i = 0; i < page->summary->tables[t].count; i++)
            if (has_figures(&page->summary->tables[t].rows[i]) &&
                isfinite(page->summary->tables[t].rows[i].rss_end_bytes))
                return true;
    return false;
}

void html_memory(FILE *out, const struct page *page)
{
    if (!any_memory(page)) {
        fputs("<p class=\"nothing\">No usable round recorded memory.</p>\n", out);
        return;
    }
    fputs("<div class=\"plots\">\n", out);
    for (size_t t = 0; t < page->summary->count; t++) {
        size_t workload = page->summary->tables[t].workload;
        put_plot(out, page, workload, PLOT_MEMORY, words_workload(page->result, workload),
                 captions[PLOT_MEMORY].caption);
    }
    fputs("</div>\n", out);
    fputs(
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Memory\"><table>"
        "<caption class=\"unseen\">Memory of each model on each workload</caption><thead><tr>"
        "<th scope=\"col\">model</th><th scope=\"col\">workload</th>"
        "<th scope=\"col\" class=\"num\">RSS at start</th><th scope=\"col\" class=\"num\">peak</th>"
        "<th scope=\"col\" class=\"num\">at end</th><th scope=\"col\" class=\"num\">PSS at end</th>"
        "</tr></thead><tbody>\n",
        out);
    for (size_t t = 0; t < page->summary->count; t++)
        for (size_t i = 0; i < page->summary->tables[t].count; i++) {
            const struct row *row = &page->summary->tables[t].rows[i];
            if (has_figures(row) && isfinite(row->rss_end_bytes))
                put_memory_row(out, page, &page->summary->tables[t], row);
        }
    fputs("</tbody></table></div>\n", out);
}
