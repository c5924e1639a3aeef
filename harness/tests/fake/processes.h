/* What fake_server is as a process, or as several: it never comes to serve, is a family, a crowd,
 * or takes memory for moments. */
#ifndef TESTS_FAKE_PROCESSES_H
#define TESTS_FAKE_PROCESSES_H

#include <signal.h>
#include <sys/types.h>

/* The ways that never come to serving: these do not return. */
void fail_to_start(void);
/* Returns in who is to serve. A supervisor stays until *stopped. The
 * pid of a worker that is to end under load and is not waited for; 0: it has none. */
pid_t begin_processes(const volatile sig_atomic_t *stopped);
void begin_swelling(void);

#endif
