#include "analyse/memory.h"

#include <math.h>
#include <string.h>
#include <gsl/gsl_fit.h>

double memory_known(int64_t bytes)
{
    return bytes == MISSING ? NAN : (double)bytes;
}

double memory_kernel_bytes(const struct phase_mark *mark)
{
    const int64_t parts[] = {mark->kernel_stacks_bytes, mark->kernel_page_tables_bytes,
                             mark->kernel_slab_bytes, mark->kernel_sockets_bytes};
    double bytes =
        mark->threads == MISSING ? NAN : (double)mark->threads * MEMORY_THREAD_FRAGMENT_BYTES;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        bytes += parts[i] == MISSING ? NAN : (double)parts[i];
    return bytes;
}

int memory_ceiling(const struct result *result)
{
    int found = -1;
    for (size_t i = 0; i < result->arm_count; i++) {
        const struct server_info *server = &result->arms[i].server;
        bool is_uring = server->variant && strcmp(server->variant, "uring") == 0;
        if (server->ceiling && (found < 0 || !is_uring))
            found = (int)i;
    }
    return found;
}

double memory_slope(const double *connections, const double *bytes, size_t n)
{
    bool differ = false;
    for (size_t i = 1; i < n; i++)
        differ |= connections[i] != connections[0];
    if (!differ)
        return NAN;
    double base, slope, base_variance, covariance, slope_variance, residual;
    gsl_fit_linear(connections, 1, bytes, 1, n, &base, &slope, &base_variance, &covariance,
                   &slope_variance, &residual);
    return slope;
}
