/*
 * Who runs where when the user says so (--server-cpus, --load-cpus):
 * internal to placement.c, whose rules place the rest.
 */
#ifndef MEASURE_PLACEMENT_LISTS_H
#define MEASURE_PLACEMENT_LISTS_H

#include <stdbool.h>

#include "measure/placement.h"

/* All CPUs of a physical core. */
void placement_add_core(cpu_set_t *set, const struct topology *topology, int core);

/* Fills server, load, harness and, if asked for and a core is left, upstream. One of the lists may
 * be NULL. 0, or -1 with a sentence in *error, which is NULL before. */
int placement_take_lists(struct placement *placement, const struct topology *topology,
                         unsigned workers, const char *server_list, const char *load_list,
                         bool upstream, char **error);

#endif
