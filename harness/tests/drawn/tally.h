/*
 * What many drawn duels were called, and how sure their shares are. Duels drawn from the
 * same blocks share them, so 2,000 of them say less than 2,000 that were measured. The
 * blocks are therefore drawn anew themselves, with replacement and by neighbours (the
 * circular block bootstrap of Politis and Romano, 1992), TALLY_RESAMPLES times, and
 * duels from these: by how much their shares vary says how many duels that share nothing
 * would vary as much. This is the effective number. It is never more than there are
 * blocks, and never less than the duels that could be made of them without sharing any,
 * which is Hoeffding's bound for means over samples that overlap (Annals of Mathematical
 * Statistics 19, 1948). The interval is that of Clopper and Pearson for so many: 95 %.
 */
#ifndef TESTS_DRAWN_TALLY_H
#define TESTS_DRAWN_TALLY_H

#include "tests/drawn/trial.h"

enum { TALLY_RESAMPLES = 40, TALLY_NEIGHBOURS = 7, TALLY_EXIT_CODES = 6 };

/* Which duels are counted: those of which a metric's row has a word, and these. */
enum {
    TALLY_REGRESSED = METRICS * DECISION_WORDS, /* a row that gates */
    TALLY_IMPROVED,
    TALLY_DIFFERENT, /* either */
    TALLY_INCONCLUSIVE,
    TALLY_CONFIRMS,
    TALLY_CHECKED_AGAIN,
    TALLY_DISAGREES,
    TALLY_EXIT, /* with 0, and those after it */
    TALLY_COUNTS = TALLY_EXIT + TALLY_EXIT_CODES,
};
static inline unsigned tally_word(enum metric metric, enum decision_word word)
{
    return (unsigned)metric * DECISION_WORDS + word;
}

struct tally {
    unsigned duels, rows[METRICS], counts[TALLY_COUNTS];
    double blocks[DUEL_SERIES]; /* that they took, all together */
};
struct tallies {
    struct tally of; /* duels drawn from the blocks */
    struct tally resamples[TALLY_RESAMPLES];
    double pairs, witness, alike;                       /* blocks that there are */
    double *first_look_s, *confirmed_s, *end_s, *taken; /* of each duel of the former; owned */
};
void tallies_make(struct tallies *tallies, const struct pool *pool, const struct pool *alike,
                  enum draw draw, unsigned duels, uint64_t seed);
void tallies_release(struct tallies *tallies);

struct tally_share {
    double share, low, high;
    double effective;
};
/* Of all duels, or of a word of those that have such a row. */
struct tally_share tallies_share(const struct tallies *tallies, unsigned count);

#endif
