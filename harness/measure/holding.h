/*
 * The connections of one process of a holder (holder.h): opening them at a bounded pace, each with
 * one request answered, looking whether they are still idle, closing them. As many as the process
 * may open files; it has none but these to spare.
 */
#ifndef MEASURE_HOLDING_H
#define MEASURE_HOLDING_H

#include <stddef.h>

#include "measure/holder.h"

struct holding {
    const struct holder_options *options; /* borrowed */
    unsigned before;                      /* held by other processes: they have local ports, too */
    unsigned source;                      /* further source addresses that were skipped, because
                                             their ports are in use */
    int *fds;                             /* owned */
    unsigned count;
};

enum holding_end {
    HOLDING_ALL,  /* with those before, as many as asked for */
    HOLDING_FULL, /* no more open files for this process */
    HOLDING_SHORT /* for the reason given */
};

/* Opens what is missing to options->connections. A clause in why if HOLDING_SHORT. */
enum holding_end holding_open(struct holding *holding, const struct holder_options *options,
                              unsigned before, char *why, size_t size);
/* Closes those that were closed by the server, or on which it
 * has said something; returns how many are left. */
unsigned holding_look(struct holding *holding);
/* Says FIN on all, takes the server's, and closes. */
void holding_close(struct holding *holding);

#endif
