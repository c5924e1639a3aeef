/*
 * Protected calls with a message handler, which puts the innermost line of Lua before a message
 * that lacks one, and a hook every HOOK_EVERY instructions.
 */
#include "pace/script_state.h"

#include <lauxlib.h>
#include <luajit.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "data/strings.h"

enum { HOOK_EVERY = 10000 };

static int64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Its address is the key of the state in the registry. */
static const char state_key;

static struct script_state *state_of(lua_State *lua)
{
    lua_pushlightuserdata(lua, (void *)&state_key);
    lua_rawget(lua, LUA_REGISTRYINDEX);
    struct script_state *state = lua_touserdata(lua, -1);
    lua_pop(lua, 1);
    return state;
}

static bool is_interrupted(const struct script_state *state)
{
    return state->interrupted != NULL && *state->interrupted;
}

/* Raised again at each instruction from then on, so that no pcall() of the script holds it. */
static void check_limits(lua_State *lua, lua_Debug *at)
{
    struct script_state *state = state_of(lua);
    bool late = monotonic_ns() > state->deadline_ns;
    bool stops = is_interrupted(state) && !state->was_interrupted;
    if (!late && !stops && lua_gc(lua, LUA_GCCOUNT, 0) / 1024 < state->limit_mib)
        return;
    lua_sethook(lua, check_limits, LUA_MASKCOUNT, 1);
    lua_getinfo(lua, "Sl", at);
    if (stops)
        lua_pushfstring(lua, "%s:%d: it was interrupted", at->short_src, at->currentline);
    else if (late)
        lua_pushfstring(lua, "%s:%d: no end after %d.%d s", at->short_src, at->currentline,
                        state->limit_ms / 1000, state->limit_ms / 100 % 10);
    else
        lua_pushfstring(lua, "%s:%d: it takes more than %d MiB of memory", at->short_src,
                        at->currentline, state->limit_mib);
    lua_error(lua);
}

/* What follows a place, "FILE:12: ", at the beginning of the
 * message; NULL: it does not begin with one of this file. */
static const char *after_place(const char *message, const char *file)
{
    size_t len = strlen(file);
    if (strncmp(message, file, len) != 0 || message[len] != ':')
        return NULL;
    size_t digits = strspn(message + len + 1, "0123456789");
    const char *end = message + len + 1 + digits;
    return digits > 0 && strncmp(end, ": ", 2) == 0 ? end + 2 : NULL;
}

/* The message handler: FILE:LINE before a message that has none, such
 * as one of a C function's or error(text, 0). One that comes out of
 * coroutine.wrap() has two: the inner one is where it happened. */
static int explain(lua_State *lua)
{
    lua_Debug at;
    if (!lua_isstring(lua, 1))
        lua_pushfstring(lua, "an error that is a %s, no text", luaL_typename(lua, 1));
    const char *message = lua_tostring(lua, -1);
    for (int level = 0; lua_getstack(lua, level, &at); level++) {
        lua_getinfo(lua, "Sl", &at);
        if (at.currentline <= 0)
            continue;
        const char *rest = after_place(message, at.short_src);
        if (rest == NULL)
            lua_pushfstring(lua, "%s:%d: %s", at.short_src, at.currentline, message);
        else if (after_place(rest, at.short_src) != NULL)
            lua_pushstring(lua, rest);
        break;
    }
    return 1;
}

