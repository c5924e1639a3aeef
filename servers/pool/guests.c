#include "pool/guests.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/app.h"
#include "core/clock.h"
#include "core/unsent.h"

enum { SWEEP_MS = 1000 };

int guests_init(struct guests *guests, struct worker *worker, const struct guests_hooks *hooks,
                size_t peer_bytes)
{
    struct epoll_event event = {EPOLLIN | EPOLLET, {.u64 = GUESTS_TOKEN_TIMER}};
    int error;

    *guests = (struct guests){
        .worker = worker, .hooks = hooks, .spare = SPARE_INIT, .now_ms = clock_now_ms()};
    error = roster_init(&guests->roster, peer_bytes, worker->server->max_connections);
    if (!error)
        error = waits_open(&guests->waits);
    if (error)
        return error;
    guests->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (guests->epoll_fd < 0 ||
        epoll_ctl(guests->epoll_fd, EPOLL_CTL_ADD, guests->waits.timer_fd, &event) < 0)
        return -errno;
    return 0;
}

void guests_release(struct guests *guests)
{
    assert(roster_is_empty(&guests->roster) && guests->waits.heap.count == 0);
    close(guests->epoll_fd);
    waits_close(&guests->waits);
    roster_release(&guests->roster);
}

/* ---- the accepting thread ---- */

/* Returns false once nothing is queued. */
static bool guests_accept(struct guests *guests)
{
    struct worker *worker = guests->worker;

    for (int i = 0; i < SERVER_ACCEPTS_PER_TURN; i++) {
        int fd = gate_accept(worker->gate, worker->listener_fd, SOCK_NONBLOCK | SOCK_CLOEXEC,
                             guests->now_ms);

        if (fd < 0)
            return fd != -EAGAIN;
        guests->hooks->open(fd);
    }
    return true;
}

/* Calls for those whose deadline has passed; while draining, for all, that they may hear of it. */
static void guests_sweep(struct guests *guests, bool is_draining)
{
    uint64_t until_ms = is_draining ? UINT64_MAX : guests->now_ms;
    uint32_t index = 0;
    uint64_t token;

    guests->next_sweep_ms = guests->now_ms + (is_draining ? SERVER_DRAIN_STEP_MS : SWEEP_MS);
    while ((token = roster_overdue(&guests->roster, &index, until_ms)))
        guests->hooks->look(token);
    if (!is_draining)
        app_tidy(guests->worker->app);
}

static void guests_drain(struct guests *guests)
{
    struct worker *worker = guests->worker;

    /* A listener's queue is reset with it: close it empty. */
    if (worker->listener_fd >= 0 &&
        (!guests_accept(guests) || guests->now_ms >= worker->server->drain_accept_until_ms)) {
        close(worker->listener_fd);
        worker->listener_fd = -1;
    }
    guests_sweep(guests, true);
}

/* One turn: newcomers, then deadlines. */
static int guests_turn(struct guests *guests)
{
    struct worker *worker = guests->worker;
    bool listens = worker->listener_fd >= 0 && gate_is_open(worker->gate, guests->now_ms);
    struct pollfd fds[] = {{listens ? worker->listener_fd : -1, POLLIN, 0},
                           {worker->wake_fd, POLLIN, 0}};
    uint64_t opens_ms = gate_opens_ms(worker->gate);
    uint64_t next_ms = opens_ms < guests->next_sweep_ms ? opens_ms : guests->next_sweep_ms;
    int timeout_ms = next_ms > guests->now_ms ? (int)(next_ms - guests->now_ms) : 0;

    if (poll(fds, 2, timeout_ms) < 0 && errno != EINTR)
        return -errno;
    guests->now_ms = clock_now_ms();
    if (fds[1].revents)
        eventfd_read(worker->wake_fd, &(eventfd_t){0});
    if (fds[0].revents)
        guests_accept(guests);
    if (server_is_draining(worker->server))
        guests_drain(guests);
    else if (guests->now_ms >= guests->next_sweep_ms)
        guests_sweep(guests, false);
    spare_look(&guests->spare, atomic_load(&worker->server->admission.open), guests->now_ms);
    spare_turn(&guests->spare, guests->now_ms);
    return 0;
}

int guests_run(struct guests *guests)
{
    const struct worker *worker = guests->worker;
    int error = 0;

    while (!error && (worker->listener_fd >= 0 || atomic_load(&worker->server->admission.open) > 0))
        error = guests_turn(guests);
    return error;
}

