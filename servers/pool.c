/*
 * A pool of threads: a fixed number of them, and whichever is free takes the next ready connection.
 *
 * Path:    one epoll for all. A thread takes one event, then recv, the shared core, send. Sockets
 *          are registered once, edge-triggered: that no two threads serve one peer is seen to by an
 *          atomic word in the peer, not by a system call for each request. A peer that waits is
 *          parked: a timer in the same epoll tells when it is due. One more thread accepts.
 * Costs:   three system calls per request (strace sees more), two atomic operations on the peer and
 *          two on a word of the pool, no lock; 384 bytes of user memory per idle connection, 12 KiB
 *          per thread, 130 after large bodies.
 * Limits:  all threads meet in one epoll and one listener. A handler that took long would hold its
 *          thread only, until 16 per worker do.
 * Differs: one listener for all workers, on which a thread of its own
 *          accepts; the threads run under SCHED_BATCH.
 * Read:    peer_serve, then hand_serve with pool/roster.h, then hand_turn. A hand is a thread of
 *          the pool, a guest a connection, a place its memory with the claim to it.
 */
#include <assert.h>
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "app/app.h"
#include "pool/guests.h"
#include "pool/hands.h"
#include "core/transfer.h"

enum {
    HANDS_PER_WORKER = 16,
    /* Wait in the epoll at a time; the others sit on a bench (pool/lookout.h). */
    WATCHERS_PER_WORKER = 2,
    TURN_BYTES = 256 * 1024, /* read and written for one peer before the others get their turn */
    RESUMES_PER_TURN = 16,
    PEER_EVENTS = EPOLLIN | EPOLLOUT | EPOLLRDHUP,
};

struct peer {
    struct guest guest;
    uint8_t ready;   /* CONN_READ, CONN_WRITE: what the edges have told to be possible */
    bool has_hangup; /* RDHUP, HUP or ERR was among them: a short read is not the end */
};

static_assert(sizeof(struct peer) < 512, "what an idle connection may cost");

static struct guests guests;
static struct hands hands;

/* ---- a peer, by the hand (a thread of the pool) that has claimed it ---- */

/* Registers the socket; with EPOLL_CTL_MOD again, whereupon epoll reports once more what is ready.
 */
static int peer_register(struct peer *peer, int operation)
{
    struct epoll_event event = {PEER_EVENTS | EPOLLET, {.u64 = place_token(&peer->guest.place)}};

    return epoll_ctl(guests.epoll_fd, operation, peer->guest.fd, &event);
}

/* Sends the kept tail, or what is in out. Returns whether all of it is in the socket. */
static bool peer_send(struct hand *hand, struct peer *peer)
{
    struct guest *guest = &peer->guest;
    ssize_t sent = transfer_send(&guest->conn, guest->fd, &hand->out, hand->now_ms, &guest->wish);

    if (sent < 0 || conn_tail(&guest->conn).len > 0) {
        peer->ready &= ~CONN_WRITE;
        return false;
    }
    hand->turn_bytes += (size_t)sent;
    return true;
}

/* Carries out a wish and those that follow from it, until input, a wait or room in the socket is
 * needed, or the peer has had its turn, or is to be closed, which hand_serve does. */
static void peer_follow(struct hand *hand, struct peer *peer, unsigned wish)
{
    struct guest *guest = &peer->guest;

    guest->wish = wish;
    while ((guest->wish & CONN_WRITE) && peer_send(hand, peer) && hand->turn_bytes < TURN_BYTES)
        guest->wish = conn_more(&guest->conn, hand->now_ms, &hand->out);
    if (guest->wish & (CONN_WAIT | CONN_LINGER))
        guest_aside(&guests, guest);
}

static void peer_read(struct hand *hand, struct peer *peer)
{
    struct guest *guest = &peer->guest;
    ssize_t n = recv(guest->fd, hand->in, sizeof hand->in, 0);
    struct slice in = {hand->in, n > 0 ? (size_t)n : 0};

    if (n < 0) {
        if (errno == EINTR) /* and still ready */
            return;
        peer->ready &= ~CONN_READ;
        if (errno != EAGAIN)
            guest->wish = CONN_CLOSE;
        return;
    }
    /* epoll(7) question 9: a short read has emptied the socket, and a new edge will tell of more;
     * but a FIN that came with the data came in the same event. */
    if (n == 0 || (in.len < sizeof hand->in && !peer->has_hangup))
        peer->ready &= ~CONN_READ;
    hand->turn_bytes += in.len;
    peer_follow(hand, peer, conn_input(&guest->conn, in, hand->now_ms, &hand->out));
}

/* Reads and writes until there is nothing to do. A peer that has had its turn is reported again, to
 * this hand or another, behind those that are ready by now. */
static void peer_serve(struct hand *hand, struct peer *peer)
{
    struct guest *guest = &peer->guest;
    unsigned possible;

    while ((possible = guest->wish & peer->ready) && hand->turn_bytes < TURN_BYTES)
        if (possible & CONN_WRITE)
            peer_follow(hand, peer, guest->wish);
        else
            peer_read(hand, peer);
    if (possible) {
        peer->ready = 0;
        peer_register(peer, EPOLL_CTL_MOD);
    }
}

/* Its wait is over: by its fd's revents, or 0 by its time. */
static void peer_resume(struct hand *hand, struct peer *peer, short revents)
{
    unsigned wish = conn_event(&peer->guest.conn, revents, hand->now_ms, &hand->out);

    peer_follow(hand, peer, wish);
}