/* One line of what Lua says, without control bytes; the caller frees. */
static char *first_line(const char *message)
{
    char *line = text_format("%.*s", (int)strcspn(message, "\n"), message);
    size_t len = strlen(line);
    if (len > 0 && line[len - 1] == ':')
        line[len - 1] = '\0';
    for (char *c = line; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
    return line;
}

/* Is there a ":12: " in it? */
static bool has_line(const char *message)
{
    while ((message = strchr(message, ':')) != NULL) {
        size_t digits = strspn(++message, "0123456789");
        if (digits > 0 && strncmp(message + digits, ": ", 2) == 0)
            return true;
    }
    return false;
}

char *script_state_where(struct script_state *state)
{
    lua_Debug at = {0};
    if (lua_isfunction(state->lua, -1)) {
        lua_pushvalue(state->lua, -1);
        lua_getinfo(state->lua, ">S", &at);
    }
    return at.linedefined > 0 ? text_format("%s:%d", at.short_src, at.linedefined)
                              : xstrdup(state->path);
}

/* Takes the message from the stack. One without a place, as out of memory has none, gets where. */
static int fail(struct script_state *state, const char *where, const char *during, char **error)
{
    const char *message = lua_tostring(state->lua, -1);
    char *line = first_line(message != NULL ? message : "an error without a message");
    bool placed = has_line(line) || where == NULL || strstr(line, where) != NULL;
    text_error(error, "%s%s%s, %s", placed ? "" : where, placed ? "" : ": ", line, during);
    free(line);
    lua_pop(state->lua, 1);
    return -1;
}

/* The function is kept below the call: where a C function was called last in it (return
 * wrk.format()), its own frame is gone, and what is left to tell is where it begins. */
int script_state_call(struct script_state *state, int arguments, int results, const char *during,
                      char **error)
{
    lua_State *lua = state->lua;
    int kept = lua_gettop(lua) - arguments;
    lua_pushvalue(lua, kept);
    lua_insert(lua, kept);
    lua_pushcfunction(lua, explain);
    lua_insert(lua, kept + 1);
    state->was_interrupted = is_interrupted(state);
    state->deadline_ns = monotonic_ns() + state->limit_ms * INT64_C(1000000);
    lua_sethook(lua, check_limits, LUA_MASKCOUNT, HOOK_EVERY);
    int status = lua_pcall(lua, arguments, results, kept + 1);
    lua_sethook(lua, NULL, 0, 0);
    lua_remove(lua, kept + 1);
    if (status != 0) {
        lua_insert(lua, kept); /* the message below the function */
        char *where = script_state_where(state);
        lua_pop(lua, 1);
        fail(state, where, during, error);
        free(where);
        return -1;
    }
    lua_remove(lua, kept);
    return 0;
}

int script_state_run(struct script_state *state, lua_CFunction function, void *argument,
                     const char *during, char **error)
{
    lua_pushcfunction(state->lua, function);
    lua_pushlightuserdata(state->lua, argument);
    return script_state_call(state, 1, 0, during, error);
}

int script_state_load(struct script_state *state, char **error)
{
    if (luaL_loadfile(state->lua, state->path) != 0)
        return fail(state, state->path, "when it was loaded", error);
    return script_state_call(state, 0, 0, "when it was loaded", error);
}

static int print_to_stderr(lua_State *lua)
{
    int count = lua_gettop(lua);
    for (int i = 1; i <= count; i++) {
        lua_getglobal(lua, "tostring");
        lua_pushvalue(lua, i);
        lua_call(lua, 1, 1);
        const char *text = lua_tostring(lua, -1);
        fprintf(stderr, "%s%s", i > 1 ? "\t" : "", text != NULL ? text : "");
        lua_pop(lua, 1);
    }
    fputc('\n', stderr);
    return 0;
}

static int refuse_exit(lua_State *lua)
{
    return luaL_error(lua, "os.exit() would end pace without a result: "
                           "error(\"why\") ends it with a sentence");
}

struct opening {
    struct script_state *state;
    double seed;
};

static int open_libraries(lua_State *lua)
{
    const struct opening *opening = lua_touserdata(lua, 1);
    luaL_openlibs(lua);
    luaJIT_setmode(lua, 0,
                   LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF); /* opening its library turns it on */
    lua_pushlightuserdata(lua, (void *)&state_key);
    lua_pushlightuserdata(lua, opening->state);
    lua_rawset(lua, LUA_REGISTRYINDEX);

    lua_register(lua, "print", print_to_stderr);
    lua_getglobal(lua, "io");
    lua_getfield(lua, -1, "output");
    lua_getfield(lua, -2, "stderr");
    lua_call(lua, 1, 0);
    lua_getglobal(lua, "os");
    lua_pushcfunction(lua, refuse_exit);
    lua_setfield(lua, -2, "exit");
    lua_getglobal(lua, "math");
    lua_getfield(lua, -1, "randomseed");
    lua_pushnumber(lua, opening->seed);
    lua_call(lua, 1, 0);
    return 0;
}

int script_state_open(struct script_state *state, const char *path, double seed, char **error)
{
    *state = (struct script_state){.lua = luaL_newstate(),
                                   .path = xstrdup(path),
                                   .limit_ms = SCRIPT_CALL_MS,
                                   .limit_mib = SCRIPT_MEMORY_MIB};
    struct opening opening = {state, seed};
    if (state->lua == NULL)
        return text_error(error, "there is no memory for LuaJIT");
    if (lua_cpcall(state->lua, open_libraries, &opening) != 0)
        return fail(state, NULL, "when LuaJIT was opened", error);
    return 0;
}

void script_state_close(struct script_state *state)
{
    if (state->lua != NULL)
        lua_close(state->lua);
    free(state->path);
    *state = (struct script_state){0};
}