/* ---- a guest ---- */

struct guest *guest_new(struct guests *guests, int fd, struct conn_shared *shared, uint64_t now_ms)
{
    struct guest *guest = (struct guest *)roster_new(&guests->roster);

    if (!guest) {
        close(fd);
        gate_leave(guests->worker->gate);
        return NULL;
    }
    guest->fd = fd;
    guest->wish = CONN_READ;
    conn_open(&guest->conn, shared, now_ms);
    return guest;
}

static void guest_unwait(struct guests *guests, struct guest *guest)
{
    const struct app_wait *wait = conn_wait(&guest->conn);

    if (!guest->is_waiting)
        return;
    guest->is_waiting = false;
    waits_remove(&guests->waits, &guest->wait);
    if (wait && wait->fd >= 0)
        epoll_ctl(guests->epoll_fd, EPOLL_CTL_DEL, wait->fd, NULL);
}

void guest_end(struct guests *guests, struct guest *guest)
{
    guest_unwait(guests, guest);
    if (guest->wish & CONN_RESET)
        setsockopt(guest->fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
    close(guest->fd);
    conn_close(&guest->conn);
    roster_free(&guests->roster, &guest->place);
    gate_leave(guests->worker->gate);
}

void guest_begin(struct guests *guests, struct guest *guest, struct conn_shared *shared,
                 uint64_t now_ms)
{
    guest->conn.shared = shared;
    if (!server_is_draining(guests->worker->server) || guest->is_drained)
        return;
    guest->is_drained = true;
    conn_drain(&guest->conn, now_ms);
}

/* The time of a wait counts from here, not from the turn's begin, or it would end early. */
static int guest_wait(struct guests *guests, struct guest *guest)
{
    const struct app_wait *wait = conn_wait(&guest->conn);
    uint64_t token = place_token(&guest->place);
    struct epoll_event event = {(uint32_t)wait->events | EPOLLONESHOT,
                                {.u64 = token | GUESTS_TOKEN_WAIT}};
    int error = waits_add(&guests->waits, &guest->wait, token, clock_after_ms(wait->timeout_ms));

    guest->is_waiting = true;
    if (error || wait->fd < 0)
        return error;
    return epoll_ctl(guests->epoll_fd, EPOLL_CTL_ADD, wait->fd, &event) < 0 ? -errno : 0;
}

void guest_aside(struct guests *guests, struct guest *guest)
{
    if ((guest->wish & CONN_WAIT) && !guest->is_waiting && guest_wait(guests, guest) < 0)
        guest->wish = CONN_RESET;
    if ((guest->wish & CONN_LINGER) && !guest->is_shut)
        guest->is_shut = shutdown(guest->fd, SHUT_WR) == 0;
}

/* An event may be that of an earlier wait's fd, taken before that wait ended by its time: ask about
 * the fd of this one. */
static short guest_look(const struct guest *guest)
{
    const struct app_wait *wait = conn_wait(&guest->conn);
    struct pollfd fd = {wait->fd, wait->events, 0};

    return wait->fd >= 0 && poll(&fd, 1, 0) > 0 ? fd.revents : 0;
}

/* The time that is up may be that of an earlier wait, too, which its fd has ended. */
bool guest_waited(struct guests *guests, struct guest *guest, uint32_t posts, uint64_t now_ms,
                  short *revents)
{
    bool is_due = (posts & GUEST_TIME_UP) && now_ms >= guest->wait.entry.due_ms;

    *revents = (short)((posts & (GUEST_TIME_UP - 1)) >> GUEST_WAIT_SHIFT);
    if (*revents && guest->is_waiting)
        *revents = guest_look(guest);
    if (!guest->is_waiting || (!*revents && !is_due))
        return false;
    guest_unwait(guests, guest);
    return true;
}

unsigned guest_expire(struct guests *guests, struct guest *guest, uint64_t now_ms,
                      struct conn_out *out)
{
    if (server_drain_is_over(guests->worker->server, now_ms))
        return CONN_RESET;
    conn_progress(&guest->conn, socket_unsent_bytes(guest->fd), now_ms);
    return conn_expire(&guest->conn, now_ms, out);
}

uint32_t guest_yield(struct guest *guest)
{
    place_set_deadline(&guest->place, conn_deadline_ms(&guest->conn));
    return place_yield(&guest->place);
}
