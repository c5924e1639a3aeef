/*
 * The table wrk of a script and the handle of its thread, as wrk 4.1 has them (its SCRIPTING,
 * src/wrk.lua). What is undocumented there is left out, but for wrk.init(), which calls init() and
 * may be replaced, and wrk.request().
 *
 * wrk.format() differs from wrk's in the order of the fields: Host first (RFC 9110, 7.2), the
 * others by their names, because pairs() gives them in another order in every process.
 */
#ifndef PACE_SCRIPT_WRK_H
#define PACE_SCRIPT_WRK_H

#include <lua.h>

#include "data/strings.h"
#include "pace/url.h"

/* Is text "Name: value"? 0, or -1 with a sentence. */
int script_field_check(const char *text, char **error);

struct script_wrk_options {
    const struct url *url;
    const struct strings *fields; /* checked; put into wrk.headers; NULL: none */
};
/* A function for script_state_run: makes the global table wrk from a struct script_wrk_options. */
int script_wrk_open(lua_State *lua);
/* The same after init(): makes wrk.request(), which gives what
 * wrk.format() makes without arguments. */
int script_wrk_format(lua_State *lua);

/* What thread:get() and the like reach. It outlives both states. */
struct script_thread {
    lua_State *lua;    /* the thread's state */
    char *host, *port; /* of thread.addr; owned by the script */
};
/* Pushes a handle of it. */
void script_thread_push(lua_State *lua, struct script_thread *thread);

#endif
