/* The values of pace's options, one function each: what a text means, or one sentence on what is
 * wrong with it and what would be right. A part of options.c. */
#ifndef PACE_OPTIONS_VALUE_H
#define PACE_OPTIONS_VALUE_H

#include "pace/options.h"

/* 0, or -1 with one sentence in *error, owned by the caller. Texts are borrowed. */
typedef int value_read(struct options *options, const char *text, char **error);

value_read value_connections, value_rate, value_duration, value_schedule, value_script, value_field,
    value_json, value_hdr, value_seed, value_warmup, value_per_connection, value_max_backlog,
    value_pid, value_cpu, value_slo;

#endif
