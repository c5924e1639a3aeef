/* The first screen: the verdict in words, the rankings with their intervals drawn, and how sure all
 * that is. */
#include "present/html_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/words.h"
#include "present/format.h"
#include "present/palette.h"

/* The first sentence carries the verdict and is set large; the others follow it. */
static size_t first_sentence(const char *text)
{
    const char *end = strstr(text, ". ");
    return end ? (size_t)(end - text) + 1 : strlen(text);
}

void html_verdict(FILE *out, const struct page *page)
{
    const char *headline = page->summary->headline;
    size_t length = first_sentence(headline);
    char *first = text_format("%.*s", (int)length, headline);
    fputs("<h1>", out);
    escape_html_sentence(out, first);
    fputs("</h1>\n", out);
    free(first);
    if (headline[length] != '\0') {
        fputs("<p class=\"lead\">", out);
        escape_html_sentence(out, headline + length + strspn(headline + length, " "));
        fputs("</p>\n", out);
    }
}

static bool is_compared(const struct row *row)
{
    return (row->kind == ROW_RANKED || row->kind == ROW_GLANCE) && isfinite(row->cost_ratio.value);
}

static size_t count_compared(const struct table *table)
{
    size_t n = 0;
    for (size_t i = 0; i < table->count; i++)
        n += is_compared(&table->rows[i]);
    return n;
}

static double scale_of(const struct table *table)
{
    double max = 0;
    for (size_t i = 0; i < table->count; i++) {
        const struct row *row = &table->rows[i];
        if (!is_compared(row))
            continue;
        max = fmax(max, row->cost_ratio.value);
        if (estimate_has_interval(&row->cost_ratio))
            max = fmax(max, row->cost_ratio.high);
    }
    return max * 1.02;
}

/* A column that no row of the table can fill is left out. */
struct columns {
    bool throughput, roof, memory;
};

static struct columns columns_of(const struct table *table)
{
    struct columns columns = {false, false, false};
    for (size_t i = 0; i < table->count; i++) {
        const struct row *row = &table->rows[i];
        if (!is_compared(row))
            continue;
        columns.throughput |= isfinite(row->throughput_rps.median);
        columns.roof |= isfinite(row->roof_share.value);
        columns.memory |= isfinite(row->pss_bytes.median);
    }
    return columns;
}

static void put_cell(FILE *out, const char *class, const char *label, const char *text,
                     const char *small)
{
    fprintf(out, "<td role=\"cell\" class=\"%s\" data-label=\"%s\">", class, label);
    escape_html(out, text);
    if (small && *small) {
        fputs(" <small>", out);
        escape_html(out, small);
        fputs("</small>", out);
    }
    fputs("</td>", out);
}

static void put_row(FILE *out, const struct page *page, const struct table *table,
                    const struct row *row)
{
    struct cells cells;
    struct columns columns = columns_of(table);
    const char *variable = palette_variable(page->result, row->arm);
    cells_make(&cells, page->result, table, row);
    fprintf(out,
            "<tr role=\"row\"%s><td role=\"cell\" class=\"place\">%s</td>"
            "<th role=\"rowheader\" scope=\"row\" class=\"model\"><span class=\"key\" "
            "style=\"background:var(%s)\"></span>",
            row->tier == 1 ? " class=\"best\"" : "", cells.place, variable);
    escape_html(out, cells.name);
    if (*cells.mark)
        fprintf(out, " <small>%s</small>", cells.mark);
    fputs("</th><td role=\"cell\" class=\"drawn\">", out);
    html_bar(out, &row->cost_ratio, row->roof_share.value, scale_of(table), variable);
    fputs("</td>", out);
    put_cell(out, "ratio", "CPU per request", cells.ratio_short,
             row->reference ? "reference" : cells.interval);
    put_cell(out, "num meta", "cost", cells.cost, NULL);
    if (columns.throughput)
        put_cell(out, "num meta", "throughput", cells.throughput, NULL);
    if (columns.roof)
        put_cell(out, "num meta", "of roof", cells.roof, NULL);
    if (columns.memory)
        put_cell(out, "num meta", "memory", cells.pss, NULL);
    fputs("</tr>\n", out);
}

