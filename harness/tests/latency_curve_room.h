/* Curves of made-up rounds, to be checked by hand. */
#ifndef TESTS_LATENCY_CURVE_ROOM_H
#define TESTS_LATENCY_CURVE_ROOM_H

#include "summary_room.h"

#include "analyse/latency.h"
#include "tests/synthetic_latency.h"

enum { RATE = 10000, REQUESTS = 100000 };

static inline const struct latency_curve *curve(size_t i)
{
    assert_int_equal(summary.latency_count, 1);
    assert_true(i < summary.latencies[0].curve_count);
    return &summary.latencies[0].curves[i];
}

static inline const struct latency_point *point(size_t i, uint32_t rate_rps)
{
    const struct latency_point *found = latency_point_at(curve(i), rate_rps);
    assert_non_null(found);
    return found;
}

static inline void begin(void)
{
    synthetic_latency_init(&s, 6);
    synthetic_arm(&s, "epoll");
}

/* A round of so many requests: one in a hundred and one takes
 * four times as long, and one in a thousand and one forty. */
static inline struct round *add(size_t arm, uint32_t block, uint32_t rate_rps, int64_t requests,
                                uint64_t p50_ns)
{
    struct round *round = synthetic_curve_round(&s, arm, block, rate_rps, 1000);
    uint64_t furthest = (uint64_t)(requests * 11 / 10000), far = (uint64_t)(requests * 11 / 1000);
    histogram_release(&round->response);
    round->requests_count = requests;
    round->cpu_server_ns = 8000 * requests;
    histogram_add(&round->response, p50_ns, (uint64_t)requests - far);
    histogram_add(&round->response, 4 * p50_ns, far - furthest);
    histogram_add(&round->response, 40 * p50_ns, furthest);
    return round;
}

static inline void late(struct round *round, double trusted_p)
{
    outcome_add(&round->outcome, REASON_GEN_LATE, "pace itself was late");
    round->trusted_p = trusted_p;
}

/* A bin is as wide as a thousandth of its values. */
static inline void is(const struct spread *spread, double value, double low, double high, size_t n)
{
    near(spread->median, value, value / 500);
    near(spread->low, low, low / 500);
    near(spread->high, high, high / 500);
    assert_int_equal(spread->n, n);
}

#endif
