/* Inside origin_plan: what an answer says, whatever its manner. */
#ifndef CHECK_ORIGIN_ANSWER_H
#define CHECK_ORIGIN_ANSWER_H

#include <stdbool.h>
#include <stdio.h>

#include "check/origin_plan.h"

/* How the answer is to be given. */
struct origin_manner {
    unsigned after_ms, pace_ms, interims;
    bool says_close, surplus, is_late; /* is_late: surplus, or the end, comes LATE_MS later */
    enum origin_end end;
    bool over;
};

struct origin_telling {
    const struct origin_asked *asked;
    struct origin_manner manner;
    FILE *to; /* writes plan.bytes */
};

/* The rest of path behind its first word, if that is the one; else NULL. */
const char *origin_word(const char *path, const char *word);
/* Writes the answer that path asks for, which begins with the word that says what. */
void origin_answer(struct origin_telling *telling, const char *path);
void origin_tell_text(struct origin_telling *telling, const char *status, const char *text);

#endif
