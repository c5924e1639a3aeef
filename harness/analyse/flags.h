/* How many rounds of a row carry each of its reasons: a row with valid numbers shows reasons of
 * rounds that were dropped, or kept and flagged, and a reader must see which. */
#ifndef ANALYSE_FLAGS_H
#define ANALYSE_FLAGS_H

#include <stdbool.h>

#include "analyse/summary.h"

struct flag {
    unsigned rounds;  /* that carry the reason */
    unsigned of;      /* all rounds of the row; only those alone if `alone` */
    unsigned dropped; /* for it, of `rounds`: no figure is taken from them */
    bool alone;       /* a bound of throughput: only rounds measured alone can carry it */
};
struct flag flag_count(const struct result *result, const struct row *row, enum reason_code code);

/* "PORTS in 1 of 14 rounds (1 dropped): ...; GEN_BOUND in 3 of 3 rounds alone, first: ...", of all
 * reasons of a row that has figures; the caller frees; "" for none. */
char *flags_words(const struct result *result, const struct row *row);

#endif
