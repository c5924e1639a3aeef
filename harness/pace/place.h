/*
 * What pace needs of the system before it measures: a CPU to spin on, descriptors for its
 * connections, and processes whose clocks can be read.
 */
#ifndef PACE_PLACE_H
#define PACE_PLACE_H

#include <sys/types.h>

/*
 * Pins the calling thread. cpu -1: the first one that it may run on: not the one that it happens to
 * be on, because then two runs of the same command would differ, and taskset(1) still has its say.
 * Returns the CPU, or -1 with one sentence in *error: there is no such CPU, or it is not allowed.
 */
int place_pin(int cpu, char **error);

/* Raises the soft limit as far as the hard one allows. 0, or -1 with one sentence in *error. */
int place_descriptors(unsigned connections, char **error);
/* Is there a process of that number whose CPU clock can be
 * read? 0, or -1 with one sentence in *error. */
int place_process(pid_t pid, char **error);

#endif
