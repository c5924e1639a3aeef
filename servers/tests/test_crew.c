/* Threads that block: those that are overdue are interrupted, the others are left alone. */
#include "thread/crew.h"

#include <poll.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <setjmp.h>
#include <unistd.h>

#include <cmocka.h>

enum { THREADS = 4, LONG_MS = 20000, LOOK_MS = 5, LOOKS = 2000 };

static struct crew crew = CREW_INIT;

struct blocked {
    struct crew_member member;
    pthread_t thread;
    atomic_bool has_joined, is_interrupted;
    uint64_t deadline_ms;
};

/* Blocks in one call, until it is interrupted. */
static void *blocked_main(void *arg)
{
    struct blocked *blocked = arg;

    crew_join(&crew, &blocked->member);
    crew_set_deadline(&blocked->member, blocked->deadline_ms);
    atomic_store(&blocked->has_joined, true);
    if (poll(NULL, 0, LONG_MS) < 0)
        atomic_store(&blocked->is_interrupted, true);
    crew_leave(&crew, &blocked->member);
    return NULL;
}

static void start(struct blocked *blocked, uint64_t deadline_ms)
{
    blocked->deadline_ms = deadline_ms;
    assert_int_equal(pthread_create(&blocked->thread, NULL, blocked_main, blocked), 0);
    while (!atomic_load(&blocked->has_joined))
        poll(NULL, 0, LOOK_MS);
}

/* Again and again, because the signal may come just before the call. */
static void interrupt_until(struct blocked *blocked, uint64_t now_ms)
{
    for (int i = 0; i < LOOKS && !atomic_load(&blocked->is_interrupted); i++) {
        crew_interrupt(&crew, now_ms);
        poll(NULL, 0, LOOK_MS);
    }
    assert_true(atomic_load(&blocked->is_interrupted));
    pthread_join(blocked->thread, NULL);
}

static void test_only_the_overdue_are_interrupted(void **state)
{
    struct blocked early = {0}, late = {0};

    (void)state;
    assert_true(crew_is_empty(&crew));
    start(&early, 1000);
    start(&late, 1001);
    interrupt_until(&early, 1000);
    assert_false(atomic_load(&late.is_interrupted));
    assert_false(crew_is_empty(&crew));
    interrupt_until(&late, 1001);
    assert_true(crew_is_empty(&crew));
}

static void test_without_a_deadline_only_all_means_it(void **state)
{
    struct blocked blocked = {0};

    (void)state;
    start(&blocked, UINT64_MAX);
    for (int i = 0; i < 10; i++)
        crew_interrupt(&crew, UINT64_MAX - 1);
    assert_false(atomic_load(&blocked.is_interrupted));
    interrupt_until(&blocked, UINT64_MAX);
}

static void test_members_leave_from_anywhere_in_the_list(void **state)
{
    struct blocked blocked[THREADS] = {0};
    const int order[THREADS] = {1, 3, 0, 2};

    (void)state;
    for (int i = 0; i < THREADS; i++)
        start(&blocked[i], UINT64_MAX - 1);
    for (int i = 0; i < THREADS; i++) {
        struct blocked *leaving = &blocked[order[i]];

        crew_set_deadline(&leaving->member, 1);
        interrupt_until(leaving, 1);
        assert_int_equal(crew_is_empty(&crew), i == THREADS - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_the_overdue_are_interrupted),
        cmocka_unit_test(test_without_a_deadline_only_all_means_it),
        cmocka_unit_test(test_members_leave_from_anywhere_in_the_list),
    };

    crew_take_signal();
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("crew", tests, NULL, NULL);
}