/* Who is missing from a ranking is part of it. */
static void put_refused(FILE *out, const struct page *page, const struct table *table)
{
    const char *between =
        "<tfoot role=\"rowgroup\"><tr role=\"row\"><td role=\"cell\" colspan=\"8\">"
        "<a href=\"#absent\">without a valid number</a>: ";
    for (size_t i = 0; i < table->count; i++) {
        if (table->rows[i].kind != ROW_INVALID && table->rows[i].kind != ROW_EXCLUDED)
            continue;
        fputs(between, out);
        escape_html(out, words_arm(page->result, &table->rows[i]));
        between = ", ";
    }
    if (between[0] == ',')
        fputs("</td></tr></tfoot>\n", out);
}

static void put_ranking(FILE *out, const struct page *page, const struct table *table)
{
    const char *name = words_workload(page->result, table->workload);
    const char *summary = page->result->workloads[table->workload].workload.summary;
    fputs("<table role=\"table\" class=\"ranking\"><caption><strong>", out);
    escape_html(out, name);
    fputs("</strong>", out);
    if (summary) {
        fputs(" <span>", out);
        escape_html(out, summary);
        fputs("</span>", out);
    }
    if (page->summary->self_check == SELF_CHECK_DIFFERS)
        fputs(" <em class=\"alarm\">not valid: the machine disagrees with itself</em>", out);
    else if (!table->ranked)
        fputs(" <em>direction only</em>", out);
    fputs("</caption>\n<thead role=\"rowgroup\"><tr role=\"row\">"
          "<th role=\"columnheader\" scope=\"col\" class=\"place\"><span "
          "class=\"unseen\">place</span></th>"
          "<th role=\"columnheader\" scope=\"col\">model</th>"
          "<th role=\"columnheader\" scope=\"col\" colspan=\"2\"><a href=\"#method-pairs\">CPU per "
          "request</a>, "
          "less is better</th>"
          "<th role=\"columnheader\" scope=\"col\" class=\"num\" "
          "title=\"ratio × the reference's median\">cost</th>",
          out);
    struct columns columns = columns_of(table);
    static const char head[] = "<th role=\"columnheader\" scope=\"col\" class=\"num\">";
    if (columns.throughput)
        fprintf(out, "%s<a href=\"#method-bounds\">req/s</a></th>", head);
    if (columns.roof)
        fprintf(out, "%s<a href=\"#method-roof\">of roof</a></th>", head);
    if (columns.memory)
        fprintf(out, "%sPSS</th>", head);
    fputs("</tr></thead>\n<tbody role=\"rowgroup\">\n", out);
    for (size_t i = 0; i < table->count; i++)
        if (is_compared(&table->rows[i]))
            put_row(out, page, table, &table->rows[i]);
    fputs("</tbody>\n", out);
    put_refused(out, page, table);
    fputs("</table>\n", out);
}

void html_rankings(FILE *out, const struct page *page)
{
    size_t shown = 0;
    for (size_t t = 0; t < page->summary->count; t++)
        if (count_compared(&page->summary->tables[t]) > 1) {
            put_ranking(out, page, &page->summary->tables[t]);
            shown++;
        }
    if (shown == 0)
        fputs("<p class=\"nothing\">Nothing could be compared in this run; what was measured "
              "stands below.</p>\n",
              out);
}

struct signs {
    bool interval, roof, tie, near, bound, external;
};

static void add_signs(struct signs *signs, const struct page *page, const struct table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct row *row = &table->rows[i];
        struct cells cells;
        if (!is_compared(row))
            continue;
        cells_make(&cells, page->result, table, row);
        signs->interval |= estimate_has_interval(&row->cost_ratio);
        signs->roof |= isfinite(row->roof_share.value);
        signs->tie |= strstr(cells.place, "=") != NULL;
        signs->near |= strstr(cells.place, "≈") != NULL;
        signs->bound |= strstr(cells.throughput, "≥") != NULL;
        signs->external |= *cells.mark != '\0';
    }
}

