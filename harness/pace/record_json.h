/* One server of a trial as JSON: its outcome, counts, percentiles, split, series. A part of trial_json. */
#ifndef PACE_RECORD_JSON_H
#define PACE_RECORD_JSON_H

#include <jansson.h>

#include "pace/screen.h"

/* Why what a window would have given is missing. */
#define RECORD_JSON_NO_WINDOW "the window did not open"

json_t *target_json(const struct trial *trial, unsigned target, const struct setting *setting);

#endif
