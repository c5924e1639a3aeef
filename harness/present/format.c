/* Three significant digits are what a measurement of this kind carries at best. */
#include "present/format.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/words.h"

static const char NOTHING[] = "–";

static int digits_after_point(double value, int significant)
{
    int whole = value < 1 ? 1 : (int)floor(log10(value)) + 1;
    return whole >= significant ? 0 : significant - whole;
}

/* value in the unit whose step it reaches; a list of steps ends with a NULL name. */
struct unit {
    double size;
    const char *name;
};

static const struct unit *unit_for(double value, const struct unit *units)
{
    while (units[1].name && value >= units[1].size)
        units++;
    return units;
}

static void in_units(char *figure, double value, const struct unit *units)
{
    if (isnan(value)) {
        snprintf(figure, FIGURE_MAX, "%s", NOTHING);
        return;
    }
    const struct unit *unit = unit_for(value, units);
    double scaled = value / unit->size;
    snprintf(figure, FIGURE_MAX, "%.*f %s", digits_after_point(scaled, 3), scaled, unit->name);
}

static const struct unit rates[] = {{1, "/s"}, {1e3, "k/s"}, {1e6, "M/s"}, {0, NULL}};
static const struct unit times[] = {{1, "ns"}, {1e3, "µs"}, {1e6, "ms"}, {1e9, "s"}, {0, NULL}};

void figure_rate(char figure[FIGURE_MAX], double per_s)
{
    in_units(figure, per_s, rates);
}

void figure_time(char figure[FIGURE_MAX], double ns)
{
    in_units(figure, ns, times);
}

void figure_bytes(char figure[FIGURE_MAX], double bytes)
{
    words_bytes(figure, bytes);
}

static void cell_place(struct cells *cells, const struct table *table, const struct row *row)
{
    cells->place[0] = '\0';
    if (row->kind != ROW_RANKED)
        return;
    unsigned sharing = 0;
    for (size_t i = 0; i < table->count; i++)
        sharing += table->rows[i].kind == ROW_RANKED && table->rows[i].tier == row->tier;
    snprintf(cells->place, FIGURE_MAX, "%u%s%s", row->tier, sharing > 1 ? " =" : "",
             row->near_next ? " ≈" : "");
}

static void cell_ratio(struct cells *cells, const struct row *row)
{
    words_ratio(cells->ratio, &row->cost_ratio);
    words_ratio_value(cells->ratio_short, &row->cost_ratio);
    words_interval(cells->interval, &row->cost_ratio);
    if (row->reference && row->cost_ratio.value == 1) {
        snprintf(cells->ratio, FIGURE_MAX, "1×");
        snprintf(cells->ratio_short, FIGURE_MAX, "1×");
    }
}

static void cell_throughput(struct cells *cells, const struct row *row)
{
    const struct spread *rate = &row->throughput_rps;
    char figure[FIGURE_MAX];
    figure_rate(figure, rate->median);
    snprintf(cells->throughput, FIGURE_MAX, "%s%.48s",
             row->throughput_censored && !isnan(rate->median) ? "≥ " : "", figure);
    cells->throughput_range[0] = '\0';
    if (rate->n < 2 || isnan(rate->low))
        return;
    const struct unit *unit = unit_for(rate->median, rates);
    int digits = digits_after_point(rate->median / unit->size, 3);
    snprintf(cells->throughput_range, FIGURE_MAX, "%.*f – %.*f %s", digits, rate->low / unit->size,
             digits, rate->high / unit->size, unit->name);
}

static void cell_roof(struct cells *cells, const struct row *row)
{
    cells->roof_interval[0] = '\0';
    snprintf(cells->roof, FIGURE_MAX, "%s", NOTHING);
    if (row->kind == ROW_ROOF || isnan(row->roof_share.value))
        return;
    snprintf(cells->roof, FIGURE_MAX, "%.0f %%", 100 * row->roof_share.value);
    if (estimate_has_interval(&row->roof_share))
        snprintf(cells->roof_interval, FIGURE_MAX, "%.0f – %.0f %%", 100 * row->roof_share.low,
                 100 * row->roof_share.high);
}

