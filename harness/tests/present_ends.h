/* One search a server, each with an end of its own, as what shows them is given it. */
#ifndef TESTS_PRESENT_ENDS_H
#define TESTS_PRESENT_ENDS_H

#include "tests/present_text.h"
#include "tests/synthetic_latency.h"

static const struct end_case {
    struct capacity found;
    const char *name;         /* in JSON */
    const char *text, *small; /* in a table */
} ends[] = {
    {{.end = CAPACITY_GOES_ON, .rate_rps = 9000, .passed_rps = 6000, .trials_count = 2},
     "unfinished",
     "unfinished",
     ""},
    {{.end = CAPACITY_FOUND, .rate_rps = 8000, .passed_rps = 8000, .failed_rps = 8200},
     "found",
     "8,000/s",
     "failed at 8,200/s"},
    {{.end = CAPACITY_AT_LEAST, .rate_rps = 10000, .passed_rps = 10000, .is_late = true},
     "at least",
     "≥ 10,000/s",
     ""},
    {{.end = CAPACITY_NONE, .failed_rps = 90}, "none", "none", "failed at 90/s"},
    {{.end = CAPACITY_TOO_FEW}, "too few", "too few", "requests to judge by"},
    {{.end = CAPACITY_UNDECIDED, .passed_rps = 3000},
     "undecided",
     "undecided",
     "disturbed too often"},
    {{.end = CAPACITY_UNDECIDED, .is_late = true, .trials_count = 2},
     "undecided",
     "undecided",
     "the generator was late"},
    {{.end = CAPACITY_UNSTEADY, .passed_rps = 4000, .failed_rps = 5000, .trials_count = 40},
     "unsteady",
     "undecided",
     "keeps it for seconds only"},
};
enum { ENDS = sizeof ends / sizeof *ends };

/* Of s; released by latency_release. */
static inline struct latency latency_of_ends(void)
{
    struct latency latency = {.slos = {{.99, 5000000}}, .slo_count = 1, .limit_arms = ENDS};
    synthetic_latency_init(&s, 3);
    latency.limits = xcalloc(ENDS, sizeof *latency.limits);
    for (size_t i = 0; i < ENDS; i++)
        latency.limits[i] = (struct latency_limit){synthetic_arm(&s, ends[i].name), ends[i].found};
    return latency;
}

#endif
