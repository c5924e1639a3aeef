/*
 * An address is a userdata that holds it whole, so that
 * nothing is to be freed. Its text is HOST:PORT in figures.
 */
#include "pace/script_address.h"

#include <lauxlib.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { CONNECT_S = 5 };

static const char type_name[] = "wrk.addr";

struct address {
    struct sockaddr_storage name;
    socklen_t len;
    int family, protocol;
};

static int address_tostring(lua_State *lua)
{
    const struct address *address = luaL_checkudata(lua, 1, type_name);
    char host[NI_MAXHOST], service[NI_MAXSERV];
    int result =
        getnameinfo((const struct sockaddr *)&address->name, address->len, host, sizeof(host),
                    service, sizeof(service), NI_NUMERICHOST | NI_NUMERICSERV);
    if (result != 0)
        return luaL_error(lua, "an address has no text: %s", gai_strerror(result));
    lua_pushfstring(lua, "%s:%s", host, service);
    return 1;
}

static void push_address(lua_State *lua, const struct addrinfo *info)
{
    struct address *address = lua_newuserdata(lua, sizeof(*address));
    memset(address, 0, sizeof(*address));
    memcpy(&address->name, info->ai_addr, info->ai_addrlen);
    address->len = info->ai_addrlen;
    address->family = info->ai_family;
    address->protocol = info->ai_protocol;
    if (luaL_newmetatable(lua, type_name)) {
        lua_pushcfunction(lua, address_tostring);
        lua_setfield(lua, -2, "__tostring");
    }
    lua_setmetatable(lua, -2);
}

static void push_addresses(lua_State *lua, const char *host, const char *service)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *all = NULL;
    int result = getaddrinfo(host, service, &hints, &all), count = 0;
    if (result != 0)
        luaL_error(lua, "\"%s\" with the service \"%s\" does not resolve: %s", host, service,
                   gai_strerror(result));
    lua_newtable(lua);
    for (const struct addrinfo *info = all; info != NULL; info = info->ai_next) {
        push_address(lua, info);
        lua_rawseti(lua, -2, ++count);
    }
    freeaddrinfo(all);
}

int script_address_lookup(lua_State *lua)
{
    push_addresses(lua, luaL_checkstring(lua, 1), luaL_checkstring(lua, 2));
    return 1;
}

static bool can_connect(const struct address *address)
{
    struct timeval limit = {.tv_sec = CONNECT_S};
    int fd = socket(address->family, SOCK_STREAM | SOCK_CLOEXEC, address->protocol);
    if (fd < 0)
        return false;
    /* socket(7): SO_SNDTIMEO bounds connect() too. */
    bool connected = setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0 &&
                     connect(fd, (const struct sockaddr *)&address->name, address->len) == 0;
    close(fd);
    return connected;
}

int script_address_connect(lua_State *lua)
{
    lua_pushboolean(lua, can_connect(luaL_checkudata(lua, 1, type_name)));
    return 1;
}

void script_address_push(lua_State *lua, const char *host, const char *port)
{
    push_addresses(lua, host, port);
    int list = lua_gettop(lua);
    for (int i = 1; i <= (int)lua_objlen(lua, list); i++) {
        lua_rawgeti(lua, list, i);
        if (can_connect(lua_touserdata(lua, -1))) {
            lua_remove(lua, list);
            return;
        }
        lua_pop(lua, 1);
    }
    luaL_error(lua, "thread.addr: nothing listens at %s:%s", host, port);
}

bool script_address_same(lua_State *lua, int a, int b)
{
    const struct address *one = luaL_checkudata(lua, a, type_name);
    const struct address *other = luaL_checkudata(lua, b, type_name);
    return one->len == other->len && memcmp(&one->name, &other->name, one->len) == 0;
}
