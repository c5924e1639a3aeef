/*
 * The options that every command with a decision has: what
 * gates, what is accepted, and the forms of the decision.
 *
 *   struct gating gating;
 *   gating_init(&gating);
 *   struct option_row rows[] = {..., GATING_ROWS(struct options, gating, "of cost and p99")};
 *                                       option_table.h
 *   gating_prepare(&gating)             before anything is measured
 *   gating_finish(&gating, &decision)   once the decision has all its rows, made with &gating.gate
 *   gating_release(&gating);
 */
#ifndef CMD_GATING_H
#define CMD_GATING_H

#include <stdbool.h>
#include <stddef.h>

#include "cmd/option_table.h"
#include "cmd/show_decision.h"
#include "data/gate.h"
#include "data/result.h"

/* Borrows from argv, but for the forms. */
struct gating {
    struct gate gate; /* once gating_prepare has read it */
    struct acceptances acceptances;
    const char *metrics, *rules, *accept; /* NULL: not given */
    bool strict;
    struct decision_forms forms;
};
void gating_init(struct gating *gating);
/* Reads the rules and what is accepted, and looks whether all
 * files can be written; 0 or an exit code after saying why. */
int gating_prepare(struct gating *gating);
/* The file of rules, be it there or not; borrowed. */
const char *gating_file(const struct gating *gating);
/* Who named what gates, in words: "--gate cost", "backbench.ini"; the caller frees. */
char *gating_origin(const struct gating *gating);
/* What gates and what is accepted goes into the record of what
 * is measured for a decision, as facts. */
void gating_record(const struct gating *gating, struct result *result);
/* Instead of gating_prepare: from there, whatever the files say
 * now; or exit code 4 after saying that it is not there. */
int gating_recall(struct gating *gating, const struct result *stored);
/* Accepts, concludes and shows; the decision's own exit code,
 * or 5 where it could not be written. */
int gating_finish(const struct gating *gating, struct decision *decision);
/* Shows what somebody else has concluded; likewise. */
int gating_show(const struct gating *gating, const struct decision *decision);
void gating_release(struct gating *gating);

/* The rows of a command whose options, of that type, have a struct gating as that member; words:
 * what --help says of the metrics that can gate, in lines of at most 57 columns. */
/* clang-format off */
#define GATING_ROWS(type, member, words)                                                           \
    {"gate", "METRICS", OPTION_TEXT, offsetof(type, member.metrics), 0, 0, words,                  \
     "several metrics stand in one list, as cost,p99", NULL, false},                               \
    OPTION_ROW("rules", "FILE", OPTION_TEXT, offsetof(type, member.rules), 0, 0,                   \
               "metrics, margins and workloads (backbench.ini, where\n"                            \
               "there is one)"),                                                                   \
    OPTION_ROW("accept", "FILE", OPTION_TEXT, offsetof(type, member.accept), 0, 0,                 \
               "what is worse and accepted, each with a reason and a\n"                            \
               "last day"),                                                                        \
    OPTION_ROW("strict", NULL, OPTION_FLAG, offsetof(type, member.strict), 0, 0,                   \
               "a gating metric that is INCONCLUSIVE is no pass"),                                 \
    {"format", "FORMAT", OPTION_OWN, offsetof(type, member.forms), 0, 0,                           \
     "text, markdown, json, github or junit (text); and\n"                                         \
     "FORMAT=FILE for each that goes into a file",                                                 \
     NULL, gating_take_format, true}
/* clang-format on */
int gating_take_format(void *forms, const char *text);

#endif
