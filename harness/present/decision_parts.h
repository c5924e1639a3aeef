/*
 * What the forms of a decision (present/decision.h) share, so that all of them say the same: the
 * order of the rows, which of them fail or matter, a row in words, and names from outside made
 * harmless. Internal to present.
 */
#ifndef PRESENT_DECISION_PARTS_H
#define PRESENT_DECISION_PARTS_H

#include <stdio.h>

#include "analyse/decision.h"

/* A gating metric that is REGRESSED, which nobody accepts: what exit code 1 is for. */
bool decision_row_fails(const struct decision_row *row);
/* Likewise SUSPECT, for the worse. */
bool decision_row_warns(const struct decision_row *row);
/* It gates, and is worse, better or unknown: a reviewer looks at it. */
bool decision_row_matters(const struct decision_row *row);
/* Nothing can be said of it, or not yet. */
bool decision_row_is_unknown(const struct decision_row *row);

/* Does it fail, or say nothing, for what no row says: nothing
 * was measured, or a side broke under the load? */
bool decision_is_refused(const struct decision *decision);

/* Rows in an order of their own; borrowed from a decision, which outlives it. */
struct decision_view {
    const struct decision_row **rows;
    size_t count;
};
/* What fails first, then what is suspect, worse, unknown, better, and at last what is as it was. */
void decision_view_init(struct decision_view *view, const struct decision *decision);
/* The rows of a workload together, in the order they had; workloads by the first of theirs. */
void decision_view_by_workload(struct decision_view *view);
/* How many from `first` on are of its workload. */
size_t decision_view_workload(const struct decision_view *view, size_t first);
void decision_view_release(struct decision_view *view);

/* "3 REGRESSED, 10 EQUIVALENT" of count rows. */
void decision_put_counts(FILE *out, const struct decision_row *const *rows, size_t count);
/* "cost", "p99, 20 k/s"; the caller frees. */
char *decision_metric_label(const struct decision_row *row);
/* "REGRESSED", "REGRESSED, confirmed" */
const char *decision_row_word(const struct decision_row *row);
/* Is it a verdict and no figure: nothing of base and head, no change, no margin? */
bool decision_row_is_word(const struct decision_row *row);
/* What stands in the cells of a row, in all forms alike; "–": none. */
struct decision_cells {
    char base[DECISION_CHANGE_MAX], head[DECISION_CHANGE_MAX]; /* "4.62 µs" */
    char change[DECISION_CHANGE_MAX]; /* "+4.1 % [+3.6, +4.5]", "+2.8 %, counted" */
    char counts[DECISION_CHANGE_MAX], told[DECISION_CHANGE_MAX]; /* margin and smallest: "1 %" */
};
void decision_cells_make(struct decision_cells *cells, const struct decision_row *row);
/* "4.62 µs, then 4.81 µs: +4.1 % [+3.6, +4.5], REGRESSED; a change counts from 1 %, and is told
 * apart from 1.2 % on; why"; the caller frees. */
char *decision_row_words(const struct decision_row *row);
/* "about 14 more blocks would decide it"; NULL: nobody knows how many. The caller frees. */
char *decision_row_more(const struct decision_row *row);
/* What is said of a row beside its figures: why, how many more blocks would decide it, that it is
 * accepted; "": nothing. The caller frees. */
char *decision_row_reasons(const struct decision_row *row);
/* The same, and that it does not gate. */
char *decision_row_remarks(const struct decision_row *row);

/* What the columns and the words of some metrics mean, for
 * what is among the rows; the caller frees. */
char *decision_legend(const struct decision_view *view);

/* Text from outside as UTF-8 that is valid, whose control characters (C0, DEL and C1, of which
 * terminals take some for commands) are question marks, as is what is no character of XML 1.0
 * (section 2.2); but those in `kept` stay. The caller frees. */
char *decision_clean(const char *text, const char *kept);

#endif
