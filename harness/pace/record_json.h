/* One server of a trial as JSON: its outcome, counts,
 * percentiles, split, series. A part of trial_json. */
#ifndef PACE_RECORD_JSON_H
#define PACE_RECORD_JSON_H

#include <jansson.h>

#include "pace/screen.h"

/* Why what a window would have given is missing. */
#define RECORD_JSON_NO_WINDOW "the window did not open"
#define RECORD_JSON_LATE      "the generator was late"
#define RECORD_JSON_NO_CPU    "no process was named, or its clock could not be read"

/* Why a server has no latencies at all, or not this percentile
 * of them; NULL: it has. The caller frees. */
char *target_why_no_latency(const struct trial *trial, unsigned target);
char *target_why_no_percentile(const struct trial *trial, unsigned target, double p);

json_t *target_json(const struct trial *trial, unsigned target, const struct setting *setting);

#endif
