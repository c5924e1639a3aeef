/* Inside upstream_plan: what an answer says, whatever its manner. */
#ifndef CHECK_UPSTREAM_ANSWER_H
#define CHECK_UPSTREAM_ANSWER_H

#include <stdbool.h>
#include <stdio.h>

#include "check/upstream_plan.h"

/* How the answer is to be given. */
struct upstream_manner {
    unsigned after_ms, pace_ms, interims;
    bool says_close, surplus, is_late; /* is_late: surplus, or the end, comes LATE_MS later */
    enum upstream_end end;
    bool over;
};

struct upstream_telling {
    const struct upstream_asked *asked;
    struct upstream_manner manner;
    FILE *to; /* writes plan.bytes */
};

/* The rest of path behind its first word, if that is the one; else NULL. */
const char *upstream_word(const char *path, const char *word);
/* Writes the answer that path asks for, which begins with the word that says what. */
void upstream_answer(struct upstream_telling *telling, const char *path);
void upstream_tell_text(struct upstream_telling *telling, const char *status, const char *text);

#endif
