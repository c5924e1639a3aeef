/*
 * Known divergences: conformance cases that a server says it fails, each with a reason, because the
 * library it is built on answers them. They are played like all others; failing them is expected,
 * and passing them is said, so that no list outlives its reasons. Pure.
 */
#ifndef CHECK_DIVERGENCE_H
#define CHECK_DIVERGENCE_H

#include "check/case.h"
#include "data/strings.h"

struct divergence {
    char *test;     /* the case's name */
    unsigned forms; /* bits, 1 << enum form: those that diverge */
    char *reason;
};

struct divergences {
    struct divergence *items;
    size_t count;
};

/*
 * Reads lines "CASE REASON" or "CASE/FORM REASON" of a description, FORM as in a case's `forms`;
 * without it all forms are meant. -1 with one sentence in *error, owned by the caller, for a line
 * that is not like this, a name that is no case, and a route's plain question (`gate yes`), without
 * which a server has no route to be measured on: then nothing is to be released.
 */
int divergences_read(struct divergences *divergences, const struct strings *lines,
                     const struct test_cases *cases, char **error);
/* The reason why this case fails in this form; NULL: it is not listed. */
const char *divergences_reason(const struct divergences *divergences, const char *test,
                               enum form form);
void divergences_release(struct divergences *divergences);

#endif
