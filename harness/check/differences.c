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

static struct group *group_of(struct groups *groups, const char *finding)
{
    for (size_t i = 0; i < groups->count; i++)
        if (strcmp(groups->items[i].finding, finding) == 0)
            return &groups->items[i];
    groups->items = xreallocarray(groups->items, groups->count + 1, sizeof(*groups->items));
    struct group *group = &groups->items[groups->count++];
    *group = (struct group){.finding = xstrdup(finding)};
    return group;
}

/* Waits are told in seconds: what took 4,001 ms and what took 4,032 differ in the same way. */
static char *in_seconds(const char *finding, size_t len)
{
    enum { MS_PER_S = 1000 };
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    for (const char *p = finding, *end = finding + len; p < end;) {
        char *behind;
        unsigned long ms = *p >= '1' && *p <= '9' ? strtoul(p, &behind, 10) : 0;
        if (ms >= MS_PER_S && end - behind >= 3 && strncmp(behind, " ms", 3) == 0) {
            fprintf(out, "about %lu s", (ms + MS_PER_S / 2) / MS_PER_S);
            p = behind + 3;
            continue;
        }
        do
            putc(*p++, out);
        while (p < end && ms > 0 && *p >= '0' && *p <= '9');
    }
    fclose(out);
    return text;
}

/* A case counts once, in however many forms it was asked. The
 * bytes that came stand behind a semicolon. */
static void add(struct groups *groups, const char *difference)
{
    size_t name_len = strcspn(difference, ",:");
    const char *finding = strstr(difference, ": ");
    finding = finding != NULL ? finding + 2 : difference;
    char *kind = in_seconds(finding, strcspn(finding, ";"));
    struct group *group = group_of(groups, kind);
    free(kind);
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
