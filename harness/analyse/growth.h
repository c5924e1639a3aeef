/*
 * Has a request become more expensive than its budget allows,
 * and which functions are to blame? Pure.
 *
 * A total may grow by GROWTH_ALLOWED: counts of one build agree to 0.1 % where a server has one
 * thread and to 1 % where it has many, and less than that is no change that anybody means. One that
 * is lower by more than as much is told to be written down.
 */
#ifndef ANALYSE_GROWTH_H
#define ANALYSE_GROWTH_H

#include <stddef.h>

#include "analyse/profile.h"
#include "data/budget.h"

#define GROWTH_ALLOWED 0.02
#define GROWTH_NAMED                                                                               \
    0.01 /* functions from this share of the total on have a line of their own in the budget */

enum growth_verdict {
    GROWTH_UNKNOWN, /* the budget has no line for this server and workload */
    GROWTH_WITHIN,
    GROWTH_OVER,
    GROWTH_UNDER, /* the budget can be lowered */
};

/* A function that costs more than its line says; before 0: it has no line. */
struct grown {
    const char *name; /* borrowed from the costs */
    double before, now;
};

struct growth {
    enum growth_verdict verdict;
    double budget, now;
    struct grown *functions; /* the largest growth first */
    size_t count;
};

void growth_find(struct growth *growth, const struct budget *budget, const struct profile_row *row);
/* "epoll plaintext: 912 instructions a request, budget 882 (+3.4 %);
 * grew: http_request_parse 303 → 330 (+27)"; the caller frees. */
char *growth_sentence(const struct growth *growth, const struct profile_row *row);
void growth_release(struct growth *growth);

/* Adds the row's total and its functions of at least GROWTH_NAMED of it. */
void growth_budget(struct budget *budget, const struct profile_row *row);

#endif
