/* What the tests of processes share: links to the tools, and a
 * test program that is the reaper of orphans. */
#ifndef TESTS_PROCESS_ROOM_H
#define TESTS_PROCESS_ROOM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "measure/server.h"
#include "tools.h"

static struct tools tools;

static inline int open_all(void **state)
{
    (void)state;
    server_become_reaper();
    tools_open(&tools);
    return 0;
}

static inline int close_all(void **state)
{
    (void)state;
    tools_close(&tools);
    return 0;
}

#endif
