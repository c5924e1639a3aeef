/* Addresses in scripts: wrk.lookup(), wrk.connect(), thread.addr. */
#ifndef PACE_SCRIPT_ADDRESS_H
#define PACE_SCRIPT_ADDRESS_H

#include <lua.h>
#include <stdbool.h>

int script_address_lookup(lua_State *lua);  /* wrk.lookup(host, service): a list */
int script_address_connect(lua_State *lua); /* wrk.connect(address): can it be connected to? */

/* Pushes the first address of host that can be connected to,
 * as wrk chooses it, or raises an error. */
void script_address_push(lua_State *lua, const char *host, const char *port);
/* Are the values at both indexes the same address? Raises an error where one is none. */
bool script_address_same(lua_State *lua, int a, int b);

#endif
