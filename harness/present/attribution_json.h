/* Which kinds of a server's memory grew, as JSON. Internal to present. */
#ifndef PRESENT_ATTRIBUTION_JSON_H
#define PRESENT_ATTRIBUTION_JSON_H

#include <jansson.h>

#include "analyse/attribution.h"

/* null where it was not asked for. The caller owns the reference. */
json_t *attribution_json(const struct attribution *attribution);

#endif
