/*
 * From arrival to record. A request is in exactly one place:
 * in the backlog, on a connection, or accounted for.
 */
#include "pace/lane.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "data/strings.h"
#include "pace/engine.h"

enum {
    REST_NS = 10000000
}; /* between two attempts to connect in one place, when the first failed */

void lane_open(struct lane *lane, struct loop *loop, struct trial_target *asked,
               struct requests *requests, size_t backlog_capacity)
{
    lane->loop = loop;
    lane->asked = asked;
    lane->record = &asked->record;
    lane->requests = requests;
    lane->count = asked->connections;
    lane->connections = xcalloc(lane->count, sizeof *lane->connections);
    for (unsigned i = 0; i < lane->count; i++)
        lane->connections[i] = (struct connection){.lane = lane, .fd = -1};
    line_init(&lane->idle);
    line_init(&lane->resting);
    backlog_open(&lane->backlog, backlog_capacity);
}

void lane_release(struct lane *lane)
{
    for (unsigned i = 0; i < lane->count; i++)
        connection_close(&lane->connections[i]);
    free(lane->connections);
    backlog_release(&lane->backlog);
    *lane = (struct lane){0};
}

/* ---- a connection comes and goes ---- */

static bool is_in_window(const struct lane *lane)
{
    return lane->loop->watch.now_ns >= lane->loop->start_ns;
}

/* by_server: it ended it, or will. */
static void drop(struct lane *lane, struct connection *connection, bool by_server)
{
    if (connection->fd < 0)
        return;
    lane->connected -= !connection->is_connecting;
    if (lane->connected == 0 && !connection->is_connecting)
        lane->alone_ns = lane->loop->watch.now_ns;
    lane_forget_answer(lane, connection);
    connection_close(connection);
    connection->was_ended |= by_server;
}

static void stands(struct lane *lane, struct connection *connection)
{
    bool is_planned = lane->loop->trial->requests_per_connection > 0;

    lane->connected++;
    lane->lost_ns = 0;
    lane->in_vain = 0;
    if (is_in_window(lane)) {
        lane->record->connects++;
        lane->record->reconnects += connection->was_ended;
    }
    connection->was_ended = false;
    connection->is_looked_at = is_planned && !connection->is_exercise;
}

static void note_attempt(struct lane *lane, struct connection *connection)
{
    connection->connect_ns = lane->loop->watch.now_ns;
    if (lane->connected == 0 && lane->lost_ns == 0)
        lane->lost_ns = lane->loop->watch.now_ns;
}

/* ---- a request on a connection ---- */

static void start(struct lane *lane, struct connection *connection, struct waiting waiting);

/* It is idle from now on, unless somebody waits for it. */
static void set_free(struct lane *lane, struct connection *connection)
{
    struct waiting waiting;

    if (!lane->is_full && backlog_pop(&lane->backlog, &waiting)) {
        start(lane, connection, waiting);
        return;
    }
    if (lane->is_closing)
        drop(lane, connection, false);
    line_push(&lane->idle, connection);
}

static void leave_request(struct lane *lane, struct connection *connection, int64_t idle_ns)
{
    lane->exercised += connection->is_exercise;
    connection->is_exercise = false;
    connection->request = NULL;
    connection->times.seen_idle_ns = idle_ns;
    lane->busy--;
}

/* The request ends without an answer, its connection with it. */
static void fail(struct lane *lane, struct connection *connection, enum fault fault,
                 const char *what, int error)
{
    char words[160];

    snprintf(words, sizeof words, "%s%s%s", what, error ? ": " : "", error ? strerror(error) : "");
    lane->record->failed += lane_counts(lane, connection);
    lane_fault(lane, connection, fault, words);
    drop(lane, connection, fault == FAULT_READ || fault == FAULT_WRITE);
    leave_request(lane, connection, lane->loop->watch.now_ns);
    connection->rest_until_ns = connection->connect_ns + REST_NS;
    if (connection->rest_until_ns > lane->loop->watch.now_ns)
        line_push(&lane->resting, connection);
    else
        set_free(lane, connection);
}

