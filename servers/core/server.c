#include "core/server.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "app/app.h"
#include "core/clock.h"
#include "core/describe.h"
#include "core/listener.h"

enum {
    EXIT_BAD_OPTION = 2,
    EXIT_CANNOT_RUN = 77,
    DEFAULT_MAX_CONNECTIONS = 10000,
    FILES_PER_WORKER = 8, /* listener, wake-up, epoll or ring; a loop of libuv has 5 of its own */
    OVERSTAY_MS = SERVER_DRAIN_MS + 150, /* from SIGTERM: a worker that is stuck by then is left */
    TRIM_THRESHOLD_BYTES = 128 * 1024,
};

/* ---- limits ---- */

/* Those that the parent has left open; 0 where /proc does not tell. */
static unsigned count_open_files(void)
{
    DIR *fds = opendir("/proc/self/fd");
    unsigned count = 0;

    if (!fds)
        return 0;
    while (readdir(fds))
        count++;
    closedir(fds);
    return count;
}

static int refuse_limit(unsigned asked, rlim_t limit, rlim_t room)
{
    if (room == 0)
        fprintf(stderr, "the limit of %llu open files leaves none for a connection: ",
                (unsigned long long)limit);
    else
        fprintf(stderr,
                "--max-connections %u does not fit the limit of %llu open files, which leaves room "
                "for %llu: ask for fewer, or ",
                asked, (unsigned long long)limit, (unsigned long long)room);
    fputs("raise the hard limit (ulimit -Hn)\n", stderr);
    return -EMFILE;
}

/* Settles max_connections below the hard limit on open files, and the soft one to what that takes,
 * for tables indexed by fd. A new fd is the lowest that is free (open(2)). */
static int settle_limits(struct server *server)
{
    unsigned asked = server->options.max_connections;
    bool has_upstream = server->options.upstream;
    rlim_t files_each = has_upstream ? 2 : 1; /* a client may wait for a connection of its own */
    rlim_t reserve =
        SERVER_RESERVED_FILES + count_open_files() +
        (FILES_PER_WORKER + (has_upstream ? UPSTREAM_IDLE_LIMIT : 0)) * server->workers_count;
    rlim_t room;
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) < 0)
        return -errno;
    room = files.rlim_max > reserve ? (files.rlim_max - reserve) / files_each : 0;
    if (room == 0 || asked > room)
        return refuse_limit(asked, files.rlim_max, room);
    server->max_connections =
        room < DEFAULT_MAX_CONNECTIONS ? (unsigned)room : DEFAULT_MAX_CONNECTIONS;
    if (asked)
        server->max_connections = asked;
    server->files_limit = server->max_connections * (unsigned)files_each + (unsigned)reserve;
    files.rlim_cur = server->files_limit;
    return setrlimit(RLIMIT_NOFILE, &files) < 0 ? -errno : 0;
}

/* The same in every server, or memory would differ by allocator and not by model. */
static void settle_allocator(const struct server *server)
{
    mallopt(M_ARENA_MAX, (int)server->workers_count);
    mallopt(M_TRIM_THRESHOLD, TRIM_THRESHOLD_BYTES);
}

/* ---- workers ---- */

/* Without one of its workers the others' share of the port would still work, and nobody would see
 * that the rest of the clients wait for ever: so the process ends. */
static void worker_failed(int error)
{
    fprintf(stderr, "a worker ended: %s\n", error ? strerror(-error) : "without a reason");
    _exit(EXIT_FAILURE);
}

/* Returns once every worker has started. */
static void worker_start(struct worker *worker)
{
    int error = worker->server->model->start(worker);

    if (error)
        worker_failed(error);
    pthread_barrier_wait(&worker->server->started);
}

static void worker_run(struct worker *worker)
{
    int error = worker->server->model->run(worker);

    if (error || !server_is_draining(worker->server))
        worker_failed(error);
}

static void *worker_main(void *arg)
{
    worker_start(arg);
    worker_run(arg);
    return NULL;
}

/* Where no memory is left for it, it is tried again after the gate's pause. */
bool worker_listen(struct worker *worker, int epoll_fd, bool is_listening, uint64_t now_ms)
{
    struct epoll_event event = {EPOLLIN, {.ptr = &worker->listener_fd}};
    bool listens = worker->listener_fd >= 0 && gate_is_open(worker->gate, now_ms);

    if (worker->listener_fd < 0 || listens == is_listening)
        return listens;
    if (epoll_ctl(epoll_fd, listens ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, worker->listener_fd, &event) ==
        0)
        return listens;
    gate_accept_failed(worker->gate, ENOMEM, now_ms);
    return is_listening;
}

