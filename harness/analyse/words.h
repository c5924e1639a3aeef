/* Figures as a reader meets them inside sentences, so that every output uses the same words. UTF-8.
 */
#ifndef ANALYSE_WORDS_H
#define ANALYSE_WORDS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "analyse/summary.h"

enum { WORDS_MAX = 64 };

/* "0.98× [0.95, 1.01]"; three decimals where two would hide the interval; no brackets without one.
 * "–" for none. */
void words_ratio(char words[WORDS_MAX], const struct estimate *estimate);
/* "0.98×" alone, with the same number of decimals. */
void words_ratio_value(char words[WORDS_MAX], const struct estimate *estimate);
/* "0.95 – 1.01", again with as many decimals; "" without interval. */
void words_interval(char words[WORDS_MAX], const struct estimate *estimate);
/* "91 % [88, 94]" */
void words_share(char words[WORDS_MAX], const struct estimate *share);

/* "48,200"; below 1e9, which no rate and no number of connections reaches. */
void words_count(char words[WORDS_MAX], uint64_t count);
/* Three digits that count, and no more: "950 ns", "71.2 µs", "5 ms", "1.25 s"; "–" for NAN. */
void words_time(char words[WORDS_MAX], double ns);

/* "p99 within 5 ms"; the caller frees. */
char *slo_words(const struct slo *slo);

/* "epoll, uring and thread" */
void words_list(FILE *out, const char *const *names, size_t count, const char *last);

/* Why a row of kind INVALID or EXCLUDED has no number, or what flags it otherwise; the caller
 * frees; "" for none. */
char *words_why(const struct result *result, const struct table *table, const struct row *row);

/* Why arms whose discarded rounds are unequal have no comparison: as a clause, and as a caution about what `where` names;
 * the caller frees the caution. */
#define WORDS_UNEQUAL                                                                              \
    "discarded rounds are unequal between the arms (Fisher p < .01), so what is left cannot be "   \
    "compared"
char *words_unequal_caution(const char *where);

/* What an arm is called: its id. */
const char *words_arm(const struct result *result, const struct row *row);
const char *words_workload(const struct result *result, size_t workload);

/* The command that repeats the run; the caller frees. */
char *words_again(const struct result *result);
/* Is it a fact of the run and not of its host? */
bool words_is_of_run(const struct fact *fact);

#endif
