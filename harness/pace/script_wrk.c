/* The table wrk and wrk.format(); see script_wrk.h. Functions
 * have the table as their first upvalue, as wrk's have. */
#include "pace/script_wrk.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pace/quote.h"
#include "pace/script_address.h"

static const int wrk_table = lua_upvalueindex(1);

/* Does the value at index, or nil and false, count as given? */
static bool is_given(lua_State *lua, int index)
{
    return lua_toboolean(lua, index);
}

/* Pushes what a Host field has to say: wrk.host, in brackets
 * if it is an IPv6 address, and wrk.port. */
static void push_host(lua_State *lua)
{
    lua_getfield(lua, wrk_table, "host");
    lua_getfield(lua, wrk_table, "port");
    const char *host = lua_tostring(lua, -2), *port = lua_tostring(lua, -1);
    if (host == NULL) {
        luaL_error(lua, "wrk.host is a %s, not a string", luaL_typename(lua, -2));
        return;
    }
    bool bracketed = strchr(host, ':') != NULL;
    lua_pushfstring(lua, "%s%s%s%s%s", bracketed ? "[" : "", host, bracketed ? "]" : "",
                    port != NULL ? ":" : "", port != NULL ? port : "");
    lua_replace(lua, -3);
    lua_pop(lua, 1);
}

/* headers.Host = headers.Host or wrk.headers.Host, or what follows from the URL */
static void complete_host(lua_State *lua, int headers)
{
    lua_getfield(lua, headers, "Host");
    if (!is_given(lua, -1)) {
        lua_pop(lua, 1);
        lua_getfield(lua, wrk_table, "headers");
        if (!lua_istable(lua, -1))
            luaL_error(lua, "wrk.headers is a %s, not a table", luaL_typename(lua, -1));
        lua_getfield(lua, -1, "Host");
        lua_remove(lua, -2);
    }
    if (!is_given(lua, -1)) {
        lua_pop(lua, 1);
        push_host(lua);
    }
    lua_setfield(lua, headers, "Host");
}

/* headers["Content-Length"] = body and #body */
static void complete_length(lua_State *lua, int headers, int body)
{
    size_t len = 0;
    if (is_given(lua, body) && lua_tolstring(lua, body, &len) == NULL)
        luaL_error(lua, "the body is a %s, not a string", luaL_typename(lua, body));
    if (is_given(lua, body))
        lua_pushnumber(lua, (lua_Number)len);
    else
        lua_pushnil(lua);
    lua_setfield(lua, headers, "Content-Length");
}

struct name {
    const char *text; /* the key's own bytes, held by the table that it is a key of */
    size_t len;
};

static int compare_names(const void *a, const void *b)
{
    const struct name *one = a, *other = b;
    size_t least = one->len < other->len ? one->len : other->len;
    int order = memcmp(one->text, other->text, least);
    return order != 0 ? order : (one->len > other->len) - (one->len < other->len);
}

/* A line break would make two lines of one, or end the head. */
static void check_line(lua_State *lua, const char *what, struct name text)
{
    if (memchr(text.text, '\r', text.len) != NULL || memchr(text.text, '\n', text.len) != NULL)
        luaL_error(lua, "%s has a line break in it", what);
}

static struct name name_at(lua_State *lua, int index)
{
    struct name name;
    if (lua_type(lua, index) != LUA_TSTRING)
        luaL_error(lua, "a field's name is a %s, not a string", luaL_typename(lua, index));
    name.text = lua_tolstring(lua, index, &name.len);
    check_line(lua, "a field's name", name);
    return name;
}

/* Pushes a userdata with the names of all fields but Host, sorted. */
static struct name *push_names(lua_State *lua, int headers, size_t *count)
{
    size_t all = 0;
    for (lua_pushnil(lua); lua_next(lua, headers) != 0; lua_pop(lua, 1))
        all++;
    struct name *names = lua_newuserdata(lua, (all + 1) * sizeof(*names));
    *count = 0;
    for (lua_pushnil(lua); lua_next(lua, headers) != 0; lua_pop(lua, 1)) {
        struct name name = name_at(lua, -2);
        if (name.len != 4 || memcmp(name.text, "Host", 4) != 0)
            names[(*count)++] = name;
    }
    qsort(names, *count, sizeof(*names), compare_names);
    return names;
}

static void check_value(lua_State *lua, const char *name)
{
    struct name value;
    if (!lua_isstring(lua, -1))
        luaL_error(lua, "the value of the field %s is a %s, not a string", name,
                   luaL_typename(lua, -1));
    value.text = lua_tolstring(lua, -1, &value.len);
    check_line(lua, lua_pushfstring(lua, "the value of the field %s", name), value);
    lua_pop(lua, 1);
}

/* Pushes the parts of a field's line. */
enum { FIELD_PARTS = 4 };
static void push_field(lua_State *lua, int headers, struct name name)
{
    lua_pushlstring(lua, name.text, name.len);
    lua_pushliteral(lua, ": ");
    lua_pushvalue(lua, -2);
    lua_rawget(lua, headers);
    check_value(lua, name.text);
    lua_pushliteral(lua, "\r\n");
}

/* The argument at index, or where there is none wrk's field of that name. */
static void complete_argument(lua_State *lua, int index, const char *name)
{
    if (is_given(lua, index))
        return;
    lua_getfield(lua, wrk_table, name);
    lua_replace(lua, index);
}

static void check_string(lua_State *lua, int index, const char *name)
{
    struct name text;
    if (!lua_isstring(lua, index))
        luaL_error(lua, "the %s is a %s, not a string", name, luaL_typename(lua, index));
    text.text = lua_tolstring(lua, index, &text.len);
    check_line(lua, lua_pushfstring(lua, "the %s", name), text);
    lua_pop(lua, 1);
}

