/* What a sweep over connections and workers needs to know of
 * this machine before it is announced. */
#ifndef CMD_SCALE_H
#define CMD_SCALE_H

#include "data/result.h"
#include "measure/placement.h"
#include "measure/worker_cpus.h"

/* Raises the limit on open files to the hard one, for the generator; what even that does not allow
 * is taken out of the experiment and noted. 0, or an exit code after saying why. */
int scale_fit_files(struct result *result, const struct paths *paths);
/* The same for [connections]: the levels that fit; no level
 * left, no such rounds, and if there were no others an error. */
int scale_fit_stairs(struct result *result, const struct paths *paths);
/* Settles how many workers there are to be, and notes why no more. */
void scale_settle_workers(struct result *result, const struct topology *topology);
/* The most workers of any round. */
unsigned scale_most_workers(const struct experiment *experiment);

#endif
