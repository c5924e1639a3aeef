#include "tests/fake/processes.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fake/way.h"

enum {
    CROWD = 150,        /* processes: more than are followed */
    SWELLS_EVERY_S = 2, /* for a moment */
    SWELLS_BYTES = 16 << 20,
};

void fail_to_start(void)
{
    if (is("cannot")) {
        fputs("fake_setup: EPERM: not in this test\nmore\n", stderr);
        exit(77);
    }
    if (is("crashes"))
        abort();
    if (is("garbage"))
        puts("Listening on port 8080!");
    if (is("absent")) /* says ready, but listens nowhere */
        printf("ready %s\n", getenv("FAKE_PORT"));
    if (is("garbage") || is("absent") || is("never")) {
        fflush(stdout);
        for (;;)
            pause();
    }
}

/* A supervisor with its worker in a session of its own, which
 * a kill of the group does not reach. */
static void supervise(const volatile sig_atomic_t *stopped)
{
    pid_t worker = fork();
    if (worker == 0) {
        setsid();
        if (is("orphans"))
            signal(SIGTERM, SIG_IGN);
        return;
    }
    while (!*stopped)
        pause();
    if (!is("orphans")) {
        kill(worker, SIGTERM);
        waitpid(worker, NULL, 0);
    }
    exit(0);
}

static void fork_crowd(void)
{
    for (int i = 0; i < CROWD; i++)
        if (fork() == 0)
            for (;;)
                pause();
}

/* Two workers that use the CPU without end. */
static void fork_burners(void)
{
    for (int i = 0; i < 2; i++)
        if (fork() == 0)
            for (;;)
                continue;
}

static void on_alarm(int number)
{
    (void)number;
    int how = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
    munmap(mmap(NULL, SWELLS_BYTES, PROT_READ | PROT_WRITE, how, -1, 0), SWELLS_BYTES);
    alarm(SWELLS_EVERY_S);
}

static pid_t fork_mortal(void)
{
    pid_t mortal = fork();
    while (mortal == 0)
        pause();
    return mortal;
}

pid_t begin_processes(const volatile sig_atomic_t *stopped)
{
    if (is("family") || is("orphans"))
        supervise(stopped);
    if (is("crowd"))
        fork_crowd();
    if (is("burns"))
        fork_burners();
    return is("loses") ? fork_mortal() : 0;
}

void begin_swelling(void)
{
    signal(SIGALRM, on_alarm);
    alarm(is("swells") ? SWELLS_EVERY_S : 0);
}
