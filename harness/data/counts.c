#include "data/counts.h"

#include <stdlib.h>
#include <string.h>

#include "data/strings.h"

static struct count *find(const struct counts *counts, const char *name)
{
    for (size_t i = 0; i < counts->count; i++)
        if (strcmp(counts->items[i].name, name) == 0)
            return &counts->items[i];
    return NULL;
}

void counts_add(struct counts *counts, const char *name, uint64_t n)
{
    struct count *item = find(counts, name);
    if (item == NULL) {
        counts->items = xreallocarray(counts->items, counts->count + 1, sizeof(*counts->items));
        item = &counts->items[counts->count++];
        *item = (struct count){.name = xstrdup(name)};
    }
    item->n += n;
}

uint64_t counts_of(const struct counts *counts, const char *name)
{
    const struct count *item = find(counts, name);
    return item != NULL ? item->n : 0;
}

uint64_t counts_total(const struct counts *counts)
{
    uint64_t total = 0;
    for (size_t i = 0; i < counts->count; i++)
        total += counts->items[i].n;
    return total;
}

void counts_release(struct counts *counts)
{
    for (size_t i = 0; i < counts->count; i++)
        free(counts->items[i].name);
    free(counts->items);
    *counts = (struct counts){0};
}
