/* What the files of the verdict share: verdict_server.c judges
 * what the server did, verdict_late.c how late pace was. */
#ifndef PACE_VERDICT_PARTS_H
#define PACE_VERDICT_PARTS_H

#include "pace/verdict.h"

/* Beyond this share pace itself was away too long: see verdict.c. */
#define VERDICT_AWAY_INVALID 0.03
/* The share of the time that pace wanted its CPU and did not have it. */
double verdict_away(const struct audit *audit);
/* Where more answers than this share have no time by the kernel, it counts as not telling. */
#define VERDICT_UNSTAMPED_MOST 0.01

/* Is so large a share left out that nothing of the rest stands? */
bool verdict_lacks_too_many(const struct record *record);
enum { VERDICT_LATE_WORDS = 140 };
/* Of a percentile for which verdict_is_late: the rule that
 * refuses it, with its figures and its limit; a clause. */
void verdict_late_words(const struct record *record, double p, char words[VERDICT_LATE_WORDS]);

/* Why it ended early, and whether the server went away. */
void verdict_end(struct outcome *outcome, const struct trial *trial, unsigned target);
/* After verdict_end. */
void verdict_answers(struct outcome *outcome, const struct trial_target *target);
/* Whether the server kept up, and if not, whether it was the server; after verdict_end. */
void verdict_load(struct trial *trial, unsigned target);

#endif
