/* What a server keeps once nobody is connected: what is allocated after the load, when it has
 * closed the generator's connections. */
#ifndef MEASURE_IDLE_MEMORY_H
#define MEASURE_IDLE_MEMORY_H

#include "measure/measurement.h"

/* Reads memory.idle_anon_bytes of every arm, or notes why not: only where all
 * connections were the generator's, and it has closed them all: of pairs at a rate,
 * and of closed loops without idle connections. The generator has ended, and the
 * servers run. Waits until what the servers hold open grows no less, at most .3 s. */
void idle_memory_read(struct measurement *m);

#endif
