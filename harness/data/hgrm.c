/* The steps are those of HdrHistogram's percentile iterator: each names the least bin that reaches
 * its level, and a bin that reaches several is named by several. */
#include "data/hgrm.h"

#include <errno.h>
#include <math.h>

#include "data/histogram_v2.h"

enum { STEPS_PER_HALVING = 5 };

struct page {
    FILE *out;
    double unit_ns;
    double last_level; /* in percent; infinite: all */
};

/* In percent; infinite when a double cannot tell the next level from this one. */
static double level_after(double level)
{
    double halvings = floor(log2(100 / (100 - level))) + 1;
    double next = level + 100 / (STEPS_PER_HALVING * exp2(halvings));

    return next > level && next < 100 ? next : INFINITY;
}

static void put_step(const struct page *page, uint32_t index, double level, uint64_t seen)
{
    double value = (double)histogram_highest_ns(index) / page->unit_ns;

    if (level < 100)
        fprintf(page->out, "%12.3f %2.12f %10llu %14.2f\n", value, level / 100,
                (unsigned long long)seen, 1 / (1 - level / 100));
    else
        fprintf(page->out, "%12.3f %2.12f %10llu\n", value, 1.0, (unsigned long long)seen);
}

/* The last bin has one step of the levels and the step to 100 %. */
static void put_steps(const struct page *page, const struct histogram *histogram)
{
    double level = 0;
    uint64_t seen = 0;

    for (size_t i = 0; i + 1 < histogram->count; i++) {
        seen += histogram->bins[i].count;
        double reached = 100.0 * (double)seen / (double)histogram->total;
        for (; reached >= level && level <= page->last_level; level = level_after(level))
            put_step(page, histogram->bins[i].index, level, seen);
    }
    if (histogram->count == 0 || level > page->last_level)
        return;
    uint32_t last = histogram->bins[histogram->count - 1].index;
    if (level < 100)
        put_step(page, last, level, histogram->total);
    if (isinf(page->last_level))
        put_step(page, last, 100, histogram->total);
}

/* Of the bins' middles, as the mean is. */
static double deviation_ns(const struct histogram *histogram, double mean_ns)
{
    double sum = 0;

    for (size_t i = 0; i < histogram->count; i++) {
        const struct histogram_bin *bin = &histogram->bins[i];
        double low = (double)histogram_lowest_ns(bin->index);
        double away = (low + (double)histogram_highest_ns(bin->index)) / 2 - mean_ns;
        sum += away * away * (double)bin->count;
    }
    return histogram->total ? sqrt(sum / (double)histogram->total) : 0;
}

static void put_footer(const struct page *page, const struct histogram *histogram)
{
    double mean_ns = histogram_mean_ns(histogram);
    uint64_t max_ns = histogram_max_ns(histogram);
    uint32_t buckets = histogram_index(histogram_v2_highest_ns(histogram)) / 1024;

    fprintf(page->out, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", mean_ns / page->unit_ns,
            deviation_ns(histogram, mean_ns) / page->unit_ns);
    fprintf(page->out, "#[Max     = %12.3f, Total count    = %12llu]\n",
            (double)max_ns / page->unit_ns, (unsigned long long)histogram->total);
    fprintf(page->out, "#[Buckets = %12u, SubBuckets     = %12u]\n", buckets, 2048u);
}

int hgrm_write(FILE *out, const struct histogram *histogram, double unit_ns)
{
    return hgrm_write_up_to(out, histogram, unit_ns, 1);
}

int hgrm_write_up_to(FILE *out, const struct histogram *histogram, double unit_ns,
                     double percentile)
{
    const struct page page = {out, unit_ns, percentile < 1 ? 100 * percentile : INFINITY};

    errno = 0;
    fprintf(out, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount",
            "1/(1-Percentile)");
    put_steps(&page, histogram);
    if (percentile == 1)
        put_footer(&page, histogram);
    else
        fprintf(out, "#[Cut at %.6g, Total count = %llu]\n", percentile,
                (unsigned long long)histogram->total);
    if (fflush(out) == 0 && !ferror(out))
        return 0;
    return errno ? -errno : -EIO;
}
