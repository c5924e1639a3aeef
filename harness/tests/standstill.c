/*
 * Tells when the machine itself stood still, as a virtual one does that its host keeps waiting: a
 * nap lasted far longer than it should, or much of a second was stolen (proc_stat(5)), or nearly
 * all of it somebody waited for a disk (Documentation/accounting/psi.rst of Linux).
 *
 *   standstill        prints "BEGAN ENDED" for each, in seconds since 1970, until it is ended
 *
 * Asks for a real-time priority, so that what merely runs beside it is not taken for the machine;
 * where that is denied, a queue before the CPU that long counts, too.
 */
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "measure/clock.h"

enum {
    NAP_MS = 50,
    LATE_MS = 250,
    LOOK_MS = 1000,
    STOLEN_PERCENT = 20,
    DISK_PERCENT = 90,
    LINE_BYTES = 256
};

struct look {
    int64_t at_ns;
    double stolen_ns, disk_ns; /* of all CPUs on average; since the machine began */
};

static void read_line(char line[LINE_BYTES], const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file || !fgets(line, LINE_BYTES, file))
        *line = '\0';
    if (file)
        fclose(file);
}

static struct look look(void)
{
    char line[LINE_BYTES];
    unsigned long long ticks = 0, disk_us = 0; /* where the kernel does not say */
    double ticks_per_s = (double)(sysconf(_SC_CLK_TCK) * sysconf(_SC_NPROCESSORS_ONLN));
    read_line(line, "/proc/stat");
    sscanf(line, "cpu %*u %*u %*u %*u %*u %*u %*u %llu", &ticks);
    read_line(line, "/proc/pressure/io");
    sscanf(line, "some %*s %*s %*s total=%llu", &disk_us);
    return (struct look){monotonic_ns(), (double)ticks / ticks_per_s * 1e9, (double)disk_us * 1e3};
}

static bool is_still(const struct look *from, const struct look *to)
{
    double all_ns = (double)(to->at_ns - from->at_ns);
    return (to->stolen_ns - from->stolen_ns) * 100 >= STOLEN_PERCENT * all_ns ||
           (to->disk_ns - from->disk_ns) * 100 >= DISK_PERCENT * all_ns;
}

static void tell(int64_t lasted_ns)
{
    double ended_s = (double)clock_read_ns(CLOCK_REALTIME) * 1e-9;
    printf("%.3f %.3f\n", ended_s - (double)lasted_ns * 1e-9, ended_s);
}

int main(void)
{
    struct sched_param priority = {.sched_priority = 1};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sched_setscheduler(0, SCHED_FIFO, &priority);
    setvbuf(stdout, NULL, _IOLBF, 0);
    struct look before = look();
    while (!ferror(stdout)) {
        int64_t due_ns = monotonic_ns() + NAP_MS * NS_PER_MS;
        sleep_until_ns(due_ns);
        int64_t late_ns = monotonic_ns() - due_ns;
        bool is_late = late_ns >= LATE_MS * NS_PER_MS;
        if (is_late)
            tell(late_ns);
        else if (due_ns - before.at_ns < LOOK_MS * NS_PER_MS)
            continue;
        struct look now = look();
        if (!is_late && is_still(&before, &now))
            tell(now.at_ns - before.at_ns);
        before = now;
    }
    return 1;
}
