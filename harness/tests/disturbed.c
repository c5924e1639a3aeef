/*
 * A server that is worse by a known amount: a library for LD_PRELOAD under a
 * real one, which does something each time an answer is sent. It lies in the way
 * of send(2), by which epoll, thread, pool, mhd and uv answer; what uring sends
 * does not pass here. One send is one answer, unless requests were pipelined.
 *
 *   DISTURB=spin:160ns       spins so long before each answer
 *   DISTURB=walk:64k[:.5]    reads a line in each 64 bytes of so many, as many times or
 *                            such a part of them, before each answer
 *   DISTURB=sleep:200us:1%   sleeps so long before such a share of answers, drawn at
 *                            random: a loop that waits for something
 *   DISTURB=stall:200us:1%   the same, but spins
 *   DISTURB=leak:1k:1000     never gives back so many bytes after each so-manieth answer
 *   DISTURB=ballast:48k      holds so many bytes from the start, whole pages
 *   DISTURB=none             or nothing of the kind: the call costs a branch
 *
 * What else stands there ends the server at once, with a sentence.
 * Threads of a server do this independently of each other.
 */
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, LINE_BYTES = 64, PAGE_BYTES = 4096 };
static const double SIZE_MOST = 1 << 30, TIME_MOST_NS = 1e9, COUNT_MOST = 1e9;

enum kind { NONE, SPIN, WALK, SLEEP, STALL, LEAK, BALLAST, KINDS };
static const char *const kind_names[KINDS] = {"none",  "spin", "walk",   "sleep",
                                              "stall", "leak", "ballast"};

static struct {
    enum kind kind;
    double first, second; /* as written, in ns, bytes, answers or as a share */
} disturbance;
static __typeof__(send) *below;
static char *walked;
static volatile unsigned char seen; /* so that no reading is left out */

/* ---- what DISTURB says ---- */

struct suffix {
    const char *name;
    double times, most;
};
static const struct suffix times[] = {
    {"ns", 1, TIME_MOST_NS}, {"us", 1e3, TIME_MOST_NS}, {"ms", 1e6, TIME_MOST_NS}, {NULL, 0, 0}};
static const struct suffix sizes[] = {
    {"", 1, SIZE_MOST}, {"k", 1 << 10, SIZE_MOST}, {"m", 1 << 20, SIZE_MOST}, {NULL, 0, 0}};
static const struct suffix shares[] = {{"%", .01, 1}, {NULL, 0, 0}};
static const struct suffix counts[] = {{"", 1, COUNT_MOST}, {NULL, 0, 0}};

static const struct {
    const struct suffix *first, *second;
    bool needs_second;
} forms[KINDS] = {
    [SPIN] = {times, NULL, false},   [WALK] = {sizes, counts, false},
    [SLEEP] = {times, shares, true}, [STALL] = {times, shares, true},
    [LEAK] = {sizes, counts, true},  [BALLAST] = {sizes, NULL, false},
};

/* A number above 0 with one of these behind it. False: text is none. */
static bool take(double *value, const char *text, const struct suffix *suffixes)
{
    char *end;
    double number = strtod(text, &end);

    for (; end != text && suffixes->name; suffixes++)
        if (strcmp(end, suffixes->name) == 0) {
            *value = number * suffixes->times;
            return *value > 0 && *value <= suffixes->most;
        }
    return false;
}

static bool take_form(enum kind kind, const char *first, const char *second)
{
    bool is_second_right =
        second ? forms[kind].second && take(&disturbance.second, second, forms[kind].second)
               : !forms[kind].needs_second;

    return is_second_right && first && forms[kind].first &&
           take(&disturbance.first, first, forms[kind].first);
}

/* Cuts text into its words. False: it says nothing known. */
static bool take_words(char *text)
{
    char *name = strsep(&text, ":"), *first = strsep(&text, ":"), *second = strsep(&text, ":");

    for (int kind = NONE; !text && kind < KINDS; kind++)
        if (strcmp(name, kind_names[kind]) == 0) {
            disturbance.kind = (enum kind)kind;
            disturbance.second = 1;
            return kind == NONE ? !first : take_form(disturbance.kind, first, second);
        }
    return false;
}

static void *touched(size_t bytes)
{
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

    if (memory == MAP_FAILED) {
        perror("disturbed: DISTURB takes more memory than there is");
        _exit(EXIT_USAGE);
    }
    for (size_t at = 0; at < bytes; at += PAGE_BYTES)
        memory[at] = 1; /* a page of its own, not the common zero page */
    return memory;
}

__attribute__((constructor)) static void begin(void)
{
    const char *said = getenv("DISTURB");
    char words[128];

    below = (__typeof__(below))dlsym(RTLD_NEXT, "send");
    if (!said)
        return;
    snprintf(words, sizeof words, "%s", said);
    if (strlen(said) >= sizeof words || !take_words(words)) {
        fprintf(stderr,
                "disturbed: DISTURB=%s: write spin:160ns, walk:64k, walk:64k:2, sleep:200us:1%%, "
                "stall:200us:1%%, leak:1k:1000, ballast:48k or none\n",
                said);
        _exit(EXIT_USAGE);
    }
    if (disturbance.kind == WALK || disturbance.kind == BALLAST)
        walked = touched((size_t)disturbance.first);
}

/* ---- what it does ---- */

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void spin(double ns)
{
    for (int64_t until = now_ns() + (int64_t)ns; now_ns() < until;)
        ;
}

/* Goes on where the last one ended, so that a part of the bytes is another part each time. */
static void walk(void)
{
    static _Thread_local size_t at;
    size_t bytes = (size_t)disturbance.first;
    unsigned char sum = 0;

    for (size_t left = (size_t)(disturbance.first * disturbance.second) / LINE_BYTES; left > 0;
         left--) {
        sum += (unsigned char)walked[at];
        at = at + LINE_BYTES < bytes ? at + LINE_BYTES : 0;
    }
    seen = sum;
}

static void rest(double ns)
{
    struct timespec left = {(time_t)(ns / 1e9), (long)ns % 1000000000};

    while (nanosleep(&left, &left) < 0)
        ;
}

/* Of each process another sequence: blocks must not share their
 * chance. SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). */
static bool is_drawn(void)
{
    static _Thread_local uint64_t state;
    uint64_t z;

    if (state == 0)
        state = (uint64_t)now_ns();
    z = state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (double)((z ^ z >> 31) >> 11) * 0x1p-53 < disturbance.second;
}

static void leak(void)
{
    static _Atomic uint64_t answers;
    size_t bytes = (size_t)disturbance.first;
    volatile char *kept;

    if (++answers % (uint64_t)disturbance.second)
        return;
    kept = malloc(bytes);
    for (size_t at = 0; kept && at < bytes; at += PAGE_BYTES)
        kept[at] = 1;
    if (kept)
        kept[bytes - 1] = 1;
}

static __attribute__((noinline)) void disturb(void)
{
    switch (disturbance.kind) {
    case SPIN:
        spin(disturbance.first);
        break;
    case WALK:
        walk();
        break;
    case SLEEP:
        if (is_drawn())
            rest(disturbance.first);
        break;
    case STALL:
        if (is_drawn())
            spin(disturbance.first);
        break;
    case LEAK:
        leak();
        break;
    case NONE:
    case BALLAST:
    case KINDS:
        break;
    }
}

ssize_t send(int fd, const void *bytes, size_t len, int flags)
{
    if (__builtin_expect(disturbance.kind != NONE, 0))
        disturb();
    return below(fd, bytes, len, flags);
}
