/* Schedules read from text that must be right, and the arrivals of one segment. */
#ifndef TESTS_SCHEDULE_ROOM_H
#define TESTS_SCHEDULE_ROOM_H

#include "data/strings.h"
#include "pace/schedule.h"

enum { SAMPLE_MOST = 200000 };

/* Every way for a rate to go. */
static const char poisson_kinds[] =
    "ramp:1k-20k:10s,ramp:20k-1k:10s,ramp:5k-5k:10s,ramp:0-20k:10s,"
    "ramp:20k-0:10s,ramp:5000-5001:10s,poisson:10k:10s,burst:3k:20s";

static inline struct schedule read_schedule(const char *text)
{
    struct schedule schedule;
    char *error = NULL;

    if (schedule_read(&schedule, text, &error))
        fail_msg("%s", error);
    return schedule;
}

/* Arrivals of one segment, in seconds from its start. */
struct sample {
    double *at_s;
    size_t n;
};

static inline struct sample draw(const struct schedule *schedule, uint64_t seed, size_t segment)
{
    struct sample sample = {.at_s = xcalloc(SAMPLE_MOST, sizeof(double))};
    struct arrivals arrivals;
    struct arrival arrival;

    arrivals_init(&arrivals, schedule, seed);
    while (arrivals_next(&arrivals, &arrival))
        if (arrival.segment == segment) {
            assert_true(sample.n < SAMPLE_MOST);
            int64_t from_ns = schedule->segments[segment].start_ns;
            sample.at_s[sample.n++] = (double)(arrival.due_ns - from_ns) * 1e-9;
        }
    return sample;
}

#endif
