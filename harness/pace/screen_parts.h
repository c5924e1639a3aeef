/* What the files of the screen share. */
#ifndef PACE_SCREEN_PARTS_H
#define PACE_SCREEN_PARTS_H

#include "pace/quantity.h"
#include "pace/screen.h"

struct screen {
    FILE *out;
    const struct trial *trial;
    const struct setting *setting;
    const struct screen_form *form;
};

enum { SCREEN_LABEL = 11 }; /* columns of what stands at the left */

/* A label and what there is to say, broken at blanks; further
 * lines are indented under the first one's text. */
void screen_field(const struct screen *screen, const char *label, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void screen_title(const struct screen *screen, const char *text);
/* Breaks at blanks; lines after the first begin at column
 * indent. at: columns that are taken already. Ends the line. */
void screen_wrapped(const struct screen *screen, const char *text, int at, int indent);
/* The sentences of verdicts are UTF-8: makes them ASCII where the terminal takes no more. */
void screen_letters(const struct screen *screen, char *text);
/* text in so many columns, counted as a terminal does. */
void screen_right(const struct screen *screen, const char *text, int columns);
void screen_left(const struct screen *screen, const char *text, int columns);
const char *screen_dash(const struct screen *screen); /* stands for no number */
/* A time in the screen's letters. */
const char *screen_time(const struct screen *screen, char text[QUANTITY_SIZE], double ns);

/* How a target came out, in words; the caller frees. */
char *screen_outcome(const struct trial *trial, unsigned target);
/* Why there are no latencies, as a clause. */
const char *screen_why_none(const struct trial *trial, unsigned target);
/* The trial's exit code and what it stands for: "code 1: ..."; NULL where it is 0. */
const char *screen_exit(const struct trial *trial);
/* What to do about it, or NULL. */
const char *screen_advice(const struct trial *trial, unsigned target);

void screen_latency(const struct screen *screen); /* of the one target */
void screen_strip(const struct screen *screen);   /* of all */
void screen_duet(const struct screen *screen);

/* Why a record has not a single latency, as a clause. */
const char *screen_why_nothing(const struct record *record);
bool screen_may_show(const struct trial *trial, const struct percentile *percentile);
/* If it may not: why, as a phrase; the caller frees. */
char *screen_why_not(const struct trial *trial, const struct record *record,
                     const struct percentile *percentile);

#endif
