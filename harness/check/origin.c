/* One poll(2) loop over the connections of proxies; each plays
 * its plan, one request after the other. */
#include "check/origin.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check/origin_plan.h"
#include "data/strings.h"
#include "measure/clock.h"

enum { LINES_MOST = 600, IN_BYTES = 16 * 1024, BACKLOG = 512, DEAF_MS = 50 };

/* How often each target was asked for. */
struct counts {
    struct count {
        char *target;
        unsigned times;
    } * items;
    size_t count;
};

/* One connection. */
struct line {
    int fd;
    char in[IN_BYTES];
    size_t in_len;
    bool reused, over;
    char *last; /* the target that was asked for last while the connection was good; owned */
    bool is_answering;
    struct origin_plan plan; /* while answering */
    size_t beat, sent;
    int64_t due_ns; /* of the beat, or of the end behind the last */
    bool ended;
};

struct room {
    struct origin *origin;
    struct counts counts;
    struct line *lines[LINES_MOST];
    size_t count;
    int64_t deaf_until_ns; /* no descriptor was free: who waits is looked at later */
};

/* ---- counting ---- */

static struct count *counts_find(const struct counts *counts, const char *target)
{
    for (size_t i = 0; i < counts->count; i++)
        if (strcmp(counts->items[i].target, target) == 0)
            return &counts->items[i];
    return NULL;
}

static void counts_add(struct counts *counts, const char *target)
{
    struct count *found = counts_find(counts, target);
    if (found == NULL) {
        counts->items = xreallocarray(counts->items, counts->count + 1, sizeof(*counts->items));
        found = &counts->items[counts->count++];
        *found = (struct count){.target = xstrdup(target)};
    }
    found->times++;
}

static unsigned counts_times(const void *counts, const char *target)
{
    const struct count *found = counts_find(counts, target);
    return found ? found->times : 0;
}

static void counts_release(struct counts *counts)
{
    for (size_t i = 0; i < counts->count; i++)
        free(counts->items[i].target);
    free(counts->items);
}

/* ---- a connection ---- */

