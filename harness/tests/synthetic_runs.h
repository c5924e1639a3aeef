/* Made-up runs that are compared: the same servers and work,
 * in another hour, of another build or machine. */
#ifndef TESTS_SYNTHETIC_RUNS_H
#define TESTS_SYNTHETIC_RUNS_H

#include "tests/synthetic.h"

enum { THREAD, EPOLL, URING, CEILING, COPY, ARMS };
enum { SOLO_BLOCKS = 6 };

static const char *const synthetic_ids[ARMS] = {"thread", "epoll", "uring", "ceiling", "epoll'"};

/* How much dearer uring is than it was, and how much dearer everything is in this hour. */
struct synthetic_run {
    double uring, hour;
    uint64_t seed;           /* of its noise and its builds */
    const char *started_utc; /* NULL: some day */
};

static inline void synthetic_run(struct synthetic *s, const struct synthetic_run *made)
{
    synthetic_init(s, 0);
    s->seed += made->seed * 7919;
    s->result.seed = made->seed;
    free(s->result.started_utc);
    s->result.started_utc = xstrdup(made->started_utc ? made->started_utc : "2025-06-07T08:09:10Z");
    for (size_t a = 0; a < ARMS; a++) {
        size_t index = synthetic_arm(s, synthetic_ids[a]); /* it moves the arms */
        struct arm *arm = &s->result.arms[index];
        free(arm->sha256);
        arm->sha256 = text_format("%s of build %llu", arm->id, (unsigned long long)made->seed);
    }
    synthetic_workload(s, "plaintext", "GET /plaintext, answered with a constant");
    for (uint32_t block = 0; block < SOLO_BLOCKS; block++)
        for (size_t a = 0; a < COPY; a++) {
            double cost_ns = 4600 * made->hour * (a == URING ? made->uring : 1);
            synthetic_solo(s, a, 0, block, cost_ns, 3.4e6)->memory.anon_bytes = 2500000;
        }
}

#endif
