#include "analyse/steady.h"

#include <math.h>

enum { SKIPPED = 4 /* a quarter */, SAMPLES_MIN = 4 };

static bool is_whole(const struct series *series, size_t i)
{
    return series->octets_in && series->cpu_server_ns && series->octets_in[i] != MISSING &&
           series->cpu_server_ns[i] != MISSING && series->t_ns[i] != MISSING;
}

/* Octets of one request and its answer; NAN where that cannot be told. */
static double octets_per_request(const struct round *round)
{
    if (round->octets_in == MISSING || round->requests_count == MISSING ||
        round->requests_count <= 0)
        return NAN;
    double octets = (double)round->octets_in - (double)ROUND_CONNECTION_OCTETS * round->connections;
    return octets > 0 ? octets / (double)round->requests_count : NAN;
}

bool steady_make(struct steady *steady, const struct round *round)
{
    const struct series *series = &round->series;
    double each = octets_per_request(round);
    size_t first = 0, last = series->count;
    while (first < series->count &&
           (!is_whole(series, first) ||
            series->t_ns[first] < (int64_t)round->window_s * (1000000000 / SKIPPED)))
        first++;
    while (last > first && !is_whole(series, last - 1))
        last--;
    if (isnan(each) || last < first + SAMPLES_MIN)
        return false;
    last--;
    *steady = (struct steady){
        .requests = (double)(series->octets_in[last] - series->octets_in[first]) / each,
        .wall_ns = (double)(series->t_ns[last] - series->t_ns[first]),
        .cpu_server_ns = (double)(series->cpu_server_ns[last] - series->cpu_server_ns[first]),
    };
    return steady->requests > 0 && steady->wall_ns > 0;
}

double steady_cost_ns(const struct round *round)
{
    struct steady steady;
    return steady_make(&steady, round) ? steady.cpu_server_ns / steady.requests : NAN;
}

double steady_throughput_rps(const struct round *round)
{
    struct steady steady;
    return steady_make(&steady, round) ? steady.requests * 1e9 / steady.wall_ns : NAN;
}