/* Pushes METHOD PATH HTTP/1.1, every field and the empty line;
 * from is where they begin on the stack. */
static void push_head(lua_State *lua, int method, int path, int headers)
{
    size_t count;
    const struct name *names = push_names(lua, headers, &count);
    luaL_checkstack(lua, (int)((count + 3) * FIELD_PARTS), "too many fields");
    int from = lua_gettop(lua);
    lua_pushvalue(lua, method);
    lua_pushliteral(lua, " ");
    lua_pushvalue(lua, path);
    lua_pushliteral(lua, " HTTP/1.1\r\n");
    push_field(lua, headers, (struct name){"Host", 4});
    for (size_t i = 0; i < count; i++)
        push_field(lua, headers, names[i]);
    lua_pushliteral(lua, "\r\n");
    lua_concat(lua, lua_gettop(lua) - from);
}

/* wrk.format(method, path, headers, body). As wrk 4.1 does, it
 * completes the table of headers that it is given. */
static int wrk_format(lua_State *lua)
{
    enum { METHOD = 1, PATH, HEADERS, BODY };
    lua_settop(lua, BODY);
    complete_argument(lua, METHOD, "method");
    complete_argument(lua, PATH, "path");
    complete_argument(lua, HEADERS, "headers");
    complete_argument(lua, BODY, "body");
    check_string(lua, METHOD, "method");
    check_string(lua, PATH, "path");
    if (!lua_istable(lua, HEADERS))
        luaL_error(lua, "the headers are a %s, not a table", luaL_typename(lua, HEADERS));
    complete_host(lua, HEADERS);
    complete_length(lua, HEADERS, BODY);
    push_head(lua, METHOD, PATH, HEADERS);
    if (is_given(lua, BODY)) {
        lua_pushvalue(lua, BODY);
        lua_concat(lua, 2);
    }
    return 1;
}

static int same_request(lua_State *lua)
{
    lua_pushvalue(lua, lua_upvalueindex(1));
    return 1;
}

/* wrk.init(args): the Host field, then the script's init(). */
static int wrk_init(lua_State *lua)
{
    lua_settop(lua, 1);
    lua_getfield(lua, wrk_table, "headers");
    if (lua_istable(lua, -1))
        complete_host(lua, lua_gettop(lua));
    lua_pushliteral(lua, "init"); /* raw: a metatable of the globals may forbid unknown ones */
    lua_rawget(lua, LUA_GLOBALSINDEX);
    if (!lua_isfunction(lua, -1))
        return 0;
    lua_pushvalue(lua, 1);
    lua_call(lua, 1, 0);
    return 0;
}

int script_wrk_format(lua_State *lua)
{
    lua_getglobal(lua, "wrk");
    lua_getfield(lua, -1, "format");
    lua_call(lua, 0, 1);
    lua_pushcclosure(lua, same_request, 1);
    lua_setfield(lua, -2, "request");
    return 0;
}

int script_field_check(const char *text, char **error)
{
    static const char token[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ"; /* RFC 9110, 5.6.2 */
    size_t len = strspn(text, token);
    bool good = len > 0 && text[len] == ':';
    for (const char *c = text; *c != '\0'; c++)
        good = good && ((unsigned char)*c >= ' ' || *c == '\t') && *c != 0x7f;
    if (good)
        return 0;
    char *quoted = quote(text, strlen(text));
    text_error(error, "%s is no field: write it as \"Name: value\"", quoted);
    free(quoted);
    return -1;
}

/* wrk.headers[name] = value. Names do not depend on case, but
 * keys do: those pace looks for are written its way. */
static void set_field(lua_State *lua, int headers, const char *text)
{
    static const char *const known[] = {"Host", "Content-Length"};
    size_t len = strcspn(text, ":");
    const char *value = text + len + 1 + strspn(text + len + 1, " \t"), *name = text;
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (strlen(known[i]) == len && strncasecmp(text, known[i], len) == 0)
            name = known[i];
    lua_pushlstring(lua, name, len);
    lua_pushstring(lua, value);
    lua_rawset(lua, headers);
}

static void set_text(lua_State *lua, const char *name, const char *text)
{
    lua_pushstring(lua, text);
    lua_setfield(lua, -2, name);
}

static void set_function(lua_State *lua, const char *name, lua_CFunction function)
{
    lua_pushvalue(lua, -1);
    lua_pushcclosure(lua, function, 1);
    lua_setfield(lua, -2, name);
}

/* wrk.port stays nil where it is 80, as it does in wrk for a URL without a port. */
static void set_url(lua_State *lua, const struct url *url)
{
    set_text(lua, "scheme", "http");
    set_text(lua, "host", url->host);
    set_text(lua, "path", url->target);
    if (url->port == 80)
        return;
    lua_pushfstring(lua, "%d", url->port);
    lua_setfield(lua, -2, "port");
}

int script_wrk_open(lua_State *lua)
{
    static const luaL_Reg none[] = {{NULL, NULL}};
    const struct script_wrk_options *options = lua_touserdata(lua, 1);
    luaL_register(lua, "wrk", none); /* so that require "wrk" finds it too */
    set_url(lua, options->url);
    set_text(lua, "method", "GET");
    set_function(lua, "format", wrk_format);
    set_function(lua, "init", wrk_init);
    set_function(lua, "lookup", script_address_lookup);
    set_function(lua, "connect", script_address_connect);
    lua_newtable(lua);
    for (size_t i = 0; options->fields != NULL && i < options->fields->count; i++)
        set_field(lua, lua_gettop(lua), options->fields->items[i]);
    lua_setfield(lua, -2, "headers");
    return 0;
}