/* The last answer is there, by the last reading of the clock. */
static void finish(struct lane *lane, struct connection *connection)
{
    unsigned most = lane->loop->trial->requests_per_connection;
    bool is_used_up = most > 0 && connection->answered >= most;
    bool is_ended = !connection->answer.keeps_alive || connection->is_ending;
    bool is_spoiled = connection->is_spoiled || connection->sent_bytes < connection->request->len;

    if (lane_counts(lane, connection)) {
        record_answer(lane->record, &connection->times, connection->disturbance);
        lane->record->unstamped += !connection->is_stamped;
    } else if (!connection->is_exercise) {
        record_warmup_answer(lane->record, is_in_window(lane), connection->times.done_ns);
    }
    if (lane->backlog.count > 0)
        record_holder(lane->record, connection->asked_ns, connection->times.done_ns,
                      lane->loop->watch.now_ns);
    leave_request(lane, connection, connection->times.done_ns);
    if (is_used_up || is_ended || is_spoiled)
        drop(lane, connection, is_ended && !is_used_up);
    set_free(lane, connection);
}

static void send_rest(struct lane *lane, struct connection *connection)
{
    ssize_t sent = connection_send(connection);

    if (sent < 0) {
        fail(lane, connection, FAULT_WRITE, "a request could not be sent", (int)-sent);
    } else if (sent > 0 && lane_counts(lane, connection)) {
        lane->record->sent += connection->sent_bytes == (uint32_t)sent;
        lane->record->bytes_out += (uint64_t)sent;
    }
}

static void connect_failed(struct lane *lane, struct connection *connection, int error)
{
    char text[TARGET_TEXT_BYTES];

    if (error != EADDRNOTAVAIL) {
        lane->in_vain++;
        lane_check_lost(lane);
        fail(lane, connection, FAULT_CONNECT, "a connection could not be made", error);
        return;
    }
    target_text(&lane->target, text);
    loop_end(lane->loop, TRIAL_PORTS, "no local port is free for one more connection to %s", text);
}

static void begin_connecting(struct lane *lane, struct connection *connection)
{
    note_attempt(lane, connection);
    int error = connection_open(connection, &lane->target, lane->loop->epoll_fd);
    if (error < 0)
        connect_failed(lane, connection, -error);
}

static void load(struct lane *lane, struct connection *connection, struct waiting waiting)
{
    connection->request = waiting.request;
    connection->sent_bytes = 0;
    connection->answers_due = waiting.request->answers;
    connection->times.intended_ns = waiting.intended_ns;
    connection->disturbance = waiting.disturbance;
    answer_begin(&connection->answer, waiting.request->heads & 1);
    lane->busy++;
}

/* The clock is read last before the system call, which is a connect where none stands. */
static void start(struct lane *lane, struct connection *connection, struct waiting waiting)
{
    load(lane, connection, waiting);
    connection->times.sent_ns = connection->asked_ns = watch_read(&lane->loop->watch);
    if (connection->fd < 0)
        begin_connecting(lane, connection);
    else
        send_rest(lane, connection);
}

void lane_arrive(struct lane *lane, int64_t intended_ns, const struct request *request)
{
    bool is_counted = intended_ns >= lane->loop->start_ns;
    struct waiting waiting = {intended_ns, request,
                              watch_disturbance(&lane->loop->watch, intended_ns)};
    struct connection *connection = line_pop(&lane->idle);

    lane->record->offered += is_counted;
    lane->record->warmup.offered += !is_counted;
    if (connection) {
        lane->record->has_caught_up |= is_counted;
        start(lane, connection, waiting);
    } else if (!backlog_push(&lane->backlog, waiting)) {
        lane->record->dropped += is_counted;
        lane_end_full(lane);
    } else if (is_counted && lane->backlog.count > lane->record->backlog_most) {
        lane->record->backlog_most = lane->backlog.count;
    }
}

/* ---- events ---- */

static void hear_connected(struct lane *lane, struct connection *connection)
{
    int error = connection_finish(connection);

    if (error < 0) {
        connect_failed(lane, connection, -error);
        return;
    }
    stands(lane, connection);
    connection->asked_ns = lane->loop->watch.now_ns;
    send_rest(lane, connection);
}

