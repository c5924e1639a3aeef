/* A record and answers to put into it, for the tests of what it makes of them. */
#ifndef TESTS_PACE_RECORD_ROOM_H
#define TESTS_PACE_RECORD_ROOM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pace/record.h"

static const int64_t START = 1234567890123, SECOND = 1000000000, MS = 1000000;

/* An answer to what was due offset_ns after the start,
 * response_ns later, without waiting or lateness. */
static inline void answer(struct record *record, int64_t offset_ns, int64_t response_ns)
{
    int64_t due_ns = START + offset_ns;

    record_answer(record, &(struct times){due_ns, due_ns, due_ns, due_ns + response_ns}, false);
}

#endif
