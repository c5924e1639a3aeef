/*
 * A linear fit would do worse: memory goes in staircases, whose values are not independent, and a
 * slow sawtooth or a warm-up has a slope that is far from 0 by any test that takes them for so. The
 * troughs of eight parts forget all that is freed within a part, and the seven rises between them
 * say by their own unevenness how far to trust their sum.
 */
#include "analyse/flatness.h"

#include <math.h>
#include <stdlib.h>

#include "analyse/stats.h"
#include "data/strings.h"

enum { RISES = FLATNESS_PARTS - 1, HALF = RISES / 2, HALF_PARTS = 2 * FLATNESS_PARTS };
/* Chosen by simulation: docs/calibration-flatness.md has what they reach. */
/* What the drift must be at least. A single jump, too, cannot be more than a quarter of it then. */
static const double SCATTERS = 12;
/* Of the rises of the first half: what those of the second are at least, less so many scatters. */
static const double LATE_SHARE = .75;
static const double LATE_SCATTERS = 1;
/* Of a change of level: what may go back on the way. */
static const double BACK_SHARE = .25;
/* Of the first course's growth per request: what the longer one's is at least. */
static const double CONFIRM_SHARE = .75;
static const double MISSING_SHARE = .1;
static const char TOO_SHORT[] = "less than 100 s of load could be judged";

const char *flatness_name(enum flatness_kind kind)
{
    static const char *const names[] = {
        [FLATNESS_FLAT] = "FLAT",           [FLATNESS_SAWTOOTH] = "SAWTOOTH",
        [FLATNESS_STEP] = "STEP",           [FLATNESS_GROWING] = "GROWING",
        [FLATNESS_UNDECIDED] = "UNDECIDED",
    };
    return names[kind];
}

/* ---- what was read ---- */

static bool was_read(const struct flatness_course *course, size_t i)
{
    return isfinite(course->low[i]) && isfinite(course->high[i]);
}

static bool has_holes(const struct flatness_course *course)
{
    size_t missing = 0, run = 0, longest = 0;
    for (size_t i = 0; i < course->count; i++) {
        run = was_read(course, i) ? 0 : run + 1;
        missing += run > 0;
        longest = run > longest ? run : longest;
    }
    double part = (double)course->count / FLATNESS_PARTS;
    return (double)longest > MISSING_SHARE * part ||
           (double)missing > MISSING_SHARE * (double)course->count;
}

/* The lows that were read, one after the other. The caller frees. */
static double *lows_of(const struct flatness_course *course, size_t *count)
{
    double *lows = xcalloc(course->count + 1, sizeof(*lows));
    *count = 0;
    for (size_t i = 0; i < course->count; i++)
        if (was_read(course, i))
            lows[(*count)++] = course->low[i];
    return lows;
}

/* The lowest of one of so many equal parts. */
static double trough(const struct flatness_course *course, size_t part, size_t parts)
{
    double lowest = NAN;
    size_t end = (part + 1) * course->count / parts;
    for (size_t i = part * course->count / parts; i < end; i++)
        if (was_read(course, i))
            lowest = fmin(lowest, course->low[i]);
    return lowest;
}

static double highest(const struct flatness_course *course)
{
    double peak = NAN;
    for (size_t i = 0; i < course->count; i++)
        if (was_read(course, i))
            peak = fmax(peak, course->high[i]);
    return peak;
}

static double over(double value, double by)
{
    return by > 0 ? value / by : NAN;
}

/* From the first trough to the last are seven of eight parts, and as many of the requests. */
static double per_request(double drift, const struct flatness_course *course)
{
    return over(drift, course->requests * RISES / FLATNESS_PARTS);
}

static void describe(struct flatness *flatness, const struct flatness_course *course)
{
    size_t count;
    double *lows = lows_of(course, &count);
    for (size_t i = 0; i < FLATNESS_PARTS; i++)
        flatness->parts[i] = trough(course, i, FLATNESS_PARTS);
    flatness->start = flatness->parts[0];
    flatness->end = flatness->parts[FLATNESS_PARTS - 1];
    flatness->drift = flatness->end - flatness->start;
    flatness->drift_per_request = per_request(flatness->drift, course);
    flatness->last_rise = flatness->end - flatness->parts[RISES - 1];
    flatness->peak = highest(course);
    flatness->median = stats_median(lows, count);
    flatness->peak_ratio = over(flatness->peak, flatness->median);
    flatness->robust_cv = over(stats_robust_sd(lows, count), flatness->median);
    free(lows);
}

