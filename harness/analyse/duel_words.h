/*
 * The language of a duel: why a row has not the word that its figures would give it, and the
 * sentences about all of it. Internal to analyse; the caller frees what is returned.
 */
#ifndef ANALYSE_DUEL_WORDS_H
#define ANALYSE_DUEL_WORDS_H

#include <stddef.h>

#include "analyse/decision.h"
#include "analyse/duel.h"

/* None of so many blocks has a ratio. is_lost: nor any other reading of the series. */
char *duel_words_unread(const struct decision_row *row, size_t blocks, bool is_lost);
/* Some have one, too few for an interval. */
char *duel_words_too_few(const struct duel *duel, enum duel_series series,
                         const struct looked *looked);
/* REGRESSED at first, and the fresh blocks have another word. */
char *duel_words_refuted(const struct looked *first, const struct looked *fresh);
/* REGRESSED at first, and fresh blocks that could have confirmed it are not there. */
char *duel_words_unconfirmed(const struct duel *duel, const struct looked *first,
                             const struct looked *fresh);

/* What became of the self-check; NULL: no metric of pairs gates, so there is none. */
char *duel_words_self_check(const struct duel *duel);
/* A clause on what the base and its own copy differed in twice; NULL: in nothing. */
char *duel_words_disagreement(const struct duel *duel);
/* What the decision's rows from first on tell apart, and in how many blocks: of each of them; 0: it
 * is for information. NULL: none has an interval. */
char *duel_words_resolution(const struct decision *decision, size_t first, const size_t *blocks,
                            size_t workloads);

#endif
