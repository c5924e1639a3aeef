/*
 * A trial as JSON, all of it: base units in the names, numbers never strings, what is missing null
 * with its reason in `missing` beside it. Keys always come in the same order. docs/pace.md explains
 * each, results/pace.schema.json holds it.
 */
#ifndef PACE_TRIAL_JSON_H
#define PACE_TRIAL_JSON_H

#include <jansson.h>

#include "pace/screen.h"

json_t *trial_json(const struct trial *trial, const struct setting *setting);

#endif
