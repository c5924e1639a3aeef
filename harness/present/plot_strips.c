#include "present/plot_strips.h"

#include <math.h>
#include <stdlib.h>

#include "analyse/words.h"
#include "present/ladder.h"
#include "present/palette.h"
#include "present/plot.h"

enum { LEGEND_HEIGHT = 52, FRAME = 54, NAME_COLUMNS = 13, LABELS_MOST = 6 };

/* The strips from the top down; rounds are borrowed. */
struct strips {
    const struct round **rounds;
    size_t count;
    double low_ns, high_ns, end_s;
    struct ladder steps;
};

static double value_at(const struct round *round, size_t i)
{
    int64_t value = round->latency.p99_ns[i];
    return value == MISSING || value <= 0 ? NAN : (double)value;
}

static double end_of(const struct round *round)
{
    return (double)round->latency.interval_ns * (double)round->latency.count / 1e9;
}

static bool has_any(const struct round *round)
{
    for (size_t i = 0; round && i < round->latency.count; i++)
        if (!isnan(value_at(round, i)))
            return true;
    return false;
}

static void find_strips(struct strips *strips, const struct round *const *rounds, size_t count)
{
    *strips =
        (struct strips){.rounds = xcalloc(count + 1, sizeof(struct round *)), .low_ns = INFINITY};
    for (size_t i = 0; i < count; i++) {
        const struct round *round = rounds[i];
        if (!has_any(round))
            continue;
        strips->rounds[strips->count++] = round;
        strips->end_s = fmax(strips->end_s, end_of(round));
        for (size_t t = 0; t < round->latency.count; t++) {
            strips->low_ns = fmin(strips->low_ns, value_at(round, t));
            strips->high_ns = fmax(strips->high_ns, value_at(round, t));
        }
    }
}

/* Few steps are spread over all colours. */
static unsigned colour_of(const struct strips *strips, size_t step)
{
    size_t last = strips->steps.count - 2;
    return palette_heat(last > 0 ? (unsigned)((step * (HEATS - 1) + last / 2) / last) : 0);
}

static size_t step_of(const struct strips *strips, double value)
{
    size_t step = 0;
    while (step + 2 < strips->steps.count && value >= strips->steps.rungs[step + 1])
        step++;
    return step;
}

/* What has the colour of the interval before it is one piece with it. Pieces overlap by a hair, so
 * that no gap shines through where their edges are smoothed. */
static void put_strip(FILE *out, const struct strips *strips, size_t row)
{
    const struct round *round = strips->rounds[row];
    double interval_s = (double)round->latency.interval_ns / 1e9, overlap = strips->end_s / 1000;
    for (size_t i = 0, next; i < round->latency.count; i = next) {
        next = i + 1;
        if (isnan(value_at(round, i)))
            continue;
        size_t step = step_of(strips, value_at(round, i));
        while (next < round->latency.count && step_of(strips, value_at(round, next)) == step &&
               !isnan(value_at(round, next)))
            next++;
        bool goes_on = next < round->latency.count && !isnan(value_at(round, next));
        fprintf(out, "%.6g %.6g %zu %u\n", (double)i * interval_s,
                (double)next * interval_s + (goes_on ? overlap : 0), strips->count - 1 - row,
                colour_of(strips, step));
    }
}

static void put_rows(FILE *out, const struct result *result, const struct strips *strips)
{
    fputs("$rows << EOD\n", out);
    for (size_t row = 0; row < strips->count; row++) {
        const struct round *round = strips->rounds[row];
        double worst = 0;
        char figure[WORDS_MAX];
        for (size_t i = 0; i < round->latency.count; i++)
            worst = fmax(worst, value_at(round, i));
        words_time(figure, worst);
        fprintf(out, "%zu ", strips->count - 1 - row);
        plot_put_name(out, result->arms[round->arm].id, NAME_COLUMNS);
        fprintf(out, " \"%s\" %.6g\n", figure, end_of(round));
    }
    fputs("EOD\n", out);
}

/* The steps side by side, over the whole width; their limits below them, as many as have room. */
static void put_legend(FILE *out, const struct strips *strips)
{
    size_t steps = strips->steps.count - 1, every = (strips->steps.count - 1) / LABELS_MOST + 1;
    double width = strips->end_s / (double)steps;
    fputs("$steps << EOD\n", out);
    for (size_t i = 0; i < steps; i++)
        fprintf(out, "%.6g %.6g %u\n", (double)i * width,
                (double)(i + 1) * width + (i + 1 < steps ? strips->end_s / 1000 : 0),
                colour_of(strips, i));
    fputs("EOD\n$limits << EOD\n", out);
    for (size_t i = 0; i <= steps; i += every) {
        char words[WORDS_MAX];
        words_time(words, strips->steps.rungs[i]);
        fprintf(out, "%.6g \"%s\"\n", (double)i * width, words);
    }
    fputs("EOD\n", out);
}

double plot_strips(FILE *out, const struct result *result, const struct round *const *rounds,
                   size_t count, double row_height)
{
    struct strips strips;
    find_strips(&strips, rounds, count);
    double height = 0;
    if (strips.count > 0) {
        height = FRAME + LEGEND_HEIGHT + row_height * (double)strips.count;
        ladder_make(&strips.steps, strips.low_ns, strips.high_ns, HEATS + 1);
        fputs("$cells << EOD\n", out);
        for (size_t row = 0; row < strips.count; row++)
            put_strip(out, &strips, row);
        fputs("EOD\n", out);
        put_rows(out, result, &strips);
        put_legend(out, &strips);
        fprintf(out, "rows = %zu\nxmax = %.6g\nlegend = %.6g\n", strips.count, strips.end_s,
                LEGEND_HEIGHT / row_height);
    }
    free(strips.rounds);
    return height;
}
