#include "uring/acceptor.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

enum {
    ROOM_PER_WORKER = 64, /* for a multishot accept: more than mostly come in a turn */
};

enum armed { ARMED_NOTHING, ARMED_ACCEPT, ARMED_POLL };

static enum armed acceptor_wanted(const struct acceptor *acceptor, uint64_t now_ms)
{
    const struct server *server = acceptor->worker->server;
    unsigned room = admission_room(&server->admission);

    if (server_is_draining(server) || !gate_is_open(acceptor->worker->gate, now_ms))
        return ARMED_NOTHING;
    if (acceptor->only_polls || room < ROOM_PER_WORKER * server->workers_count)
        return ARMED_POLL;
    return ARMED_ACCEPT;
}

bool acceptor_follow(struct acceptor *acceptor, uint64_t now_ms)
{
    enum armed wanted = acceptor_wanted(acceptor, now_ms);
    int fd = acceptor->worker->listener_fd;

    if (acceptor->armed == ARMED_NOTHING && wanted == ARMED_ACCEPT) {
        io_uring_prep_multishot_accept(ring_sqe(acceptor->ring, acceptor->user_data), fd, NULL,
                                       NULL, SOCK_CLOEXEC);
        acceptor->armed = wanted;
    } else if (acceptor->armed == ARMED_NOTHING && wanted == ARMED_POLL) {
        io_uring_prep_poll_add(ring_sqe(acceptor->ring, acceptor->user_data), fd, POLLIN);
        acceptor->armed = wanted;
    } else if (acceptor->armed > wanted ? wanted == ARMED_NOTHING : acceptor->armed < wanted) {
        /* A poll may stay where an accept would do: it ends by itself. */
        if (!acceptor->is_cancelling)
            io_uring_prep_cancel64(ring_sqe(acceptor->ring, acceptor->cancel_user_data),
                                   acceptor->user_data, 0);
        acceptor->is_cancelling = true;
    }
    return acceptor->armed != ARMED_NOTHING;
}

int acceptor_completed(struct acceptor *acceptor, const struct io_uring_cqe *cqe, uint64_t now_ms)
{
    enum armed armed = acceptor->armed;

    if (!(cqe->flags & IORING_CQE_F_MORE)) {
        acceptor->armed = ARMED_NOTHING;
        acceptor->is_cancelling = false;
    }
    if (cqe->res == -ECANCELED)
        return cqe->res;
    if (armed == ARMED_POLL)
        return -EAGAIN;
    if (cqe->res >= 0)
        gate_enter_late(acceptor->worker->gate);
    else if (gate_accept_failed(acceptor->worker->gate, -cqe->res, now_ms) == GATE_EMPTY)
        acceptor->only_polls = true;
    return cqe->res;
}
