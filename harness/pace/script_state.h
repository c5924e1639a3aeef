/*
 * One Lua state of a workload script, and calls into it that always come back: with results, or
 * with one sentence that names the script's file and line.
 *
 * A call may last SCRIPT_CALL_MS, and the state take SCRIPT_MEMORY_MIB. A count hook sees to that,
 * which compiled code would not call (LuaJIT issue 599), so the just-in-time compiler is off: a
 * script has done its work before anything is timed. What the hook cannot see is time inside one
 * function of the library, such as os.execute() or a hopeless pattern.
 *
 * The libraries are there as they are in wrk, with two differences. print() and io.write() go to
 * stderr: pace's stdout is its report, which may be JSON. And os.exit() is an error, because a run
 * that a script ends has no result.
 */
#ifndef PACE_SCRIPT_STATE_H
#define PACE_SCRIPT_STATE_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

enum { SCRIPT_CALL_MS = 5000, SCRIPT_MEMORY_MIB = 512 };

struct script_state {
    lua_State *lua;
    char *path;              /* of the script, for sentences; owned; NULL: there is none */
    int limit_ms, limit_mib; /* as above, unless a caller sets others */
    int64_t deadline_ns;     /* of the call that runs, CLOCK_MONOTONIC */
    /* Ends the call that runs once it is true; NULL: nothing does. One that was true before the
     * call does not, so that done() runs after an interrupted trial as it does in wrk. */
    const volatile bool *interrupted;
    bool was_interrupted; /* before the call that runs */
};

/* With the libraries opened, math.random seeded with seed. It must not be moved until it is closed;
 * close it in either case. 0, or -1 with a sentence: no memory. */
int script_state_open(struct script_state *state, const char *path, double seed, char **error);
void script_state_close(struct script_state *state);

/* lua_pcall of the function below its arguments: 0 with its results on the stack, or -1 with a
 * sentence and nothing on it. during names the call in sentences: "in init()". */
int script_state_call(struct script_state *state, int arguments, int results, const char *during,
                      char **error);
/* Calls a C function with one argument, a light userdata, and no results. */
int script_state_run(struct script_state *state, lua_CFunction function, void *argument,
                     const char *during, char **error);
/* Runs the script's file. */
int script_state_load(struct script_state *state, char **error);

/* The function on top of the stack as "FILE:LINE", where it begins, or the script's path (NULL
 * without one) if it is not of Lua; leaves it there. The caller frees. */
char *script_state_where(struct script_state *state);

#endif
