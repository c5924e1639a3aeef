/*
 * A script's life: both states loaded as wrk loads them, the main one first;
 * setup(), then init(), then request() as often as is asked, and done() at
 * the end. What goes wrong in Lua becomes a sentence in script_state.c.
 */
#include "pace/script.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "pace/random.h"
#include "pace/script_state.h"
#include "pace/script_stats.h"
#include "pace/script_wrk.h"

struct script {
    struct script_state main, thread;
    struct script_thread handle;
    unsigned ring_s;
};

static int check_fields(const struct script_options *options, char **error)
{
    for (size_t i = 0; options->fields != NULL && i < options->fields->count; i++)
        if (script_field_check(options->fields->items[i], error) != 0)
            return -1;
    return 0;
}

static double draw_seed(struct random *random)
{
    return (double)(random_u64(random) >> 11); /* 53 bits: a double holds no more */
}

static int open_state(struct script_state *state, const struct script_options *options, double seed,
                      char **error)
{
    struct script_wrk_options wrk = {.url = options->url, .fields = options->fields};
    if (script_state_open(state, options->path, seed, error) != 0)
        return -1;
    state->interrupted = options->interrupted;
    if (script_state_run(state, script_wrk_open, &wrk, "when its table wrk was made", error) != 0)
        return -1;
    return options->path != NULL ? script_state_load(state, error) : 0;
}

/* Raw: a metatable of the globals, which may forbid unknown
 * ones, is not asked whether there is a done(). */
static void push_global(lua_State *lua, const char *name)
{
    lua_pushstring(lua, name);
    lua_rawget(lua, LUA_GLOBALSINDEX);
}

/* Leaves the global on the stack if it is a function. */
static bool push_function(lua_State *lua, const char *name)
{
    push_global(lua, name);
    if (lua_isfunction(lua, -1))
        return true;
    lua_pop(lua, 1);
    return false;
}

/* setup(thread) in the main state, if it is there. */
static int run_setup(lua_State *lua)
{
    struct script_thread *thread = lua_touserdata(lua, 1);
    if (!push_function(lua, "setup"))
        return 0;
    script_thread_push(lua, thread);
    lua_call(lua, 1, 0);
    return 0;
}

struct init {
    struct script_thread *thread;
    const struct script_options *options;
};

/* wrk.init(arguments), which calls init(); argument 0 is the URL, as in wrk. */
static int run_init(lua_State *lua)
{
    const struct init *init = lua_touserdata(lua, 1);
    const struct strings *arguments = init->options->arguments;
    push_global(lua, "wrk");
    lua_getfield(lua, -1, "init");
    lua_newtable(lua);
    lua_pushstring(lua, init->options->url->text);
    lua_rawseti(lua, -2, 0);
    for (size_t i = 0; arguments != NULL && i < arguments->count; i++) {
        lua_pushstring(lua, arguments->items[i]);
        lua_rawseti(lua, -2, (int)i + 1);
    }
    lua_call(lua, 1, 0);
    return 0;
}

/* wrk.thread in the thread's state. */
static int give_thread(lua_State *lua)
{
    push_global(lua, "wrk");
    script_thread_push(lua, lua_touserdata(lua, 1));
    lua_setfield(lua, -2, "thread");
    return 0;
}

/* As wrk does, it looks at them after init(). */
static int refuse(struct script_state *state, const char *name, const char *why, char **error)
{
    if (!push_function(state->lua, name))
        return 0;
    char *where = script_state_where(state);
    text_error(error, "%s: %s() is not for pace, %s", where, name, why);
    free(where);
    lua_pop(state->lua, 1);
    return -1;
}

static int refuse_what_cannot_be(struct script_state *state, char **error)
{
    if (refuse(
            state, "response",
            "whose requests are made before its window, so that their arrival does not depend on "
            "answers: take it out, or run the script with wrk",
            error) != 0)
        return -1;
    return refuse(state, "delay",
                  "whose requests arrive when its schedule says: take it out, and give -r or -S",
                  error);
}

static int start(struct script *script, const struct script_options *options, char **error)
{
    struct random random;
    random_init(&random, options->seed, RANDOM_SCRIPT);
    double thread_seed = draw_seed(&random), main_seed = draw_seed(&random);
    struct init init = {&script->handle, options};
    if (open_state(&script->main, options, main_seed, error) != 0 ||
        open_state(&script->thread, options, thread_seed, error) != 0)
        return -1;
    script->handle.lua = script->thread.lua;
    script->handle.host = xstrdup(options->url->host);
    script->handle.port = text_format("%u", options->url->port);
    if (script_state_run(&script->thread, give_thread, &script->handle, "in its start", error) ||
        script_state_run(&script->main, run_setup, &script->handle, "in setup()", error) ||
        script_state_run(&script->thread, run_init, &init, "in init()", error) ||
        script_state_run(&script->thread, script_wrk_format, NULL, "in wrk.format()", error))
        return -1;
    return refuse_what_cannot_be(&script->thread, error);
}

