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
/* Of what was measured: its middle with three digits, whether or not they are zeros, and beside it,
 * in the same unit and with as many decimals, what is around it. "71.0 µs"; "68.0, 75.4" of an
 * interval, "68.0 – 75.4" of a range, "" of one round or none. Where an end is 10,000 such units or
 * more, each has its own: "41.1 µs – 153 ms". */
void words_time_middle(char words[WORDS_MAX], const struct spread *spread);
void words_time_range(char words[WORDS_MAX], const struct spread *spread);

/* Two digits that count: "512 B", "6.1 MiB", "128 KiB", "-1.5 KiB"; "–" for NAN. */
void words_bytes(char words[WORDS_MAX], double bytes);

/* What so small a thing as a request leaves: "2.1 KiB a request", "120
 * bytes a request", "0.026 bytes a request", and below a hundredth of a
 * byte "87 bytes per million requests", or per billion; "–" for NAN. */
void words_leak(char words[WORDS_MAX], double bytes);
/* For a table: "0.026 bytes/request", "87 bytes/million". */
void words_leak_short(char words[WORDS_MAX], double bytes);
/* "102 s", "12 min", "2.5 h" */
void words_seconds(char words[WORDS_MAX], double seconds);
/* Three digits that count, of what may be very many: "812",
 * "51,200", "5.1 million", "1.02 billion". */
void words_large(char words[WORDS_MAX], double count);

/* "p99 within 5 ms"; the caller frees. */
char *slo_words(const struct slo *slo);

/* "epoll, uring and thread" */
void words_list(FILE *out, const char *const *names, size_t count, const char *last);
/* The same with "and"; of more than WORDS_FEW the last are
 * counted: "epoll, uring, thread and 4 more". */
enum { WORDS_FEW = 4 };
void words_few(FILE *out, const char *const *names, size_t count);

/* Why a row of kind INVALID or EXCLUDED has no number, or what flags it otherwise; the caller
 * frees; "" for none. */
char *words_why(const struct result *result, const struct table *table, const struct row *row);

/* Why arms whose discarded rounds are unequal have no comparison: as a clause, and as a caution
 * about what `where` names; the caller frees the caution. */
#define WORDS_UNEQUAL                                                                              \
    "discarded rounds are unequal between the arms (Fisher p < .01), so what is left cannot be "   \
    "compared"
char *words_unequal_caution(const char *where);

/* What an arm is called: its id. */
const char *words_arm(const struct result *result, const struct row *row);
const char *words_workload(const struct result *result, size_t workload);
/* The short check's reason for leaving this workload of the arm out, or NULL. */
const char *words_why_skipped(const struct arm *arm, const char *workload);

/* The options that choose these arms again: "--servers epoll,uring"; of servers that the run was
 * given by their paths, "--servers none --server /home/me/a --server /home/me/b". */
void words_choice(FILE *out, const struct result *result, const size_t *arms, size_t count);

/* The command that repeats the run; the caller frees. */
char *words_again(const struct result *result);
/* Is it a fact of the run and not of its host? */
bool words_is_of_run(const struct fact *fact);

#endif
