/* What of a round is judged: its stretches under the plain
 * load, idle phases and what follows them cut out. */
#include "analyse/consistency.h"

#include <math.h>
#include <stdlib.h>

#include "analyse/stats.h"
#include "data/phases.h"

/* A late generator sends in crowds, which cost less than what comes one by one. */
static const double ON_TIME_FOR_COST = 0.9;

/* How far the requests whose latency counts may be from those that were
 * due: more, and some of them were left out, but not what they cost.
 * Chance alone moves them by this many times the square root (Poisson). */
static const double FITS_SHARE = 0.05, FITS_CHANCE = 5;

/* Of an even latency over time; a tenth of fewer intervals would be one or two. */
static const double WORST_SHARE = 0.1;
enum { INTERVALS_LEAST = 30, NEIGHBOURS = 2 };

/* In doubles, which hold every whole nanosecond of a hundred
 * days, and do not overflow where a record is absurd. */
struct span {
    double from_ns, to_ns;
};

static double overlap_ns(struct span a, struct span b)
{
    return fmax(0, fmin(a.to_ns, b.to_ns) - fmax(a.from_ns, b.from_ns));
}

static struct span stretch_at(const struct round *round, size_t i)
{
    double interval_ns = (double)round->course.interval_ns;
    return (struct span){(double)i * interval_ns, (double)(i + 1) * interval_ns};
}

static struct span interval_at(const struct round *round, size_t i)
{
    double interval_ns = (double)round->latency.interval_ns;
    return (struct span){(double)i * interval_ns, (double)(i + 1) * interval_ns};
}

/* That reaches into it. */
static size_t first_interval(const struct latency_series *latency, struct span span)
{
    return (size_t)(span.from_ns / (double)latency->interval_ns);
}

double consistency_phase_rate_rps(const struct round *round, const struct phase *phase)
{
    if (!phase_sends(phase->kind))
        return 0;
    return phase->rate_rps > 0 ? phase->rate_rps : round->rate_rps;
}

double consistency_rate_rps(const struct round *round)
{
    double best = 0, best_s = 0;
    for (size_t i = 0; i < round->phases.count; i++) {
        const struct phase *phase = &round->phases.items[i];
        double seconds = 0;
        for (size_t k = 0; k < round->phases.count; k++)
            if (round->phases.items[k].kind == PHASE_LOAD &&
                consistency_phase_rate_rps(round, &round->phases.items[k]) ==
                    consistency_phase_rate_rps(round, phase))
                seconds += round->phases.items[k].duration_s;
        if (phase->kind == PHASE_LOAD && seconds > best_s) {
            best = consistency_phase_rate_rps(round, phase);
            best_s = seconds;
        }
    }
    return best;
}

static bool is_judged(const struct round *round, struct span stretch)
{
    double rate_rps = consistency_rate_rps(round);
    double from_ns = 0;
    for (size_t i = 0; i < round->phases.count; i++) {
        const struct phase *phase = &round->phases.items[i];
        double to_ns = from_ns + 1e9 * phase->duration_s;
        if (phase->kind == PHASE_LOAD && consistency_phase_rate_rps(round, phase) == rate_rps &&
            stretch.from_ns >= from_ns + 1e9 * CONSISTENCY_SETTLE_S && stretch.to_ns <= to_ns)
            return true;
        from_ns = to_ns;
    }
    return false;
}

static double due_in(const struct round *round, struct span span)
{
    double requests = 0;
    double from_ns = 0;
    for (size_t i = 0; i < round->phases.count; i++) {
        const struct phase *phase = &round->phases.items[i];
        struct span whole = {from_ns, from_ns + 1e9 * phase->duration_s};
        requests += consistency_phase_rate_rps(round, phase) * overlap_ns(span, whole) / 1e9;
        from_ns = whole.to_ns;
    }
    return requests;
}

