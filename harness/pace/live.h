/* What pace shows while it measures: on a terminal one line of
 * stderr that rewrites itself, elsewhere nothing. */
#ifndef PACE_LIVE_H
#define PACE_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "pace/trial.h"

struct live {
    bool is_shown; /* stderr is a terminal that can take a line back */
    bool utf8;
    int columns;
};

void live_init(struct live *live, bool utf8);
/* For struct engine_options; argument is a struct live. */
void live_show(void *argument, const struct trial *trial, int64_t now_ns);
void live_clear(const struct live *live);

/* The line without its control characters; the caller frees. */
char *live_text(const struct trial *trial, int64_t now_ns, bool utf8);

#endif
