#include "core/server.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/describe.h"
#include "core/listener.h"

enum {
    EXIT_BAD_OPTION = 2,
    EXIT_CANNOT_RUN = 77,
    DEFAULT_MAX_CONNECTIONS = 10000,
    FILES_PER_WORKER = 4, /* listener, wake-up, epoll or ring, one to spare */
    LAST_MOMENT_MS = 150, /* after the drain's end: for a worker that is stuck */
    TRIM_THRESHOLD_BYTES = 128 * 1024,
};

/* ---- limits ---- */

/* Raises the limit on open files as far as it goes and settles max_connections below it. */
static int settle_limits(struct server *server)
{
    unsigned asked = server->options.max_connections;
    rlim_t reserve = SERVER_RESERVED_FILES + (rlim_t)FILES_PER_WORKER * server->workers_count;
    rlim_t room;
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) < 0)
        return -errno;
    files.rlim_cur = files.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &files) < 0 || getrlimit(RLIMIT_NOFILE, &files) < 0)
        return -errno;
    if (files.rlim_cur <= reserve || asked > files.rlim_cur - reserve) {
        fprintf(stderr,
                "--max-connections %u does not fit the limit of %llu open files, of which %llu are "
                "reserved: ask for fewer, or raise the hard limit (ulimit -Hn)\n",
                asked, (unsigned long long)files.rlim_cur, (unsigned long long)reserve);
        return -EMFILE;
    }
    room = files.rlim_cur - reserve;
    server->max_connections =
        room < DEFAULT_MAX_CONNECTIONS ? (unsigned)room : DEFAULT_MAX_CONNECTIONS;
    if (asked)
        server->max_connections = asked;
    /* A new fd is the lowest that is free (open(2)). */
    server->files_limit = server->max_connections + (unsigned)reserve;
    return 0;
}

/* The same in every server, or memory would differ by allocator and not by model. */
static void settle_allocator(const struct server *server)
{
    mallopt(M_ARENA_MAX, (int)server->workers_count);
    mallopt(M_TRIM_THRESHOLD, TRIM_THRESHOLD_BYTES);
}

/* ---- workers ---- */

static void worker_enter(struct worker *worker, enum worker_phase phase)
{
    atomic_store(&worker->phase, phase);
    eventfd_write(worker->server->events_fd, 1);
}

static void *worker_main(void *arg)
{
    struct worker *worker = arg;
    const struct model *model = worker->server->model;

    worker->error = model->start(worker);
    if (!worker->error) {
        worker_enter(worker, WORKER_RUNNING);
        worker->error = model->run(worker);
    }
    worker_enter(worker, WORKER_ENDED);
    return NULL;
}

static bool all_workers_past(const struct server *server, int phase)
{
    for (unsigned i = 0; i < server->workers_count; i++)
        if (atomic_load(&server->workers[i].phase) < phase)
            return false;
    return true;
}

/* The worker that has ended although nobody asked it to, or NULL. */
static const struct worker *failed_worker(const struct server *server)
{
    for (unsigned i = 0; i < server->workers_count; i++) {
        const struct worker *worker = &server->workers[i];

        if (atomic_load(&worker->phase) == WORKER_ENDED &&
            (worker->error || !server_is_draining(server)))
            return worker;
    }
    return NULL;
}

static int open_listeners(struct server *server, uint16_t *port)
{
    int fds[OPTIONS_WORKERS_LIMIT];
    const char *failed;
    int error;

    *port = server->options.port;
    error = listeners_open(fds, server->workers_count, server->options.address, port, &failed);
    if (error) {
        fprintf(stderr, "cannot listen on %s port %u: %s: %s%s\n", server->options.address,
                server->options.port, failed, strerror(-error),
                error == -EADDRINUSE ? "; stop what listens there, or use --port 0" : "");
        return error;
    }
    for (unsigned i = 0; i < server->workers_count; i++)
        server->workers[i].listener_fd = fds[i];
    return 0;
}

static int start_workers(struct server *server)
{
    for (unsigned i = 0; i < server->workers_count; i++) {
        struct worker *worker = &server->workers[i];
        int error;

        worker->server = server;
        worker->gate = &server->gates[i];
        worker->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        if (worker->wake_fd < 0)
            return -errno;
        gate_init(worker->gate, &server->admission, worker->wake_fd);
        error = pthread_create(&worker->thread, NULL, worker_main, worker);
        if (error)
            return -error;
    }
    return 0;
}

/* ---- from start to end ---- */

/* Blocks the signals in this and all later threads; their arrival is read from the fd. SIGPIPE is
 * ignored: a client that hangs up is an error of its own connection. */
