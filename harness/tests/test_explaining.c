/* Processes that take a known amount of one kind of memory: that kind is said to have grown by it,
 * and no other. And who may not read is told so. */
#include "measure/explaining.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "data/result.h"
#include "measure/footprint.h"
#include "measure/smaps.h"
#include "tests/memory_taker.h"

#ifndef PR_SET_VMA
#define PR_SET_VMA           0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif

enum { STACK_GROWN_BYTES = 1 << 20, SLACK_BYTES = 64 * 1024 };
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { IS_SANITIZED = 1 };
#else
enum { IS_SANITIZED = 0 };
#endif
/* Code that is run for the first time maps the pages around it, too: fault_around_bytes of the
 * kernel, 64 KiB at a time; and that of sanitizers is large. Less than what a file grows by. */
enum { CODE_SLACK_BYTES = IS_SANITIZED ? 2 << 20 : 768 * 1024 };

/* ---- what only these tests take ---- */

static bool take_heap(void)
{
    char *from = sbrk(GROWN_BYTES);
    if (from == (void *)-1)
        return false;
    memset(from, 7, GROWN_BYTES);
    return true;
}

static bool take_named(void)
{
    void *at = map(MAP_PRIVATE | MAP_ANONYMOUS, -1);
    return at != NULL &&
           prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, at, GROWN_BYTES, "a pool of mine") == 0;
}

static int stack_told[2];

static void touch_stack(void)
{
    volatile char on_stack[STACK_GROWN_BYTES];
    for (size_t i = 0; i < sizeof(on_stack); i += 512)
        on_stack[i] = 7;
}

/* It waits with its memory below it, as one does that has gone deep and come back. */
static void *stand_in_stack(void *argument)
{
    touch_stack();
    if (write(stack_told[1], "x", 1) == 1)
        pause();
    return argument;
}

static bool take_stack(void)
{
    pthread_t thread;
    char told;
    return pipe(stack_told) == 0 && pthread_create(&thread, NULL, stand_in_stack, NULL) == 0 &&
           read(stack_told[0], &told, 1) == 1;
}

static int64_t sum_rss(const struct kind_bytes sums[MEMORY_KINDS])
{
    int64_t bytes = 0;
    for (int kind = 0; kind < MEMORY_KINDS; kind++)
        bytes += sums[kind].rss_bytes;
    return bytes;
}

/* Whether it was given. */
static bool measure(bool (*take)(void), struct kind_bytes before[MEMORY_KINDS],
                    struct kind_bytes after[MEMORY_KINDS])
{
    struct taker taker;
    taker_start(&taker, take);
    int first = smaps_kinds(&taker.pid, 1, before);
    bool given = taker_take(&taker);
    int second = smaps_kinds(&taker.pid, 1, after);
    taker_end(&taker);
    assert_int_equal(first, 0);
    assert_int_equal(second, 0);
    return given;
}

static void the_kind_that_grew_is_named_by_its_amount(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool (*take)(void);
        enum memory_kind kind;
        int64_t bytes;
    } table[] = {
        {"heap, by brk", take_heap, MEMORY_HEAP, GROWN_BYTES},
        {"an anonymous mapping", take_anonymous, MEMORY_ANONYMOUS, GROWN_BYTES},
        {"one with a name", take_named, MEMORY_NAMED, GROWN_BYTES},
        {"a shared one", take_shared, MEMORY_SHARED, GROWN_BYTES},
        {"a file", take_file, MEMORY_FILES, GROWN_BYTES},
        {"a thread's stack", take_stack, MEMORY_STACKS, STACK_GROWN_BYTES},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct kind_bytes before[MEMORY_KINDS], after[MEMORY_KINDS];
        print_message("# %s\n", table[i].name);
        if (!measure(table[i].take, before, after)) {
            assert_int_equal(table[i].kind, MEMORY_NAMED); /* CONFIG_ANON_VMA_NAME */
            continue;
        }
        for (int kind = 0; kind < MEMORY_KINDS; kind++) {
            int64_t grown = after[kind].rss_bytes - before[kind].rss_bytes,
                    wanted = kind == (int)table[i].kind ? table[i].bytes : 0,
                    slack = kind == MEMORY_FILES ? CODE_SLACK_BYTES : SLACK_BYTES;
            print_message("#   %s %+lld KiB\n", memory_kinds[kind].key, (long long)grown / 1024);
            if (!IS_SANITIZED || kind == (int)table[i].kind) /* whose shadow grows beside it */
                assert_in_range(grown - wanted + slack, 0, 2 * slack);
        }
    }
}

/* Whether its kinds are together what the kernel says of the whole. Its share of a page is cut off
 * in each mapping. */
