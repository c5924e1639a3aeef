#include "analyse/profile.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "data/strings.h"

/* Less than this a request comes from what happens once: a
 * page of code touched later, a lock that was taken. */
static const double LEAST = .0005;

static int by_size(const void *a, const void *b)
{
    const struct cost *one = a, *other = b;
    if (one->each != other->each)
        return one->each < other->each ? 1 : -1;
    return strcmp(one->name, other->name);
}

static double between(uint64_t few, uint64_t many, uint64_t requests)
{
    return ((double)many - (double)few) / (double)requests;
}

void costs_find(struct costs *costs, const struct counts *few, const struct counts *many,
                uint64_t requests)
{
    assert(requests > 0);
    *costs = (struct costs){
        .items = xcalloc(many->count + 1, sizeof(*costs->items)),
        .total = between(counts_total(few), counts_total(many), requests),
    };
    for (size_t i = 0; i < many->count; i++) {
        const struct count *item = &many->items[i];
        double each = between(counts_of(few, item->name), item->n, requests);
        if (each >= LEAST)
            costs->items[costs->count++] = (struct cost){xstrdup(item->name), each};
    }
    qsort(costs->items, costs->count, sizeof(*costs->items), by_size);
}

double costs_of(const struct costs *costs, const char *name)
{
    for (size_t i = 0; i < costs->count; i++)
        if (strcmp(costs->items[i].name, name) == 0)
            return costs->items[i].each;
    return 0;
}

void costs_release(struct costs *costs)
{
    for (size_t i = 0; i < costs->count; i++)
        free(costs->items[i].name);
    free(costs->items);
    free(costs->missing);
    *costs = (struct costs){0};
}

struct profile_row *profile_add(struct profile *profile, const char *server, const char *workload)
{
    profile->rows = xreallocarray(profile->rows, profile->count + 1, sizeof(*profile->rows));
    struct profile_row *row = &profile->rows[profile->count++];
    *row = (struct profile_row){.server = xstrdup(server), .workload = xstrdup(workload)};
    return row;
}

void profile_release(struct profile *profile)
{
    for (size_t i = 0; i < profile->count; i++) {
        free(profile->rows[i].server);
        free(profile->rows[i].workload);
        costs_release(&profile->rows[i].instructions);
        costs_release(&profile->rows[i].calls);
    }
    free(profile->rows);
    free(profile->build);
    free(profile->tools);
    *profile = (struct profile){0};
}