static void line_close(struct line *line, bool reset)
{
    struct linger linger = {.l_onoff = 1};
    if (reset)
        setsockopt(line->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    close(line->fd);
    origin_plan_release(&line->plan);
    free(line->last);
    line->ended = true;
}

static void line_plan(struct line *line, struct room *room, const char *head)
{
    const char *target = strchr(head, ' ');
    size_t len = target ? strcspn(target + 1, " \r") : 0;
    struct origin_asked asked = {.head = head,
                                 .target = text_format("%.*s", (int)len, target ? target + 1 : ""),
                                 .authority = room->origin->authority,
                                 .reused = line->reused,
                                 .times = counts_times,
                                 .counts = &room->counts};
    counts_add(&room->counts, asked.target);
    if (line->over || len == 0) {
        origin_plan_misuse(&line->plan, line->last ? line->last : "its beginning");
        free(asked.target);
    } else {
        origin_plan_make(&line->plan, &asked);
        free(line->last);
        line->last = asked.target;
    }
}

/* Begins with the next request, if there is a whole one.
 * Requests with a body do not come: a proxy asks with GET. */
static void line_begin(struct line *line, struct room *room, int64_t now_ns)
{
    const char *end = memmem(line->in, line->in_len, "\r\n\r\n", 4);
    if (end == NULL)
        return;
    size_t len = (size_t)(end - line->in) + 2; /* with the last field's CRLF */
    char *head = xcalloc(len + 1, 1);
    memcpy(head, line->in, len);
    line_plan(line, room, head);
    free(head);
    line->in_len -= len + 2;
    memmove(line->in, line->in + len + 2, line->in_len);
    line->is_answering = true;
    line->beat = line->sent = 0;
    line->due_ns = now_ns + line->plan.beats[0].wait_ms * NS_PER_MS;
}

static void line_end(struct line *line)
{
    if (line->plan.end != ORIGIN_KEEPS) {
        line_close(line, line->plan.end == ORIGIN_RESETS);
        return;
    }
    line->over |= line->plan.over;
    line->reused = true;
    line->is_answering = false;
    origin_plan_release(&line->plan);
}

/* False: the socket takes no more now. */
static bool line_send(struct line *line, size_t until)
{
    ssize_t n = send(line->fd, line->plan.bytes + line->sent, until - line->sent, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        line_close(line, false);
        return false;
    }
    line->sent += n > 0 ? (size_t)n : 0;
    return line->sent == until;
}

/* Plays what is due of its plan, and of those that follow. */
static void line_play(struct line *line, struct room *room, int64_t now_ns)
{
    while (!line->ended) {
        if (!line->is_answering)
            line_begin(line, room, now_ns);
        if (!line->is_answering || now_ns < line->due_ns)
            return;
        const struct origin_plan *plan = &line->plan;
        if (line->beat == plan->beat_count) {
            line_end(line);
            continue;
        }
        size_t until = plan->beats[line->beat].until;
        if (line->sent < until && !line_send(line, until))
            return;
        line->beat++;
        unsigned wait_ms =
            line->beat < plan->beat_count ? plan->beats[line->beat].wait_ms : plan->end_wait_ms;
        line->due_ns = now_ns + wait_ms * NS_PER_MS;
    }
}

/* A proxy that hangs up is let go at once, whatever was to be sent to it. */
static void line_read(struct line *line)
{
    ssize_t n = recv(line->fd, line->in + line->in_len, IN_BYTES - line->in_len, 0);
    if (n > 0)
        line->in_len += (size_t)n;
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        line_close(line, false);
}

static bool line_wants_to_send(const struct line *line, int64_t now_ns)
{
    return line->is_answering && now_ns >= line->due_ns && line->beat < line->plan.beat_count;
}

/* ---- all of them ---- */

static void room_accept(struct room *room, int64_t now_ns)
{
    while (room->count < LINES_MOST) {
        int fd = accept4(room->origin->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), yes = 1;
        if (fd < 0 && errno != EAGAIN)
            room->deaf_until_ns = now_ns + DEAF_MS * NS_PER_MS;
        if (fd < 0)
            return;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
        struct line *line = xcalloc(1, sizeof(*line));
        line->fd = fd;
        room->lines[room->count++] = line;
    }
}

static void room_clear(struct room *room)
{
    size_t kept = 0;
    for (size_t i = 0; i < room->count; i++)
        if (room->lines[i]->ended)
            free(room->lines[i]);
        else
            room->lines[kept++] = room->lines[i];
    room->count = kept;
    atomic_store(&room->origin->connections, (unsigned)kept);
}

/* Until when nothing is to be done unless something comes. */
static int64_t room_wake_ns(const struct room *room, int64_t now_ns)
{
    int64_t wake_ns = room->deaf_until_ns > now_ns ? room->deaf_until_ns : now_ns + 60 * NS_PER_S;
    for (size_t i = 0; i < room->count; i++) {
        const struct line *line = room->lines[i];
        if (line->is_answering && line->due_ns > now_ns && line->due_ns < wake_ns)
            wake_ns = line->due_ns;
    }
    return wake_ns;
}

/* False: it is to stop. */
static bool room_turn(struct room *room)
{
    int64_t now_ns = monotonic_ns(), wait_ns = room_wake_ns(room, now_ns) - now_ns;
    bool hears = room->count < LINES_MOST && now_ns >= room->deaf_until_ns;
    struct pollfd polled[LINES_MOST + 2] = {
        {.fd = room->origin->stop_fd, .events = POLLIN},
        {.fd = hears ? room->origin->listener : -1, .events = POLLIN}};
    size_t count = room->count;
    for (size_t i = 0; i < count; i++)
        polled[i + 2] = (struct pollfd){
            .fd = room->lines[i]->fd,
            .events = (short)(POLLIN | (line_wants_to_send(room->lines[i], now_ns) ? POLLOUT : 0))};
    struct timespec timeout = {.tv_sec = wait_ns / NS_PER_S, .tv_nsec = wait_ns % NS_PER_S};
    if (ppoll(polled, count + 2, &timeout, NULL) < 0)
        return true;
    now_ns = monotonic_ns();
    for (size_t i = 0; i < count; i++) {
        if (polled[i + 2].revents & (POLLIN | POLLERR | POLLHUP))
            line_read(room->lines[i]);
        line_play(room->lines[i], room, now_ns);
    }
    if (polled[1].revents & POLLIN)
        room_accept(room, now_ns);
    room_clear(room);
    return !(polled[0].revents & POLLIN);
}

static void *origin_run(void *argument)
{
    struct room *room = xcalloc(1, sizeof(*room));
    room->origin = argument;
    while (room_turn(room))
        continue;
    for (size_t i = 0; i < room->count; i++)
        line_close(room->lines[i], false);
    room_clear(room);
    counts_release(&room->counts);
    free(room);
    return NULL;
}

/* ---- from outside ---- */

static int listener_open(const char *address, struct sockaddr_storage *bound)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    bool is_v6 = inet_pton(AF_INET6, address, &in6.sin6_addr) == 1;
    if (!is_v6 && inet_pton(AF_INET, address, &in.sin_addr) != 1)
        return -EINVAL;
    struct sockaddr *own = is_v6 ? (struct sockaddr *)&in6 : (struct sockaddr *)&in;
    socklen_t own_len = is_v6 ? sizeof(in6) : sizeof(in), len = sizeof(*bound);
    int fd = socket(own->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (bind(fd, own, own_len) == 0 && getsockname(fd, (struct sockaddr *)bound, &len) == 0)
        return fd;
    int error = errno;
    close(fd);
    return -error;
}

int origin_open(struct origin *origin, const char *address)
{
    struct sockaddr_storage bound;
    *origin = (struct origin){0};
    int fd = listener_open(address, &bound);
    if (fd < 0)
        return fd;
    origin->stop_fd = eventfd(0, EFD_CLOEXEC);
    if (origin->stop_fd < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    origin->listener = fd;
    bool is_v6 = bound.ss_family == AF_INET6;
    uint16_t port = ntohs(is_v6 ? ((struct sockaddr_in6 *)&bound)->sin6_port
                                : ((struct sockaddr_in *)&bound)->sin_port);
    snprintf(origin->authority, sizeof(origin->authority), is_v6 ? "[%s]:%u" : "%s:%u", address,
             port);
    return 0;
}

/* The thread inherits the mask: what interrupts a check is for
 * its main thread, which may be asleep. */
int origin_serve(struct origin *origin)
{
    sigset_t interrupts, before;
    if (listen(origin->listener, BACKLOG) < 0)
        return -errno;
    sigemptyset(&interrupts);
    sigaddset(&interrupts, SIGINT);
    sigaddset(&interrupts, SIGTERM);
    sigaddset(&interrupts, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &interrupts, &before);
    int error = pthread_create(&origin->thread, NULL, origin_run, origin);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    origin->is_serving = error == 0;
    return -error;
}

void origin_close(struct origin *origin)
{
    if (origin->is_serving) {
        ssize_t written = write(origin->stop_fd, &(uint64_t){1}, sizeof(uint64_t));
        assert(written == sizeof(uint64_t));
        (void)written;
        pthread_join(origin->thread, NULL);
    }
    if (origin->listener > 0)
        close(origin->listener);
    if (origin->stop_fd > 0)
        close(origin->stop_fd);
    *origin = (struct origin){0};
}
