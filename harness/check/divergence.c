#include "check/divergence.h"

#include <stdlib.h>
#include <string.h>

static const struct test_case *find_case(const struct test_cases *cases, const char *name)
{
    for (size_t i = 0; i < cases->count; i++)
        if (strcmp(cases->items[i].name, name) == 0)
            return &cases->items[i];
    return NULL;
}

/* Takes the form off the name. False: it is none. */
static bool take_form(struct divergence *divergence)
{
    char *slash = strchr(divergence->test, '/');
    int form = slash ? form_find(slash + 1) : 0;
    if (form < 0)
        return false;
    divergence->forms = slash ? 1u << form : (1u << FORM_COUNT) - 1;
    if (slash)
        *slash = '\0';
    return true;
}

static char *judge(struct divergence *divergence, const char *line, const struct test_cases *cases)
{
    if (!take_form(divergence))
        return text_format("diverges %s: forms are whole, split, bytes and pipelined", line);
    const struct test_case *test = find_case(cases, divergence->test);
    if (!test)
        return text_format("diverges %s: there is no case \"%s\"", line, divergence->test);
    if (test->gate)
        return text_format("diverges %s: that is the plain question of a route; who answers it "
                           "wrongly does not have the route",
                           line);
    if (*divergence->reason == '\0')
        return text_format("diverges %s: the reason is missing", line);
    return NULL;
}

static struct divergence *add(struct divergences *divergences, const char *line)
{
    size_t name_len = strcspn(line, " \t");
    const char *reason = line + name_len;
    divergences->items =
        xreallocarray(divergences->items, divergences->count + 1, sizeof(*divergences->items));
    struct divergence *divergence = &divergences->items[divergences->count++];
    *divergence = (struct divergence){.test = text_format("%.*s", (int)name_len, line),
                                      .reason = xstrdup(reason + strspn(reason, " \t"))};
    return divergence;
}

int divergences_read(struct divergences *divergences, const struct strings *lines,
                     const struct test_cases *cases, char **error)
{
    *divergences = (struct divergences){0};
    for (size_t i = 0; i < lines->count; i++) {
        *error = judge(add(divergences, lines->items[i]), lines->items[i], cases);
        if (*error == NULL)
            continue;
        divergences_release(divergences);
        return -1;
    }
    return 0;
}

const char *divergences_reason(const struct divergences *divergences, const char *test,
                               enum form form)
{
    for (size_t i = 0; i < divergences->count; i++)
        if (divergences->items[i].forms & (1u << form) &&
            strcmp(divergences->items[i].test, test) == 0)
            return divergences->items[i].reason;
    return NULL;
}

void divergences_release(struct divergences *divergences)
{
    for (size_t i = 0; i < divergences->count; i++) {
        free(divergences->items[i].test);
        free(divergences->items[i].reason);
    }
    free(divergences->items);
    *divergences = (struct divergences){0};
}
