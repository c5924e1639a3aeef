/*
 * A competitor: takes a share of one CPU at random, as somebody else's
 * work would. Bursts of spinning and the rests between them are drawn
 * from exponential distributions, the bursts with a mean of 20 ms.
 *
 *   competitor CPU SHARE SECONDS [SEED]     competitor 1 10% 300
 *
 * Says "running" once it runs. Ends with 0 after so many seconds, and with whoever started it.
 */
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, SECOND_NS = 1000000000 };
static const double BURST_NS = 20e6;

static int refuse(void)
{
    fputs("usage: competitor CPU SHARE SECONDS [SEED], as competitor 1 10% 300\n"
          "SHARE of that CPU, 1% to 99%\n",
          stderr);
    return EXIT_USAGE;
}

static bool take(double *number, const char *text, const char *unit, double least, double most)
{
    char *end;
    *number = strtod(text, &end);
    return end != text && strcmp(end, unit) == 0 && *number >= least && *number <= most;
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * (int64_t)SECOND_NS + now.tv_nsec;
}

/* Mean 1; the seed is its state. */
static double exponential(unsigned short seed[3])
{
    return -log1p(-erand48(seed));
}

static void rest_until(int64_t until)
{
    struct timespec at = {until / SECOND_NS, until % SECOND_NS};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL))
        ;
}

/* A share is what it asks for: how much of a burst it gets is for the scheduler to say. */
static void compete(double share, int64_t end, unsigned short seed[3])
{
    int64_t now = now_ns();
    while (now < end) {
        int64_t rest = now + (int64_t)(exponential(seed) * BURST_NS * (1 - share) / share);
        rest_until(rest < end ? rest : end);
        int64_t until = now_ns() + (int64_t)(exponential(seed) * BURST_NS);
        do
            now = now_ns();
        while (now < until && now < end);
    }
}

static bool pin(unsigned cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    return sched_setaffinity(0, sizeof set, &set) == 0;
}

int main(int argc, char **argv)
{
    double cpu, percents, seconds, number = (double)getpid();
    if (argc < 4 || argc > 5 || !take(&cpu, argv[1], "", 0, CPU_SETSIZE - 1) ||
        !take(&percents, argv[2], "%", 1, 99) || !take(&seconds, argv[3], "", 0, 1e6) ||
        (argc == 5 && !take(&number, argv[4], "", 0, UINT32_MAX)))
        return refuse();
    pid_t parent = getppid();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        return 0;
    if (!pin((unsigned)cpu)) {
        fprintf(stderr, "competitor: this process may not run on CPU %s: %m\n", argv[1]);
        return EXIT_USAGE;
    }
    uint32_t seed = (uint32_t)number;
    puts("running");
    fflush(stdout);
    compete(percents / 100, now_ns() + (int64_t)(seconds * SECOND_NS),
            (unsigned short[3]){(unsigned short)seed, (unsigned short)(seed >> 16), 1});
    return 0;
}