/* As many as the latency's intervals hold, each spread evenly over itself. */
static double answered_in(const struct round *round, struct span span)
{
    const struct latency_series *latency = &round->latency;
    double requests = 0;
    if (latency->count == 0)
        return NAN;
    for (size_t k = first_interval(latency, span);
         k < latency->count && interval_at(round, k).from_ns < span.to_ns; k++)
        if (latency->n[k] != MISSING)
            requests += (double)latency->n[k] * overlap_ns(span, interval_at(round, k)) /
                        (double)latency->interval_ns;
    return requests;
}

static bool fits(double answered, double due)
{
    return due > 0 && fabs(answered - due) <= fmax(FITS_SHARE * due, FITS_CHANCE * sqrt(due));
}

double consistency_reading(const int64_t *readings, size_t i)
{
    return readings && readings[i] != MISSING ? (double)readings[i] : NAN;
}

double *consistency_costs_ns(const struct round *round)
{
    double *costs = xcalloc(round->course.count + 1, sizeof *costs);
    for (size_t i = 0; i < round->course.count; i++) {
        struct span stretch = stretch_at(round, i);
        double answered = answered_in(round, stretch);
        costs[i] = fits(answered, due_in(round, stretch))
                       ? consistency_reading(round->course.cpu_server_ns, i) / answered
                       : NAN;
    }
    return costs;
}

/* Is an interval of the latency in a stretch: by its middle; of
 * intervals that are longer, that in which the stretch's is. */
static bool is_in(struct span interval, struct span stretch)
{
    double middle = interval.from_ns + (interval.to_ns - interval.from_ns) / 2;
    double centre = stretch.from_ns + (stretch.to_ns - stretch.from_ns) / 2;
    if (interval.to_ns - interval.from_ns > stretch.to_ns - stretch.from_ns)
        return centre >= interval.from_ns && centre < interval.to_ns;
    return middle >= stretch.from_ns && middle < stretch.to_ns;
}

static double *percentiles_of(const struct round *round, const int64_t *values_ns)
{
    const struct latency_series *latency = &round->latency;
    double *medians = xcalloc(round->course.count + 1, sizeof *medians);
    double *values = xcalloc(latency->count + 1, sizeof *values);
    for (size_t i = 0; i < round->course.count; i++) {
        struct span stretch = stretch_at(round, i);
        size_t n = 0, k = latency->count > 0 ? first_interval(latency, stretch) : 0;
        for (; k < latency->count && interval_at(round, k).from_ns < stretch.to_ns; k++)
            if (values_ns[k] != MISSING && is_in(interval_at(round, k), stretch))
                values[n++] = (double)values_ns[k];
        medians[i] = stats_median(values, n);
    }
    free(values);
    return medians;
}

double *consistency_p99s_ns(const struct round *round)
{
    return percentiles_of(round, round->latency.p99_ns);
}

static double *numbers_of(const struct round *round, const int64_t *readings)
{
    double *numbers = xcalloc(round->course.count + 1, sizeof *numbers);
    for (size_t i = 0; i < round->course.count; i++)
        numbers[i] = consistency_reading(readings, i);
    return numbers;
}

static double *read_all(const struct round *round, enum consistency_measure measure)
{
    switch (measure) {
    case CONSISTENCY_COST:
        return consistency_costs_ns(round);
    case CONSISTENCY_P50:
        return percentiles_of(round, round->latency.p50_ns);
    case CONSISTENCY_P99:
        return consistency_p99s_ns(round);
    case CONSISTENCY_DESCRIPTORS:
        return numbers_of(round, round->course.descriptors);
    case CONSISTENCY_THREADS:
        return numbers_of(round, round->course.threads);
    case CONSISTENCY_MEMORY:
    case CONSISTENCY_MEASURES:
        break;
    }
    return numbers_of(round, round->course.rss_low_bytes);
}

static const char *detail_of(const struct round *round, enum reason_code code, const char *without)
{
    for (unsigned i = 0; i < round->outcome.count; i++)
        if (round->outcome.reasons[i].code == code && *round->outcome.reasons[i].detail)
            return round->outcome.reasons[i].detail;
    return without;
}