/* ---- does it grow ---- */

struct rises {
    double each[RISES];
    double fewest, early, late, all;
    double scatter;
};

/* By how much a rise differs from the next, as a standard deviation. Half parts
 * tell it more surely than parts, because there are twice as many; of a random
 * walk, the rises of parts scatter sqrt(2) times as much as theirs, which is what
 * second differences do too. A steady growth has none, and a bend next to none. */
static double scatter_of(const struct flatness_course *course)
{
    double squares = 0, before = 0, troughs[HALF_PARTS];
    for (size_t i = 0; i < HALF_PARTS; i++) {
        troughs[i] = trough(course, i, HALF_PARTS);
        double rise = i > 0 ? troughs[i] - troughs[i - 1] : 0;
        squares += i > 1 ? pow(rise - before, 2) : 0;
        before = rise;
    }
    return sqrt(squares / (HALF_PARTS - 2));
}

static void rises_find(struct rises *rises, const double *parts, double scatter)
{
    *rises = (struct rises){.fewest = INFINITY, .scatter = scatter};
    for (size_t i = 0; i < RISES; i++) {
        rises->each[i] = parts[i + 1] - parts[i];
        rises->fewest = fmin(rises->fewest, rises->each[i]);
    }
    rises->early = parts[HALF] - parts[0];
    rises->late = parts[RISES] - parts[RISES - HALF];
    rises->all = parts[RISES] - parts[0];
}

static double least_of(const struct flatness_course *course, double median)
{
    return fmax(course->least, course->least_share * median);
}

static bool grows(const struct rises *rises, double least)
{
    return rises->fewest > 0 && rises->all >= least && rises->all >= SCATTERS * rises->scatter &&
           rises->late >= LATE_SHARE * rises->early - LATE_SCATTERS * rises->scatter;
}

/* What is left of the rises without their mean does not grow; the smallest mean that makes grows()
 * true of it again. Every condition holds from some mean on, so it is the largest of theirs. */
static double smallest_drift(const struct rises *rises, double least)
{
    double mean = rises->all / RISES;
    double rest = (rises->early - HALF * mean) * LATE_SHARE - (rises->late - HALF * mean);
    double by_sum = fmax(least, SCATTERS * rises->scatter) / RISES;
    double by_fewest = mean - rises->fewest;
    double by_halves = (rest - LATE_SCATTERS * rises->scatter) / ((1 - LATE_SHARE) * HALF);
    return RISES * fmax(fmax(by_sum, by_fewest), by_halves);
}

/* ---- what else it does ---- */

/* Of stretch i with its neighbours that were read: one that stands out alone is no rise. */
static double middle(const struct flatness_course *course, const double *values, size_t i)
{
    double near[3];
    size_t count = 0;
    for (size_t j = i > 0 ? i - 1 : 0; j <= i + 1 && j < course->count; j++)
        if (was_read(course, j))
            near[count++] = values[j];
    return stats_median(near, count);
}

/* Whether it went by the height both up and down. */
static bool swings(const double *low, const double *high, size_t count, double height)
{
    double floor = INFINITY, top = -INFINITY; /* since it last went down, and up */
    bool rose = false, fell = false;
    for (size_t i = 0; i < count; i++) {
        if (high[i] - floor >= height) {
            rose = true;
            floor = INFINITY;
        }
        if (top - low[i] >= height) {
            fell = true;
            top = -INFINITY;
        }
        floor = fmin(floor, low[i]);
        top = fmax(top, high[i]);
    }
    return rose && fell;
}

static bool is_sawtooth(const struct flatness_course *course, double height)
{
    double *low = xcalloc(course->count, sizeof(*low));
    double *high = xcalloc(course->count, sizeof(*high));
    size_t count = 0;
    for (size_t i = 0; i < course->count; i++) {
        if (!was_read(course, i))
            continue;
        low[count] = middle(course, course->low, i);
        high[count++] = middle(course, course->high, i);
    }
    bool is = swings(low, high, count, height);
    free(low);
    free(high);
    return is;
}

static bool is_step(const struct rises *rises, double least)
{
    double back = 0;
    for (size_t i = 0; i < RISES; i++)
        if ((rises->each[i] < 0) != (rises->all < 0))
            back += fabs(rises->each[i]);
    return fabs(rises->all) >= least && back <= BACK_SHARE * fabs(rises->all);
}