/* Once: an address that changes later is found by starting again. */
static int find_upstream(struct server *server)
{
    const char *text = server->options.upstream, *why;

    if (!text || upstream_resolve(&server->upstream, text, &why) == 0)
        return 0;
    fprintf(stderr, "cannot use --upstream %s: %s\n", text, why);
    return -EINVAL;
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

static int init_workers(struct server *server)
{
    for (unsigned i = 0; i < server->workers_count; i++) {
        struct worker *worker = &server->workers[i];

        worker->server = server;
        worker->gate = &server->gates[i];
        worker->app = app_new(server->options.upstream ? &server->upstream : NULL);
        if (!worker->app)
            return -ENOMEM;
        worker->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        if (worker->wake_fd < 0)
            return -errno;
        gate_init(worker->gate, &server->admission, worker->wake_fd);
    }
    return -pthread_barrier_init(&server->started, NULL, server->workers_count);
}

/* All but the first, which is the main thread's: with one worker there is one thread, and libc
 * leaves out what only threads need. */
static int start_threads(struct server *server)
{
    for (unsigned i = 1; i < server->workers_count; i++) {
        struct worker *worker = &server->workers[i];
        int error = pthread_create(&worker->thread, NULL, worker_main, worker);

        if (error)
            return -error;
    }
    return 0;
}

/* ---- signals ---- */

static struct server *stoppable; /* the process's one server, for the handler */

/* Tells all workers, and sets the alarm for one that is stuck. */
static void begin_drain(struct server *server)
{
    const struct itimerspec overstay = {
        .it_value = {OVERSTAY_MS / 1000, OVERSTAY_MS % 1000 * 1000000L}};
    const uint64_t one = 1;
    uint64_t now_ms = clock_now_ms();

    timer_settime(server->overstay_timer, 0, &overstay, NULL);
    server->drain_accept_until_ms = now_ms + SERVER_DRAIN_ACCEPT_MS;
    server->drain_deadline_ms = now_ms + SERVER_DRAIN_MS;
    atomic_store_explicit(&server->is_draining, true, memory_order_release);
    for (unsigned i = 0; i < server->workers_count; i++)
        if (write(server->workers[i].wake_fd, &one, sizeof one) < 0)
            continue; /* its count is full: it is awake already */
}

/* SIGTERM, SIGINT, or the alarm: the second of them ends the process at once. Async-signal-safe, by
 * the list in signal-safety(7). */
static void stop(int signal)
{
    static atomic_flag has_begun = ATOMIC_FLAG_INIT;
    int error = errno;

    (void)signal;
    if (atomic_flag_test_and_set(&has_begun))
        _exit(EXIT_SUCCESS);
    begin_drain(stoppable);
    errno = error;
}

static void stopping_set(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGALRM);
}

/* Until the server can be stopped the signals wait; further workers never take them. SIGPIPE
 * is ignored: a client that hangs up is an error of its own connection. */
static void hold_signals(void)
{
    sigset_t set;

    signal(SIGPIPE, SIG_IGN);
    stopping_set(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static int take_signals(struct server *server)
{
    struct sigaction action = {.sa_handler = stop, .sa_flags = SA_RESTART};
    sigset_t set;

    if (timer_create(CLOCK_MONOTONIC, NULL, &server->overstay_timer) < 0) /* sends SIGALRM */
        return -errno;
    stoppable = server;
    stopping_set(&set);
    action.sa_mask = set;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGALRM, &action, NULL);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    return 0;
}

/* ---- from start to end ---- */

static int explain(const char *what, int error)
{
    fprintf(stderr, "%s: %s\n", what, strerror(-error));
    return EXIT_FAILURE;
}

static int server_run(struct server *server)
{
    uint16_t port;
    int error;

    hold_signals();
    if (settle_limits(server) < 0 || find_upstream(server) < 0 || open_listeners(server, &port) < 0)
        return EXIT_FAILURE;
    settle_allocator(server);
    admission_init(&server->admission, server->max_connections, server->gates,
                   server->workers_count);
    error = init_workers(server);
    if (!error)
        error = start_threads(server);
    if (!error)
        error = take_signals(server);
    if (error)
        return explain("cannot start the workers", error);
    worker_start(&server->workers[0]);
    printf("ready %u\n", port);
    if (fflush(stdout) < 0)
        return explain("cannot write `ready` to stdout", -errno);
    worker_run(&server->workers[0]);
    for (unsigned i = 1; i < server->workers_count; i++)
        pthread_join(server->workers[i].thread, NULL);
    assert(atomic_load(&server->admission.open) == 0); /* who came has gone */
    for (unsigned i = 0; i < server->workers_count; i++)
        app_free(server->workers[i].app);
    return EXIT_SUCCESS;
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
