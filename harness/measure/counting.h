/*
 * What a request to one program costs, counted: two runs under an instrument, one longer than the
 * other, and what lies between them (analyse/profile.h). What a server does each second, as writing
 * the Date, and in each of many threads, is added to a count, the more the slower the machine is
 * just now; nothing takes away. So of several counts the lowest is the best.
 */
#ifndef MEASURE_COUNTING_H
#define MEASURE_COUNTING_H

#include "analyse/profile.h"
#include "measure/instrument.h"

/* A fresh server of this path is counted twice, for a short and a long run;
 * instrument_settle comes first. Fills costs, which the caller releases in
 * either case: unless counted they are missing, with a sentence. */
enum instrument_result counting_count(struct costs *costs, enum instrument instrument,
                                      const char *path, const struct turns_options *options);
/* Counts what was counted once more, and keeps the lower one;
 * a count that fails changes nothing. */
void counting_lower(struct costs *costs, enum instrument instrument, const char *path,
                    const struct turns_options *options);

#endif