static enum flatness_kind kind_of(const struct flatness_course *course, const struct rises *rises,
                                  double median)
{
    double least = least_of(course, median);
    double swing_share = course->swing_share > 0 ? course->swing_share : FLATNESS_SWING_SHARE;
    if (grows(rises, least))
        return FLATNESS_GROWING;
    if (is_step(rises, least))
        return FLATNESS_STEP;
    return is_sawtooth(course, fmax(least, swing_share * median)) ? FLATNESS_SAWTOOTH
                                                                  : FLATNESS_FLAT;
}

/* ---- the verdict ---- */

static void undecided(struct flatness *flatness, const char *why, double needed_s)
{
    flatness->kind = FLATNESS_UNDECIDED;
    flatness->why = why;
    flatness->needed_s = fmax(FLATNESS_LOAD_S_MIN, needed_s);
}

static const struct flatness UNKNOWN = {
    .kind = FLATNESS_UNDECIDED,
    .parts = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN},
    .start = NAN,
    .end = NAN,
    .drift = NAN,
    .drift_per_request = NAN,
    .last_rise = NAN,
    .peak = NAN,
    .median = NAN,
    .peak_ratio = NAN,
    .robust_cv = NAN,
    .smallest = NAN,
    .smallest_per_request = NAN,
};

static void judge(struct flatness *flatness, const struct flatness_course *course, double load_s)
{
    struct rises rises;
    rises_find(&rises, flatness->parts, scatter_of(course));
    enum flatness_kind kind = kind_of(course, &rises, flatness->median);
    if (load_s < FLATNESS_LOAD_S_MIN) {
        undecided(flatness,
                  kind == FLATNESS_GROWING
                      ? "it grew so far, but less than 100 s of load could be judged"
                      : TOO_SHORT,
                  0);
        return;
    }
    flatness->kind = kind;
    flatness->so_far = kind == FLATNESS_GROWING;
    flatness->smallest = smallest_drift(&rises, least_of(course, flatness->median));
    flatness->smallest_per_request = per_request(flatness->smallest, course);
}

void flatness_find(struct flatness *flatness, const struct flatness_course *course)
{
    double load_s = course->interval_s > 0 ? (double)course->count * course->interval_s : 0;
    *flatness = UNKNOWN;
    if (load_s <= 0 || isnan(highest(course)))
        undecided(flatness, "nothing of it could be read", load_s);
    else if (!(course->requests > 0))
        undecided(flatness, "no request was answered", load_s);
    else if (course->count < HALF_PARTS)
        undecided(flatness, load_s < FLATNESS_LOAD_S_MIN ? TOO_SHORT : "it was read too seldom",
                  HALF_PARTS * course->interval_s);
    else if (has_holes(course)) {
        describe(flatness, course);
        undecided(flatness, "too much of it could not be read", load_s);
    } else {
        describe(flatness, course);
        judge(flatness, course, load_s);
    }
}

/* What the first half of the first course was quicker by is a
 * fill, and proves nothing about a leak. */
static double to_confirm(const struct flatness *first)
{
    double late = (first->end - first->parts[RISES - HALF]) * RISES / HALF;
    return fmin(1, late / first->drift) * first->drift_per_request;
}

/* A steady drift more is one more of both courses; which of
 * them the longer one would have needed to be enough. */
static void slow_down(struct flatness *longer, double first_per_request)
{
    double lacks = CONFIRM_SHARE * first_per_request - longer->drift_per_request;
    double enough = longer->drift_per_request + lacks / (1 - CONFIRM_SHARE);
    longer->kind = FLATNESS_STEP;
    longer->slows = true;
    longer->smallest_per_request = fmax(longer->smallest_per_request, enough);
    longer->smallest = longer->smallest_per_request / longer->drift_per_request * longer->drift;
}

void flatness_confirm(struct flatness *flatness, const struct flatness *longer)
{
    if (flatness->kind != FLATNESS_GROWING || longer->kind == FLATNESS_UNDECIDED)
        return;
    double first_per_request = to_confirm(flatness);
    *flatness = *longer;
    flatness->so_far = false;
    if (longer->kind == FLATNESS_GROWING &&
        longer->drift_per_request < CONFIRM_SHARE * first_per_request)
        slow_down(flatness, first_per_request);
}
