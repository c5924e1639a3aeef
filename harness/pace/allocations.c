/*
 * Counts how often this program asks for memory: the linker puts
 * these functions before libc's (ld(1), --wrap). What libc asks
 * itself for is not seen, so the loop uses nothing of it that would.
 */
#include <stddef.h>
#include <stdint.h>

#include "pace/audit.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *ptr, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *ptr, size_t size);

static _Thread_local uint64_t allocations;

uint64_t audit_allocations(void)
{
    return allocations;
}

void *__wrap_malloc(size_t size)
{
    allocations++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    allocations++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *ptr, size_t size)
{
    allocations++;
    return __real_realloc(ptr, size);
}
