#include "tests/growing/growth.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MIB (UINT64_C(1) << 20)
/* Of address space, of which only what is touched is memory:
 * an hour of 100,000 requests a second at 64 bytes. */
#define ARENA_BYTES (UINT64_C(24) << 30)

enum { PAGE = 4096, STACK_SPARE_BYTES = 1 << 20 };

static const struct {
    const char *name, *what;
    struct growth growth;
} ways[GROWTH_WAYS] = {
    {"flat", "keeps nothing", {GROWTH_FLAT, 0, 1, 0}},
    {"leak", "--bytes for --every requests", {GROWTH_LEAK, 1024, 1000, 0}},
    {"connections", "--bytes for each connection", {GROWTH_CONNECTIONS, 4096, 1, 0}},
    {"cache",
     "entries of --bytes up to --size; one request in --every asks for one",
     {GROWTH_CACHE, 4096, 5, 16 * MIB}},
    {"sawtooth",
     "--bytes for each request; all freed every --every ms",
     {GROWTH_SAWTOOTH, 64, 10000, 0}},
    {"stack",
     "a thread's stack grows by --bytes after --every requests",
     {GROWTH_STACK, MIB, 100000, 0}},
    {"descriptors", "one descriptor for --every requests", {GROWTH_DESCRIPTORS, 0, 1000, 0}},
};

static struct growth growth;
static char *arena;
static uint64_t used_bytes, request_count, random_state = 88172645463325252;
static int64_t next_ms;
static sem_t deeper;

bool growth_find(struct growth *to, const char *name)
{
    for (int i = 0; i < GROWTH_WAYS; i++)
        if (strcmp(ways[i].name, name) == 0) {
            *to = ways[i].growth;
            return true;
        }
    return false;
}

void growth_list(void)
{
    for (int i = 0; i < GROWTH_WAYS; i++)
        fprintf(stderr, "  %-12s %s (--bytes %llu --every %llu --size %llu)\n", ways[i].name,
                ways[i].what, (unsigned long long)ways[i].growth.bytes,
                (unsigned long long)ways[i].growth.every, (unsigned long long)ways[i].growth.size);
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int64_t now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000) + time.tv_nsec / 1000000;
}

/* A page a call, each of which is read once more when those
 * below it are there, so that none is optimised away. */
static size_t touch_stack(size_t bytes)
{
    volatile char page[PAGE];
    page[0] = 1;
    size_t below = bytes > PAGE ? touch_stack(bytes - PAGE) : 0;
    return below + (size_t)page[0];
}

static void *wait_to_grow(void *argument)
{
    while (sem_wait(&deeper) != 0)
        continue;
    touch_stack(growth.bytes);
    for (;;)
        pause();
    return argument;
}

static void begin_stack(void)
{
    pthread_attr_t attributes;
    pthread_t thread;
    sem_init(&deeper, 0, 0);
    pthread_attr_init(&attributes);
    if (pthread_attr_setstacksize(&attributes, growth.bytes + STACK_SPARE_BYTES) != 0 ||
        pthread_create(&thread, &attributes, wait_to_grow, NULL) != 0)
        die("a thread");
    pthread_attr_destroy(&attributes);
}

static void begin_arena(void)
{
    arena = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (arena == MAP_FAILED)
        die("mmap");
    madvise(arena, ARENA_BYTES, MADV_NOHUGEPAGE); /* fails where the kernel has none: as well */
}

void growth_begin(const struct growth *how)
{
    growth = *how;
    next_ms = now_ms() + (int64_t)growth.every;
    if (growth.way == GROWTH_STACK)
        begin_stack();
    else if (growth.way != GROWTH_FLAT)
        begin_arena();
}

static void keep(uint64_t bytes)
{
    if (used_bytes + bytes > ARENA_BYTES) {
        errno = ENOMEM;
        die("growing_server");
    }
    memset(arena + used_bytes, 1, bytes);
    used_bytes += bytes;
}

/* xorshift64 (Marsaglia 2003). */
static uint64_t random_below(uint64_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % limit;
}

static void ask_cache(void)
{
    char *entry = arena + random_below(growth.size / growth.bytes) * growth.bytes;
    if (entry[0] == 0)
        memset(entry, 1, growth.bytes);
}

static void keep_descriptor(void)
{
    if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0)
        return; /* it has all that it may have */
}

void growth_on_connection(void)
{
    if (growth.way == GROWTH_CONNECTIONS)
        keep(growth.bytes);
}

void growth_on_request(void)
{
    bool is_turn = ++request_count % growth.every == 0;
    switch (growth.way) {
    case GROWTH_LEAK:
        if (is_turn)
            keep(growth.bytes);
        break;
    case GROWTH_CACHE:
        if (is_turn)
            ask_cache();
        break;
    case GROWTH_SAWTOOTH:
        keep(growth.bytes);
        break;
    case GROWTH_STACK:
        if (request_count == growth.every)
            sem_post(&deeper);
        break;
    case GROWTH_DESCRIPTORS:
        if (is_turn)
            keep_descriptor();
        break;
    default:
        break;
    }
}

int growth_tick(void)
{
    int64_t now = now_ms();
    if (growth.way != GROWTH_SAWTOOTH)
        return -1;
    if (now >= next_ms) {
        madvise(arena, used_bytes, MADV_DONTNEED);
        used_bytes = 0;
        next_ms = now + (int64_t)growth.every;
    }
    return (int)(next_ms - now);
}
