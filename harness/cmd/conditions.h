/* What must be so before anything is measured, and what of it the
 * record's header says: tools, CPUs, the machine, the seed. */
#ifndef CMD_CONDITIONS_H
#define CMD_CONDITIONS_H

#include "cmd/places.h"
#include "cmd/run_options.h"
#include "data/catalog.h"
#include "data/result.h"

/* Is wrk there? 0, or an exit code after saying that it is not; so the next two. */
int conditions_check_tools(const struct run_options *options);
/* Placement, the machine's facts, the seed: the header's part that is the same for all rounds. */
int conditions_settle(struct result *result, struct places *places,
                      const struct run_options *options);
/* The open-loop generator by its path, owned by the caller; NULL in *pace where no round needs it.
 * A fact of the result tells two builds of it apart. */
int conditions_find_pace(char **pace, struct result *result, const struct paths *paths,
                         const struct run_options *options);
/* Says which processes of earlier runs below this folder still live. */
void conditions_warn_of_survivors(const char *results);

#endif
