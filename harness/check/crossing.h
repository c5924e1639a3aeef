/*
 * Does each client get its own bytes? Cases made here: many clients
 * side by side, each with bodies and lengths that no other has, sent
 * in pieces so that the server holds many unfinished requests at once.
 */
#ifndef CHECK_CROSSING_H
#define CHECK_CROSSING_H

#include "check/case.h"

enum { CROSSING_CLIENTS = 48, CROSSING_ROUNDS = 3 };

enum crossing { CROSSING_ECHO, CROSSING_ECHO_AND_BYTES, CROSSING_PROXY };

/* One case per client, all of them named "crossing". */
void crossing_cases(struct test_cases *cases, enum crossing what);

#endif
