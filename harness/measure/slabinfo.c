/* See slabinfo.h. */
#include "measure/slabinfo.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/strings.h"

/* ---- one reading ---- */

/* A cache that was not there takes nothing. */
static struct slab_cache *cache_named(struct slabinfo *slabinfo, const char *name)
{
    for (size_t i = 0; i < slabinfo->count; i++)
        if (strcmp(slabinfo->caches[i].name, name) == 0)
            return &slabinfo->caches[i];
    if (slabinfo->count == slabinfo->room) {
        slabinfo->room = slabinfo->room * 2 + 256;
        slabinfo->caches =
            xreallocarray(slabinfo->caches, slabinfo->room, sizeof(*slabinfo->caches));
    }
    struct slab_cache *cache = &slabinfo->caches[slabinfo->count++];
    *cache = (struct slab_cache){0};
    snprintf(cache->name, sizeof(cache->name), "%s", name);
    return cache;
}

/* "kmalloc-64  9000 9024 64 64 1 : tunables 0 0 0 : slabdata 141 141 0":
 *              the sixth is pages of a slab, the last but one how
 * many slabs there are. */
static bool take_line(struct slabinfo *slabinfo, const char *line, size_t mark)
{
    char name[SLAB_NAME];
    unsigned long long pages, slabs;
    if (sscanf(line, "%47s %*u %*u %*u %*u %llu : tunables %*u %*u %*u : slabdata %*u %llu", name,
               &pages, &slabs) != 3 ||
        pages > 1 << 20 || slabs > UINT32_MAX)
        return false;
    cache_named(slabinfo, name)->bytes[mark] += (int64_t)(pages * slabs) * sysconf(_SC_PAGESIZE);
    return true;
}

int slabinfo_take(struct slabinfo *slabinfo, FILE *text, size_t mark)
{
    char *line = NULL;
    size_t size = 0;
    errno = 0;
    bool good = getline(&line, &size, text) > 0 && strncmp(line, "slabinfo - version: 2.", 22) == 0;
    while (good && getline(&line, &size, text) > 0)
        good = line[0] == '#' || take_line(slabinfo, line, mark);
    int number = ferror(text) ? (errno != 0 ? errno : EIO) : 0;
    free(line);
    if (number != 0)
        return -number;
    return good ? 0 : -EPROTO;
}

/* ---- what moved ---- */

static int64_t moved_bytes(const struct slab_cache *cache, size_t marks)
{
    int64_t low = INT64_MAX, high = 0;
    for (size_t i = 0; i < marks; i++) {
        low = cache->bytes[i] < low ? cache->bytes[i] : low;
        high = cache->bytes[i] > high ? cache->bytes[i] : high;
    }
    return high > low ? high - low : 0;
}

struct moved {
    int64_t bytes;
    const struct slab_cache *cache;
};

static int by_distance(const void *a, const void *b)
{
    const struct moved *left = a, *right = b;
    return (right->bytes > left->bytes) - (right->bytes < left->bytes);
}

static int by_name(const void *a, const void *b)
{
    const struct slab_cache *left = a, *right = b;
    return strcmp(left->name, right->name);
}

size_t slabinfo_moved(const struct slabinfo *slabinfo, size_t marks, struct slab_cache **caches)
{
    struct moved *moved = xcalloc(slabinfo->count + 1, sizeof(*moved));
    size_t count = 0;
    for (size_t i = 0; i < slabinfo->count; i++) {
        moved[count] =
            (struct moved){moved_bytes(&slabinfo->caches[i], marks), &slabinfo->caches[i]};
        count += moved[count].bytes >= SLAB_LEAST_MOVED_BYTES;
    }
    qsort(moved, count, sizeof(*moved), by_distance);
    count = count < SLAB_CACHES_MOST ? count : SLAB_CACHES_MOST;
    *caches = xcalloc(count + 1, sizeof(**caches));
    for (size_t i = 0; i < count; i++)
        (*caches)[i] = *moved[i].cache;
    qsort(*caches, count, sizeof(**caches), by_name);
    free(moved);
    return count;
}

void slabinfo_release(struct slabinfo *slabinfo)
{
    free(slabinfo->caches);
    *slabinfo = (struct slabinfo){0};
}
