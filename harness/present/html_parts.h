/* The parts of the HTML report that are made from a result; the page around them is
 * report/report.html. Each writes escaped markup. Internal to present. */
#ifndef PRESENT_HTML_PARTS_H
#define PRESENT_HTML_PARTS_H

#include <stdio.h>

#include "analyse/summary.h"
#include "present/grid.h"

struct page {
    const struct result *result;
    const struct summary *summary;
    const char *folder; /* where plots/ is */
};

/* The first screen: html_front.c */
void html_verdict(FILE *out, const struct page *page);
void html_rankings(FILE *out, const struct page *page);
void html_legend(FILE *out, const struct page *page); /* of the signs that the rankings show */
void html_certainty(FILE *out, const struct page *page);

/* From zero to a ratio that is one, its interval on it, the reference as a line, the roof (NAN:
 * none) as a tick; scale is the ratio at the right end: html_bar.c */
void html_bar(FILE *out, const struct estimate *ratio, double roof_share, double scale,
              const char *variable);

/* The head of a model's row, with its colour; and a cell with a figure and what stands small below
 * it, "" for nothing: html_cells.c */
void html_model(FILE *out, const struct page *page, size_t arm);
void html_figure(FILE *out, const char *text, const char *small);
/* Sentences as a list, those from..to-1 that there are; a drawing with its
 * caption, which is markup, if the file is there; a table with its note,
 * its title above it or only for those who do not see: html_cells.c */
void html_sentences(FILE *out, const struct strings *sentences, size_t from, size_t to);
void html_plot(FILE *out, const char *path, const char *caption);
void html_grid(FILE *out, const struct page *page, const struct grid *grid, bool title_is_seen);

/* Below it: html_details.c */
void html_workloads(FILE *out, const struct page *page);
void html_absent(FILE *out, const struct page *page);
void html_memory(FILE *out, const struct page *page);

/* What a request costs and takes at a rate; nothing where that was not measured: html_at_rate.c */
void html_at_rate_link(FILE *out, const struct page *page);
void html_at_rate(FILE *out, const struct page *page);

/* Whether servers stay what they are over time; nothing where
 * that was not measured: html_consistency.c */
void html_consistency_link(FILE *out, const struct page *page);
void html_consistency(FILE *out, const struct page *page);

/* What a connection costs, where the table over time does not have it: html_connections.c */
void html_connections_link(FILE *out, const struct page *page);
void html_connections(FILE *out, const struct page *page);
/* Where it has: what a table has no room for, a sentence a
 * server; nothing where the findings say it. */
void html_connections_said(FILE *out, const struct page *page, size_t workload);

/* Latency against rate, and the highest rates within objectives;
 * nothing where neither was measured: html_latency.c */
void html_latency_link(FILE *out, const struct page *page);
void html_latency(FILE *out, const struct page *page);

/* How the figures grow; nothing where that was not measured: html_scale.c */
void html_scale_link(FILE *out, const struct page *page);
void html_scale(FILE *out, const struct page *page);

/* What the numbers rest on: html_conditions.c */
void html_title(FILE *out, const struct page *page);
void html_run(FILE *out, const struct page *page);
void html_findings(FILE *out, const struct page *page);
void html_cautions(FILE *out, const struct page *page);
void html_conditions(FILE *out, const struct page *page);
void html_servers(FILE *out, const struct page *page);

#endif
