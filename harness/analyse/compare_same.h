/* Whether what two results have of a server may be set side by side: between the files of
 * compare.h. */
#ifndef ANALYSE_COMPARE_SAME_H
#define ANALYSE_COMPARE_SAME_H

#include <stddef.h>

#include "analyse/readings.h"

/* One server on one workload, in one result. */
struct compared {
    const struct readings_source *source;
    size_t arm, workload;
};

/* Why two did not do the same work, or not under the same load, as a clause
 * with the way out; NULL: they did. The caller frees. */
char *compare_other_work(const struct compared *base, const struct compared *head);
char *compare_other_load(const struct readings *base, const struct readings *head);

#endif
