/* What the tests of the latencies' words share. */
#ifndef TESTS_LATENCY_SUMMARY_ROOM_H
#define TESTS_LATENCY_SUMMARY_ROOM_H

#include "summary_room.h"

#include "analyse/latency.h"
#include "tests/synthetic_latency.h"

static const struct slo p99 = {.99, 5000000};

static inline void begin(void)
{
    synthetic_latency_init(&s, 3);
    synthetic_arm(&s, "epoll");
}

static inline void says_not(const struct strings *sentences, const char *part)
{
    for (size_t i = 0; i < sentences->count; i++)
        if (strstr(sentences->items[i], part))
            fail_msg("\"%s\" holds \"%s\"", sentences->items[i], part);
}

/* What was tried, by letters as in test_capacity.c; the look saw 100,000/s. */
static inline void answers(size_t arm, const struct slo *slo, const char *letters)
{
    for (; *letters; letters++) {
        struct capacity next;
        capacity_of(&next, &s.result, arm, 0, slo);
        assert_int_equal(next.end, CAPACITY_GOES_ON);
        int64_t n = (int64_t)next.rate_rps * next.window_s;
        struct round *round = synthetic_trial(&s, arm, slo, next.rate_rps, next.confirms,
                                              next.window_s, *letters == 'F' ? n : 0);
        round->trusted_p = 1;
        if (*letters == 'L')
            synthetic_make_late(round);
        if (*letters == 'S')
            outcome_add(&round->outcome, REASON_INTERFERED, "a neighbour");
    }
}

#endif
