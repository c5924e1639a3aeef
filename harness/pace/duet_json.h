/* The ratios of two servers as JSON, B over A; what is null
 * says why in `missing` beside it. A part of trial_json. */
#ifndef PACE_DUET_JSON_H
#define PACE_DUET_JSON_H

#include <jansson.h>

#include "pace/trial.h"

json_t *duet_json(const struct trial *trial);

#endif
