/*
 * What memory consists of at each mark (marks.h), where a run was asked to explain growth. It is the dearest reading there is:
 * the kernel walks all page tables of the server and writes a screenful for each mapping, some ten microseconds for each of
 * them and a millisecond for each 100 MB; docs/method.md says what that does to the round. The harness pays for it.
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
/* At the next mark; no processes: the server has ended. */
void explaining_take(struct explaining *explaining, const pid_t *pids, size_t count);
/* Hands over what moved in the kernel; after the last mark. */
void explaining_close(struct explaining *explaining);

#endif