/* Up to which percentile the generator must vouch for its times; 0: these are no times. */
static double trust_needed(enum consistency_measure measure)
{
    switch (measure) {
    case CONSISTENCY_COST:
        return ON_TIME_FOR_COST;
    case CONSISTENCY_P50:
        return .5;
    case CONSISTENCY_P99:
        return .99;
    default:
        return 0;
    }
}

/* Who had the CPU, and how much of it. */
static const char *why_disturbed(const struct round *round, enum consistency_measure measure)
{
    double needed = trust_needed(measure);
    if (needed > 0 && outcome_has(&round->outcome, REASON_INTERFERED))
        return detail_of(round, REASON_INTERFERED, "other programs had the CPU");
    return round->trusted_p < needed ? detail_of(round, REASON_GEN_LATE, "the generator was late")
                                     : NULL;
}

/* As far as the round went. */
static bool has_load_to_judge(const struct round *round)
{
    double rate_rps = consistency_rate_rps(round), from_ns = 0;
    double end_ns = stretch_at(round, round->course.count).from_ns;
    for (size_t i = 0; i < round->phases.count; i++) {
        const struct phase *phase = &round->phases.items[i];
        double to_ns = from_ns + 1e9 * phase->duration_s;
        if (phase->kind == PHASE_LOAD && consistency_phase_rate_rps(round, phase) == rate_rps &&
            fmin(to_ns, end_ns) > from_ns + 1e9 * CONSISTENCY_SETTLE_S)
            return true;
        from_ns = to_ns;
    }
    return false;
}

static const char *why_nothing(const struct round *round, enum consistency_measure measure)
{
    bool needs_latency = measure == CONSISTENCY_P50 || measure == CONSISTENCY_P99;
    if (!has_load_to_judge(round))
        return "no load lasted longer than its first 2 s, which are not judged";
    if (needs_latency && round->latency.count == 0)
        return "no latency was kept";
    return why_disturbed(round, measure);
}

static const struct worth { /* a word */
    double least, least_share, swing_share;
} worths[CONSISTENCY_MEASURES] = {
    [CONSISTENCY_MEMORY] = {.least = FLATNESS_LEAST_MEMORY_BYTES},
    [CONSISTENCY_COST] = {.least_share = FLATNESS_LEAST_COST_SHARE,
                          .swing_share = FLATNESS_SWING_COST_SHARE},
    [CONSISTENCY_P50] = {.least_share = FLATNESS_LEAST_P50_SHARE,
                         .swing_share = FLATNESS_SWING_P50_SHARE},
    [CONSISTENCY_P99] = {.least_share = FLATNESS_LEAST_P99_SHARE,
                         .swing_share = FLATNESS_SWING_P99_SHARE},
    [CONSISTENCY_DESCRIPTORS] = {.least = FLATNESS_LEAST_DESCRIPTORS},
    [CONSISTENCY_THREADS] = {.least = FLATNESS_LEAST_THREADS},
};

/* What the generator saw of the window or, where it was cut off before it said so, the course. */
static struct span seen(const struct round *round)
{
    bool is_told = round->requests_count != MISSING && round->duration_ns > 0;
    return (struct span){0, is_told ? (double)round->duration_ns
                                    : stretch_at(round, round->course.count).from_ns};
}

static double requests_of(const struct round *round)
{
    if (round->requests_count != MISSING)
        return (double)round->requests_count;
    return due_in(round, seen(round));
}

double consistency_requests(const struct round *round, double from_ns, double to_ns)
{
    struct span whole = seen(round),
                part = {fmax(from_ns, whole.from_ns), fmin(to_ns, whole.to_ns)};
    double requests = requests_of(round) * due_in(round, part) / due_in(round, whole);
    return requests > 0 ? requests : NAN;
}

