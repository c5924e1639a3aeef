/*
 * What a server's memory consisted of at each mark of a round (struct
 * phase_marks), and which caches of the kernel moved meanwhile: only where
 * a run was asked to explain growth. Kinds and sums, never a whole map.
 */
#ifndef DATA_EXPLANATION_H
#define DATA_EXPLANATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/catalog.h"

/* Every mapping of a process is of exactly one kind, so the kinds add up to what is resident. */
enum memory_kind {
    MEMORY_HEAP,      /* brk's, and what the allocator has named as its own */
    MEMORY_STACKS,    /* of the first thread and of all others */
    MEMORY_ANONYMOUS, /* private, without a name: allocators map
                       * large blocks, arenas and pools so */
    MEMORY_NAMED,     /* the same with a name, PR_SET_VMA_ANON_NAME of prctl(2) */
    MEMORY_SHARED,    /* memfd_create(2), shm_overview(7), shared anonymous mappings */
    MEMORY_FILES,     /* of the program, its libraries, and whatever else it maps */
    MEMORY_RINGS,     /* io_uring's, where the kernel counts them as resident */
    MEMORY_OTHER,     /* of the kernel's making: vdso; devices */
    MEMORY_KINDS,
};

struct memory_kind_about {
    const char *key;  /* "heap", as the record calls it */
    const char *what; /* "heap", "stacks of threads" */
};
extern const struct memory_kind_about memory_kinds[MEMORY_KINDS];

/* Of all processes of a server. RSS counts a page that two of
 * them share twice, PSS once. MISSING */
struct kind_bytes {
    int64_t rss_bytes, pss_bytes;
};

/* A cache of the kernel's allocator, slabinfo(5): of the whole system. */
enum { SLAB_NAME = 48 };
struct slab_cache {
    char name[SLAB_NAME];
    int64_t bytes[PHASES_MOST + 1]; /* at each mark; MISSING */
};

enum {
    SLAB_CACHES_MOST = 24, /* of a round, those that moved furthest */
    SLAB_LEAST_MOVED_BYTES =
        64 * 1024 /* between any two marks; less is of no interest to anybody */
};

struct explanation {
    size_t count; /* as many as marks */
    struct kind_bytes kinds[PHASES_MOST + 1][MEMORY_KINDS];
    bool has_slab; /* it could be read at each mark; then caches that are not here did not move */
    struct slab_cache *caches; /* owned, in order of their names */
    size_t cache_count;
    int64_t cost_ns; /* CPU time of the harness, of the dearest of these readings */
};
void explanation_init(struct explanation *explanation); /* empty, and all bytes MISSING */
void explanation_forget(struct explanation *explanation, size_t mark); /* all bytes at it MISSING */
void explanation_release(struct explanation *explanation);

#endif