static void peer_expire(struct hand *hand, struct peer *peer)
{
    unsigned wish = guest_expire(&guests, &peer->guest, hand->now_ms, &hand->out);

    if (!(wish & peer->guest.wish & CONN_WRITE)) /* else: not yet, and no edge has told of room */
        peer_follow(hand, peer, wish);
}

/* What has been posted to it: an event of its socket, mostly. */
static void peer_event(struct hand *hand, struct peer *peer, uint32_t posts)
{
    struct guest *guest = &peer->guest;
    bool is_gone = posts & (EPOLLHUP | EPOLLERR); /* in both directions, not half-closed */
    short revents;

    hand->turn_bytes = 0;
    if (is_gone || (posts & EPOLLRDHUP)) {
        peer->has_hangup = true;
        posts |= EPOLLIN;
    }
    peer->ready |= (posts & EPOLLIN ? CONN_READ : 0) | (posts & EPOLLOUT ? CONN_WRITE : 0);
    if (is_gone && !(guest->wish & CONN_READ)) /* no read would find out */
        guest->wish = CONN_CLOSE;
    else if (posts >> GUEST_WAIT_SHIFT &&
             guest_waited(&guests, guest, posts, hand->now_ms, &revents))
        peer_resume(hand, peer, revents);
    if ((posts & GUEST_OVERDUE) && !guest_is_ending(guest))
        peer_expire(hand, peer);
    peer_serve(hand, peer);
}

/* ---- a hand ---- */

/* Serves a claimed peer until nothing has been posted to it meanwhile, and lets it go. */
static void hand_serve(struct hand *hand, struct peer *peer, uint32_t posts)
{
    do {
        guest_begin(&guests, &peer->guest, &hand->shared, hand->now_ms);
        peer_event(hand, peer, posts);
        if (guest_is_ending(&peer->guest)) {
            guest_end(&guests, &peer->guest);
            return;
        }
        posts = guest_yield(&peer->guest);
        if (posts) /* by someone whose clock may have been ahead */
            hand_tick(hand);
    } while (posts);
}

/* Whoever posts to a peer that nobody serves, serves it. */
static void hand_post(struct hand *hand, uint64_t token, uint32_t posts)
{
    struct place *place = roster_post(&guests.roster, token, posts);

    if (place)
        hand_serve(hand, (struct peer *)place, posts);
}

/* Some of those due; if there are more, the timer has run out again, for whoever is free. */
static void hand_resume(struct hand *hand)
{
    uint64_t tokens[RESUMES_PER_TURN];
    int count = waits_take(&guests.waits, hand->now_ms, tokens, RESUMES_PER_TURN);

    for (int i = 0; i < count; i++)
        hand_post(hand, tokens[i], GUEST_TIME_UP);
}

/* One turn: one event, so that no peer waits behind another while a hand is free. */
static void hand_turn(struct hand *hand)
{
    struct epoll_event event;
    int count;

    lookout_enter(&hands.lookout);
    count = epoll_wait(guests.epoll_fd, &event, 1, -1);
    assert(count == 1 || errno == EINTR);
    lookout_leave(&hands.lookout);
    if (count < 0 || event.data.u64 == GUESTS_TOKEN_END)
        return;
    hand_tick(hand);
    if (event.data.u64 == GUESTS_TOKEN_TIMER)
        hand_resume(hand);
    else if (event.data.u64 & GUESTS_TOKEN_WAIT)
        hand_post(hand, event.data.u64 & ~GUESTS_TOKEN_WAIT, event.events << GUEST_WAIT_SHIFT);
    else
        hand_post(hand, event.data.u64, event.events);
}

static void *hand_main(void *hand)
{
    while (!hands_are_over(&hands))
        hand_turn(hand);
    return NULL;
}

/* ---- what the accepting thread calls, with a hand of its own ---- */

static void peer_open(int fd)
{
    struct hand *hand = hands_own(&hands);
    struct peer *peer;

    hand_tick(hand);
    peer = (struct peer *)guest_new(&guests, fd, &hand->shared, hand->now_ms);
    if (!peer)
        return;
    peer->ready = CONN_WRITE;
    if (peer_register(peer, EPOLL_CTL_ADD) < 0)
        peer->guest.wish = CONN_CLOSE;
    hand_serve(hand, peer, 0);
}

static void peer_due(uint64_t token)
{
    struct hand *hand = hands_own(&hands);

    hand_tick(hand);
    hand_post(hand, token, GUEST_OVERDUE);
}

/* ---- the model ---- */

static int start(struct worker *worker)
{
    static const struct guests_hooks hooks = {peer_open, peer_due};
    unsigned workers = worker->server->options.workers;
    int error = guests_init(&guests, worker, &hooks, sizeof(struct peer));

    if (!error)
        error = hands_init(&hands, HANDS_PER_WORKER * workers, WATCHERS_PER_WORKER * workers,
                           "backbench-pool", worker->app);
    return error ? error : hands_start(&hands, hand_main);
}

static int run(struct worker *worker)
{
    int error = guests_run(&guests);

    if (error)
        return error;
    hands_end(&hands, guests.epoll_fd, worker->wake_fd, GUESTS_TOKEN_END);
    hands_release(&hands);
    guests_release(&guests);
    return 0;
}

int main(int argc, char **argv)
{
    static const char *const differs[] = {
        "one listener for all workers, on which a thread of its own accepts",
        "the threads run under SCHED_BATCH", NULL};
    const struct model model = {
        .name = "pool",
        .summary = "a pool of threads that take ready connections from one epoll",
        .workers_meaning = "16 threads each, on one epoll",
        .runs_one_worker = true,
        .routes = app_routes(),
        .differs = differs,
        .start = start,
        .run = run,
    };

    return server_main(&model, argc, argv);
}
