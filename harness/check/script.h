/*
 * A case in one form, as the moves of a client: which bytes go out in one write, what is waited
 * for. The bytes stay the case's, except where a form joins them.
 */
#ifndef CHECK_SCRIPT_H
#define CHECK_SCRIPT_H

#include <stddef.h>

#include "check/case.h"

/* Between two pieces the server gets this long to see the first
 * alone. A merged pair is a weaker test, not a failure. */
enum { SCRIPT_PACE_US = 400 };

struct move {
    enum step_kind kind;
    const char *bytes; /* SEND: one write */
    size_t len;
    unsigned pause_us;         /* after SEND, or of PAUSE and STALL */
    const struct step *answer; /* ANSWER */
    bool probe; /* part of the closing question whether the connection is still good */
};

struct script {
    struct move *moves;
    size_t count;
    char *joined;      /* owned: what a form sends in one write but the case does not */
    unsigned total_us; /* of all pauses */
};

/* probe: the case that asks whether an open connection stays
 * in step; NULL: do not ask. Both must outlive the script. */
void script_build(struct script *script, const struct test_case *test, enum form form,
                  const struct test_case *probe);
void script_release(struct script *script);

#endif
