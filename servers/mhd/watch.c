#include "mhd/watch.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/conn.h"
#include "core/unsent.h"

/* Of struct tcp_info; the kernel's include/net/tcp_states.h, which it does not export. */
enum {
    STATE_ESTABLISHED = 1,
    STATE_FIN_WAIT1 = 4,
    STATE_FIN_WAIT2 = 5,
    STATE_CLOSE = 7,
    STATE_CLOSE_WAIT = 8,
};

enum {
    EMPTY_LINE_BYTES = 2,
    LINGER_READ_BYTES = 4096,
    RECENT_MS = 200, /* who has been served since is not looked at */
    JIFFY_MS = 10,   /* the longest: how exactly the kernel knows when bytes came */
};

/* Zeroed if the kernel does not tell. */
static struct tcp_info look_at(int fd)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof info;

    getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len);
    return info;
}

/* Whether the client may still be sending: only then a close could reset it. */
static bool may_be_sending(int fd)
{
    struct tcp_info info = look_at(fd);

    return (info.tcpi_state == STATE_ESTABLISHED || info.tcpi_state == STATE_FIN_WAIT1 ||
            info.tcpi_state == STATE_FIN_WAIT2);
}

/* ---- lingering ---- */

static bool is_aborted(int fd)
{
    struct linger linger = {0};
    socklen_t len = sizeof linger;

    return getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &len) == 0 && linger.l_onoff;
}

