/*
 * Runs of made-up servers as the product runs them: ten readings a second with a jitter of a fifth,
 * of each second the lowest and the highest; a verdict; and where that is GROWING, a longer run of
 * the same server, fresh, and what both say.
 */
#ifndef TESTS_FLATNESS_TRIALS_H
#define TESTS_FLATNESS_TRIALS_H

#include "analyse/flatness.h"
#include "tests/flatness_servers.h"

enum { LONGEST_S = COURSE_S * FLATNESS_CONFIRM_TIMES, KINDS_OF_VERDICT = FLATNESS_UNDECIDED + 1 };
static const double TRIAL_RPS = 10000;

struct tally {
    unsigned runs;
    /* Last: after the longer run, where there was one. */
    unsigned first[KINDS_OF_VERDICT], last[KINDS_OF_VERDICT];
};

static inline void run_server(struct flatness *flatness, struct server *server, size_t run_s)
{
    double low[LONGEST_S], high[LONGEST_S];
    server_start(server, (double)run_s);
    for (size_t i = 0; i < run_s * SAMPLES_HZ; i++) {
        double jitter = .4 * random_unit(server->random) - .2;
        double at_s = fmax(0, ((double)i + jitter) / SAMPLES_HZ);
        double bytes = server_rss_bytes(server, at_s);
        size_t second = i / SAMPLES_HZ;
        low[second] = i % SAMPLES_HZ ? fmin(low[second], bytes) : bytes;
        high[second] = i % SAMPLES_HZ ? fmax(high[second], bytes) : bytes;
    }
    struct flatness_course course = {.low = low,
                                     .high = high,
                                     .count = run_s,
                                     .interval_s = 1,
                                     .requests = TRIAL_RPS * (double)run_s,
                                     .least = FLATNESS_LEAST_MEMORY_BYTES};
    flatness_find(flatness, &course);
}

static inline void trial(struct tally *tally, struct server *server)
{
    struct flatness flatness, longer;
    run_server(&flatness, server, COURSE_S);
    tally->runs++;
    tally->first[flatness.kind]++;
    if (flatness.kind == FLATNESS_GROWING) {
        run_server(&longer, server, LONGEST_S);
        flatness_confirm(&flatness, &longer);
    }
    tally->last[flatness.kind]++;
}

/* One run of the server as it is says what it could have seen, which is returned, as bytes over the
 * course. Then it leaks times that much, and does the same again: in the very same run, as if it
 * had leaked then; or in another, where all that is chance is drawn anew. */
static inline double leak_trial(struct tally *tally, struct server *server, double times,
                                bool is_same_run)
{
    struct flatness flatness;
    struct random before = *server->random;
    run_server(&flatness, server, COURSE_S);
    if (is_same_run)
        *server->random = before;
    server->leak_bytes_s = times * flatness.smallest_per_request * TRIAL_RPS;
    trial(tally, server);
    server->leak_bytes_s = 0;
    return flatness.smallest_per_request * TRIAL_RPS * COURSE_S;
}

#endif
