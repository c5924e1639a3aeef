/*
 * Was the check itself kept from the CPU? Then what came too late says little of the server it
 * asked: on a machine that is busy all are late. Of the calling thread: what plays the exchanges.
 */
#ifndef CHECK_STARVATION_H
#define CHECK_STARVATION_H

#include <stdint.h>

enum { STARVATION_PERCENT = 10 }; /* from here on it is worth a word */

struct starvation {
    int64_t since_ns, waited_ns; /* waited_ns -1: the kernel does not say */
};

void starvation_begin(struct starvation *starvation);
/* How much of the time since then this thread could have run and had no CPU, in percent; 0, too,
 * where the kernel does not say. */
unsigned starvation_percent(const struct starvation *starvation);

#endif
