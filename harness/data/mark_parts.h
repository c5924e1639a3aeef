/*
 * The parts of a struct phase_mark: their names, and whether each is of the server alone or of the
 * whole system. One table for those that read them, write them down and show them.
 */
#ifndef DATA_MARK_PARTS_H
#define DATA_MARK_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "data/result.h"

enum mark_scope {
    MARK_OF_SERVER, /* its processes and nobody else's */
    MARK_OF_SYSTEM, /* everybody's together: what of it is the server's shows only in differences */
};

enum mark_part {
    MARK_RSS,
    MARK_PSS,
    MARK_USS,
    MARK_PEAK,
    MARK_PAGE_TABLES,
    MARK_RINGS,
    MARK_DESCRIPTORS,
    MARK_THREADS,
    MARK_KERNEL_STACKS,
    MARK_KERNEL_PAGE_TABLES,
    MARK_KERNEL_SLAB,
    MARK_KERNEL_SOCKETS,
    MARK_CGROUP,
    MARK_CGROUP_KERNEL,
    MARK_PARTS,
};

struct mark_part_about {
    const char *key;   /* "rss_bytes", as the record calls it */
    const char *field; /* "phase_marks.rss_bytes", under which the record says why it is MISSING */
    enum mark_scope scope;
    size_t offset;    /* in struct phase_mark */
    const char *what; /* "resident set" */
};
extern const struct mark_part_about mark_parts[MARK_PARTS];

int64_t *mark_part_of(struct phase_mark *mark, enum mark_part part);
void phase_mark_init(struct phase_mark *mark); /* every part MISSING, at 0 */

#endif
