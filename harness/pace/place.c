/* See place.h. */
#include "pace/place.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "data/strings.h"

enum { OTHER_DESCRIPTORS = 32 }; /* epoll, files, what the shell left open */

static int first_allowed(void)
{
    cpu_set_t allowed;

    if (sched_getaffinity(0, sizeof allowed, &allowed) < 0)
        return 0;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &allowed))
            return cpu;
    return 0;
}

int place_pin(int cpu, char **error)
{
    cpu_set_t set;
    int chosen = cpu < 0 ? first_allowed() : cpu;

    CPU_ZERO(&set);
    if (chosen < CPU_SETSIZE)
        CPU_SET(chosen, &set);
    if (sched_setaffinity(0, sizeof set, &set) == 0)
        return chosen;
    return text_error(
        error, "--cpu %d: pace may not run there (%s); nproc and taskset -p $$ show where it may",
        chosen, strerror(errno));
}

int place_descriptors(unsigned connections, char **error)
{
    struct rlimit limit;
    rlim_t need = (rlim_t)connections + OTHER_DESCRIPTORS;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= need)
        return 0;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max >= need)
        return 0;
    return text_error(
        error,
        "%u connections need %llu file descriptors and this process may have %llu: take fewer "
        "(-c), or have root raise the limit with ulimit -n %llu",
        connections, (unsigned long long)need, (unsigned long long)limit.rlim_max,
        (unsigned long long)need);
}

int place_process(pid_t pid, char **error)
{
    clockid_t clock;
    struct timespec time;
    int status = clock_getcpuclockid(pid, &clock);

    if (status == 0 && clock_gettime(clock, &time) == 0)
        return 0;
    return text_error(error,
                      "--pid %d: there is no such process; pgrep and ss -ltnp name the server's",
                      (int)pid);
}
