/*
 * What the sampler itself costs: samples a process as a phased round does, ten times a second, and
 * says what CPU time that took. `sampling --of PID SECONDS` samples one that runs; `sampling
 * THREADS DESCRIPTORS SECONDS` one of its own that has so many and sleeps. stdout: `cpu_ns N`,
 * `wall_ns N`, and the last that was read, `rss_bytes N`, `threads N`, `descriptors N`.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure/clock.h"
#include "measure/sample.h"

enum { STACK_BYTES = 65536, EXIT_USAGE = 2 };

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static long number(const char *text)
{
    char *end;
    long value = strtol(text, &end, 10);
    if (*end == '\0' && value > 0)
        return value;
    fprintf(stderr, "usage: sampling --of PID SECONDS | sampling THREADS DESCRIPTORS SECONDS\n");
    exit(EXIT_USAGE);
}

static void *sleep_on(void *argument)
{
    for (;;)
        pause();
    return argument;
}

/* Of its threads the first is there already, and so are some of its descriptors. */
static void become_target(long threads, long descriptors)
{
    pthread_attr_t attributes;
    pthread_t thread;
    struct rlimit limit;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    for (long i = 1; i < threads; i++)
        if ((errno = pthread_create(&thread, &attributes, sleep_on, NULL)) != 0)
            die("a thread");
    for (int fd = 0; fd + 1 < descriptors;)
        if ((fd = open("/dev/null", O_RDONLY)) < 0)
            die("a descriptor");
}

static pid_t start_target(long threads, long descriptors)
{
    int channel[2];
    char told;
    if (pipe(channel) != 0)
        die("pipe");
    pid_t pid = fork();
    if (pid == 0) {
        close(channel[0]);
        become_target(threads, descriptors);
        if (write(channel[1], "x", 1) != 1)
            _exit(1);
        sleep_on(NULL);
    }
    close(channel[1]);
    if (pid < 0 || read(channel[0], &told, 1) != 1)
        die("the process to be sampled");
    close(channel[0]);
    return pid;
}

static void say(const char *name, const int64_t *values, size_t count)
{
    printf("%s %lld\n", name,
           count > 0 && values[count - 1] != MISSING ? (long long)values[count - 1] : -1);
}

static void sample(pid_t pid, long seconds)
{
    static struct sampler sampler;
    pid_t self = getpid();
    sampler_open(&sampler, &pid, 1);
    sampler_keep_course(&sampler, 0);
    int64_t from_ns = monotonic_ns() + SAMPLE_PERIOD_MS * NS_PER_MS;
    sampler_start(&sampler, &self, from_ns, from_ns + seconds * NS_PER_S);
    int64_t cpu_ns = clock_read_ns(CLOCK_PROCESS_CPUTIME_ID), wall_ns = monotonic_ns();
    while (!sampler_done(&sampler)) {
        sleep_until_ns(sampler.next_ns);
        sampler_tick(&sampler);
    }
    printf("cpu_ns %lld\n", (long long)(clock_read_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu_ns));
    printf("wall_ns %lld\n", (long long)(monotonic_ns() - wall_ns));
    const struct course *course = &sampler.arms[0].course.course;
    say("rss_bytes", course->rss_high_bytes, course->count);
    say("threads", course->threads, course->count);
    say("descriptors", course->descriptors, course->count);
    sampler_close(&sampler);
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "--of") == 0) {
        sample((pid_t)number(argv[2]), number(argv[3]));
        return 0;
    }
    if (argc != 4)
        number("");
    pid_t pid = start_target(number(argv[1]), number(argv[2]));
    sample(pid, number(argv[3]));
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    return 0;
}
