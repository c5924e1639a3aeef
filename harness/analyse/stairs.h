/*
 * What an idle and an active connection cost in memory, from
 * rounds in which their number goes up at one fresh server. Pure.
 *
 * Of each round a line through its marks (least squares): what a server needs for itself, and what
 * its first client makes it allocate for all, is in every mark and falls out. Each block gives one
 * slope, and the slopes their median and its interval.
 *
 * What the server's processes hold is read of them alone. What the kernel holds is read for the
 * whole system, both ends of every connection and the generator among it: of a block's slope that
 * of the ceiling in the same block is taken away. How far the ceiling's own slopes lie apart is
 * what such a difference can be by itself; below that it says nothing.
 */
#ifndef ANALYSE_STAIRS_H
#define ANALYSE_STAIRS_H

#include <stdbool.h>
#include <stddef.h>

#include "analyse/stats.h"
#include "data/result.h"

/* Slopes are bytes a connection; n 0: none. */
struct stairs_side {
    struct spread user;   /* PSS of the server */
    struct spread tables; /* page tables of the server; a part of what the next one has */
    /* Stacks, page tables, slab and sockets of the system, and what the server's threads keep to
     * send from (MEMORY_THREAD_FRAGMENT_BYTES), beyond the ceiling's. */
    struct spread kernel;
    double kernel_spread; /* the furthest that a slope of the ceiling lay from their median; NAN */
    /* PSS that was left when all had closed, beyond that before the first. */
    struct spread kept;
    unsigned largest;         /* the most connections that its rounds reached; 0: none */
    bool is_cut;              /* some round did not get as far as was asked */
    size_t used, lost;        /* rounds */
    const struct reason *why; /* why one was lost, else why one was cut; borrowed; NULL */
};

struct stairs_row {
    size_t arm;
    struct stairs_side sides[STAIRS_KINDS]; /* of STAIRS_IDLE and STAIRS_ACTIVE */
};

struct stairs_memory {
    size_t workload;
    struct stairs_row *rows; /* in the result's order of arms */
    size_t count;
    struct strings sentences; /* one for each row */
};

/* Of one workload; false if none of its rounds takes connections up, and then nothing is owned. */
bool stairs_make(struct stairs_memory *memory, const struct result *result, size_t workload);
void stairs_release(struct stairs_memory *memory);
const struct stairs_row *stairs_row_of(const struct stairs_memory *memory, size_t arm); /* NULL */
/* Is the kernel's part more than the system's own? Otherwise
 * all there is to say is "less than the spread". */
bool stairs_kernel_is_visible(const struct stairs_side *side);
/* "3.1 KiB [3.0, 3.2]"; the caller frees. */
char *stairs_bytes_words(const struct spread *bytes);
/* Has it a slope of any server? */
bool stairs_has_numbers(const struct stairs_memory *memory);
/* In which server an idle connection costs least, and in which
 * most; NULL: no slope is known. The caller frees. */
char *stairs_headline(const struct stairs_memory *memory, const struct result *result);
/* Who could not be taken as far as was asked, or not at all: one sentence each. */
void stairs_cautions(const struct stairs_memory *memory, const struct result *result,
                     struct strings *cautions);

#endif
