/*
 * Connections that are opened and then idle; see holding.h. Those that
 * are not answered yet are few, so poll(2) over them is cheap; those that
 * are held are looked at only when asked for, by one poll(2) over all.
 */
#include "measure/holding.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "data/strings.h"
#include "measure/answer.h"
#include "measure/clock.h"
#include "measure/procfile.h"

enum { ANSWER_BYTES = 2048, SOURCES = 250, STATUS_OK = 200 };

union name {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* A connection on its way to being held. */
struct opening {
    int fd;
    bool has_asked;
    size_t len;
    char bytes[ANSWER_BYTES]; /* of its answer */
};

struct openings {
    struct holding *holding;
    union name server;
    socklen_t server_len;
    bool is_loopback; /* of IPv4, where every address is ours */
    unsigned ports;   /* that a source address lends */
    char request[128];
    unsigned count;
    struct opening all[HOLDER_PACE];
    enum holding_end end;
    char *why;
    size_t why_size;
};

/* ---- where to, where from ---- */

static socklen_t name_of(union name *name, const char *address, uint16_t port)
{
    *name = (union name){.v4 = {.sin_family = AF_INET, .sin_port = htons(port)}};
    if (inet_pton(AF_INET, address, &name->v4.sin_addr) == 1)
        return sizeof(name->v4);
    *name = (union name){.v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)}};
    return inet_pton(AF_INET6, address, &name->v6.sin6_addr) == 1 ? sizeof(name->v6) : 0;
}

/* Half of them: connect(2) looks for a free port in one half of the range and only then in the
 * other (Linux 4.2 on), and a search in a range that is nearly used up is long. */
static unsigned ports_of_a_source(void)
{
    char text[64];
    unsigned low, high;
    if (procfile_read_once(text, sizeof(text), "/proc/sys/net/ipv4/ip_local_port_range") == NULL ||
        sscanf(text, "%u %u", &low, &high) != 2 || high <= low)
        return 10000;
    return (high - low + 1) / 2;
}

/* 127.0.0.1 needs no bind, as it is what the kernel takes by itself.
 * With IP_BIND_ADDRESS_NO_PORT the port is chosen by connect(2), which
 * knows where to: it may be one that is in use for elsewhere (ip(7)). */
static int bind_source(const struct openings *openings, int fd)
{
    const struct holding *holding = openings->holding;
    unsigned index = holding->before + holding->count + openings->count,
             source = index / openings->ports + holding->source;
    if (!openings->is_loopback || source == 0)
        return 0;
    if (source > SOURCES) {
        errno = EADDRNOTAVAIL;
        return -1;
    }
    union name name;
    socklen_t len = name_of(&name, "127.0.0.1", 0);
    name.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK + source);
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &(int){1}, sizeof(int));
    return bind(fd, &name.any, len);
}

/* ---- opening ---- */

static void stop_short(struct openings *openings, const char *what)
{
    if (openings->end != HOLDING_ALL) /* the first reason is the one to tell */
        return;
    openings->end = HOLDING_SHORT;
    snprintf(openings->why, openings->why_size, "%s", what);
}

