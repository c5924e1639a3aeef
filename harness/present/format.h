/* Figures with units and no more digits than they carry. A missing figure is "–". UTF-8. */
#ifndef PRESENT_FORMAT_H
#define PRESENT_FORMAT_H

#include <stddef.h>
#include <stdio.h>

#include "analyse/summary.h"

enum { FIGURE_MAX = 64, LABEL_MAX = 288 /* a file name and the mark */ };

void figure_rate(char figure[FIGURE_MAX], double per_s);  /* "212 k/s" */
void figure_time(char figure[FIGURE_MAX], double ns);     /* "4.62 µs", "0.31 ms", "12.3 ms" */
void figure_bytes(char figure[FIGURE_MAX], double bytes); /* "3.4 MiB" */

/* What stands in the cells of a row, so that text, Markdown and HTML agree. */
struct cells {
    const char *name;
    const char *mark;      /* "external": not a model of this suite; else "" */
    char label[LABEL_MAX]; /* both: "nginx (external)" */
    /* "1", "1 =": tier; "≈" after it where the next overlaps; "" unranked. */
    char place[FIGURE_MAX];
    char ratio[FIGURE_MAX];       /* "0.98× [0.95, 1.01]"; "1×" for the reference */
    char ratio_short[FIGURE_MAX]; /* "0.98×" */
    char interval[FIGURE_MAX];    /* "0.95 – 1.01" or "" */
    char cost[FIGURE_MAX];        /* "4.62 µs" */
    char per_core[FIGURE_MAX];
    char upstream[FIGURE_MAX];         /* "4.41 µs": CPU per request of what stands behind it */
    char throughput[FIGURE_MAX];       /* "≥ 186 k/s" */
    char throughput_range[FIGURE_MAX]; /* "182 – 190 k/s", or "" with one round */
    char roof[FIGURE_MAX];             /* "91 %" */
    char roof_interval[FIGURE_MAX];
    char pss[FIGURE_MAX];
    char rss_start[FIGURE_MAX], rss_peak[FIGURE_MAX], rss_end[FIGURE_MAX];
    char p50[FIGURE_MAX], p99[FIGURE_MAX];
    char rounds[FIGURE_MAX]; /* "12", "12 of 14" */
    const char *state;       /* "valid", "noisy", "censored", "invalid" */
};
void cells_make(struct cells *cells, const struct result *result, const struct table *table,
                const struct row *row);

/* Who stands behind the servers of a table, on which CPUs, and what CPU a request took of it, which
 * no cost holds: a sentence that the caller frees; NULL if nobody does. */
char *upstream_sentence(const struct result *result, const struct table *table);

/* The name a server gives itself, where it is not what its arm is called; else NULL. */
const char *own_name(const struct arm *arm);

void escape_html(FILE *out, const char *text); /* of text and of quoted attribute values */
/* The same for prose: a figure, its interval and its unit stay on one line. */
void escape_html_sentence(FILE *out, const char *text);
void escape_markdown(FILE *out, const char *text); /* of text and of table cells */

/* A name made of letters, digits and dashes, for files and ids; the caller frees. */
char *plain_name(const char *text);

#endif
