#include "check/differences.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMED = 3 };

struct group {
    char *finding;
    struct strings cases;
};

struct groups {
    struct group *items;
    size_t count;
};

static struct group *group_of(struct groups *groups, const char *finding, size_t len)
{
    for (size_t i = 0; i < groups->count; i++)
        if (strlen(groups->items[i].finding) == len &&
            strncmp(groups->items[i].finding, finding, len) == 0)
            return &groups->items[i];
    groups->items = xreallocarray(groups->items, groups->count + 1, sizeof(*groups->items));
    struct group *group = &groups->items[groups->count++];
    *group = (struct group){.finding = text_format("%.*s", (int)len, finding)};
    return group;
}

/* A case counts once, in however many forms it was asked. The bytes that came stand behind a semicolon. */
static void add(struct groups *groups, const char *difference)
{
    size_t name_len = strcspn(difference, ",:");
    const char *finding = strstr(difference, ": ");
    finding = finding != NULL ? finding + 2 : difference;
    struct group *group = group_of(groups, finding, strcspn(finding, ";"));
    char *name = text_format("%.*s", (int)name_len, difference);
    if (!strings_contain(&group->cases, name))
        strings_add(&group->cases, name);
    free(name);
}

static int by_cases(const void *one, const void *other)
{
    const struct group *a = one, *b = other;
    if (a->cases.count != b->cases.count)
        return a->cases.count < b->cases.count ? 1 : -1;
    return strcmp(a->finding, b->finding);
}

static char *sentence_of(const struct group *group)
{
    char *text = NULL;
    size_t size = 0, count = group->cases.count;
    FILE *out = open_memstream(&text, &size);
    fprintf(out, "%s: ", group->finding);
    for (size_t i = 0; i < count && i < NAMED; i++)
        fprintf(out, "%s%s", i > 0 ? ", " : "", group->cases.items[i]);
    if (count > NAMED)
        fprintf(out, " and %zu more case%s", count - NAMED, count == NAMED + 1 ? "" : "s");
    fclose(out);
    return text;
}

void differences_group(struct strings *grouped, const struct strings *differences)
{
    struct groups groups = {0};
    for (size_t i = 0; i < differences->count; i++)
        add(&groups, differences->items[i]);
    if (groups.count > 0)
        qsort(groups.items, groups.count, sizeof(*groups.items), by_cases);
    for (size_t i = 0; i < groups.count; i++) {
        char *sentence = sentence_of(&groups.items[i]);
        strings_add(grouped, sentence);
        free(sentence);
        free(groups.items[i].finding);
        strings_release(&groups.items[i].cases);
    }
    free(groups.items);
}
