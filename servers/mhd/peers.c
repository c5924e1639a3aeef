#include "mhd/peers.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "core/clock.h"
#include "core/conn.h"
#include "mhd/seen.h"
#include "mhd/watch.h"

void peers_init(struct peers *peers, struct worker *worker, struct answers *answers, int epoll_fd)
{
    *peers = (struct peers){.worker = worker,
                            .answers = answers,
                            .epoll_fd = epoll_fd,
                            .looks_at_places = seen_knows_places(MHD_get_version())};
    sleepers_init(&peers->sleepers, epoll_fd);
    pthread_mutex_init(&peers->lock, NULL);
}

void peers_release(struct peers *peers)
{
    assert(!peers->first && !peers->lingering && peers->sleepers.dues.count == 0);
    sleepers_release(&peers->sleepers);
    pthread_mutex_destroy(&peers->lock);
}

void peer_link(struct peer **list, struct peer *peer)
{
    peer->previous = NULL;
    peer->next = *list;
    if (peer->next)
        peer->next->previous = peer;
    *list = peer;
}

void peer_unlink(struct peer **list, struct peer *peer)
{
    if (peer->next)
        peer->next->previous = peer->previous;
    if (peer->previous)
        peer->previous->next = peer->next;
    else
        *list = peer->next;
}

struct peer *peer_open(struct peers *peers, struct MHD_Connection *connection, int fd)
{
    struct peer *peer = calloc(1, sizeof *peer);

    if (!peer)
        return NULL;
    peer->peers = peers;
    peer->connection = connection;
    peer->fd = fd;
    peer->since_ms = clock_now_ms();
    pthread_mutex_lock(&peers->lock);
    peer_link(&peers->first, peer);
    pthread_mutex_unlock(&peers->lock);
    return peer;
}

void peer_close(struct peer *peer)
{
    struct peers *peers = peer->peers;
    bool lingers;

    peer_complete(peer);
    pthread_mutex_lock(&peers->lock);
    peer_unlink(&peers->first, peer);
    assert(!sleeper_is_asleep(&peer->sleeper)); /* the library closes none that is suspended */
    lingers = watch_linger(peer);
    pthread_mutex_unlock(&peers->lock);
    if (lingers)
        return;
    free(peer);
    gate_leave(peers->worker->gate);
}

bool peer_enter(struct peer *peer, enum peer_state state)
{
    unsigned now = atomic_load(&peer->state);

    do {
        if (now == PEER_ENDED)
            return false;
    } while (!atomic_compare_exchange_weak(&peer->state, &now, state));
    return true;
}

bool peer_note_target(struct peer *peer, const char *target)
{
    size_t len = strlen(target);

    peer->target_place = target;
    peer->target = (struct slice){target, len};
    if (strcspn(target, "%?") == len) /* it will be left as it is */
        return true;
    peer->target_copy = strdup(target);
    peer->target.ptr = peer->target_copy;
    return peer->target_copy != NULL;
}

void peer_await_body(struct peer *peer)
{
    atomic_store(&peer->since_ms, clock_now_ms());
    peer->progress_bytes = 0;
    peer_enter(peer, PEER_BODY);
}

/* A body of known length is collected in one piece of memory. */
static bool reserve(struct peer *peer, size_t bytes)
{
    size_t cap = peer->request.chunked ? 2 * bytes : (size_t)peer->request.content_length;
    char *body;

    if (bytes <= peer->body_cap)
        return true;
    body = realloc(peer->body, cap);
    if (!body)
        return false;
    peer->body = body;
    peer->body_cap = cap;
    return true;
}

bool peer_collect(struct peer *peer, struct slice part)
{
    if (!reserve(peer, peer->body_len + part.len))
        return false;
    memcpy(peer->body + peer->body_len, part.ptr, part.len);
    peer->body_len += part.len;
    peer->progress_bytes += (uint32_t)part.len;
    if (peer->progress_bytes >= CONN_BODY_PROGRESS_BYTES) {
        peer->progress_bytes = 0;
        atomic_store(&peer->since_ms, clock_now_ms());
    }
    return true;
}

void peer_complete(struct peer *peer)
{
    if (peer->is_waiting)
        app_cancel(&peer->call);
    free(peer->target_copy);
    free(peer->large_head);
    free(peer->body);
    free(peer->held);
    peer->target_copy = peer->large_head = peer->body = peer->held = NULL;
    peer->body_len = peer->body_cap = 0;
    peer->progress_bytes = 0;
    if (peer->is_begun)
        peer->has_served = true;
    peer->is_begun = peer->is_waiting = false;
    atomic_store(&peer->since_ms, clock_now_ms());
    peer_enter(peer, PEER_READING);
}

bool peer_suspend(struct peer *peer)
{
    struct peers *peers = peer->peers;
    uint64_t next_ms;
    bool sleeps, is_next;

    pthread_mutex_lock(&peers->lock);
    next_ms = sleepers_next_ms(&peers->sleepers);
    sleeps = atomic_load(&peer->state) != PEER_ENDED &&
             sleepers_add(&peers->sleepers, &peer->sleeper, &peer->wait_for) == 0;
    if (sleeps)
        MHD_suspend_connection(peer->connection);
    is_next = sleepers_next_ms(&peers->sleepers) < next_ms;
    pthread_mutex_unlock(&peers->lock);
    if (is_next)
        eventfd_write(peers->worker->wake_fd, 1);
    return sleeps;
}
