/* What the tests of a server's memory share: one server, those
 * who hold connections to it, and what it has written to. */
#ifndef TESTS_MEMORY_ROOM_H
#define TESTS_MEMORY_ROOM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "data/strings.h"
#include "measure/clock.h"
#include "measure/holder.h"
#include "measure/procfile.h"
#include "measure/server.h"
#include "tools.h"

enum {
    SHORT_CONNECTIONS = 2000,
    MORE_CONNECTIONS = 2000, /* that a server is let have beyond those held */
    LOOPS_SETTLE_MS = 1500,  /* loops free what is spare once a second */
    KIB = 1024,
};

static unsigned connections = SHORT_CONNECTIONS, settle_ms = LOOPS_SETTLE_MS;

/* Of the test that runs; its end ends them. */
static struct server server;
static struct holder few, many;

static inline int end_all(void **state)
{
    (void)state;
    holder_kill(&few);
    holder_kill(&many);
    server_kill(&server);
    return 0;
}

static inline char *server_path(const char *name)
{
    const char *bin = getenv("BACKBENCH_BIN");
    char *beside = tools_built("../../../bin");
    char *path = text_format("%s/server-%s", bin != NULL ? bin : beside, name);
    free(beside);
    return path;
}

/* Skips the test where this server cannot run. */
static inline void open_server(const char *name)
{
    char *path = server_path(name), error[200];
    struct server_options options = {.path = path,
                                     .address = "127.0.0.1",
                                     .workers = 1,
                                     .max_connections = connections + MORE_CONNECTIONS};
    bool is_built = access(path, X_OK) == 0;
    enum server_result result =
        is_built ? server_start(&server, &options, error, sizeof(error)) : SERVER_UNAVAILABLE;
    free(path);
    if (result == SERVER_FAILED)
        fail_msg("server-%s: %s", name, error);
    if (result == SERVER_UNAVAILABLE) {
        print_message("# server-%s: %s\n", name, is_built ? error : "is not built");
        skip();
    }
}

static inline double user_bytes(void)
{
    char text[8192];
    if (procfile_read_once(text, sizeof(text), "/proc/%d/smaps_rollup", (int)server.pid) == NULL)
        fail_msg("its memory cannot be read: it has ended");
    return (double)procfile_value(text, "Private_Dirty") * KIB;
}

static inline void settle(void)
{
    sleep_until_ns(monotonic_ns() + settle_ms * NS_PER_MS);
}

/* Says so where fewer are held than asked for. */
static inline void hold(struct holder *holder, unsigned count)
{
    char *error = NULL;
    struct holder_options options = {
        .address = server.address, .port = server.port, .connections = count};
    if (holder_start(holder, &options, &error) < 0)
        fail_msg("%s", error);
    if (holder->shortfall != NULL)
        print_message("# %s\n", holder->shortfall);
}

#endif
