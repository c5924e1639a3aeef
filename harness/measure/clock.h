/*
 * The monotonic clock and sleeping on it, in nanoseconds. The harness sleeps during windows, so
 * every wait of it is one of these or a poll(2) with a time-out.
 */
#ifndef MEASURE_CLOCK_H
#define MEASURE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)

static inline int64_t timespec_ns(struct timespec time)
{
    return (int64_t)time.tv_sec * NS_PER_S + time.tv_nsec;
}

static inline int64_t clock_read_ns(clockid_t clock)
{
    struct timespec time = {0};
    clock_gettime(clock, &time);
    return timespec_ns(time);
}

static inline int64_t monotonic_ns(void)
{
    return clock_read_ns(CLOCK_MONOTONIC);
}

static inline double monotonic_s(void)
{
    return (double)monotonic_ns() / (double)NS_PER_S;
}

/* Returns at the deadline or earlier, when a signal came. */
static inline void sleep_until_ns(int64_t deadline_ns)
{
    struct timespec time = {.tv_sec = deadline_ns / NS_PER_S, .tv_nsec = deadline_ns % NS_PER_S};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

#endif
