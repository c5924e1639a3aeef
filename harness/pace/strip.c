/* See strip.h. */
#include "pace/strip.h"

#include <math.h>

static uint64_t value_of(const struct interval *interval, bool p99)
{
    return p99 ? interval->p99_ns : interval->p50_ns;
}

/* The round number (1, 2, 5 times a power of ten) that is not below ns. */
static double round_up(double ns)
{
    double power = pow(10, floor(log10(ns)));

    for (double step = 1; step < 10; step = step == 2 ? 5 : 2 * step)
        if (ns <= step * power * (1 + 1e-9))
            return step * power;
    return 10 * power;
}

static void find_range(const struct record *record, double *least_ns, double *most_ns)
{
    for (size_t i = 0; i < record->interval_count; i++) {
        const struct interval *interval = &record->intervals[i];
        if (interval->n == 0)
            continue;
        *least_ns = fmin(*least_ns, (double)interval->p50_ns);
        *most_ns = fmax(*most_ns, (double)interval->p99_ns);
    }
}

void strip_scale_of(struct strip_scale *scale, const struct record *const *records, size_t count)
{
    static const double factors[] = {1.2, 1.5, 2, 3, 5, 10};
    enum { FACTORS = sizeof factors / sizeof *factors };
    double least_ns = INFINITY, most_ns = 1;

    for (size_t i = 0; i < count; i++)
        find_range(records[i], &least_ns, &most_ns);
    scale->least_ns = round_up(isfinite(least_ns) && least_ns >= 1 ? least_ns : 1);
    size_t i = 0;
    while (i + 1 < FACTORS && scale->least_ns * pow(factors[i], STRIP_HEIGHTS - 1) < most_ns)
        i++;
    scale->factor = factors[i];
}

void strip_of(struct strip *strip, const struct record *record, size_t columns)
{
    size_t count = record->interval_count;

    strip->record = record;
    strip->folded = count > 0 ? (count + columns - 1) / columns : 1;
    strip->columns = (count + strip->folded - 1) / strip->folded;
}

/* Of one column; 0: nothing was due, or all that was is left out. */
static uint64_t worst(const struct strip *strip, size_t column, bool p99)
{
    uint64_t worst_ns = 0;

    for (size_t i = 0; i < strip->folded; i++) {
        size_t at = column * strip->folded + i;
        if (at >= strip->record->interval_count || strip->record->intervals[at].n == 0)
            continue;
        uint64_t ns = value_of(&strip->record->intervals[at], p99);
        worst_ns = ns > worst_ns ? ns : worst_ns;
    }
    return worst_ns;
}

static unsigned height_of(const struct strip_scale *scale, double ns)
{
    unsigned height = 0;

    for (double top_ns = scale->least_ns; ns > top_ns && height < STRIP_HEIGHTS - 1; height++)
        top_ns *= scale->factor;
    return height;
}

const char *strip_bar(unsigned height, bool utf8)
{
    static const char *const blocks[STRIP_HEIGHTS] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const signs[STRIP_HEIGHTS] = {".", ":", "-", "=", "+", "*", "%", "#"};

    return utf8 ? blocks[height] : signs[height];
}

void strip_put(FILE *out, const struct strip *strip, const struct strip_scale *scale, bool p99,
               bool utf8)
{
    for (size_t column = 0; column < strip->columns; column++) {
        uint64_t ns = worst(strip, column, p99);
        fputs(ns ? strip_bar(height_of(scale, (double)ns), utf8) : " ", out);
    }
}

bool strip_has_blanks(const struct strip *strip)
{
    for (size_t column = 0; column < strip->columns; column++)
        if (worst(strip, column, false) == 0)
            return true;
    return false;
}