static int open_signals(void)
{
    sigset_t set;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

enum server_event { EVENT_WORKER, EVENT_STOP, EVENT_TIMEOUT };

static enum server_event next_event(const struct server *server, int signals_fd, int timeout_ms)
{
    struct pollfd fds[] = {{signals_fd, POLLIN, 0}, {server->events_fd, POLLIN, 0}};
    struct signalfd_siginfo info;
    eventfd_t count;

    if (poll(fds, 2, timeout_ms) == 0)
        return EVENT_TIMEOUT;
    if (read(signals_fd, &info, sizeof info) == sizeof info)
        return EVENT_STOP;
    eventfd_read(server->events_fd, &count);
    return EVENT_WORKER;
}

static int report_failure(const struct worker *worker)
{
    fprintf(stderr, "a worker ended: %s\n",
            worker->error ? strerror(-worker->error) : "without a reason");
    return EXIT_FAILURE;
}

/* Waits until every worker listens, then says so. */
static int announce(const struct server *server, int signals_fd, uint16_t port)
{
    while (!all_workers_past(server, WORKER_RUNNING)) {
        if (next_event(server, signals_fd, -1) == EVENT_STOP)
            _exit(EXIT_SUCCESS); /* nobody can have connected for good yet */
        if (failed_worker(server))
            return -1;
    }
    printf("ready %u\n", port);
    return fflush(stdout);
}

static void begin_drain(struct server *server)
{
    uint64_t now_ms = clock_now_ms();

    server->drain_accept_until_ms = now_ms + SERVER_DRAIN_ACCEPT_MS;
    server->drain_deadline_ms = now_ms + SERVER_DRAIN_MS;
    atomic_store_explicit(&server->is_draining, true, memory_order_release);
    for (unsigned i = 0; i < server->workers_count; i++)
        eventfd_write(server->workers[i].wake_fd, 1);
}

/* Waits for the workers to end; a second signal, or a worker that overstays, ends the process at
 * once. */
static void await_drain(const struct server *server, int signals_fd)
{
    while (!all_workers_past(server, WORKER_ENDED)) {
        int64_t left_ms =
            (int64_t)(server->drain_deadline_ms + LAST_MOMENT_MS) - (int64_t)clock_now_ms();
        enum server_event event =
            left_ms > 0 ? next_event(server, signals_fd, (int)left_ms) : EVENT_TIMEOUT;

        if (event != EVENT_WORKER)
            _exit(EXIT_SUCCESS);
    }
}

static int serve(struct server *server, int signals_fd)
{
    enum server_event event;

    do
        event = next_event(server, signals_fd, -1);
    while (event != EVENT_STOP && !failed_worker(server));
    if (event != EVENT_STOP)
        return report_failure(failed_worker(server));
    begin_drain(server);
    await_drain(server, signals_fd);
    for (unsigned i = 0; i < server->workers_count; i++)
        pthread_join(server->workers[i].thread, NULL);
    return failed_worker(server) ? report_failure(failed_worker(server)) : EXIT_SUCCESS;
}

static int server_run(struct server *server)
{
    uint16_t port;
    int signals_fd = open_signals();

    server->events_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (signals_fd < 0 || server->events_fd < 0) {
        fprintf(stderr, "signalfd or eventfd: %s\n", strerror(errno));
        return EXIT_FAILURE;
    }
    if (settle_limits(server) < 0 || open_listeners(server, &port) < 0)
        return EXIT_FAILURE;
    settle_allocator(server);
    admission_init(&server->admission, server->max_connections, server->gates,
                   server->workers_count);
    if (start_workers(server) < 0) {
        fprintf(stderr, "cannot start %u workers: %s\n", server->workers_count, strerror(errno));
        return EXIT_FAILURE;
    }
    if (announce(server, signals_fd, port) < 0) {
        if (failed_worker(server))
            return report_failure(failed_worker(server));
        fprintf(stderr, "cannot write `ready` to stdout: %s\n", strerror(errno));
        return EXIT_FAILURE;
    }
    return serve(server, signals_fd);
}

int server_main(const struct model *model, int argc, char **argv)
{
    static struct server server; /* outlives main() for a worker that is stuck */
    char reason[256] = "";
    int status;

    server.model = model;
    switch (options_parse(&server.options, model->options, argc, argv)) {
    case OPTIONS_HELP:
        options_usage(stdout, argv[0], model->options);
        return EXIT_SUCCESS;
    case OPTIONS_DESCRIBE:
        describe_model(stdout, model);
        return EXIT_SUCCESS;
    case OPTIONS_BAD:
        options_usage(stderr, argv[0], model->options);
        return EXIT_BAD_OPTION;
    case OPTIONS_RUN:
        break;
    }
    if (model->probe && model->probe(reason, sizeof reason) < 0) {
        fprintf(stderr, "%s\n", reason);
        return EXIT_CANNOT_RUN;
    }
    server.workers_count = model->runs_one_worker ? 1 : server.options.workers;
    server.workers = calloc(server.workers_count, sizeof *server.workers);
    server.gates = calloc(server.workers_count, sizeof *server.gates);
    if (!server.workers || !server.gates) {
        fputs("out of memory\n", stderr);
        return EXIT_FAILURE;
    }
    status = server_run(&server);
    if (status == EXIT_SUCCESS) { /* else workers may still be running */
        free(server.gates);
        free(server.workers);
    }
    return status;
}
