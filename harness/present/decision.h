/*
 * A decision (analyse/decision.h) for whoever reads it: a person at a terminal, a reviewer in a
 * pull request, a program, and the machines of a CI that show annotations and test results. All say
 * the same, of two stored results and of a duel, which has more to say: what is confirmed, what
 * more blocks would decide, what is counted, and what the machine can tell apart.
 */
#ifndef PRESENT_DECISION_H
#define PRESENT_DECISION_H

#include <stdio.h>

#include "analyse/decision.h"

/* The headline, then a row a metric, what is worse or unknown first; no line is wider than width,
 * of which 80 columns are the least. */
void present_decision_text(FILE *out, const struct decision *decision, unsigned width);
/* For a comment in a pull request, so bounded: what is worse, better or
 * unknown of what gates stands in a table, its reasons in a list beneath,
 * the rest is folded away, and counted where even that would be too long. */
void present_decision_markdown(FILE *out, const struct decision *decision);
/* As results/decision.schema.json has it, the most urgent row first. */
void present_decision_json(FILE *out, const struct decision *decision);
/* Workflow commands of GitHub Actions, a line each: a notice with the headline and with what a duel
 * found out about the machine, an error for what fails the gate, a warning for what is suspect, for
 * the worse. Where nothing was measured, or a side broke, the headline is an error if that is the
 * head's doing (exit code 1), and else a warning. */
void present_decision_github(FILE *out, const struct decision *decision);
/* Appends the Markdown to the file that GITHUB_STEP_SUMMARY names. 0, or -1 with a sentence. */
int present_decision_github_summary(const struct decision *decision, const char *path,
                                    char **error);
/* A test suite a workload, a test case a server and metric, as JUnit's XML: what fails the gate
 * failed, what cannot be judged was skipped. What a duel found out about the machine is a suite,
 * too, and so is, where nothing was measured or a side broke, the decision itself: one case, which
 * failed if that is the head's doing, and else is an error. */
void present_decision_junit(FILE *out, const struct decision *decision);

#endif
