/* Which defect this process has: one of a closed list, chosen
 * once by the name it was started under. */
#ifndef TESTS_BROKEN_DEFECT_H
#define TESTS_BROKEN_DEFECT_H

#include <stdbool.h>

extern const char *defect; /* "none" and others, defect.c lists them */

/* "server-NAME" has the defect NAME. False: there is no such defect. */
bool defect_choose(const char *program);
bool is(const char *name);

#endif
