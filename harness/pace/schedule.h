/*
 * When requests are due. A schedule is a list of segments, each with rates
 * and a duration; arrivals are drawn from it one by one, seeded, so that the
 * same seed gives the same times. They depend on nothing that a server does:
 * that is what makes the loop an open one (Schroeder et al., NSDI 2006).
 *
 *     poisson:5k:10s  ramp:5k-20k:30s  burst:40k:1s  constant:1k:5s  idle:5s  close:2s
 *
 * poisson   exponential gaps, as independent users make them
 * burst     the same, and named so that the phases of a run can be told apart
 * ramp      poisson with a rate that goes evenly from the first to the
 *           second; one of the two may be 0
 * constant  even gaps from a random phase, at rate x (1 + 1/997), so that arrivals drift across the
 *           timer tick instead of locking into it
 * idle      nothing is sent; connections are kept
 * close     connections are closed; the next segment that sends opens them again
 *
 * A unit-rate process is rescaled to each segment's clock from the segment's own origin (time
 * rescaling: Daley and Vere-Jones, "An Introduction to the Theory of Point Processes", vol. 1,
 * 7.4), so no arrival depends on what the segment before it left over; and each segment draws from
 * random numbers of its own, so the arrivals of the second segment are the same whatever is changed
 * in the first, but for the moment at which it begins.
 */
#ifndef PACE_SCHEDULE_H
#define PACE_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pace/random.h"

enum segment_kind {
    SEGMENT_POISSON,
    SEGMENT_RAMP,
    SEGMENT_BURST,
    SEGMENT_CONSTANT,
    SEGMENT_IDLE,
    SEGMENT_CLOSE,
    SEGMENT_KINDS,
};
const char *segment_name(enum segment_kind kind); /* "poisson" */
bool segment_sends(enum segment_kind kind);

struct segment {
    enum segment_kind kind;
    double from_rps, to_rps; /* the same but in a ramp; 0 where nothing is sent */
    int64_t start_ns;        /* from the schedule's beginning */
    int64_t duration_ns;
};

double segment_requests(const struct segment *segment); /* that are to be expected of it */

enum { SEGMENTS_MOST = 256 };

struct schedule {
    struct segment *segments; /* owned; one after the other without a gap */
    size_t count;
    int64_t duration_ns; /* of all */
    double highest_rps;  /* without the 1/997 of a constant segment */
    double expected_requests;
};

/* Reads the form above, segments separated by commas. 0, or -1 with one sentence in *error (owned
 * by the caller) that names the segment and what would be right. Errors are also a schedule of
 * which less than one request is to be expected, that has more than SEGMENTS_MOST segments or that
 * lasts longer than UNITS_DURATION_MOST. Initialised here; clear it in either case. */
int schedule_read(struct schedule *schedule, const char *text, char **error);
/* One poisson segment; both are in range already. Initialised here. */
void schedule_simple(struct schedule *schedule, double rate_rps, int64_t duration_ns);
/* May it be run? Not if less than one request is to be expected of it: -1 with one sentence in
 * *error. Part of schedule_read. */
int schedule_check(const struct schedule *schedule, char **error);
/* Appends one, whose start is set here, to a schedule that is
 * zeroed or has fewer than SEGMENTS_MOST. */
void schedule_add(struct schedule *schedule, struct segment segment);
/* Not schedule_release, because measure has one, and tests are linked with both. */
void schedule_clear(struct schedule *schedule);

struct arrival {
    int64_t due_ns; /* from the schedule's beginning; never earlier than the one before */
    uint32_t segment;
};

/* Where one is in a schedule, which is borrowed. No memory is
 * allocated. All members are private. */
struct arrivals {
    const struct schedule *schedule;
    struct random random; /* of this segment */
    struct random origin; /* of the next one */
    size_t segment;
    double unit, lost; /* the unit-rate process's clock, and what rounding added to it */
    bool has_begun;    /* an arrival was drawn in this segment */
    int64_t latest_ns; /* from this segment's start */
};
void arrivals_init(struct arrivals *arrivals, const struct schedule *schedule, uint64_t seed);
bool arrivals_next(struct arrivals *arrivals, struct arrival *arrival); /* false: no more */

#endif
