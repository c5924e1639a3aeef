/* What --describe prints: `key value` lines by which the harness knows a server. */
#ifndef CORE_DESCRIBE_H
#define CORE_DESCRIBE_H

#include <stdio.h>

#include "core/server.h"

void describe_model(FILE *out, const struct model *model);

#endif
