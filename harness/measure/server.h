/*
 * One server process that keeps the process contract (docs/servers.md): started in a process group
 * of its own, pinned, its stdout read for `ready PORT`, its stderr kept; CPU and listener are those
 * of its whole tree. A server never outlives the harness: PR_SET_PDEATHSIG, and the group is killed
 * on every path.
 */
#ifndef MEASURE_SERVER_H
#define MEASURE_SERVER_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { SERVER_START_TIMEOUT_MS = 5000, SERVER_STOP_TIMEOUT_MS = 2000, SERVER_CANNOT_RUN = 77 };

struct server_options {
    const char *path;
    const char *const *under; /* words of a program that runs it, as valgrind's; NULL: none */
    const char *address;      /* "127.0.0.1", "::1" */
    unsigned workers;
    unsigned max_connections;           /* 0: the server's default */
    const char *upstream;               /* HOST:PORT of what stands behind it; NULL: nothing */
    const cpu_set_t *cpus;              /* NULL: not pinned */
    unsigned start_timeout_ms;          /* 0: SERVER_START_TIMEOUT_MS */
    const volatile bool *interrupted;   /* NULL: none; when true, starting fails within 100 ms */
    unsigned environment_padding_bytes; /* layout randomisation: a variable of that size (Mytkowicz
                                           2009) */
};

struct server {
    pid_t pid; /* also its process group; 0: not running */
    uint16_t port;
    char address[64];
    int stdout_fd, stderr_fd;
    char log[4096]; /* the first bytes of its stderr */
    size_t log_len;
    int exit_status; /* wait status once it has ended */
    bool ended;
    const volatile bool *interrupted; /* from its options: stopping does not wait when it is true */
};

enum server_result {
    SERVER_OK,
    SERVER_UNAVAILABLE, /* exit 77: cannot run here; the reason is its stderr */
    SERVER_FAILED,      /* no `ready`, died, wrong output, listener not its own */
};

/* Once, in main: orphaned descendants of servers become children of the harness instead of init's.
 */
void server_become_reaper(void);

/* Starts and waits for `ready PORT`, then checks that the listening socket belongs to the server's
 * tree. On failure nothing is left running and error holds one sentence. */
enum server_result server_start(struct server *server, const struct server_options *options,
                                char *error, size_t size);

/* SIGTERM, up to SERVER_STOP_TIMEOUT_MS, then SIGKILL to the group. Returns how long it took in ms,
 * or -1 if it had to be killed; server->exit_status says how it ended. Reads the rest of its
 * stderr. */
int server_stop(struct server *server);
/* SIGKILL to the group and reap: for every error path; harmless on a stopped server. */
void server_kill(struct server *server);
/* Has it ended by itself? Keeps exit_status and drains stderr into log; server_kill reaps. */
bool server_ended(struct server *server);
/* The same, looked at for so long: a process closes its connections before it has ended. */
bool server_ends_within(struct server *server, int ms);
/* How one that has ended did so: "ended with 3 (first line of
 * its stderr)", "was killed by signal 9 (...)". */
void server_tell_end(const struct server *server, char *text, size_t size);

#endif
