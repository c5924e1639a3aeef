/*
 * The process around a model: options, limits, listeners, workers, the `ready` line, drain and exit
 * codes. The first worker runs in the main thread, each further one in a thread of its own. A model
 * is one constant struct, and its main() is server_main().
 *
 * SIGTERM and SIGINT are taken by a handler, which interrupts the
 * first worker's loop, marks the server as draining and wakes every
 * worker by its wake_fd. A second signal ends the process at once.
 *
 * Exit: 0 ended by SIGTERM or SIGINT; 1 could not start, or broke; 2 bad option; 77 cannot run
 * here.
 */
#ifndef CORE_SERVER_H
#define CORE_SERVER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "core/admission.h"
#include "core/options.h"
#include "upstream/upstream.h"

enum {
    SERVER_DRAIN_MS = 1800,       /* from SIGTERM; what is left then is reset */
    SERVER_DRAIN_ACCEPT_MS = 500, /* for accepting what is queued, were more to come all the time */
    SERVER_DRAIN_STEP_MS = 50,    /* how often a draining worker looks at its deadlines */
    SERVER_ACCEPTS_PER_TURN = 64,
    SERVER_RESERVED_FILES = 64, /* open files that are no clients */
};

struct server_library {
    const char *name;
    const char *version;
};

/* A conformance case that a library below the model makes it fail. */
struct server_divergence {
    const char *test;   /* "chunked-size-bare-lf", or in one form: "wait-half-close/bytes" */
    const char *reason; /* one sentence */
};

struct worker;

struct model {
    const char *name;    /* "epoll": of server-epoll, and of "Server: backbench-epoll" */
    const char *model;   /* NULL: as its name */
    const char *variant; /* NULL: "default" */
    const char *summary;
    const char *workers_meaning;
    bool runs_one_worker;                     /* whatever --workers says */
    const char *routes;                       /* separated by spaces */
    const char *const *differs;               /* NULL at its end; the pointer itself may be NULL */
    const struct server_divergence *diverges; /* likewise, test NULL at its end */
    bool has_other_parser;                    /* its answers are app/'s, but not by our own rules */
    const struct server_library *libraries;   /* likewise, name NULL at its end */
    const struct option_number *options;      /* likewise */

    /* Whether it can run here: 0, or -errno with a sentence and its remedy in reason. May be NULL.
     */
    int (*probe)(char *reason, size_t reason_size);
    /* In the worker's thread, before `ready`: sets worker->state. Returns 0 or -errno. */
    int (*start)(struct worker *worker);
    /* Serves until drained, closes the listener and frees the state. Returns 0 or -errno. */
    int (*run)(struct worker *worker);
};

struct server {
    const struct model *model;
    struct options options;
    unsigned max_connections;
    unsigned files_limit; /* the soft RLIMIT_NOFILE: no new fd is as large */
    unsigned workers_count;
    struct worker *workers;
    struct gate *gates;
    struct admission admission;
    pthread_barrier_t started; /* every worker has */
    timer_t overstay_timer;
    struct upstream_address upstream;
    atomic_bool is_draining;
    uint64_t drain_accept_until_ms; /* these two are set before is_draining */
    uint64_t drain_deadline_ms;
};

struct worker {
    struct server *server;
    struct gate *gate;
    struct app *app;
    int listener_fd;
    int wake_fd;      /* an eventfd, non-blocking: drain has begun, or there is room again */
    void *state;      /* the model's */
    pthread_t thread; /* but for the first worker, which runs in the main thread */
};

static inline bool server_is_draining(const struct server *server)
{
    return atomic_load_explicit(&server->is_draining, memory_order_acquire);
}

/* Whether what is left is to be reset. */
static inline bool server_drain_is_over(const struct server *server, uint64_t now_ms)
{
    return server_is_draining(server) && now_ms >= server->drain_deadline_ms;
}

/* Keeps the listener in a loop's epoll while the gate is open,
 * level-triggered, so that nothing queued is forgotten; the event's data
 * is the address of listener_fd. Takes and returns whether it is in. */
bool worker_listen(struct worker *worker, int epoll_fd, bool is_listening, uint64_t now_ms);

int server_main(const struct model *model, int argc, char **argv);

#endif
