#include "cmd/names.h"

#include <stdlib.h>

#include "cmd/cmd.h"

int names_unknown(const char *what, const char *name, const struct strings *known)
{
    char *hint = text_suggest((const char *const *)known->items, known->count, name);
    fail(EXIT_USAGE, "no %s \"%s\": %s", what, name, hint);
    free(hint);
    return EXIT_USAGE;
}

int names_check(const char *what, const struct strings *names, const struct strings *known)
{
    for (size_t i = 0; i < names->count; i++)
        if (!strings_contain(known, names->items[i]))
            return names_unknown(what, names->items[i], known);
    return 0;
}
