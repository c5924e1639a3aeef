/*
 * One place for a connection, and the request that is on it. The place
 * stays, connections come and go: the first request after one has ended
 * makes the next, and pays for it with its latency, as a user would.
 *
 * Sockets are registered once, edge-triggered (epoll(7)): what fills the whole buffer, or comes
 * with the peer's end, is asked for again. A connection is closed in the ordinary way, so that the
 * server sees what it sees of its users, and not by the reset that SO_LINGER would make of it:
 * servers handle that as an error. The side that closes first keeps the port in TIME_WAIT, which is
 * why sources are spread (target_spread).
 */
#ifndef PACE_CONNECTION_H
#define PACE_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "pace/answer.h"
#include "pace/record.h"
#include "pace/requests.h"
#include "pace/target.h"

struct lane;

struct connection {
    struct lane *lane;       /* whose it is */
    struct connection *next; /* in the one line in which it stands */
    int fd;                  /* -1: none */
    bool is_connecting;
    bool is_exercise;             /* its request is the one before the window */
    bool is_ending;               /* the peer has closed its side */
    bool is_spoiled;              /* more came than was asked for: it is not asked again */
    bool was_ended;               /* by the server, so the next connection here is one made again */
    enum disturbance disturbance; /* of its request */
    bool is_stamped;              /* the kernel told when its last bytes came */
    bool is_looked_at;            /* one answer of it was, or need not be */
    const struct request *request; /* on its way; NULL: none is */
    uint32_t sent_bytes;           /* of it */
    uint32_t answers_due;          /* to it */
    uint32_t answered;             /* answers on this connection */
    int64_t connect_ns;            /* when the last one was begun */
    int64_t asked_ns;              /* when the request was sent on it, after any connecting */
    int64_t rest_until_ns;
    struct times times; /* of the request; seen_idle_ns while there is none */
    struct answer answer;
};

/* Begins to connect. 0 or -errno. */
int connection_open(struct connection *connection, struct target *target, int epoll_fd);
/* Takes over a socket that is connected. 0 or -errno. */
int connection_adopt(struct connection *connection, int fd, int epoll_fd);
/* Its connecting is over. 0, or -errno: then it never stood. */
int connection_finish(struct connection *connection);
/* Sends what the socket takes of the request. Bytes, or
 * -errno; the rest goes on when the socket has room. */
ssize_t connection_send(struct connection *connection);
/* Bytes, 0 at the peer's end, or -errno. *arrived_ns: when the kernel
 * had the last of them, by CLOCK_REALTIME; 0: it does not say, as for
 * the first packets after the first socket asked for it. */
ssize_t connection_receive(struct connection *connection, char *bytes, size_t size,
                           int64_t *arrived_ns);
/* Has epoll report again what is ready. */
void connection_again(struct connection *connection, int epoll_fd);
void connection_close(struct connection *connection); /* one that is closed is left so */

/* First in, first out. */
struct line {
    struct connection *first, **last;
};
void line_init(struct line *line);
void line_push(struct line *line, struct connection *connection);
struct connection *line_pop(struct line *line); /* NULL: nobody is in it */

#endif
