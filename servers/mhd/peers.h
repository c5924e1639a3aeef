/*
 * The connections of one daemon, and what the library leaves to its user: a deadline that counts
 * from a head's first byte, progress of bodies and of writes, an end of the connection that lets
 * the client read the last answer, and waits that are resumed on time.
 *
 * Two threads meet here. The library's (the daemon's, or the connection's own) runs the handler and
 * moves a peer's state; the worker's looks at all peers once a second, and takes one whose deadline
 * has passed by moving its state to PEER_ENDED: what the handler then finds, and gives up. So a
 * request is either answered or refused, never both.
 *
 * The library has no call that ends a connection from outside: its socket is shut down, and it
 * finds the end of input. Its close would reset a client that is still sending; so a second
 * descriptor keeps the socket until the client has ended too, for 2 s at most.
 */
#ifndef MHD_PEERS_H
#define MHD_PEERS_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "core/server.h"
#include "mhd/answers.h"
#include "mhd/sleepers.h"

enum { PEER_HEAD_BYTES = 512 }; /* of a head that needs no memory of its own */

enum peer_state {
    PEER_READING, /* a request's head is awaited */
    PEER_BODY,
    PEER_WAITING, /* its thread waits, or it is suspended */
    PEER_ANSWERING,
    PEER_ENDED, /* taken by the worker: its socket is shut down */
};

struct peer {
    struct peers *peers;
    struct peer *next, *previous; /* in peers->first or peers->lingering */
    struct MHD_Connection *connection;
    int fd;
    _Atomic unsigned state;
    _Atomic uint64_t since_ms; /* when the state was reached, or the body last made progress */
    struct sleeper sleeper;    /* while it is suspended; the peers' lock */
    atomic_bool has_served;    /* a request, since it was opened */

    /* The worker's. */
    uint64_t head_since_ms; /* 0: no byte of a head was seen */
    uint64_t sent_since_ms;
    uint32_t unsent_bytes;
    uint64_t linger_until_ms;
    uint32_t lingered_bytes;

    /* The request in progress: the handler's. */
    struct http_request request;
    struct app_call call;
    struct app_wait wait_for;
    short revents; /* of its fd, which ended the wait; 0: its time */
    char *held;    /* of the answer: in use until it is out */
    bool is_begun, is_waiting;
    struct slice target;      /* as it came; a copy if the library is going to change it */
    const char *target_place; /* where it lies in the library's buffer */
    const char *head_end;     /* of the head's last field there */
    char *target_copy, *large_head;
    char *body;
    size_t body_len, body_cap;
    uint32_t progress_bytes;
    char head[PEER_HEAD_BYTES];
};

struct peers {
    struct worker *worker;
    struct answers *answers;
    int epoll_fd;         /* the worker's: lingering sockets are added to it */
    pthread_mutex_t lock; /* of the lists and the sleepers */
    struct peer *first, *lingering;
    struct sleepers sleepers;
    uint64_t drain_began_ms; /* the worker's */
    bool looks_at_places;    /* seen.h */
};

void peers_init(struct peers *peers, struct worker *worker, struct answers *answers, int epoll_fd);
void peers_release(struct peers *peers);

/* Into and out of one of the lists, under the lock. */
void peer_link(struct peer **list, struct peer *peer);
void peer_unlink(struct peer **list, struct peer *peer);

/* A connection has begun; NULL when memory has run out. */
struct peer *peer_open(struct peers *peers, struct MHD_Connection *connection, int fd);
/* The library is about to close its socket. */
void peer_close(struct peer *peer);

/* Moves the state on. False: the worker has ended the peer. */
bool peer_enter(struct peer *peer, enum peer_state state);
/* Keeps the target of a request that begins: false: no memory. */
bool peer_note_target(struct peer *peer, const char *target);
/* The head is accepted, and its body to come. */
void peer_await_body(struct peer *peer);
/* Keeps a part of it. False: no memory. */
bool peer_collect(struct peer *peer, struct slice part);
/* A request's answer is out, or was given up: cancels its wait and frees what it held. */
void peer_complete(struct peer *peer);
/* Suspends the connection until the worker resumes it, which sets revents. False: no memory, or the
 * worker has ended the peer. */
bool peer_suspend(struct peer *peer);

#endif
