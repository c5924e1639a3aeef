/*
 * A duel whose blocks are drawn out of a pool instead of being measured: everything else is the
 * product's own code (analyse/duel.h). Each stretch of a duel is drawn without replacement, and no
 * block is in two of them: at random, or as neighbours in the order in which they were measured,
 * beginning anywhere and going round. Neighbours are alike where a machine drifts, so that nobody
 * knows beforehand which of the two is wrong more often.
 */
#ifndef TESTS_DRAWN_TRIAL_H
#define TESTS_DRAWN_TRIAL_H

#include <stdbool.h>

#include "analyse/decision.h"
#include "pace/random.h"
#include "tests/drawn/pool.h"

enum draw { DRAW_RANDOM, DRAW_NEIGHBOURS, DRAWS };
const char *draw_name(enum draw draw);

/* How many blocks of a series one duel may take, in both of its stretches. */
enum {
    TRIAL_PAIRS = 2 * LOOKS_LAST,
    TRIAL_CHECK = 2 * DUEL_CHECK_BLOCKS,
    TRIAL_WITNESS = 2 * LOOKS_FIRST,
};
/* Why no duel can be drawn, "54 blocks of pairs are needed, and 30 are there";
 * NULL: they can. The caller frees. alike: blocks of two that are equal, for
 * the self-check. Where there are too few of the witness, duels have none. */
char *trial_why_not(const struct pool *pool, const struct pool *alike);
bool trial_has_witness(const struct pool *pool);

struct trial {
    bool has[METRICS]; /* a row of it */
    enum decision_word words[METRICS];
    bool regressed, improved, inconclusive; /* a row that gates */
    bool checked_again;                     /* the self-check alarmed */
    bool disagrees;                         /* and again, so that nothing is said */
    bool confirms;                          /* fresh blocks of what is REGRESSED were asked for */
    unsigned exit_code;
    unsigned blocks[DUEL_SERIES];            /* that it took */
    double first_look_s, confirmed_s, end_s; /* of measuring; NAN: it did not come to that */
};
void trial_run(struct trial *trial, const struct pool *pool, const struct pool *alike,
               enum draw draw, struct random *random);

#endif
