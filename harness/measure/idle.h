/* Idle connections beside a round's load: private to round.c. */
#ifndef MEASURE_IDLE_H
#define MEASURE_IDLE_H

#include <stdbool.h>

#include "measure/measurement.h"

/* Opens what the plan asks for, if anything; false: the outcome says why not. */
bool idle_hold(struct measurement *m);
/* After the window: are they still there? If not, the outcome says so. */
void idle_look(struct measurement *m);
void idle_release(struct measurement *m);

#endif
