/* See sessions.h. */
#include "analyse/sessions.h"

#include <math.h>

#include <gsl/gsl_statistics_double.h>

#include "analyse/stats.h"

struct sessions sessions_find(const double *ln, size_t count)
{
    return (struct sessions){
        .middle = stats_median(ln, count),
        .reach = count >= SESSIONS_LEAST ? SESSIONS_SDS * gsl_stats_sd(ln, 1, count) : NAN,
    };
}

bool sessions_are_exceeded(const struct sessions *sessions, double ln, double moved)
{
    double beyond = moved > 0 ? ln - sessions->middle : sessions->middle - ln;
    return beyond > sessions->reach;
}