bool watch_linger(struct peer *peer)
{
    struct peers *peers = peer->peers;
    struct epoll_event event = {EPOLLIN | EPOLLRDHUP | EPOLLET, {.ptr = peer}};
    bool is_brief = server_is_draining(peers->worker->server);
    int fd;

    if (is_aborted(peer->fd) || !may_be_sending(peer->fd))
        return false;
    fd = dup(peer->fd);
    if (fd < 0)
        return false;
    shutdown(fd, SHUT_WR);
    peer->fd = fd;
    peer->linger_until_ms =
        clock_after_ms(is_brief ? CONN_DRAIN_LINGER_MS : CONN_LINGER_TIMEOUT_MS);
    peer_link(&peers->lingering, peer);
    if (epoll_ctl(peers->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
        peer->linger_until_ms = 0; /* the next sweep ends it */
    return true;
}

/* ---- waits ---- */

static struct peer *peer_of(struct sleeper *sleeper)
{
    return (struct peer *)((char *)sleeper - offsetof(struct peer, sleeper));
}

/* One that sleeps no more. */
static void resume(struct peer *peer, short revents)
{
    peer->revents = revents;
    MHD_resume_connection(peer->connection);
}

void peers_wake(struct peers *peers, struct sleeper *sleeper, short revents)
{
    pthread_mutex_lock(&peers->lock);
    sleepers_wake(&peers->sleepers, sleeper);
    resume(peer_of(sleeper), revents);
    pthread_mutex_unlock(&peers->lock);
}

void peers_resume(struct peers *peers, uint64_t now_ms)
{
    struct sleeper *sleeper;

    pthread_mutex_lock(&peers->lock);
    while ((sleeper = sleepers_wake_due(&peers->sleepers, now_ms)))
        resume(peer_of(sleeper), 0);
    pthread_mutex_unlock(&peers->lock);
}

uint64_t peers_resume_ms(struct peers *peers)
{
    uint64_t next_ms;

    pthread_mutex_lock(&peers->lock);
    next_ms = sleepers_next_ms(&peers->sleepers);
    pthread_mutex_unlock(&peers->lock);
    return next_ms;
}

/* The library finds out about the end of a suspended connection only once it is resumed. */
static void rouse(struct peer *peer)
{
    if (!sleeper_is_asleep(&peer->sleeper))
        return;
    sleepers_wake(&peer->peers->sleepers, &peer->sleeper);
    resume(peer, 0);
}

/* Takes the peer from the library, unless its state has moved on; refuses it with status, if that
 * is not 0, and lets the library find the end of input. */
static void end(struct peer *peer, unsigned state, uint16_t status)
{
    if (!atomic_compare_exchange_strong(&peer->state, &state, PEER_ENDED))
        return;
    if (status)
        answers_send_refusal(peer->peers->answers, peer->fd, status, time(NULL));
    shutdown(peer->fd, status ? SHUT_RD : SHUT_RDWR);
    rouse(peer);
}

/* Whatever it does. */
static void reset(struct peer *peer)
{
    atomic_store(&peer->state, PEER_ENDED);
    setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
    shutdown(peer->fd, SHUT_RDWR);
    rouse(peer);
}

/*
 * Whether bytes of a head have come since the last request, and since when as far
 * as it can be known: the kernel tells when the last ones came. Those that came
 * along with the request before are not seen, and the idle time-out ends such a
 * peer; nor are two bytes on a new connection, which may be an empty line.
 */
static bool has_head(struct peer *peer, const struct tcp_info *info, uint64_t since_ms,
                     uint64_t now_ms)
{
    uint64_t came_ms = now_ms - info->tcpi_last_data_recv;

    if (peer->head_since_ms && peer->head_since_ms >= since_ms)
        return true;
    if (peer->has_served ? came_ms <= since_ms + JIFFY_MS
                         : info->tcpi_bytes_received <= EMPTY_LINE_BYTES)
        return false;
    peer->head_since_ms = came_ms > since_ms ? came_ms : since_ms;
    return true;
}

/* The library waits for edges and forgets about a FIN that came along with data (0.9.75): then it
 * is woken once more, and finds the end of input. */
static void remind(struct peer *peer, const struct tcp_info *info)
{
    if (info->tcpi_state == STATE_CLOSE_WAIT)
        shutdown(peer->fd, SHUT_RD);
}

static void sweep_reading(struct peer *peer, uint64_t now_ms)
{
    const struct peers *peers = peer->peers;
    uint64_t since_ms = atomic_load(&peer->since_ms);
    bool drains = server_is_draining(peers->worker->server);
    struct tcp_info info;

    if (now_ms < since_ms + RECENT_MS)
        return;
    info = look_at(peer->fd);
    remind(peer, &info);
    if (has_head(peer, &info, since_ms, now_ms)) {
        if (now_ms >= peer->head_since_ms + CONN_HEADER_TIMEOUT_MS)
            end(peer, PEER_READING, 408);
    } else if (now_ms >= since_ms + CONN_IDLE_TIMEOUT_MS ||
               (drains && now_ms >= peers->drain_began_ms + CONN_DRAIN_LINGER_MS)) {
        end(peer, PEER_READING, 0);
    }
}

static void sweep_body(struct peer *peer, uint64_t now_ms)
{
    struct tcp_info info = look_at(peer->fd);

    remind(peer, &info);
    if (now_ms >= atomic_load(&peer->since_ms) + CONN_BODY_INTERVAL_MS)
        end(peer, PEER_BODY, 408);
}

/* Whether the client has reset its connection, which nobody reads while it is suspended. */
static void sweep_waiting(struct peer *peer)
{
    if (look_at(peer->fd).tcpi_state == STATE_CLOSE)
        end(peer, PEER_WAITING, 0);
}

/* A write that makes no progress shows in what the client has not taken. */
static void sweep_answering(struct peer *peer, uint64_t now_ms)
{
    uint32_t unsent_bytes = socket_unsent_bytes(peer->fd);

    if (unsent_bytes != peer->unsent_bytes || unsent_bytes == 0 || !peer->sent_since_ms)
        peer->sent_since_ms = now_ms;
    peer->unsent_bytes = unsent_bytes;
    if (now_ms >= peer->sent_since_ms + CONN_WRITE_TIMEOUT_MS)
        reset(peer);
}

static void sweep_peer(struct peer *peer, uint64_t now_ms)
{
    unsigned state = atomic_load(&peer->state);

    if (state == PEER_READING)
        sweep_reading(peer, now_ms);
    else if (state == PEER_BODY)
        sweep_body(peer, now_ms);
    else if (state == PEER_WAITING)
        sweep_waiting(peer);
    else if (state == PEER_ENDED)
        shutdown(peer->fd, SHUT_RD); /* as remind: bytes may have come along with the end */
    if (state == PEER_ANSWERING)
        sweep_answering(peer, now_ms);
    else
        peer->sent_since_ms = 0;
}

static void linger_end(struct peer *peer)
{
    struct peers *peers = peer->peers;

    peer_unlink(&peers->lingering, peer);
    /* The library may not have closed its own descriptor yet, which would keep the socket there. */
    epoll_ctl(peers->epoll_fd, EPOLL_CTL_DEL, peer->fd, NULL);
    close(peer->fd);
    free(peer);
    gate_leave(peers->worker->gate);
}

void peers_sweep(struct peers *peers, uint64_t now_ms)
{
    pthread_mutex_lock(&peers->lock);
    for (struct peer *peer = peers->first; peer; peer = peer->next)
        sweep_peer(peer, now_ms);
    for (struct peer *peer = peers->lingering, *next; peer; peer = next) {
        next = peer->next;
        if (now_ms >= peer->linger_until_ms)
            linger_end(peer);
    }
    pthread_mutex_unlock(&peers->lock);
}

void peer_linger(struct peer *peer)
{
    char discarded[LINGER_READ_BYTES];
    struct peers *peers = peer->peers;

    ssize_t n;

    while ((n = recv(peer->fd, discarded, sizeof discarded, MSG_DONTWAIT)) > 0 &&
           peer->lingered_bytes < CONN_LINGER_LIMIT_BYTES)
        peer->lingered_bytes += (uint32_t)n;
    if (peer->lingered_bytes < CONN_LINGER_LIMIT_BYTES && may_be_sending(peer->fd))
        return;
    pthread_mutex_lock(&peers->lock);
    linger_end(peer);
    pthread_mutex_unlock(&peers->lock);
}

void peers_reset(struct peers *peers)
{
    pthread_mutex_lock(&peers->lock);
    for (struct peer *peer = peers->first; peer; peer = peer->next)
        reset(peer);
    while (peers->lingering)
        linger_end(peers->lingering);
    pthread_mutex_unlock(&peers->lock);
}
