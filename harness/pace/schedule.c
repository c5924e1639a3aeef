/*
 * Segments, and the arrivals drawn from them. In each segment a process
 * of rate 1 runs on a clock of its own, in requests; `expected` maps time
 * to that clock (the integral of the rate), `moment_ns` maps it back.
 */
#include "pace/schedule.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "data/strings.h"

/* 997 is prime, so even gaps drift through every phase of a timer tick. */
static const double CONSTANT_DRIFT = 1 + 1. / 997;

const char *segment_name(enum segment_kind kind)
{
    static const char *const names[SEGMENT_KINDS] = {
        [SEGMENT_POISSON] = "poisson",   [SEGMENT_RAMP] = "ramp", [SEGMENT_BURST] = "burst",
        [SEGMENT_CONSTANT] = "constant", [SEGMENT_IDLE] = "idle", [SEGMENT_CLOSE] = "close",
    };

    return names[kind];
}

bool segment_sends(enum segment_kind kind)
{
    return kind != SEGMENT_IDLE && kind != SEGMENT_CLOSE;
}

double segment_requests(const struct segment *segment)
{
    double drift = segment->kind == SEGMENT_CONSTANT ? CONSTANT_DRIFT : 1;

    return (segment->from_rps + segment->to_rps) / 2 * drift * (double)segment->duration_ns * 1e-9;
}

void schedule_add(struct schedule *schedule, struct segment segment)
{
    assert(schedule->count < SEGMENTS_MOST && segment.duration_ns > 0);
    if (!schedule->segments)
        schedule->segments = xcalloc(SEGMENTS_MOST, sizeof *schedule->segments);
    segment.start_ns = schedule->duration_ns;
    schedule->segments[schedule->count++] = segment;
    schedule->duration_ns += segment.duration_ns;
    schedule->highest_rps = fmax(schedule->highest_rps, fmax(segment.from_rps, segment.to_rps));
    schedule->expected_requests += segment_requests(&segment);
}

void schedule_simple(struct schedule *schedule, double rate_rps, int64_t duration_ns)
{
    *schedule = (struct schedule){0};
    schedule_add(schedule, (struct segment){.kind = SEGMENT_POISSON,
                                            .from_rps = rate_rps,
                                            .to_rps = rate_rps,
                                            .duration_ns = duration_ns});
}

void schedule_clear(struct schedule *schedule)
{
    free(schedule->segments);
    *schedule = (struct schedule){0};
}

/* When the segment's clock shows `unit` requests, from the segment's origin. With
 * the rate a + (b - a)t/D the clock shows u = at + (b - a)t^2/(2D); of the two
 * ways to write that root this one divides by a sum of what is not negative, so
 * it holds for rising, falling and equal rates, and where one of them is 0. */
static double moment_ns(const struct segment *segment, double unit)
{
    double from = segment->from_rps, duration_s = (double)segment->duration_ns * 1e-9;

    if (segment->kind == SEGMENT_CONSTANT)
        return unit / (from * CONSTANT_DRIFT) * 1e9;
    if (segment->kind != SEGMENT_RAMP)
        return unit / from * 1e9;
    double slope = (segment->to_rps - from) / duration_s;
    double rate = sqrt(fmax(from * from + 2 * slope * unit, 0)); /* at that moment */
    return unit > 0 ? 2 * unit / (from + rate) * 1e9 : 0;
}

/* Each segment draws from numbers of its own, so that none is
 * another's by what happened before it. */
static void enter_segment(struct arrivals *arrivals, size_t at)
{
    arrivals->segment = at;
    arrivals->unit = arrivals->lost = 0;
    arrivals->latest_ns = 0;
    arrivals->has_begun = false;
    arrivals->random = arrivals->origin;
    random_jump(&arrivals->origin);
}

void arrivals_init(struct arrivals *arrivals, const struct schedule *schedule, uint64_t seed)
{
    *arrivals = (struct arrivals){.schedule = schedule};
    random_init(&arrivals->origin, seed, RANDOM_ARRIVALS);
    enter_segment(arrivals, 0);
}

static double draw_gap(struct arrivals *arrivals, enum segment_kind kind)
{
    if (kind != SEGMENT_CONSTANT)
        return random_exponential(&arrivals->random);
    return arrivals->has_begun ? 1 : random_unit(&arrivals->random); /* the first: its phase */
}

/* With what rounding took from the sum before (Kahan, CACM 8(1), 1965): after a week of 10 million
 * requests a second the clock is as good as after a minute. */
static void advance(struct arrivals *arrivals, double gap)
{
    double owed = gap - arrivals->lost, sum = arrivals->unit + owed;

    arrivals->lost = (sum - arrivals->unit) - owed;
    arrivals->unit = sum;
}

/* False: the segment has no more. */
static bool next_of_segment(struct arrivals *arrivals, const struct segment *segment)
{
    if (!segment_sends(segment->kind))
        return false;
    advance(arrivals, draw_gap(arrivals, segment->kind));
    arrivals->has_begun = true;
    if (arrivals->unit >= segment_requests(segment))
        return false;

    int64_t at_ns = (int64_t)moment_ns(segment, arrivals->unit);
    if (at_ns >= segment->duration_ns) /* by rounding alone */
        at_ns = segment->duration_ns - 1;
    if (at_ns > arrivals->latest_ns)
        arrivals->latest_ns = at_ns;
    return true;
}

bool arrivals_next(struct arrivals *arrivals, struct arrival *arrival)
{
    const struct schedule *schedule = arrivals->schedule;

    while (arrivals->segment < schedule->count) {
        const struct segment *segment = &schedule->segments[arrivals->segment];
        if (next_of_segment(arrivals, segment)) {
            arrival->due_ns = segment->start_ns + arrivals->latest_ns;
            arrival->segment = (uint32_t)arrivals->segment;
            return true;
        }
        enter_segment(arrivals, arrivals->segment + 1);
    }
    return false;
}
