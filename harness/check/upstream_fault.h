/* Answers that no proxy may pass on, or that never come: each a word of upstream_plan.h, as the bytes stand. */
#ifndef CHECK_UPSTREAM_FAULT_H
#define CHECK_UPSTREAM_FAULT_H

#include "check/upstream_plan.h"

struct upstream_fault {
    const char *word, *bytes;
    size_t len;
    enum upstream_end end;
};

/* NULL: the word is none of them. */
const struct upstream_fault *upstream_fault_find(const char *word);

#endif
