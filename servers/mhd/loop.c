#include "mhd/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/app.h"
#include "core/clock.h"
#include "mhd/watch.h"

enum { SWEEP_MS = 1000, EVENTS_PER_TURN = 64 };

/* A connection, in this thread, since it was set to false. */
static _Thread_local bool has_closed;

void loop_closed(void)
{
    has_closed = true;
}

/* The library closes what it cannot take. */
static void loop_add(struct loop *loop, int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof address;

    getpeername(fd, (struct sockaddr *)&address, &len);
    has_closed = false;
    if (!arrivals_add(&loop->arrivals, fd)) {
        close(fd);
    } else {
        if (MHD_add_connection(loop->daemon, fd, (struct sockaddr *)&address, len) == MHD_YES)
            return;
        arrivals_remove(&loop->arrivals, fd);
    }
    if (!has_closed)
        gate_leave(loop->worker->gate);
    gate_accept_failed(loop->worker->gate, ENOMEM, loop->now_ms);
}

/* Returns false once nothing is queued. */
static bool loop_accept(struct loop *loop)
{
    for (int i = 0; i < SERVER_ACCEPTS_PER_TURN; i++) {
        int fd = gate_accept(loop->worker->gate, loop->worker->listener_fd,
                             SOCK_NONBLOCK | SOCK_CLOEXEC, loop->now_ms);

        if (fd < 0)
            return fd != -EAGAIN;
        loop_add(loop, fd);
    }
    return true;
}

static void loop_listen(struct loop *loop)
{
    loop->is_listening =
        worker_listen(loop->worker, loop->epoll_fd, loop->is_listening, loop->now_ms);
}

static void loop_drain(struct loop *loop)
{
    struct worker *worker = loop->worker;

    if (!loop->peers.drain_began_ms)
        loop->peers.drain_began_ms = loop->now_ms;
    /* A listener's queue is reset with it: close it empty. */
    if (worker->listener_fd >= 0 &&
        (!loop_accept(loop) || loop->now_ms >= worker->server->drain_accept_until_ms)) {
        close(worker->listener_fd);
        worker->listener_fd = -1;
        loop->is_listening = false;
    }
    if (loop->now_ms >= worker->server->drain_deadline_ms)
        peers_reset(&loop->peers);
}

static void loop_sweep(struct loop *loop, bool is_draining)
{
    peers_sweep(&loop->peers, loop->now_ms);
    for (unsigned lost = arrivals_lost(&loop->arrivals); lost > 0; lost--)
        gate_leave(loop->worker->gate);
    if (!is_draining)
        app_tidy(loop->worker->app);
    loop->next_sweep_ms = loop->now_ms + (is_draining ? SERVER_DRAIN_STEP_MS : SWEEP_MS);
}

static void loop_event(struct loop *loop, const struct epoll_event *event)
{
    struct sleeper *sleeper = sleeper_of(event);

    if (sleeper)
        peers_wake(&loop->peers, sleeper, (short)event->events);
    else if (event->data.ptr == loop->worker)
        eventfd_read(loop->worker->wake_fd, &(eventfd_t){0});
    else if (event->data.ptr == &loop->worker->listener_fd)
        loop_accept(loop);
    else
        peer_linger(event->data.ptr);
}

static int loop_timeout_ms(struct loop *loop)
{
    uint64_t next_ms = loop->next_sweep_ms;
    uint64_t resume_ms = peers_resume_ms(&loop->peers),
             opens_ms = gate_opens_ms(loop->worker->gate);

    if (resume_ms < next_ms)
        next_ms = resume_ms;
    if (opens_ms < next_ms)
        next_ms = opens_ms;
    return next_ms > loop->now_ms ? (int)(next_ms - loop->now_ms) : 0;
}

/* One turn: newcomers, those who linger and waits for descriptors; then, after all events
 * (mhd/sleepers.h), waits for time and deadlines. */
static int loop_turn(struct loop *loop)
{
    struct epoll_event events[EVENTS_PER_TURN];
    int count = epoll_wait(loop->epoll_fd, events, EVENTS_PER_TURN, loop_timeout_ms(loop));
    bool is_draining = server_is_draining(loop->worker->server);

    if (count < 0 && errno != EINTR)
        return -errno;
    loop->now_ms = clock_now_ms();
    for (int i = 0; i < count; i++)
        loop_event(loop, &events[i]);
    peers_resume(&loop->peers, loop->now_ms);
    if (is_draining)
        loop_drain(loop);
    if (is_draining || loop->now_ms >= loop->next_sweep_ms)
        loop_sweep(loop, is_draining);
    loop_listen(loop);
    spare_look(&loop->spare, atomic_load(&loop->worker->server->admission.open), loop->now_ms);
    spare_turn(&loop->spare, loop->now_ms);
    return 0;
}

struct loop *loop_new(struct worker *worker, const char *server_name)
{
    struct epoll_event event = {EPOLLIN, {.ptr = worker}};
    struct loop *loop = calloc(1, sizeof *loop);

    if (!loop)
        return NULL;
    loop->worker = worker;
    loop->spare = (struct spare)SPARE_INIT;
    loop->now_ms = clock_now_ms();
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll_fd < 0 ||
        epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, worker->wake_fd, &event) < 0) {
        free(loop);
        return NULL;
    }
    answers_init(&loop->answers, server_name);
    peers_init(&loop->peers, worker, &loop->answers, loop->epoll_fd);
    arrivals_init(&loop->arrivals);
    loop_listen(loop);
    return loop;
}

/* Places are counted, not peers: what the library has just been handed is no peer yet. */
static bool loop_is_done(const struct loop *loop)
{
    return loop->worker->listener_fd < 0 && atomic_load(&loop->worker->server->admission.open) == 0;
}

int loop_run(struct loop *loop)
{
    int error = 0;

    while (!error && !loop_is_done(loop))
        error = loop_turn(loop);
    return error;
}

void loop_free(struct loop *loop)
{
    close(loop->epoll_fd);
    arrivals_release(&loop->arrivals);
    peers_release(&loop->peers);
    answers_release(&loop->answers);
    free(loop);
}
