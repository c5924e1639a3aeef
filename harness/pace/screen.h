/*
 * A trial as one screen for a person: how it came out first and in words, then
 * what was asked, the latencies that the sample supports, where the time went,
 * how it went over time, what was answered, and how the generator fared. At
 * most 40 lines where it has 80 columns. What failed prints no number.
 */
#ifndef PACE_SCREEN_H
#define PACE_SCREEN_H

#include <stdbool.h>
#include <stdio.h>

#include "pace/trial.h"

/* In columns. Tables need up to SCREEN_USUAL; sentences are
 * hard to read in lines that are longer than the most. */
enum { SCREEN_LEAST = 40, SCREEN_USUAL = 80, SCREEN_MOST = 100 };

/* What was asked for and no trial holds; borrowed. */
struct setting {
    const char *schedule_text; /* NULL: -r and -d */
    const char *script;        /* NULL: none */
    int cpu;                   /* the generator's */
    int64_t slo_ns;            /* 0: none was given */
    bool slo_chose_connections;
    bool compares; /* types or bodies of answers with what the script says of them */
    const char *warnings[TRIAL_TARGETS]; /* of what is no fault and may be a mistake; NULL: none */
};

struct screen_form {
    bool utf8;   /* bars and units outside of ASCII */
    bool colour; /* escapes that a terminal takes for bold and colours */
    int width;
};

void screen_put(FILE *out, const struct trial *trial, const struct setting *setting,
                const struct screen_form *form);

#endif
