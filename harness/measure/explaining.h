/*
 * What memory consists of at each mark (marks.h), where a run was asked to explain growth. It is
 * the dearest reading there is: the kernel walks all page tables of the server and writes a
 * screenful for each mapping: a millisecond or two, one more for each 100 MB, and 25 for a thousand
 * threads. The harness pays; docs/method.md says what it does to the round.
 */
#ifndef MEASURE_EXPLAINING_H
#define MEASURE_EXPLAINING_H

#include <stddef.h>
#include <sys/types.h>

#include "data/explanation.h"
#include "measure/slabinfo.h"

enum { EXPLAINING_WHY = 120 };

struct explaining {
    struct explanation *to; /* borrowed */
    struct slabinfo slabinfo;
    char why_kinds[EXPLAINING_WHY], why_slab[EXPLAINING_WHY]; /* the first reasons; empty */
};

/* to is emptied. */
void explaining_open(struct explaining *explaining, struct explanation *to);
/* At the next mark. why_none: why there are no processes, where there are none. */
void explaining_take(struct explaining *explaining, const pid_t *pids, size_t count,
                     const char *why_none);
/* Hands over what moved in the kernel; after the last mark. */
void explaining_close(struct explaining *explaining);

#endif
