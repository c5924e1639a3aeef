/* See explanation.h. */
#include "data/explanation.h"

#include <stdlib.h>

#include "data/result.h"

const struct memory_kind_about memory_kinds[MEMORY_KINDS] = {
    [MEMORY_HEAP] = {"heap", "heap"},
    [MEMORY_STACKS] = {"stacks", "stacks of threads"},
    [MEMORY_ANONYMOUS] = {"anonymous", "anonymous mappings"},
    [MEMORY_NAMED] = {"named", "named anonymous mappings"},
    [MEMORY_SHARED] = {"shared", "shared memory"},
    [MEMORY_FILES] = {"files", "mapped files"},
    [MEMORY_RINGS] = {"rings", "rings of io_uring"},
    [MEMORY_OTHER] = {"other", "mappings of the kernel's making"},
};

void explanation_init(struct explanation *explanation)
{
    *explanation = (struct explanation){0};
    for (size_t mark = 0; mark <= PHASES_MOST; mark++)
        explanation_forget(explanation, mark);
}

void explanation_forget(struct explanation *explanation, size_t mark)
{
    for (size_t kind = 0; kind < MEMORY_KINDS; kind++)
        explanation->kinds[mark][kind] = (struct kind_bytes){MISSING, MISSING};
    for (size_t i = 0; i < explanation->cache_count; i++)
        explanation->caches[i].bytes[mark] = MISSING;
}

void explanation_release(struct explanation *explanation)
{
    free(explanation->caches);
    explanation_init(explanation);
}
