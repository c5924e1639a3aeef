/* From the record of a duel to its decision, and to whoever waits for it. */
#ifndef CMD_DUEL_VERDICT_H
#define CMD_DUEL_VERDICT_H

#include "cmd/duel_options.h"
#include "data/result.h"

/* Warns on stderr of whatever is accepted and fits nothing
 * that this duel measures, before it does. */
void duel_warn_of_misfits(const struct result *result, const struct gating *gating);

/* Judges, accepts, concludes and shows, and writes decision.json and decision.md into the record's
 * folder, where they are not there yet: what was decided when a duel ended stands. The decision's
 * exit code, or that of what could not be written. */
int duel_verdict(const struct result *result, const struct duel_options *options);

/* Nothing can be measured, and why is the decision: shown in the forms that
 * are asked for, and said on stderr as a whole. Where there is a record (else
 * NULL), it is written beside that, likewise. Frees why; returns code. */
int duel_refuse(const struct duel_options *options, const struct result *record, int code,
                char *why);

#endif
