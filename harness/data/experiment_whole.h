/* The last step of reading an experiment: what only the whole
 * of it can show. Private to experiment.c. */
#ifndef DATA_EXPERIMENT_WHOLE_H
#define DATA_EXPERIMENT_WHOLE_H

#include "data/catalog.h"

/* Is there something to measure, and do the numbers of a section
 * fit each other? 0, or -1 with one sentence in *error. */
int experiment_check_whole(const struct experiment *experiment, char **error);

#endif