static void hear_bytes(struct lane *lane, struct connection *connection, size_t len)
{
    const char *why;
    char words[160];

    if (lane_counts(lane, connection))
        lane->record->bytes_in += len;
    switch (lane_take(lane, connection, lane->loop->in, len, &why)) {
    case TAKEN_MORE:
        if (len == LOOP_IN_BYTES || connection->is_ending)
            connection_again(connection, lane->loop->epoll_fd);
        return;
    case TAKEN_WHOLE:
        finish(lane, connection);
        return;
    case TAKEN_CUT:
        fail(lane, connection, FAULT_READ, why, 0);
        return;
    case TAKEN_BAD:
        snprintf(words, sizeof words, "an answer is not HTTP/1: %s", why);
        fail(lane, connection, FAULT_ANSWER, words, 0);
        return;
    }
}

static void hear_end(struct lane *lane, struct connection *connection)
{
    const char *why;

    connection->is_ending = true;
    if (lane_take_end(lane, connection, &why) == TAKEN_WHOLE)
        finish(lane, connection);
    else
        fail(lane, connection, FAULT_READ, why, 0);
}

/* Nothing was asked for: it is the server's end, or what a server says before it (408, for one). */
static void hear_while_idle(struct lane *lane, struct connection *connection, ssize_t n)
{
    if (n > 0 && is_in_window(lane))
        record_fault(lane->record, FAULT_ANSWER, "bytes came that nobody had asked for");
    drop(lane, connection, n <= 0 || connection->is_ending);
}

/* Answers lie in the socket until the loop comes to take them: what counts is when they came. A
 * time that cannot be is that of a clock which was set meanwhile. */
static void note_arrival(struct lane *lane, struct connection *connection, int64_t arrived_ns)
{
    int64_t now_ns = watch_read(&lane->loop->watch);
    int64_t came_ns = arrived_ns - watch_ahead_ns(&lane->loop->watch);

    connection->is_stamped =
        arrived_ns > 0 && came_ns <= now_ns && came_ns >= connection->times.sent_ns;
    connection->times.done_ns = connection->is_stamped ? came_ns : now_ns;
}

static void receive(struct lane *lane, struct connection *connection)
{
    int64_t arrived_ns;
    ssize_t n = connection_receive(connection, lane->loop->in, LOOP_IN_BYTES, &arrived_ns);

    note_arrival(lane, connection, arrived_ns);
    if (n == -EAGAIN || n == -EINTR)
        return;
    if (n > 0)
        lane->record->last_byte_ns = lane->loop->watch.now_ns;
    if (!connection->request)
        hear_while_idle(lane, connection, n);
    else if (n > 0)
        hear_bytes(lane, connection, (size_t)n);
    else if (n == 0)
        hear_end(lane, connection);
    else
        fail(lane, connection, FAULT_READ, "the connection broke", (int)-n);
}

void lane_event(struct lane *lane, struct connection *connection, uint32_t events)
{
    if (connection->fd < 0)
        return;
    if (connection->is_connecting) {
        hear_connected(lane, connection);
        return;
    }
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        connection->is_ending = true;
    if ((events & EPOLLOUT) && connection->request &&
        connection->sent_bytes < connection->request->len)
        send_rest(lane, connection);
    if ((events & EPOLLIN || connection->is_ending) && connection->fd >= 0)
        receive(lane, connection);
}

static void rested(struct lane *lane, struct connection *connection)
{
    connection->times.seen_idle_ns = lane->loop->watch.now_ns;
    set_free(lane, connection);
}

void lane_wake(struct lane *lane)
{
    while (lane->resting.first && lane->resting.first->rest_until_ns <= lane->loop->watch.now_ns)
        rested(lane, line_pop(&lane->resting));
}

bool lane_is_quiet(const struct lane *lane)
{
    return lane->busy == 0 && (lane->is_full || lane->backlog.count == 0);
}

/* ---- before the window, and between its segments ---- */

bool lane_may_begin(const struct lane *lane)
{
    return lane->begun < lane->count &&
           (lane->begun == 0 || !lane->connections[lane->begun - 1].is_connecting);
}

void lane_begin(struct lane *lane, int fd)
{
    struct connection *connection = &lane->connections[lane->begun++];
    struct waiting waiting = {.intended_ns = lane->loop->watch.now_ns,
                              .request = requests_next(lane->requests)};

    connection->is_exercise = true;
    if (fd >= 0 && connection_adopt(connection, fd, lane->loop->epoll_fd) == 0)
        stands(lane, connection);
    start(lane, connection, waiting);
}

void lane_close_idle(struct lane *lane)
{
    for (struct connection *it = lane->idle.first; it; it = it->next)
        drop(lane, it, false);
}