static bool is_sum_of_kinds(const struct taker *taker)
{
    struct kind_bytes kinds[MEMORY_KINDS];
    struct footprint_resident resident;
    int64_t pss = 0, cut = 1024 * (IS_SANITIZED ? 1000 : 100);
    if (smaps_kinds(&taker->pid, 1, kinds) != 0 ||
        !footprint_read_resident(&taker->pid, 1, &resident))
        return false;
    for (int kind = 0; kind < MEMORY_KINDS; kind++)
        pss += kinds[kind].pss_bytes;
    print_message("#   RSS %lld of %lld, PSS %lld of %lld\n", (long long)sum_rss(kinds),
                  (long long)resident.rss_bytes, (long long)pss, (long long)resident.pss_bytes);
    return sum_rss(kinds) == resident.rss_bytes && pss <= resident.pss_bytes &&
           resident.pss_bytes - pss <= cut;
}

/* By the page, if nothing changes between the two readings. Any process on the machine that begins
 * or ends then does: the C library's pages are shared with it (proc(5), Pss). */
static void the_kinds_add_up_to_what_is_resident(void **state)
{
    (void)state;
    struct taker taker;
    bool is_sum = false;
    taker_start(&taker, take_anonymous);
    assert_true(taker_take(&taker));
    for (int reading = 0; reading < 1000 && !is_sum; reading++)
        is_sum = is_sum_of_kinds(&taker);
    taker_end(&taker);
    assert_true(is_sum);
}

static void processes_are_added_up_and_ended_ones_left_out(void **state)
{
    (void)state;
    struct taker one, other;
    struct kind_bytes alone[MEMORY_KINDS], both[MEMORY_KINDS], rest[MEMORY_KINDS];
    taker_start(&one, take_heap);
    taker_start(&other, take_heap);
    pid_t pids[] = {one.pid, other.pid};
    int first = smaps_kinds(pids, 1, alone), second = smaps_kinds(pids, 2, both);
    taker_end(&other);
    int third = smaps_kinds(pids, 2, rest);
    taker_end(&one);
    int none = smaps_kinds(pids, 2, rest);
    assert_int_equal(first, 0);
    assert_int_equal(second, 0);
    assert_true(sum_rss(both) > 3 * sum_rss(alone) / 2);
    assert_int_equal(third, 0);
    assert_int_equal(none, -ESRCH);
}

static void each_mark_has_its_reading_and_the_end_its_reason(void **state)
{
    (void)state;
    struct explanation to;
    struct explaining explaining;
    struct taker taker;
    explaining_open(&explaining, &to);
    taker_start(&taker, take_heap);
    explaining_take(&explaining, &taker.pid, 1, NULL);
    bool given = taker_take(&taker);
    explaining_take(&explaining, &taker.pid, 1, NULL);
    taker_end(&taker);
    explaining_take(&explaining, NULL, 0, "the server has ended");
    explaining_close(&explaining);
    assert_true(given);
    assert_int_equal(to.count, 3);
    assert_in_range(to.kinds[1][MEMORY_HEAP].rss_bytes - to.kinds[0][MEMORY_HEAP].rss_bytes,
                    GROWN_BYTES, GROWN_BYTES + SLACK_BYTES);
    assert_int_equal(to.kinds[2][MEMORY_HEAP].rss_bytes, MISSING);
    assert_string_equal(explaining.why_kinds, "the server has ended");
    assert_true(to.cost_ns > 0);
    if (access("/proc/slabinfo", R_OK) == 0)
        assert_true(to.has_slab && explaining.why_slab[0] == '\0');
    explanation_release(&to);
}

/* Reads its parent, as somebody whom root's processes are none of the business of. */
static void read_as_nobody(int to)
{
    enum { NOBODY = 65534 };
    struct explanation explanation;
    struct explaining explaining;
    pid_t init = 1;
    if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
        _exit(1);
    explaining_open(&explaining, &explanation);
    explaining_take(&explaining, &init, 1, NULL);
    explaining_close(&explaining);
    dprintf(to, "%d %d %s; %s", (int)(explanation.kinds[0][0].rss_bytes == MISSING),
            (int)explanation.has_slab, explaining.why_kinds, explaining.why_slab);
    explanation_release(&explanation);
    _exit(0);
}

static void who_may_not_read_is_told_so(void **state)
{
    (void)state;
    int said[2];
    char text[400] = "";
    if (geteuid() != 0 && access("/proc/1/smaps", R_OK) == 0)
        skip(); /* the first process is our own here */
    assert_int_equal(pipe(said), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        read_as_nobody(said[1]);
    close(said[1]);
    assert_true(read(said[0], text, sizeof(text) - 1) > 0);
    close(said[0]);
    waitpid(child, NULL, 0);
    assert_string_equal(text, "1 0 /proc/PID/smaps: Permission denied; "
                              "/proc/slabinfo: only root may read it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kind_that_grew_is_named_by_its_amount),
        cmocka_unit_test(the_kinds_add_up_to_what_is_resident),
        cmocka_unit_test(processes_are_added_up_and_ended_ones_left_out),
        cmocka_unit_test(each_mark_has_its_reading_and_the_end_its_reason),
        cmocka_unit_test(who_may_not_read_is_told_so),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("explaining", tests, NULL, NULL);
}
