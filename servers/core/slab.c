#include "core/slab.h"

#include <assert.h>
#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { OBJECT_ALIGNMENT = 16 };

struct slab_chunk {
    uint64_t used; /* bit i: object i is in use */
    _Alignas(OBJECT_ALIGNMENT) char objects[];
};

void slab_init(struct slab *slab, size_t object_bytes)
{
    size_t rounded = (object_bytes + OBJECT_ALIGNMENT - 1) / OBJECT_ALIGNMENT * OBJECT_ALIGNMENT;

    *slab = (struct slab){.object_bytes = rounded};
}

static size_t chunk_bytes(const struct slab *slab)
{
    return sizeof(struct slab_chunk) + SLAB_CHUNK_OBJECTS * slab->object_bytes;
}

static char *chunk_object(const struct slab *slab, struct slab_chunk *chunk, uint32_t i)
{
    return chunk->objects + i * slab->object_bytes;
}

static struct slab_chunk *chunk_map(struct slab *slab, uint32_t number)
{
    struct slab_chunk *chunk =
        mmap(NULL, chunk_bytes(slab), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (chunk == MAP_FAILED)
        return NULL;
    ASAN_POISON_MEMORY_REGION(chunk->objects, SLAB_CHUNK_OBJECTS * slab->object_bytes);
    slab->chunks[number] = chunk;
    slab->empty_chunks++;
    return chunk;
}

static void chunk_unmap(struct slab *slab, uint32_t number)
{
    struct slab_chunk *chunk = slab->chunks[number];

    ASAN_UNPOISON_MEMORY_REGION(chunk->objects, SLAB_CHUNK_OBJECTS * slab->object_bytes);
    munmap(chunk, chunk_bytes(slab));
    slab->chunks[number] = NULL;
}

void slab_release(struct slab *slab)
{
    for (uint32_t i = 0; i < slab->chunks_count; i++)
        if (slab->chunks[i])
            chunk_unmap(slab, i);
    free(slab->chunks);
    slab_init(slab, slab->object_bytes);
}

/* Makes room for twice as many chunks. */
static int grow_table(struct slab *slab)
{
    uint32_t count = slab->chunks_count ? 2 * slab->chunks_count : 8;
    struct slab_chunk **chunks = realloc(slab->chunks, count * sizeof(struct slab_chunk *));

    if (!chunks)
        return -1;
    for (uint32_t i = slab->chunks_count; i < count; i++)
        chunks[i] = NULL;
    slab->chunks = chunks;
    slab->chunks_count = count;
    return 0;
}

/* The first chunk with room: the lowest ones fill up, so that the others empty. */
static struct slab_chunk *chunk_with_room(struct slab *slab)
{
    while (slab->first_free < slab->chunks_count) {
        struct slab_chunk *chunk = slab->chunks[slab->first_free];

        if (!chunk)
            return chunk_map(slab, slab->first_free);
        if (chunk->used != UINT64_MAX)
            return chunk;
        slab->first_free++;
    }
    return grow_table(slab) < 0 ? NULL : chunk_map(slab, slab->first_free);
}

void *slab_new(struct slab *slab, uint32_t *index)
{
    struct slab_chunk *chunk = chunk_with_room(slab);
    uint32_t i;
    char *object;

    if (!chunk)
        return NULL;
    if (chunk->used == 0)
        slab->empty_chunks--;
    i = (uint32_t)__builtin_ctzll(~chunk->used);
    chunk->used |= UINT64_C(1) << i;
    slab->used++;
    *index = slab->first_free * SLAB_CHUNK_OBJECTS + i;
    object = chunk_object(slab, chunk, i);
    ASAN_UNPOISON_MEMORY_REGION(object, slab->object_bytes);
    return object;
}

void slab_free(struct slab *slab, uint32_t index)
{
    uint32_t number = index / SLAB_CHUNK_OBJECTS;
    uint32_t i = index % SLAB_CHUNK_OBJECTS;
    struct slab_chunk *chunk = slab->chunks[number];

    assert(slab_at(slab, index));
    ASAN_POISON_MEMORY_REGION(chunk_object(slab, chunk, i), slab->object_bytes);
    chunk->used &= ~(UINT64_C(1) << i);
    slab->used--;
    if (number < slab->first_free)
        slab->first_free = number;
    if (chunk->used)
        return;
    if (slab->empty_chunks > 0)
        chunk_unmap(slab, number);
    else
        slab->empty_chunks++;
}

void *slab_at(const struct slab *slab, uint32_t index)
{
    uint32_t number = index / SLAB_CHUNK_OBJECTS;
    uint32_t i = index % SLAB_CHUNK_OBJECTS;
    struct slab_chunk *chunk = number < slab->chunks_count ? slab->chunks[number] : NULL;

    return chunk && chunk->used >> i & 1 ? chunk_object(slab, chunk, i) : NULL;
}

uint32_t slab_next(const struct slab *slab, uint32_t index)
{
    for (uint32_t number = index / SLAB_CHUNK_OBJECTS; number < slab->chunks_count; number++) {
        struct slab_chunk *chunk = slab->chunks[number];
        uint32_t from = number == index / SLAB_CHUNK_OBJECTS ? index % SLAB_CHUNK_OBJECTS : 0;
        uint64_t later = chunk ? chunk->used >> from << from : 0;

        if (later)
            return number * SLAB_CHUNK_OBJECTS + (uint32_t)__builtin_ctzll(later);
    }
    return SLAB_NONE;
}