/* A socket on its way; -1 with errno. */
static int begin_connection(struct openings *openings)
{
    int fd = socket(openings->server.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    if (bind_source(openings, fd) == 0 &&
        (connect(fd, &openings->server.any, openings->server_len) == 0 || errno == EINPROGRESS))
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

static bool take_next_source(struct openings *openings)
{
    return errno == EADDRNOTAVAIL && openings->is_loopback &&
           ++openings->holding->source <= SOURCES;
}

static void begin(struct openings *openings)
{
    int fd;
    do
        fd = begin_connection(openings);
    while (fd < 0 && take_next_source(openings));
    if (fd >= 0)
        openings->all[openings->count++] = (struct opening){.fd = fd};
    else if (errno == EMFILE)
        openings->end = HOLDING_FULL;
    else if (errno == EADDRNOTAVAIL)
        stop_short(openings, "there are no more local ports (net.ipv4.ip_local_port_range)");
    else if (errno == ENFILE)
        stop_short(openings, "the system has no more open files (fs.file-max)");
    else
        stop_short(openings, strerror(errno));
}

static void begin_all(struct openings *openings)
{
    const struct holding *holding = openings->holding;
    unsigned wanted = holding->options->connections - holding->before;
    while (openings->end == HOLDING_ALL && openings->count < HOLDER_PACE &&
           holding->count + openings->count < wanted)
        begin(openings);
}

enum step { STEP_MORE, STEP_DONE, STEP_FAILED };

static enum step failed(struct openings *openings, const char *what)
{
    stop_short(openings, what);
    return STEP_FAILED;
}

static enum step ask(struct openings *openings, struct opening *opening)
{
    int error = 0;
    socklen_t len = sizeof(error);
    getsockopt(opening->fd, SOL_SOCKET, SO_ERROR, &error, &len);
    size_t request_len = strlen(openings->request);
    if (error == 0 && send(opening->fd, openings->request, request_len, MSG_NOSIGNAL) < 0)
        error = errno;
    if (error != 0)
        return failed(openings, strerror(error));
    opening->has_asked = true; /* whole: an empty socket has room for it */
    return STEP_MORE;
}

static enum step judge(struct openings *openings, const struct opening *opening,
                       const struct answer *answer)
{
    char what[64];
    snprintf(what, sizeof(what), "a first request was answered with status %u", answer->status);
    if (answer->status != STATUS_OK)
        return failed(openings, what);
    if (answer->closes || answer->consumed != opening->len)
        return failed(openings, "the server does not keep its connections");
    return STEP_DONE;
}

static enum step take_answer(struct openings *openings, struct opening *opening)
{
    ssize_t got = recv(opening->fd, opening->bytes + opening->len,
                       sizeof(opening->bytes) - opening->len, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return STEP_MORE;
    if (got < 0)
        return failed(openings, strerror(errno));
    if (got == 0)
        return failed(openings, "the server closed a connection instead of answering");
    opening->len += (size_t)got;
    struct answer answer;
    enum answer_result result = answer_read(&answer, opening->bytes, opening->len);
    if (result == ANSWER_BAD)
        return failed(openings, answer.why);
    if (result == ANSWER_PARTIAL)
        return opening->len < sizeof(opening->bytes)
                   ? STEP_MORE
                   : failed(openings, "an answer to GET /plaintext is too long");
    enum step step = judge(openings, opening, &answer);
    answer_release(&answer);
    return step;
}

static void keep(struct holding *holding, int fd)
{
    if ((holding->count & (holding->count + 1)) == 0) /* one less than a power of two */
        holding->fds =
            xreallocarray(holding->fds, 2 * ((size_t)holding->count + 1), sizeof(*holding->fds));
    holding->fds[holding->count++] = fd;
}

/* Takes each that is ready a step further; those that have arrived or failed are replaced by the
 * last. Returns whether one was answered. */
static bool advance(struct openings *openings, const struct pollfd *ready)
{
    bool has_kept = false;
    for (unsigned i = openings->count; i-- > 0;) {
        struct opening *opening = &openings->all[i];
        if (ready[i].revents == 0)
            continue;
        enum step step =
            opening->has_asked ? take_answer(openings, opening) : ask(openings, opening);
        if (step == STEP_MORE)
            continue;
        if (step == STEP_DONE)
            keep(openings->holding, opening->fd);
        else
            close(opening->fd);
        has_kept |= step == STEP_DONE;
        *opening = openings->all[--openings->count];
    }
    return has_kept;
}

static int wait_for_any(const struct openings *openings, struct pollfd *ready, int64_t deadline_ns)
{
    for (unsigned i = 0; i < openings->count; i++)
        ready[i] =
            (struct pollfd){openings->all[i].fd, openings->all[i].has_asked ? POLLIN : POLLOUT, 0};
    int64_t left_ns = deadline_ns - monotonic_ns();
    return left_ns > 0 ? poll(ready, openings->count, (int)(left_ns / NS_PER_MS) + 1) : 0;
}

static void open_all(struct openings *openings, int64_t timeout_ns)
{
    struct pollfd ready[HOLDER_PACE];
    int64_t deadline_ns = monotonic_ns() + timeout_ns;
    for (begin_all(openings); openings->count > 0; begin_all(openings)) {
        int count = wait_for_any(openings, ready, deadline_ns);
        if (count == 0) {
            stop_short(openings, "the server answers no further one in time");
            break;
        }
        if (count > 0 && advance(openings, ready))
            deadline_ns = monotonic_ns() + timeout_ns;
    }
    while (openings->count > 0)
        close(openings->all[--openings->count].fd);
}

enum holding_end holding_open(struct holding *holding, const struct holder_options *options,
                              unsigned before, char *why, size_t size)
{
    unsigned timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : HOLDER_TIMEOUT_MS;
    struct openings openings = {.holding = holding, .why = why, .why_size = size};
    *holding = (struct holding){.options = options, .before = before};
    openings.server_len = name_of(&openings.server, options->address, options->port);
    openings.is_loopback = openings.server.any.sa_family == AF_INET &&
                           ntohl(openings.server.v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    openings.ports = ports_of_a_source();
    snprintf(openings.request, sizeof(openings.request),
             "GET /plaintext HTTP/1.1\r\nHost: backbench\r\n\r\n");
    if (openings.server_len == 0)
        stop_short(&openings, "this is no address");
    else
        open_all(&openings, timeout_ms * NS_PER_MS);
    return openings.end;
}

/* ---- what is held ---- */

unsigned holding_look(struct holding *holding)
{
    struct pollfd *all = xcalloc(holding->count + 1, sizeof(*all));
    for (unsigned i = 0; i < holding->count; i++)
        all[i] = (struct pollfd){holding->fds[i], POLLIN | POLLRDHUP, 0};
    unsigned count = holding->count;
    if (poll(all, count, 0) > 0)
        for (unsigned i = count; i-- > 0;)
            if (all[i].revents != 0) {
                close(holding->fds[i]);
                holding->fds[i] = holding->fds[--holding->count];
            }
    free(all);
    return holding->count;
}

void holding_close(struct holding *holding)
{
    int64_t deadline_ns = monotonic_ns() + HOLDER_CLOSE_MS * NS_PER_MS;
    for (unsigned i = 0; i < holding->count; i++)
        shutdown(holding->fds[i], SHUT_WR);
    for (unsigned i = 0; i < holding->count; i++) {
        struct pollfd end = {holding->fds[i], POLLIN, 0};
        int64_t left_ms = (deadline_ns - monotonic_ns()) / NS_PER_MS;
        poll(&end, 1, left_ms > 0 ? (int)left_ms : 0);
        close(holding->fds[i]);
    }
    free(holding->fds);
    *holding = (struct holding){0};
}
