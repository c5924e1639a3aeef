/*
 * A server that is not ours answers hundreds of cases otherwise than ours do, for a few reasons:
 * differences put together by what was found, so that a reader sees the reasons.
 */
#ifndef CHECK_DIFFERENCES_H
#define CHECK_DIFFERENCES_H

#include "data/strings.h"

/* Appends one sentence for each finding among "CASE, FORM: FINDING", what concerns the most cases
 * first: "FINDING (what came instead left out): CASE, CASE, CASE and 42 more cases". */
void differences_group(struct strings *grouped, const struct strings *differences);

#endif