void cells_make(struct cells *cells, const struct result *result, const struct table *table,
                const struct row *row)
{
    static const char *const states[] = {"valid", "noisy", "censored", "invalid"};
    bool external = result->arms[row->arm].server.external;
    *cells = (struct cells){.name = words_arm(result, row),
                            .mark = external ? "external" : "",
                            .state = states[row->outcome]};
    snprintf(cells->label, LABEL_MAX, "%.260s%s", cells->name, external ? " (external)" : "");
    cell_place(cells, table, row);
    cell_ratio(cells, row);
    cell_throughput(cells, row);
    cell_roof(cells, row);
    figure_time(cells->cost, row->cost_ns);
    figure_rate(cells->per_core, row->per_core_rps);
    figure_time(cells->upstream, row->upstream_ns);
    figure_bytes(cells->pss, row->pss_bytes.median);
    figure_bytes(cells->rss_start, row->rss_start_bytes);
    figure_bytes(cells->rss_peak, row->rss_peak_bytes);
    figure_bytes(cells->rss_end, row->rss_end_bytes);
    figure_time(cells->p50, row->response_p50_ns.median);
    figure_time(cells->p99, row->response_p99_ns.median);
    if (row->rounds_discarded > 0)
        snprintf(cells->rounds, FIGURE_MAX, "%u of %u", row->rounds_used,
                 row->rounds_used + row->rounds_discarded);
    else
        snprintf(cells->rounds, FIGURE_MAX, "%u", row->rounds_used);
}

/* " on CPU 2": where every round of the workload had it. */
static char *upstream_place(const struct result *result, size_t workload)
{
    const char *cpus = NULL;
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (round->workload != workload || !round->upstream_cpus)
            continue;
        if (cpus && strcmp(cpus, round->upstream_cpus) != 0)
            return xstrdup(""); /* it changes places with its arm */
        cpus = round->upstream_cpus;
    }
    return cpus ? text_format(" on CPU %s", cpus) : xstrdup("");
}

/* "4.41 µs to 5.02 µs", over the rows. */
static void upstream_figures(char figures[2 * FIGURE_MAX], const struct table *table)
{
    double low = NAN, high = NAN;
    char first[FIGURE_MAX], last[FIGURE_MAX];
    for (size_t i = 0; i < table->count; i++) {
        low = fmin(low, table->rows[i].upstream_ns); /* of a number and NAN: the number */
        high = fmax(high, table->rows[i].upstream_ns);
    }
    figure_time(first, low);
    figure_time(last, high);
    if (isnan(low))
        snprintf(figures, 2 * FIGURE_MAX, "which is not known");
    else if (strcmp(first, last) == 0)
        snprintf(figures, 2 * FIGURE_MAX, "%s", first);
    else
        snprintf(figures, 2 * FIGURE_MAX, "%.60s to %.60s", first, last);
}

char *upstream_sentence(const struct result *result, const struct table *table)
{
    const char *upstream = result->workloads[table->workload].workload.upstream;
    char figures[2 * FIGURE_MAX];
    if (!upstream)
        return NULL;
    char *place = upstream_place(result, table->workload);
    upstream_figures(figures, table);
    char *sentence = text_format("Behind each server stands %s with one worker%s. Its own CPU per "
                                 "request, %s, is in no cost.",
                                 upstream, place, figures);
    free(place);
    return sentence;
}

const char *own_name(const struct arm *arm)
{
    const char *name = arm->server.described ? arm->server.name : NULL;
    size_t length = strlen(arm->id) - (arm->self_check ? 1 : 0); /* a copy is called epoll' */
    bool same = !name || (strlen(name) == length && memcmp(name, arm->id, length) == 0);
    return same ? NULL : name;
}

static void put_html(FILE *out, unsigned char c)
{
    switch (c) {
    case '&':
        fputs("&amp;", out);
        break;
    case '<':
        fputs("&lt;", out);
        break;
    case '>':
        fputs("&gt;", out);
        break;
    case '"':
        fputs("&quot;", out);
        break;
    case '\'':
        fputs("&#39;", out);
        break;
    default: /* other controls are not allowed in HTML at all */
        putc(c < 0x20 && !isspace(c) ? '?' : c, out);
    }
}

void escape_html(FILE *out, const char *text)
{
    for (; *text; text++)
        put_html(out, (unsigned char)*text);
}

void escape_html_sentence(FILE *out, const char *text)
{
    bool inside = false;
    for (; *text; text++) {
        inside = *text == '[' || (inside && *text != ']');
        if (*text == ' ' && (inside || text[1] == '%' || text[1] == '['))
            fputs("&nbsp;", out);
        else
            put_html(out, (unsigned char)*text);
    }
}

void escape_markdown(FILE *out, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '<' || c == '>' || c == '&')
            fputs(c == '<' ? "&lt;" : c == '>' ? "&gt;" : "&amp;", out);
        else if (c < 0x20 || c == 0x7f)
            putc(' ', out);
        else if (strchr("\\`*_[]|#!", c))
            fprintf(out, "\\%c", c);
        else
            putc(c, out);
    }
}

char *plain_name(const char *text)
{
    char *name = xstrdup(text);
    for (char *at = name; *at; at++)
        if (!isalnum((unsigned char)*at) && *at != '-')
            *at = '_';
    return name;
}
