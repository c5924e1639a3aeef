/* What a check asks: the cases of a folder, and what is asked beside them of every server. */
#ifndef CHECK_QUESTIONS_H
#define CHECK_QUESTIONS_H

#include "check/case.h"

struct questions {
    struct test_cases cases;
    struct test_case probe; /* asked last on a connection that must still be in step */
    /* Of our servers; of others, which need not have /bytes. */
    struct test_cases crossing, crossing_echo;
    struct test_cases crossing_proxy; /* of those that have an upstream */
};

/* Returns 0, or -1 with one sentence in *error, which the
 * caller frees. Release it in either case. */
int questions_read(struct questions *questions, const char *folder, char **error);
void questions_release(struct questions *questions);

#endif