int script_open(struct script **script, const struct script_options *options, char **error)
{
    *script = NULL;
    if (check_fields(options, error) != 0)
        return -1;
    struct script *opened = xcalloc(1, sizeof(*opened));
    opened->ring_s = options->ring_s > 0 ? options->ring_s : SCRIPT_RING_S;
    if (start(opened, options, error) != 0) {
        script_close(opened);
        return -1;
    }
    *script = opened;
    return 0;
}

/* wrk.request() */
static int run_wrk_request(lua_State *lua)
{
    push_global(lua, "wrk");
    lua_getfield(lua, -1, "request");
    lua_call(lua, 0, 1);
    return 1;
}

/* Adds the string on top of the stack and pops it. 0, or -1
 * with a sentence: where, what, and the cause. */
static int add_result(lua_State *lua, struct requests *requests, const char *where,
                      const char *what, char **error)
{
    char *cause = NULL;
    size_t len = 0;
    int result = -1;
    if (lua_type(lua, -1) == LUA_TSTRING) {
        const char *bytes = lua_tolstring(lua, -1, &len);
        result = requests_add(requests, bytes, len, &cause);
    } else {
        cause = text_format("it is a %s, not a string", luaL_typename(lua, -1));
    }
    lua_pop(lua, 1);
    if (result != 0)
        text_error(error, "%s%s%s: %s", where, *where != '\0' ? ": " : "", what, cause);
    free(cause);
    return result;
}

static int add_static(struct script_state *state, struct requests *requests, char **error)
{
    lua_pushcfunction(state->lua, run_wrk_request);
    if (script_state_call(state, 0, 1, "in wrk.request()", error) != 0)
        return -1;
    if (state->path == NULL)
        return add_result(state->lua, requests, "", "what the URL and -H make is no request",
                          error);
    return add_result(state->lua, requests, state->path,
                      "what wrk.method, path, headers and body make is no request", error);
}

static int64_t monotonic_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* request() is on the stack, and stays there; where it begins stands in where. */
static int add_dynamic(struct script *script, struct requests *requests, size_t count,
                       const char *where, char **error)
{
    struct script_state *state = &script->thread;
    int64_t end_s = monotonic_s() + script->ring_s;
    for (size_t i = 0; i < count; i++) {
        if (state->interrupted != NULL && *state->interrupted)
            return text_error(error, "%s: request() was interrupted", where);
        if (monotonic_s() > end_s)
            return text_error(
                error,
                "%s: request() gave %zu of %zu requests in %u s: make them in init(), "
                "and let request() pick one",
                where, i, count, script->ring_s);
        lua_pushvalue(state->lua, -1);
        if (script_state_call(state, 0, 1, "in request()", error) != 0 ||
            add_result(state->lua, requests, where, "what request() returned cannot be sent",
                       error) != 0)
            return -1;
    }
    return 0;
}

int script_requests(struct script *script, struct requests *requests, size_t count, char **error)
{
    struct script_state *state = &script->thread;
    if (!push_function(state->lua, "request"))
        return add_static(state, requests, error);
    char *where = script_state_where(state);
    int result = add_dynamic(script, requests, count, where, error);
    free(where);
    lua_pop(state->lua, 1);
    return result;
}

static void set_number(lua_State *lua, const char *name, uint64_t value)
{
    lua_pushnumber(lua, (lua_Number)value);
    lua_setfield(lua, -2, name);
}

static void push_summary(lua_State *lua, const struct script_summary *summary)
{
    lua_newtable(lua);
    set_number(lua, "duration", summary->duration_us);
    set_number(lua, "requests", summary->requests);
    set_number(lua, "bytes", summary->bytes);
    lua_newtable(lua);
    set_number(lua, "connect", summary->errors_connect);
    set_number(lua, "read", summary->errors_read);
    set_number(lua, "write", summary->errors_write);
    set_number(lua, "status", summary->errors_status);
    set_number(lua, "timeout", summary->errors_timeout);
    lua_setfield(lua, -2, "errors");
}

/* The statistics of the rates of all threads: there is one, and its rate over the window. */
static int run_done(lua_State *lua)
{
    const struct script_summary *summary = lua_touserdata(lua, 1);
    double seconds = (double)summary->duration_us / 1e6;
    push_global(lua, "done");
    push_summary(lua, summary);
    script_stats_push_us(lua, summary->latency);
    script_stats_push_one(lua, seconds > 0 ? round((double)summary->requests / seconds) : 0);
    lua_call(lua, 3, 0);
    return 0;
}

bool script_has_done(struct script *script)
{
    bool has = push_function(script->main.lua, "done");
    if (has)
        lua_pop(script->main.lua, 1);
    return has;
}

int script_done(struct script *script, const struct script_summary *summary, char **error)
{
    if (!script_has_done(script))
        return 0;
    return script_state_run(&script->main, run_done, (void *)summary, "in done()", error);
}

void script_close(struct script *script)
{
    if (script == NULL)
        return;
    script_state_close(&script->main);
    script_state_close(&script->thread);
    free(script->handle.host);
    free(script->handle.port);
    free(script);
}
