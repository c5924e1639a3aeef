/* What backbench profile compares with, and what it writes:
 * the budget, and the measured tables of a document. */
#ifndef CMD_PROFILE_FILES_H
#define CMD_PROFILE_FILES_H

#include "analyse/growth.h"
#include "cmd/profile_options.h"

/* How a whole profile stands to the budget. */
struct budget_outcome {
    unsigned over, under, unknown, within;
};

/* A row against the budget: says its sentence, and counts it. */
void profile_judge(struct budget_outcome *outcome, const struct budget *budget,
                   const struct profile_row *row);
/* The last sentence, and the exit code: a budget of another
 * build is compared with, but fails nobody. */
int profile_verdict(const struct budget_outcome *outcome, const struct budget *budget,
                    const char *file, const char *build);

/* Before anything is counted: can all be written that is asked for?
 * 0, or an exit code after saying why not; so the two below. */
int profile_check_files(const struct profile_options *options, const char *build);
int profile_write_budget(const struct profile *profile, const struct profile_options *options);
int profile_rewrite(const struct profile *profile, const struct profile_options *options);

#endif
