/* What exit code and headline of a decision ask of its rows: between the files of decision.h. */
#ifndef ANALYSE_DECISION_ROWS_H
#define ANALYSE_DECISION_ROWS_H

#include "analyse/decision.h"

/* The row's ratio, above 1 for the worse whatever the metric. */
struct estimate decision_harm(const struct decision_row *row);

size_t decision_count_bad(const struct decision *decision, enum decision_word word);
/* gating: of those that gate alone. */
size_t decision_count_words(const struct decision *decision, enum decision_word word, bool gating);
size_t decision_count_gates(const struct decision *decision);
/* Does any row say something, of those that gate, or where none does, of all? */
bool decision_tells_anything(const struct decision *decision);
bool decision_has_workload(const struct decision *decision, const char *workload);
/* Nothing that is here is what somebody wants to be stopped by: that is no pass. */
bool decision_gates_elsewhere(const struct decision *decision);
/* Does no row have a metric that a user named? Of a stored result those that it
 * never has are passed over, as one file may be for duels, too. */
bool decision_gates_unmeasured(const struct decision *decision);

/* In a sentence; the exit code is known. The caller frees. */
char *decision_headline(const struct decision *decision);

#endif
