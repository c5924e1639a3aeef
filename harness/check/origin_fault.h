/* Answers that no proxy may pass on, or that never come: each
 * a word of origin_plan.h, as the bytes stand. */
#ifndef CHECK_ORIGIN_FAULT_H
#define CHECK_ORIGIN_FAULT_H

#include "check/origin_plan.h"

struct origin_fault {
    const char *word, *bytes;
    size_t len;
    enum origin_end end;
};

/* NULL: the word is none of them. */
const struct origin_fault *origin_fault_find(const char *word);

#endif
