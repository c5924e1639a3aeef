/* What known_server sends: constant bytes, right ones and each kind of wrong ones. */
#ifndef TESTS_KNOWN_ANSWERS_H
#define TESTS_KNOWN_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>

#include "tests/known/behaviour.h"

struct bytes {
    const char *at;
    size_t len;
};

/* What is sent where this fault strikes; {NULL, 0}: nothing is. */
struct bytes answer_of(enum fault fault);
/* Is the connection at its end then? */
bool answer_ends(enum fault fault);

#endif
