/*
 * libmicrohttpd: its own parser, its own event loop or threads, and the backend that all share. One
 * file, two names: server-mhd runs one daemon on epoll per worker, server-mhd-thread one thread per
 * connection.
 *
 * Path:    the worker's thread accepts and hands the socket to its daemon; a thread of the library
 *          reads and parses, then calls request() when the head is there, for each part of a body,
 *          and when all has come. What the library saw of the head is judged by the suite's parser.
 * Costs:   two system calls per request and a share of epoll_wait; three, with poll, where each
 *          connection has a thread. An answer that cannot be kept (JSON, an echo) is seven
 *          allocations. 12 KiB per connection, idle or not, which the library takes at once.
 * Limits:  time-outs come up to a second late, and so, on epoll, does the news of a client that has
 *          gone while it waits; in mhd-thread, a client for which there is no thread is closed.
 * Differs: the parser is the library's, and so are reason phrases, Date, Content-Length and the
 *          order of fields; the worker's thread accepts, resumes waits and looks after deadlines;
 *          epoll_wait is not libc's; docs/servers.md says what `diverges` lists.
 * Read:    request(), and what it calls; then loop_turn in mhd/loop.c; mhd/seen.h for what the
 *          library hides, and how it shows nevertheless; mhd/epoll_wait.c for how it could hang.
 */
#include <errno.h>
#include <microhttpd.h>
#include <string.h>
#include <time.h>

#include "core/server.h"
#include "mhd/diverges.h"
#include "mhd/judge.h"
#include "mhd/loop.h"

enum {
    STACK_BYTES = 128 * 1024,
    /* A largest head and 4 KiB for what the library keeps of it, and not its default of 32: it
     * takes that for each client, and zeroes one and a half times as much for each request
     * (0.9.75). Room for as many fields as a largest head can hold would be 128. */
    CONNECTION_BYTES = 12 * 1024,
    CLOSING_CONNECTIONS = 1024, /* may be in the library still when their places are free again */
};

/* ---- a request, in a thread of the library ---- */

static enum MHD_Result answer(struct loop *loop, struct peer *peer, const struct app_answer *answer,
                              bool closes)
{
    bool is_passed_on = answer->type == HTTP_OTHER;
    bool lasts = answer->body.len == 0 ||
                 (answer->body.ptr != peer->call.scratch && answer->body.ptr != peer->body);

    if (is_passed_on)
        peer->held = answer->held;
    closes |= !peer->request.keep_alive || server_is_draining(loop->worker->server);
    return answers_queue(&loop->answers, peer->connection, answer, closes, lasts && !is_passed_on);
}

static enum MHD_Result refuse(struct loop *loop, struct peer *peer, int status)
{
    struct app_answer refusal;

    app_refusal((uint16_t)status, &refusal);
    return answer(loop, peer, &refusal, true);
}

/* While a body is on its way the library takes no response. */
static enum MHD_Result refuse_now(struct loop *loop, struct peer *peer, int status)
{
    answers_send_refusal(&loop->answers, peer->fd, (uint16_t)status, time(NULL));
    return MHD_NO;
}

/* The head is there: what is to be refused without reading on, is. An answer before the body is
 * read closes the connection, so that everything else waits for the library's last call. */
static enum MHD_Result begin(struct loop *loop, struct peer *peer, const char *method,
                             const char *version)
{
    const struct http_request *request = &peer->request;
    int refusal = -judge_head(peer, method, version);
    bool has_body = request->chunked || request->content_length > 0;
    struct app_answer early;

    peer->is_begun = true;
    peer->call = (struct app_call){.app = loop->worker->app};
    if (refusal)
        return refuse(loop, peer, refusal);
    if (request->content_length > HTTP_BODY_LIMIT_BYTES)
        return refuse(loop, peer, 413);
    if (app_route(&peer->call, request) && has_body && request->expect_continue) {
        app_handle(&peer->call, request, (struct slice){0}, &early, &peer->wait_for);
        return answer(loop, peer, &early, true);
    }
    if (has_body)
        peer_await_body(peer);
    return MHD_YES;
}

static enum MHD_Result collect(struct loop *loop, struct peer *peer, struct slice part)
{
    if (part.len > HTTP_BODY_LIMIT_BYTES - peer->body_len)
        return refuse_now(loop, peer, 413);
    return peer_collect(peer, part) ? MHD_YES : MHD_NO;
}

static enum app_step step(struct peer *peer, struct app_answer *result)
{
    struct slice body = {peer->body, peer->body_len};

    return peer->is_waiting
               ? app_resume(&peer->call, peer->revents, result, &peer->wait_for)
               : app_handle(&peer->call, &peer->request, body, result, &peer->wait_for);
}

/* All of the request has come, or what it waits for. */
static enum MHD_Result finish(struct loop *loop, struct peer *peer)
{
    struct app_answer result;

    while (peer_enter(peer, PEER_ANSWERING)) {
        peer->is_waiting = step(peer, &result) == APP_WAIT;
        if (!peer->is_waiting)
            return answer(loop, peer, &result, false);
        if (!peer_enter(peer, PEER_WAITING))
            return MHD_NO;
        if (!loop->has_threads)
            return peer_suspend(peer) ? MHD_YES : MHD_NO;
        if (!wait_here(peer->fd, &peer->wait_for, &peer->revents))
            return MHD_NO;
    }
    return MHD_NO;
}

