/* A userdata that holds its values whole, so that a script may keep it. */
#include "pace/script_stats.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

static const char type_name[] = "wrk.stats";

struct value {
    double value;
    uint64_t count;
};

struct stats {
    size_t distinct;
    uint64_t total;
    double mean, stdev;
    struct value values[]; /* ascending */
};

static const struct stats *check_stats(lua_State *lua)
{
    return luaL_checkudata(lua, 1, type_name);
}

/* The least value that p percent of all are not above. */
static int stats_percentile(lua_State *lua)
{
    const struct stats *stats = check_stats(lua);
    double p = luaL_checknumber(lua, 2);
    luaL_argcheck(lua, p >= 0 && p <= 100, 2, "a percentile is from 0 to 100");
    double rank = ceil(p / 100 * (double)stats->total), seen = 0;
    size_t i = 0;
    while (i + 1 < stats->distinct && (seen += (double)stats->values[i].count) < rank)
        i++;
    lua_pushnumber(lua, stats->distinct > 0 ? stats->values[i].value : 0);
    return 1;
}

static int stats_index(lua_State *lua)
{
    const struct stats *stats = check_stats(lua);
    const char *key = luaL_checkstring(lua, 2);
    size_t distinct = stats->distinct;
    if (strcmp(key, "percentile") == 0)
        lua_pushcfunction(lua, stats_percentile);
    else if (strcmp(key, "min") == 0)
        lua_pushnumber(lua, distinct > 0 ? stats->values[0].value : 0);
    else if (strcmp(key, "max") == 0)
        lua_pushnumber(lua, distinct > 0 ? stats->values[distinct - 1].value : 0);
    else if (strcmp(key, "mean") == 0)
        lua_pushnumber(lua, stats->mean);
    else if (strcmp(key, "stdev") == 0)
        lua_pushnumber(lua, stats->stdev);
    else
        lua_pushnil(lua);
    return 1;
}

/* latency(i): 0 and 0 beyond the last, as in wrk. */
static int stats_call(lua_State *lua)
{
    const struct stats *stats = check_stats(lua);
    double i = luaL_checknumber(lua, 2);
    struct value value = {0, 0};
    if (i >= 1 && i <= (double)stats->distinct)
        value = stats->values[(size_t)i - 1];
    lua_pushnumber(lua, value.value);
    lua_pushnumber(lua, (lua_Number)value.count);
    return 2;
}

static int stats_len(lua_State *lua)
{
    lua_pushnumber(lua, (lua_Number)check_stats(lua)->distinct);
    return 1;
}

/* Of a sample (n - 1), as wrk has it. */
static void sum_up(struct stats *stats)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < stats->distinct; i++) {
        stats->total += stats->values[i].count;
        sum += stats->values[i].value * (double)stats->values[i].count;
    }
    stats->mean = stats->total > 0 ? sum / (double)stats->total : 0;
    for (size_t i = 0; i < stats->distinct; i++) {
        double off = stats->values[i].value - stats->mean;
        squares += off * off * (double)stats->values[i].count;
    }
    stats->stdev = stats->total > 1 ? sqrt(squares / (double)(stats->total - 1)) : 0;
}

static struct stats *push_stats(lua_State *lua, size_t most)
{
    static const luaL_Reg methods[] = {
        {"__index", stats_index}, {"__call", stats_call}, {"__len", stats_len}, {NULL, NULL}};
    size_t size = sizeof(struct stats) + most * sizeof(struct value);
    struct stats *stats = lua_newuserdata(lua, size);
    memset(stats, 0, size);
    if (luaL_newmetatable(lua, type_name))
        luaL_register(lua, NULL, methods);
    lua_setmetatable(lua, -2);
    return stats;
}

void script_stats_push_us(lua_State *lua, const struct histogram *histogram)
{
    struct stats *stats = push_stats(lua, histogram->count);
    struct value *last = NULL;
    for (size_t i = 0; i < histogram->count; i++) {
        uint32_t index = histogram->bins[i].index;
        double middle_ns =
            ((double)histogram_lowest_ns(index) + (double)histogram_highest_ns(index)) / 2;
        double value_us = round(middle_ns / 1000);
        if (last == NULL || last->value < value_us) {
            last = &stats->values[stats->distinct++];
            last->value = value_us;
        }
        last->count += histogram->bins[i].count;
    }
    sum_up(stats);
}

void script_stats_push_one(lua_State *lua, double value)
{
    struct stats *stats = push_stats(lua, 1);
    stats->distinct = 1;
    stats->values[0] = (struct value){value, 1};
    sum_up(stats);
}
