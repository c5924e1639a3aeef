#include "present/divergences.h"

#include <stdlib.h>
#include <string.h>

char *divergences_title(const struct arm *arm)
{
    if (arm->divergences == 0)
        return NULL;
    return text_format("%s fails %u conformance case%s, as it says", arm->id, arm->divergences,
                       arm->divergences == 1 ? "" : "s");
}

/* Behind the case's name. */
static const char *reason_of(const char *line)
{
    const char *reason = line + strcspn(line, " \t");
    return reason + strspn(reason, " \t");
}

static bool is_first_of_reason(const struct strings *diverges, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (strcmp(reason_of(diverges->items[i]), reason_of(diverges->items[at])) == 0)
            return false;
    return true;
}

static char *line_of_reason(const struct strings *diverges, const char *reason)
{
    struct strings names = {0};
    for (size_t i = 0; i < diverges->count; i++) {
        const char *line = diverges->items[i];
        if (strcmp(reason_of(line), reason) != 0)
            continue;
        char *name = text_format("%.*s", (int)strcspn(line, " \t"), line);
        strings_add(&names, name);
        free(name);
    }
    char *list = strings_join(&names, ", "), *line = text_format("%s: %s", reason, list);
    free(list);
    strings_release(&names);
    return line;
}

void divergences_lines(const struct arm *arm, struct strings *lines)
{
    const struct strings *diverges = &arm->server.diverges;
    for (size_t i = 0; i < diverges->count; i++) {
        if (!is_first_of_reason(diverges, i))
            continue;
        char *line = line_of_reason(diverges, reason_of(diverges->items[i]));
        strings_add(lines, line);
        free(line);
    }
}