/* Only what occurs: a sign that is explained and nowhere to be seen sends readers looking. */
void html_legend(FILE *out, const struct page *page)
{
    struct signs signs = {0};
    for (size_t t = 0; t < page->summary->count; t++)
        if (count_compared(&page->summary->tables[t]) > 1)
            add_signs(&signs, page, &page->summary->tables[t]);
    const struct {
        bool occurs;
        const char *sign, *meaning;
    } entries[] = {
        {signs.interval, "<i class=\"l-span\" aria-hidden=\"true\"></i>",
         "where the true ratio lies"},
        {signs.roof, "<i class=\"l-roof\" aria-hidden=\"true\"></i>",
         "the roof: a server without any HTTP"},
        {signs.tie, "<b>=</b>", "cannot be told apart"},
        {signs.near, "<b>≈</b>", "overlaps the next"},
        {signs.bound, "<b>≥</b>", "a lower bound"},
        {signs.external, "<b>external</b>", "no model of this suite"},
    };
    fputs("<span class=\"legends\">", out);
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++)
        if (entries[i].occurs)
            fprintf(out, " <span class=\"legend\">%s %s</span>", entries[i].sign,
                    entries[i].meaning);
    fputs("</span>", out);
}

static size_t most_blocks(const struct summary *summary)
{
    size_t blocks = 0;
    for (size_t t = 0; t < summary->count; t++)
        for (size_t i = 0; i < summary->tables[t].count; i++)
            if (summary->tables[t].rows[i].cost_ratio.n > blocks)
                blocks = summary->tables[t].rows[i].cost_ratio.n;
    return blocks;
}

static void put_fact(FILE *out, const char *value, const char *what, const char *class)
{
    fprintf(out, "<div class=\"%s\"><dt>%s</dt><dd>%s</dd></div>\n", class, what, value);
}

static void put_self_check(FILE *out, const struct summary *summary)
{
    static const char *const words[] = {
        [SELF_CHECK_ABSENT] = "no self-check in this run",
        [SELF_CHECK_TOO_SHORT] = "self-check: too few blocks to judge",
        [SELF_CHECK_AGREES] = "between two copies of one server: this machine agrees with itself",
        [SELF_CHECK_DIFFERS] =
            "between two copies of one server: this machine disagrees with itself",
    };
    static const char *const classes[] = {"unsure", "unsure", "sure", "alarm"};
    char value[FIGURE_MAX] = "–";
    if (isfinite(summary->self_check_ratio.value))
        snprintf(value, sizeof value, "%.1f %%", 100 * fabs(summary->self_check_ratio.value - 1));
    put_fact(out, value, words[summary->self_check], classes[summary->self_check]);
}

void html_certainty(FILE *out, const struct page *page)
{
    const struct summary *summary = page->summary;
    size_t blocks = most_blocks(summary);
    char value[FIGURE_MAX];
    fputs("<dl class=\"certainty\" aria-label=\"How sure\">\n", out);
    put_self_check(out, summary);
    snprintf(value, sizeof value, "%zu", blocks);
    put_fact(out, value,
             blocks == 1 ? "paired block: direction only" : "paired blocks behind a ratio",
             blocks < STATS_INTERVAL_MIN_N ? "unsure" : "sure");
    unsigned rank = stats_interval_rank(blocks);
    if (rank > 0) {
        snprintf(value, sizeof value, "%.0f %%", 100 * stats_interval_coverage(blocks, rank));
        put_fact(out, value, "of such intervals hold the true ratio", "sure");
    }
    if (isfinite(summary->paired_sd)) {
        snprintf(value, sizeof value, "%.1f %%", 100 * summary->paired_sd);
        put_fact(out, value, "is how much a ratio varies from block to block", "sure");
    }
    fputs("</dl>\n", out);
}
