/*
 * The options that every command with a decision has: what gates, what is accepted, and the forms of the decision.
 *
 *   struct gating gating;
 *   gating_init(&gating);
 *   struct option table[] = {GATING_OPTIONS, ...};    and in getopt's loop: gating_option(&gating, option, optarg)
 *   gating_prepare(&gating)                           before anything is measured
 *   gating_finish(&gating, &decision)                 once the decision has all its rows, made with &gating.gate
 *   gating_release(&gating);
 */
#ifndef CMD_GATING_H
#define CMD_GATING_H

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

#include "cmd/show_decision.h"
#include "data/gate.h"
#include "data/result.h"

enum gating_key {
    GATING_METRICS = 0x100, /* no character */
    GATING_RULES,
    GATING_ACCEPT,
    GATING_STRICT,
    GATING_FORMAT,
};
/* clang-format off */
#define GATING_OPTIONS                                       \
    {"gate", required_argument, NULL, GATING_METRICS},       \
    {"rules", required_argument, NULL, GATING_RULES},        \
    {"accept", required_argument, NULL, GATING_ACCEPT},      \
    {"strict", no_argument, NULL, GATING_STRICT},            \
    {"format", required_argument, NULL, GATING_FORMAT}
/* clang-format on */

/* Borrows from argv, but for the forms. */
struct gating {
    struct gate gate; /* once gating_prepare has read it */
    struct acceptances acceptances;
    const char *metrics, *rules, *accept; /* NULL: not given */
    bool strict;
    struct decision_forms forms;
};
void gating_init(struct gating *gating);
/* The lines of --help for these options; metrics: those that can gate, in words. */
void gating_usage(FILE *out, const char *metrics);
/* -1: the option is none of these; 0; or exit code 2 after saying what is wrong. */
int gating_option(struct gating *gating, int option, const char *value);
/* Reads the rules and what is accepted, and looks whether all files can be written; 0 or an exit code after saying why. */
int gating_prepare(struct gating *gating);
/* Who named what gates, in words: "--gate cost", "backbench.ini"; the caller frees. */
char *gating_origin(const struct gating *gating);
/* What gates and what is accepted goes into the record of what is measured for a decision, as facts. */
void gating_record(const struct gating *gating, struct result *result);
/* Instead of gating_prepare: from there, whatever the files say now; or exit code 4 after saying that it is not there. */
int gating_recall(struct gating *gating, const struct result *stored);
/* Accepts, concludes and shows; the decision's own exit code, or 5 where it could not be written. */
int gating_finish(const struct gating *gating, struct decision *decision);
/* Shows what somebody else has concluded; likewise. */
int gating_show(const struct gating *gating, const struct decision *decision);
void gating_release(struct gating *gating);

#endif
