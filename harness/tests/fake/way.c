#include "tests/fake/way.h"

#include <stdlib.h>
#include <string.h>

static const char *way;

void way_take(const char *program)
{
    const char *dash = strrchr(program, '-');
    way = dash != NULL ? dash + 1 : "well";
}

bool is(const char *name)
{
    return strcmp(way, name) == 0;
}

long long way_number(const char *name)
{
    size_t len = strlen(name);
    return strncmp(way, name, len) == 0 ? atoll(way + len) : 0;
}
