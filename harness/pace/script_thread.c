/* The handle of a script's thread: thread:get(), set(), stop()
 * and thread.addr; see script_wrk.h. */
#include <lauxlib.h>
#include <string.h>

#include "pace/script_address.h"
#include "pace/script_wrk.h"

enum { NESTING_MOST = 32 }; /* of tables that are transferred: a table in itself has no end */

static const char type_name[] = "wrk.thread";

static struct script_thread *check_thread(lua_State *lua)
{
    return *(struct script_thread **)luaL_checkudata(lua, 1, type_name);
}

/* A copy between two states, which may be one. */
struct transfer {
    lua_State *lua; /* the one that asked for it, in which errors are raised */
    lua_State *from, *to;
};

static void copy_value(const struct transfer *transfer, int index, int depth);

static void copy_table(const struct transfer *transfer, int index, int depth)
{
    lua_State *from = transfer->from, *to = transfer->to;
    if (depth == NESTING_MOST)
        luaL_error(transfer->lua, "cannot transfer tables nested more than %d deep", NESTING_MOST);
    if (!lua_checkstack(from, 8) || !lua_checkstack(to, 8))
        luaL_error(transfer->lua, "there is no room for what is transferred");
    lua_newtable(to);
    int table = lua_gettop(to);
    for (lua_pushnil(from); lua_next(from, index) != 0; lua_pop(from, 1)) {
        int value = lua_gettop(from);
        copy_value(transfer, value - 1, depth + 1);
        copy_value(transfer, value, depth + 1);
        lua_rawset(to, table);
    }
}

/* Pushes on to what stands in from at index, which is absolute. */
static void copy_value(const struct transfer *transfer, int index, int depth)
{
    lua_State *from = transfer->from, *to = transfer->to;
    size_t len;
    const char *text;
    switch (lua_type(from, index)) {
    case LUA_TNIL:
        lua_pushnil(to);
        break;
    case LUA_TBOOLEAN:
        lua_pushboolean(to, lua_toboolean(from, index));
        break;
    case LUA_TNUMBER:
        lua_pushnumber(to, lua_tonumber(from, index));
        break;
    case LUA_TSTRING:
        text = lua_tolstring(from, index, &len);
        lua_pushlstring(to, text, len);
        break;
    case LUA_TTABLE:
        copy_table(transfer, index, depth);
        break;
    default:
        luaL_error(transfer->lua, "cannot transfer a %s between thread and setup",
                   luaL_typename(from, index));
    }
}

/* Globals are reached raw: a metatable of theirs would run unprotected in the other state. */
static int thread_get(lua_State *lua)
{
    const struct script_thread *thread = check_thread(lua);
    struct transfer transfer = {lua, thread->lua, lua};
    lua_pushstring(thread->lua, luaL_checkstring(lua, 2));
    lua_rawget(thread->lua, LUA_GLOBALSINDEX);
    int index = lua_gettop(thread->lua);
    copy_value(&transfer, index, 0);
    if (thread->lua != lua)
        lua_settop(thread->lua, index - 1);
    return 1;
}

static int thread_set(lua_State *lua)
{
    const struct script_thread *thread = check_thread(lua);
    struct transfer transfer = {lua, lua, thread->lua};
    const char *name = luaL_checkstring(lua, 2);
    lua_settop(lua, 3);
    lua_pushstring(thread->lua, name);
    copy_value(&transfer, 3, 0);
    lua_rawset(thread->lua, LUA_GLOBALSINDEX);
    return 0;
}

static int thread_stop(lua_State *lua)
{
    check_thread(lua);
    return luaL_error(lua, "thread:stop() is not for pace, which asks for all requests before its "
                           "window: the length of a run is its schedule's");
}

static int thread_index(lua_State *lua)
{
    static const luaL_Reg methods[] = {
        {"get", thread_get}, {"set", thread_set}, {"stop", thread_stop}, {NULL, NULL}};
    const struct script_thread *thread = check_thread(lua);
    const char *key = luaL_checkstring(lua, 2);
    if (strcmp(key, "addr") == 0) {
        script_address_push(lua, thread->host, thread->port);
        return 1;
    }
    for (const luaL_Reg *method = methods; method->name != NULL; method++)
        if (strcmp(key, method->name) == 0) {
            lua_pushcfunction(lua, method->func);
            return 1;
        }
    return 0;
}

/* thread.addr may be set to what it is, as scripts do that look for an address that listens. */
static int thread_newindex(lua_State *lua)
{
    const struct script_thread *thread = check_thread(lua);
    const char *key = luaL_checkstring(lua, 2);
    if (strcmp(key, "addr") != 0)
        return luaL_error(lua,
                          "cannot set '%s' on a thread: thread:set(\"%s\", value) sets a "
                          "global of its own",
                          key, key);
    script_address_push(lua, thread->host, thread->port);
    if (!script_address_same(lua, 3, lua_gettop(lua)))
        return luaL_error(lua, "thread.addr is set to another address than the URL's: give pace "
                               "the URL of the server that it is to ask");
    return 0;
}

void script_thread_push(lua_State *lua, struct script_thread *thread)
{
    struct script_thread **handle = lua_newuserdata(lua, sizeof(struct script_thread *));
    *handle = thread;
    if (luaL_newmetatable(lua, type_name)) {
        lua_pushcfunction(lua, thread_index);
        lua_setfield(lua, -2, "__index");
        lua_pushcfunction(lua, thread_newindex);
        lua_setfield(lua, -2, "__newindex");
    }
    lua_setmetatable(lua, -2);
}
