/*
 * Within the window nothing is allocated, and no page is touched for the first time. The linker
 * puts the functions below in the allocator's place (Makefile).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "pace/record.h"
#include "pace/schedule.h"

static unsigned long allocations;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    allocations++;
    return __real_malloc(size);
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    allocations++;
    return __real_calloc(count, size);
}

void *__real_reallocarray(void *ptr, size_t count, size_t size);
void *__wrap_reallocarray(void *ptr, size_t count, size_t size);
void *__wrap_reallocarray(void *ptr, size_t count, size_t size)
{
    allocations++;
    return __real_reallocarray(ptr, count, size);
}

static void arrivals_allocate_nothing(void **state)
{
    (void)state;
    struct schedule schedule;
    struct arrivals arrivals;
    struct arrival arrival;
    char *error = NULL;
    unsigned count = 0;

    assert_int_equal(
        schedule_read(&schedule, "poisson:9k:1s,ramp:0-9k:2s,idle:1s,constant:9k:1s", &error), 0);
    assert_true(allocations > 0); /* it is seen */
    allocations = 0;
    arrivals_init(&arrivals, &schedule, 1);
    while (arrivals_next(&arrivals, &arrival))
        count++;
    assert_int_equal(allocations, 0);
    assert_true(count > 25000);
    schedule_clear(&schedule);
}

static long page_faults(void)
{
    struct rusage usage;

    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_minflt;
}

/* Into all intervals and parts, responses of all magnitudes, faults and
 * unfinished ones. A page of counters touched for the first time would be a
 * page fault each: the tallies and the intervals have more than 4,000. */
static void recording_allocates_nothing_and_touches_no_new_page(void **state)
{
    (void)state;
    const int64_t window_ns = INT64_C(60000000000), step_ns = 100000;
    struct record record;

    record_open(&record, 0, window_ns, 1e6);
    assert_int_equal(record.interval_count, RECORD_INTERVALS);
    allocations = 0;
    long faults = page_faults();
    for (int64_t due_ns = 0; due_ns < window_ns; due_ns += step_ns) {
        int64_t response_ns = INT64_C(1) << due_ns / step_ns % 60;
        record_answer(&record, &(struct times){due_ns, due_ns, due_ns, due_ns + response_ns},
                      false);
        record_censored(&record, due_ns, response_ns);
    }
    record_fault(&record, FAULT_READ, "reset after %d bytes", 17);
    assert_int_equal(allocations, 0);
    assert_true(page_faults() - faults < 100);
    assert_int_equal(record.completed, 600000);
    record_close(&record);
    record_release(&record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrivals_allocate_nothing),
        cmocka_unit_test(recording_allocates_nothing_and_touches_no_new_page),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("pace_memory", tests, NULL, NULL);
}
