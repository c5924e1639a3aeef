/*
 * Objects of one size for one thread: a loop's connections. They come in chunks of 64, straight
 * from mmap, so that an emptied chunk goes back to the system at once and a burst leaves nothing
 * behind; one empty chunk is kept against thrashing. An object's memory never moves. Objects are
 * known by an index, which is reused.
 */
#ifndef CORE_SLAB_H
#define CORE_SLAB_H

#include <stddef.h>
#include <stdint.h>

enum { SLAB_CHUNK_OBJECTS = 64, SLAB_NONE = UINT32_MAX };

struct slab_chunk;

struct slab {
    struct slab_chunk **chunks; /* NULL where one was given back */
    size_t object_bytes;
    uint32_t chunks_count;
    uint32_t first_free;   /* no chunk before this one has room */
    uint32_t empty_chunks; /* mapped, without an object */
    uint32_t used;         /* objects */
};

void slab_init(struct slab *slab, size_t object_bytes);

/* Gives everything back, whatever is still in use. */
void slab_release(struct slab *slab);

/* Returns an object with undefined content and its index, or NULL when memory has run out. */
void *slab_new(struct slab *slab, uint32_t *index);
void slab_free(struct slab *slab, uint32_t index);

/* The object with this index, or NULL if none has it now. */
void *slab_at(const struct slab *slab, uint32_t index);

/* The first index in use at or after `index`, or SLAB_NONE: to visit all, also while freeing the
 * visited. */
uint32_t slab_next(const struct slab *slab, uint32_t index);

#endif
