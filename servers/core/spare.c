#include "core/spare.h"

#include <malloc.h>

void spare_look(struct spare *spare, unsigned clients, uint64_t now_ms)
{
    if (clients > spare->most)
        spare->most = clients;
    if (spare->due_ms == UINT64_MAX && spare->most - clients >= SPARE_FEWER &&
        clients <= spare->most / 2)
        spare->due_ms = now_ms + SPARE_WAIT_MS;
}

void spare_give(struct spare *spare)
{
    malloc_trim(0);
    *spare = (struct spare)SPARE_INIT;
}
