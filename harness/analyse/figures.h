/* A list of figures that grows, without those that are not known. */
#ifndef ANALYSE_FIGURES_H
#define ANALYSE_FIGURES_H

#include <stddef.h>

struct figures {   /* zeroed: empty */
    double *items; /* owned */
    size_t count;
};
void figures_add(struct figures *figures, double value); /* NAN is left out */
/* How far the one that is furthest lies from there; 0 of none. */
double figures_furthest(const struct figures *figures, double from);
void figures_release(struct figures *figures); /* and empties it */

#endif