/* In those stretches alone, and in all between the first of them and the last. */
static void find_requests(struct consistency_course *course, const struct round *round)
{
    size_t count = course->course.count;
    course->requests = course->course.requests = 0;
    for (size_t i = 0; i < count; i++) {
        struct span span = stretch_at(round, course->stretches[i]);
        course->requests += consistency_requests(round, span.from_ns, span.to_ns);
    }
    if (count > 0)
        course->course.requests =
            consistency_requests(round, stretch_at(round, course->stretches[0]).from_ns,
                                 stretch_at(round, course->stretches[count - 1]).to_ns);
}

/* Moves what is judged to the front; how many are left. */
static size_t keep_judged(const struct round *round, double *values, size_t *stretches)
{
    size_t kept = 0;
    for (size_t i = 0; i < round->course.count; i++)
        if (is_judged(round, stretch_at(round, i))) {
            values[kept] = values[i];
            stretches[kept++] = i;
        }
    return kept;
}

/* Nothing but what was sent is missing there: the server's own part was read. */
static bool was_left_out(const struct round *round, size_t stretch,
                         enum consistency_measure measure)
{
    struct span span = stretch_at(round, stretch);
    double due = due_in(round, span), answered = answered_in(round, span);
    bool was_read = measure != CONSISTENCY_COST ||
                    !isnan(consistency_reading(round->course.cpu_server_ns, stretch));
    return trust_needed(measure) > 0 && was_read && answered < due && !fits(answered, due);
}

static void count_missing(struct consistency_course *course, const struct round *round,
                          enum consistency_measure measure)
{
    for (size_t i = 0; i < course->course.count; i++) {
        bool is_missing = isnan(course->low[i]);
        course->missing += is_missing;
        course->left_out += is_missing && was_left_out(round, course->stretches[i], measure);
    }
}

void consistency_course_make(struct consistency_course *course, const struct round *round,
                             enum consistency_measure measure)
{
    size_t *stretches = xcalloc(round->course.count + 1, sizeof *stretches);
    *course = (struct consistency_course){.low = read_all(round, measure),
                                          .stretches = stretches,
                                          .why = why_nothing(round, measure)};
    course->high = course->low;
    if (measure == CONSISTENCY_MEMORY) {
        course->high = numbers_of(round, round->course.rss_high_bytes);
        keep_judged(round, course->high, stretches);
    }
    course->course = (struct flatness_course){
        .low = course->low,
        .high = course->high,
        .count = keep_judged(round, course->low, stretches),
        .interval_s = (double)round->course.interval_ns / 1e9,
        .least = worths[measure].least,
        .least_share = worths[measure].least_share,
        .swing_share = worths[measure].swing_share,
    };
    /* a number is one reading a stretch, and a connection that is
     * being reopened just then is missing from it */
    if (measure == CONSISTENCY_DESCRIPTORS || measure == CONSISTENCY_THREADS)
        stats_smooth(course->low, course->course.count, NEIGHBOURS);
    find_requests(course, round);
    count_missing(course, round, measure);
    course->was_disturbed = why_disturbed(round, measure) || 2 * course->left_out > course->missing;
}

void consistency_course_release(struct consistency_course *course)
{
    if (course->high != course->low)
        free(course->high);
    free(course->low);
    free(course->stretches);
    *course = (struct consistency_course){0};
}

double consistency_p99_worst_ratio(const struct round *round)
{
    const struct latency_series *latency = &round->latency;
    double *values = xcalloc(latency->count + 1, sizeof *values), ratio = NAN;
    size_t n = 0;
    for (size_t k = 0; !why_nothing(round, CONSISTENCY_P99) && k < latency->count; k++)
        if (latency->p99_ns[k] != MISSING && is_judged(round, interval_at(round, k)))
            values[n++] = (double)latency->p99_ns[k];
    if (n >= INTERVALS_LEAST && stats_median(values, n) > 0)
        ratio = stats_quantile(values, n, 1 - WORST_SHARE) / stats_median(values, n);
    free(values);
    return ratio;
}
