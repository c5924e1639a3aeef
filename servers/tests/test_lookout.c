#include "pool/lookout.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { THREADS = 8, LIMIT = 2, TURNS = 20000 };

static struct lookout lookout;
static atomic_uint entered, inside;

static void *enter_once(void *arg)
{
    (void)arg;
    lookout_enter(&lookout);
    atomic_fetch_add(&entered, 1);
    return NULL;
}

static void start(pthread_t threads[], void *(*body)(void *))
{
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, body, NULL), 0);
}

static void join(const pthread_t threads[])
{
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

/* run-tests ends a test that hangs, so a wait for what must come needs no limit. */
static void await(unsigned watching, unsigned benched)
{
    while (lookout_watching(&lookout) != watching || lookout_benched(&lookout) != benched)
        sched_yield();
}

static void more_than_the_limit_sit_on_the_bench(void **state)
{
    pthread_t threads[THREADS];

    (void)state;
    lookout_init(&lookout, LIMIT);
    atomic_store(&entered, 0);
    start(threads, enter_once);
    await(LIMIT, THREADS - LIMIT);
    while (atomic_load(&entered) < LIMIT)
        sched_yield();
    assert_int_equal(atomic_load(&entered), LIMIT);
    lookout_end(&lookout);
    join(threads);
    assert_int_equal(atomic_load(&entered), THREADS);
    lookout_release(&lookout);
}

static void only_the_last_watcher_calls_another(void **state)
{
    pthread_t threads[THREADS];

    (void)state;
    lookout_init(&lookout, LIMIT);
    atomic_store(&entered, 0);
    start(threads, enter_once);
    await(LIMIT, THREADS - LIMIT);
    lookout_leave(&lookout);
    await(1, THREADS - LIMIT);
    lookout_leave(&lookout);
    await(1, THREADS - LIMIT - 1);
    while (atomic_load(&entered) < LIMIT + 1)
        sched_yield();
    lookout_end(&lookout);
    join(threads);
    lookout_release(&lookout);
}

static void a_watch_that_has_ended_holds_nobody(void **state)
{
    (void)state;
    lookout_init(&lookout, 1);
    lookout_end(&lookout);
    for (int i = 0; i < 3; i++)
        lookout_enter(&lookout);
    assert_int_equal(lookout_watching(&lookout), 3);
    lookout_release(&lookout);
}

static atomic_bool passed_limit;

static void *keep_watch(void *arg)
{
    (void)arg;
    for (int i = 0; i < TURNS; i++) {
        lookout_enter(&lookout);
        if (atomic_fetch_add(&inside, 1) >= LIMIT)
            atomic_store(&passed_limit, true);
        if (i % 64 == 0)
            sched_yield();
        atomic_fetch_sub(&inside, 1);
        lookout_leave(&lookout);
    }
    return NULL;
}

/* Nobody is left on the bench for want of a call: who goes away is the last watcher at times. */
static void under_load_the_limit_holds_and_nobody_is_forgotten(void **state)
{
    pthread_t threads[THREADS];

    (void)state;
    lookout_init(&lookout, LIMIT);
    start(threads, keep_watch);
    join(threads);
    assert_false(atomic_load(&passed_limit));
    assert_int_equal(lookout_watching(&lookout), 0);
    assert_int_equal(lookout_benched(&lookout), 0);
    lookout_release(&lookout);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_than_the_limit_sit_on_the_bench),
        cmocka_unit_test(only_the_last_watcher_calls_another),
        cmocka_unit_test(a_watch_that_has_ended_holds_nobody),
        cmocka_unit_test(under_load_the_limit_holds_and_nobody_is_forgotten),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("lookout", tests, NULL, NULL);
}
