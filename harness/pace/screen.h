/*
 * A trial as one screen for a person: how it came out first and in words, then what was asked, the latencies that the
 * sample supports, where the time went, how it went over time, what was answered, and how the generator fared. At most
 * 100 columns and 40 lines. What failed prints no number.
 */
#ifndef PACE_SCREEN_H
#define PACE_SCREEN_H

#include <stdbool.h>
#include <stdio.h>

#include "pace/trial.h"

enum { SCREEN_WIDTH = 100 };

/* What was asked for and no trial holds; borrowed. */
struct setting {
    const char *schedule_text; /* NULL: -r and -d */
    const char *script;        /* NULL: none */
    int cpu;                   /* the generator's */
    int64_t slo_ns;            /* 0: none was given */
    const char *warnings[TRIAL_TARGETS]; /* of what is no fault and may be a mistake; NULL: none */
};

/* utf8: bars and units outside of ASCII; colour: escapes that a terminal takes for bold and dim. */
void screen_put(FILE *out, const struct trial *trial, const struct setting *setting, bool utf8,
                bool colour);

#endif
