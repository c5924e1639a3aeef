/* What a budget left of a schedule, in words: only of what became less. Pure. */
#ifndef MEASURE_SCHEDULE_LESS_H
#define MEASURE_SCHEDULE_LESS_H

#include <stddef.h>

/* One number of them: how many were asked for and are left,
 * and of what: "rounds at a rate in ", "block", "". */
struct schedule_less {
    size_t asked, left;
    const char *before, *noun, *after;
};

/* "budget: rounds at a rate in 8 blocks instead of 9; on 1 workload instead of 2"; NULL: nothing
 * became less. The caller frees. */
char *schedule_less_text(const struct schedule_less *parts, size_t count);

#endif
