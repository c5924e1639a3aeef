/*
 * Which kinds of memory grew, from what the marks of a round
 * read of them (data/explanation.h). Pure.
 *
 * Two marks are compared: at the end of the first plain load and at that of the last one at the
 * same rate. So as many connections are open at both, and what the server took to serve them is no
 * growth. What is resident is told by its kinds, which add up to it; the marks read it twice, a
 * moment apart, and what came or went between the two is left unexplained. The kernel's memory is
 * told beside it: of the server, or of the whole system, where whose it is nobody knows. Parts of
 * the latter overlap: what sockets have queued lies in slab caches.
 */
#ifndef ANALYSE_ATTRIBUTION_H
#define ANALYSE_ATTRIBUTION_H

#include <stdbool.h>
#include <stddef.h>

#include "data/explanation.h"
#include "data/result.h"

/* Less is no growth: of the server as FLATNESS_LEAST_MEMORY_BYTES
 * has it; of the system what others may move any time. */
#define ATTRIBUTION_LEAST_BYTES        (128.0 * 1024)
#define ATTRIBUTION_LEAST_SYSTEM_BYTES (512.0 * 1024)
/* Of a growth, what is too small a part to be named: it is among the rest then. */
#define ATTRIBUTION_LEAST_SHARE .02
/* Reading that took this long is worth a caution: once a phase,
 * in two minutes it touches more than one request in 10,000. */
#define ATTRIBUTION_DEAR_NS 5000000

enum attribution_scope { ATTRIBUTION_OF_SERVER, ATTRIBUTION_OF_SYSTEM };

struct attribution_part {
    const char *key;  /* "heap", "kmalloc-64"; borrowed */
    const char *what; /* "heap", "kmalloc-64"; borrowed */
    enum attribution_scope scope;
    bool is_slab;
    double bytes, pss_bytes; /* more than before, or less; PSS: NAN of the kernel's */
};

enum { ATTRIBUTION_KERNEL_MOST = SLAB_CACHES_MOST + 5 };

struct attribution {
    const struct round *round;        /* borrowed; NULL: it was not asked for */
    const char *why;                  /* a clause on why nothing can be said; NULL */
    size_t from, to;                  /* marks */
    double requests;                  /* sent between them: consistency_requests; NAN */
    double resident_bytes, pss_bytes; /* by how much the marks differ; NAN: one of them lacks it */
    struct attribution_part resident[MEMORY_KINDS]; /* the largest first */
    /* Their sum, and what it lacks of resident_bytes; NAN. */
    double explained_bytes, unexplained_bytes;
    double unexplained_pss_bytes;
    /* The server's first, then the largest. */
    struct attribution_part kernel[ATTRIBUTION_KERNEL_MOST];
    size_t kernel_count;
    const char *why_slab; /* caches are not told apart; NULL: they are; borrowed */
};

/* round: that the server's memory is judged by; NULL: there is none. */
void attribution_find(struct attribution *attribution, const struct round *round);
/* Is this kind so small beside the growth that it is not named? */
bool attribution_is_small(const struct attribution *attribution, double bytes);
/* A sentence or more, of "it"; NULL: not asked for. The caller frees. */
char *attribution_sentence(const struct attribution *attribution);

#endif
