#include "uv/acceptor.h"

/* They are opened after those who are here have been served. */
static void reported(uv_poll_t *poll, int status, int events)
{
    struct acceptor *acceptor = (struct acceptor *)poll;

    (void)status, (void)events;
    acceptor->has_newcomers = true;
}

/* Level-triggered, so nothing that is queued is forgotten. */
static void listen_if(struct acceptor *acceptor, bool listens)
{
    if (listens && !acceptor->is_listening)
        uv_poll_start(&acceptor->poll, UV_READABLE, reported);
    else if (!listens && acceptor->is_listening)
        uv_poll_stop(&acceptor->poll);
    acceptor->is_listening = listens;
}

int acceptor_open(struct acceptor *acceptor, uv_loop_t *uv, int listener_fd)
{
    int error = uv_poll_init(uv, &acceptor->poll, listener_fd);

    if (!error)
        listen_if(acceptor, true);
    return error;
}

void acceptor_close(struct acceptor *acceptor)
{
    uv_close((uv_handle_t *)&acceptor->poll, NULL);
}

void acceptor_follow(struct acceptor *acceptor, struct clients *clients)
{
    struct worker *worker = clients->worker;

    if (acceptor->has_newcomers)
        clients_accept(clients);
    acceptor->has_newcomers = false;
    if (clients->is_draining) /* what libuv watches must not be closed */
        listen_if(acceptor, false);
    clients_leave_port(clients);
    listen_if(acceptor, worker->listener_fd >= 0 && gate_is_open(worker->gate, clients->now_ms));
}
