#include "check/starvation.h"

#include <stdio.h>

#include "measure/clock.h"
#include "measure/procfile.h"

/* The second field of schedstat, Documentation/scheduler/sched-stats.rst;
 * thread-self since Linux 3.17. */
static int64_t waited_ns(void)
{
    char text[128];
    long long ns;
    if (procfile_read_once(text, sizeof(text), "/proc/thread-self/schedstat") == NULL ||
        sscanf(text, "%*s %lld", &ns) != 1)
        return -1;
    return ns;
}

void starvation_begin(struct starvation *starvation)
{
    *starvation = (struct starvation){.since_ns = monotonic_ns(), .waited_ns = waited_ns()};
}

unsigned starvation_percent(const struct starvation *starvation)
{
    int64_t waited = waited_ns(), took = monotonic_ns() - starvation->since_ns;
    if (starvation->waited_ns < 0 || waited < starvation->waited_ns || took <= 0)
        return 0;
    int64_t percent = (waited - starvation->waited_ns) * 100 / took;
    return percent > 100 ? 100 : (unsigned)percent;
}
