#include "thread/stacks.h"

#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

enum { STACK_ALIGNMENT = 64, TRIM_MS = 1000 };

/* ThreadSanitizer keeps most of a MiB for each thread, in memory of the thread that lies on its
 * stack; it enlarges those that the C library allocates, but not ours. */
#if defined(__SANITIZE_THREAD__)
enum { SANITIZER_BYTES = 1024 * 1024 };
#else
enum { SANITIZER_BYTES = 0 };
#endif

/* At the top of its mapping, above what the thread uses of it. */
struct stack {
    struct stack *next;
    struct stacks *stacks;
    void *base;
    pthread_t thread;
    void (*run)(void *arg);
    void *arg;
};

enum {
    HEADER_BYTES = (sizeof(struct stack) + STACK_ALIGNMENT - 1) / STACK_ALIGNMENT * STACK_ALIGNMENT
};

static size_t guard_bytes(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* A page below for the guard, and one above for what is kept there: the thread itself has what was
 * asked for, which may be the least that the C library takes. */
void stacks_init(struct stacks *stacks, size_t stack_bytes)
{
    *stacks = (struct stacks){.stack_bytes = stack_bytes + SANITIZER_BYTES + 2 * guard_bytes(),
                              .spare = SPARE_INIT};
}

static struct stack *stack_map(struct stacks *stacks)
{
    char *base = mmap(NULL, stacks->stack_bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
    struct stack *stack;

    if (base == MAP_FAILED)
        return NULL;
    if (mprotect(base, guard_bytes(), PROT_NONE) < 0) {
        munmap(base, stacks->stack_bytes);
        return NULL;
    }
    stack = (struct stack *)(base + stacks->stack_bytes - HEADER_BYTES);
    stack->stacks = stacks;
    stack->base = base;
    return stack;
}

static void stack_unmap(struct stack *stack)
{
    munmap(stack->base, stack->stacks->stack_bytes);
}

/* The last one given back: its pages are warm. */
static struct stack *stack_take(struct stacks *stacks)
{
    struct stack *stack = stacks->free;

    if (!stack)
        return stack_map(stacks);
    stacks->free = stack->next;
    if (--stacks->free_count < stacks->spare_count)
        stacks->spare_count = stacks->free_count;
    return stack;
}

static void stack_give(struct stacks *stacks, struct stack *stack)
{
    stack->next = stacks->free;
    stacks->free = stack;
    stacks->free_count++;
}

static void *stack_main(void *arg)
{
    struct stack *stack = arg;
    struct stacks *stacks = stack->stacks;

    stack->run(stack->arg);
    stack->next = atomic_load_explicit(&stacks->ended, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&stacks->ended, &stack->next, stack,
                                                  memory_order_release, memory_order_relaxed))
        continue;
    return NULL;
}

static int stack_start(struct stack *stack)
{
    size_t bytes = stack->stacks->stack_bytes - guard_bytes() - HEADER_BYTES;
    pthread_attr_t attributes;
    int error;

    pthread_attr_init(&attributes);
    error = pthread_attr_setstack(&attributes, (char *)stack->base + guard_bytes(), bytes);
    if (!error)
        error = pthread_create(&stack->thread, &attributes, stack_main, stack);
    pthread_attr_destroy(&attributes);
    return -error;
}

int stacks_start(struct stacks *stacks, void (*run)(void *arg), void *arg)
{
    struct stack *stack = stack_take(stacks);
    int error;

    if (!stack)
        return -ENOMEM;
    stack->run = run;
    stack->arg = arg;
    error = stack_start(stack);
    if (error)
        stack_give(stacks, stack);
    else
        stacks->running++;
    return error;
}

/* Those on the list have nothing left to do, but until the kernel has ended them they are on their
 * stacks. */
void stacks_collect(struct stacks *stacks)
{
    struct stack *stack = atomic_exchange_explicit(&stacks->ended, NULL, memory_order_acquire);
    struct stack **ending = &stacks->ending;

    while (*ending)
        ending = &(*ending)->next;
    *ending = stack;
    for (ending = &stacks->ending; (stack = *ending);) {
        if (pthread_tryjoin_np(stack->thread, NULL) != 0) {
            ending = &stack->next;
            continue;
        }
        *ending = stack->next;
        stack_give(stacks, stack);
        stacks->running--;
    }
}

/* The spare ones lie behind those that were used last. */
void stacks_trim(struct stacks *stacks)
{
    struct stack **end = &stacks->free, *spare;

    for (unsigned kept = stacks->free_count - stacks->spare_count; kept > 0; kept--)
        end = &(*end)->next;
    while ((spare = *end)) {
        *end = spare->next;
        stack_unmap(spare);
    }
    stacks->free_count -= stacks->spare_count;
    stacks->spare_count = stacks->free_count;
}

void stacks_turn(struct stacks *stacks, uint64_t now_ms)
{
    spare_look(&stacks->spare, stacks->running, now_ms);
    stacks_collect(stacks);
    spare_look(&stacks->spare, stacks->running, now_ms);
    if (now_ms >= stacks->trim_due_ms) {
        stacks_trim(stacks);
        stacks->trim_due_ms = now_ms + TRIM_MS;
    }
    spare_turn(&stacks->spare, now_ms);
}

void stacks_release(struct stacks *stacks)
{
    while (stacks->running > 0) {
        stacks_collect(stacks);
        sched_yield();
    }
    stacks->spare_count = stacks->free_count;
    stacks_trim(stacks);
}