/* The library's callback: when the head is there, then for each part of a body, then when all has
 * come, and after a wait. */
static enum MHD_Result request(void *arg, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *data,
                               size_t *data_bytes, void **context)
{
    struct loop *loop = arg;
    struct peer *peer = *context;
    size_t part_bytes = *data_bytes;
    int refusal;

    (void)connection;
    (void)url;
    if (!peer)
        return MHD_NO;
    if (!peer->is_begun)
        return peer_enter(peer, PEER_ANSWERING) ? begin(loop, peer, method, version) : MHD_NO;
    *data_bytes = 0;
    if (part_bytes > 0)
        return peer_enter(peer, PEER_BODY) ? collect(loop, peer, (struct slice){data, part_bytes})
                                           : MHD_NO;
    refusal = -judge_trailers(peer);
    return refusal ? refuse(loop, peer, refusal) : finish(loop, peer);
}

/* ---- a connection, in a thread of the library ---- */

static struct peer *peer_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* The request line is there. What this returns is the request's context. */
static void *note_target(void *arg, const char *target, struct MHD_Connection *connection)
{
    struct peer *peer = peer_of(connection);

    (void)arg;
    return peer && peer_note_target(peer, target) ? peer : NULL;
}

static void note_completion(void *arg, struct MHD_Connection *connection, void **context,
                            enum MHD_RequestTerminationCode code)
{
    (void)arg;
    (void)connection;
    (void)code;
    if (*context)
        peer_complete(*context);
}

static void note_connection(void *arg, struct MHD_Connection *connection, void **context,
                            enum MHD_ConnectionNotificationCode code)
{
    struct loop *loop = arg;
    int fd;

    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        arrivals_remove(&loop->arrivals, fd);
        *context = peer_open(&loop->peers, connection, fd);
        return;
    }
    loop_closed();
    if (*context)
        peer_close(*context);
    else
        gate_leave(loop->worker->gate);
}

/* ---- the model ---- */

static int start(struct worker *worker, unsigned flags, const char *name)
{
    struct loop *loop = loop_new(worker, name);

    if (!loop)
        return -ENOMEM;
    worker->state = loop;
    loop->has_threads = flags & MHD_USE_THREAD_PER_CONNECTION;
    loop->daemon = MHD_start_daemon(
        flags | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC, 0, NULL, NULL, request, loop,
        MHD_OPTION_URI_LOG_CALLBACK, note_target, loop, MHD_OPTION_NOTIFY_COMPLETED,
        note_completion, loop, MHD_OPTION_NOTIFY_CONNECTION, note_connection, loop,
        MHD_OPTION_CONNECTION_LIMIT, worker->server->max_connections + CLOSING_CONNECTIONS,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES, MHD_OPTION_THREAD_STACK_SIZE,
        (size_t)STACK_BYTES, MHD_OPTION_END);
    return loop->daemon ? 0 : -ENOMEM;
}

static int start_epoll(struct worker *worker)
{
    return start(worker, MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, "backbench-mhd");
}

static int start_threads(struct worker *worker)
{
    return start(worker,
                 MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL,
                 "backbench-mhd-thread");
}

static int run(struct worker *worker)
{
    struct loop *loop = worker->state;
    int error = loop_run(loop);

    MHD_stop_daemon(loop->daemon);
    loop_free(loop);
    return error;
}

int main(int argc, char **argv)
{
    static const char *const differs[] = {
        "the parser is libmicrohttpd's, and so are reason phrases, Date, Content-Length and the "
        "order of fields",
        "each worker has a second thread, which accepts, ends waits and looks after deadlines",
        "the library is given one event fewer than it asks for, or it could wait for ever",
        NULL,
    };
    static const char *const thread_differs[] = {
        "the parser is libmicrohttpd's, and so are reason phrases, Date, Content-Length and the "
        "order of fields",
        "one thread more accepts and looks after deadlines",
        "--workers has no meaning",
        NULL,
    };
    const struct server_library libraries[] = {{"libmicrohttpd", MHD_get_version()}, {NULL, NULL}};
    const char *slash = strrchr(argv[0], '/');
    struct model model = {
        .name = "mhd",
        .model = "mhd",
        .variant = "epoll",
        .summary = "libmicrohttpd: its parser, its epoll loop",
        .workers_meaning = "event loops, each with a thread that accepts",
        .routes = app_routes(),
        .has_other_parser = true,
        .differs = differs,
        .diverges = mhd_divergences,
        .libraries = libraries,
        .start = start_epoll,
        .run = run,
    };

    if (strcmp(slash ? slash + 1 : argv[0], "server-mhd-thread") == 0) {
        model.name = "mhd-thread";
        model.variant = "thread";
        model.summary = "libmicrohttpd: its parser, a thread per connection";
        model.workers_meaning = "none: each connection has its own thread";
        model.runs_one_worker = true;
        model.differs = thread_differs;
        model.diverges = mhd_thread_divergences;
        model.start = start_threads;
    }
    return server_main(&model, argc, argv);
}
