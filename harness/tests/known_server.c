/*
 * A server whose behaviour is known by arithmetic, for tests of what measures servers: known_server
 * MODE NUMBER [option...], the modes are listed by known_server alone (known/behaviour.c). The
 * kernel chooses the port; stdout says `ready PORT`, then, where it stalls, `stall FROM_NS TO_NS`
 * (CLOCK_MONOTONIC) as each begins, and at SIGTERM how well it kept to the arithmetic.
 *
 * All connections share one line, first come, first served. A request that comes at a begins at b =
 * max(a, end of the one before it) and is due at b + service; where that would fall into a stall,
 * later by what is left of it. These times are computed, not slept through: what it costs to read
 * and write is spent inside of the service time, and a late answer makes none after it later. So as
 * long as the service takes longer than those system calls, a busy period has one answer each
 * service time exactly. When a request came is the kernel's word (SO_TIMESTAMPNS of socket(7)), so
 * it need not be awake to know it.
 *
 * It naps: it sleeps until a request comes or NAP_EARLY_NS before an answer is due, and spins only
 * for the rest. A server that spins throughout and a generator that does so too fill two CPUs, and
 * the host of a virtual machine takes some of that from both. --spins does so nevertheless. How
 * late it woke is in its sums and its journal.
 *
 * It does not parse: an empty line ends a request, and the
 * second word of its first line is its target.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "measure/clock.h"
#include "tests/known/answers.h"
#include "tests/known/arrival.h"
#include "tests/known/behaviour.h"
#include "tests/known/journal.h"

enum {
    CONNECTIONS = 16384,
    QUEUE = 1 << 16,
    EVENTS = 256,
    NAP_NS = 50000000,
    NAP_EARLY_NS = 80000, /* a timer wakes a sleeping virtual CPU some 50 us late */
    SECOND_NS = 1000000000
};

/* By descriptor. */
static struct connection {
    uint64_t number; /* 0: closed */
    uint64_t answers;
    unsigned matched; /* how much of CR LF CR LF the last bytes were */
    unsigned words;   /* blanks seen in the request's first line */
    unsigned target_len;
    char target[JOURNAL_TARGET_BYTES];
} connections[CONNECTIONS];

struct pending {
    int fd;
    struct line line;
};
/* In the order in which they are due: those in line, and those whose answers are held back. */
static struct queue {
    struct pending pending[QUEUE];
    size_t head, tail;
} in_line, held_back;

static struct behaviour behaviour;
static int64_t origin_ns, free_ns; /* its start; when all that is in line will be done */
static uint64_t answer_count, connection_count;
static int listener, poller;
static volatile sig_atomic_t stopped;

static void on_term(int number)
{
    (void)number;
    stopped = 1;
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void close_connection(int fd, bool by_reset)
{
    if (by_reset)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
    connections[fd].number = 0;
    close(fd);
}

static uint64_t counted(const struct connection *connection)
{
    switch (behaviour.counted) {
    case COUNT_CONNECTIONS:
        return connection->number;
    case COUNT_ANSWERS_OF_CONNECTION:
        return connection->answers;
    case COUNT_ANSWERS:
        break;
    }
    return answer_count;
}

static void send_bytes(int fd, struct bytes bytes)
{
    if (send(fd, bytes.at, bytes.len, MSG_NOSIGNAL) != (ssize_t)bytes.len)
        close_connection(fd, true); /* it takes nothing, or is gone */
}

/* NULL: none is. */
static struct pending *queue_due(struct queue *queue, int64_t now)
{
    struct pending *first = &queue->pending[queue->head % QUEUE];
    if (queue->head == queue->tail || first->line.due_ns > now)
        return NULL;
    queue->head++;
    return first;
}

static struct pending *queue_add(struct queue *queue)
{
    if (queue->tail - queue->head == QUEUE) {
        fputs("known_server: more requests at once than it can hold\n", stderr);
        exit(1);
    }
    return &queue->pending[queue->tail++ % QUEUE];
}

static void hold_back(const struct pending *pending)
{
    struct pending *held = queue_add(&held_back);
    *held = *pending;
    held->line.due_ns += LATE_NS;
}

static bool is_open(const struct pending *pending)
{
    return connections[pending->fd].number == pending->line.connection;
}

static void give(struct pending *pending, enum fault fault)
{
    struct bytes bytes = answer_of(fault);
    pending->line.sent_ns = monotonic_ns();
    if (bytes.len > 0) {
        send_bytes(pending->fd, bytes);
        journal_add(&pending->line);
    }
    if (answer_ends(fault) && is_open(pending))
        close_connection(pending->fd, fault == FAULT_RESET);
}

static void answer(struct pending *pending)
{
    struct connection *connection = &connections[pending->fd];
    answer_count++;
    connection->answers++;
    enum fault fault =
        behaviour_strikes(&behaviour, counted(connection)) ? behaviour.fault : FAULT_NOT;
    if (fault == FAULT_DEATH)
        _exit(3);
    if (fault == FAULT_LATE || fault == FAULT_AGAIN)
        hold_back(pending);
    if (fault != FAULT_LATE)
        give(pending, fault);
}

static void answer_due(void)
{
    struct pending *pending;
    while ((pending = queue_due(&in_line, monotonic_ns())))
        if (is_open(pending)) /* the client may have gone meanwhile */
            answer(pending);
    while ((pending = queue_due(&held_back, monotonic_ns())))
        if (is_open(pending))
            give(pending, FAULT_NOT);
}

static void enter_line(int fd, int64_t seen_ns)
{
    struct connection *connection = &connections[fd];
    struct pending *pending = queue_add(&in_line);
    pending->fd = fd;
    pending->line = (struct line){.seen_ns = seen_ns,
                                  .begun_ns = seen_ns > free_ns ? seen_ns : free_ns,
                                  .connection = connection->number};
    memcpy(pending->line.target, connection->target, connection->target_len);
    free_ns = behaviour_done_ns(&behaviour, origin_ns, pending->line.begun_ns);
    pending->line.due_ns = free_ns;
    connection->target_len = connection->words = 0;
}

/* True: it was the last one of a request. */
static bool take_byte(struct connection *connection, char byte)
{
    if (byte == ' ' || byte == '\r')
        connection->words++;
    else if (connection->words == 1 && connection->target_len < JOURNAL_TARGET_BYTES - 1)
        connection->target[connection->target_len++] = byte;
    if (byte == "\r\n\r\n"[connection->matched])
        connection->matched++;
    else
        connection->matched = byte == '\r';
    if (connection->matched < 4)
        return false;
    connection->matched = 0;
    return true;
}

static void take_requests(int fd)
{
    char bytes[16384];
    ssize_t got;
    int64_t seen_ns;
    while ((got = arrival_receive(fd, bytes, sizeof bytes, origin_ns, &seen_ns)) > 0) {
        for (ssize_t i = 0; i < got; i++)
            if (take_byte(&connections[fd], bytes[i]))
                enter_line(fd, seen_ns);
        if ((size_t)got < sizeof bytes)
            return; /* there is no more, or epoll(7) will tell */
    }
    if (got == 0 || (errno != EAGAIN && errno != EINTR))
        close_connection(fd, false);
}

static void take_connections(void)
{
    int fd, one = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        struct epoll_event event = {EPOLLIN | EPOLLRDHUP | EPOLLET, {.fd = fd}};
        if (fd >= CONNECTIONS) {
            close(fd);
            continue;
        }
        connections[fd] = (struct connection){.number = ++connection_count};
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        arrival_ask(fd);
        if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) != 0)
            die("epoll_ctl");
    }
}

static void take_what_came(int64_t wait_ns)
{
    struct epoll_event events[EVENTS];
    struct timespec timeout = {wait_ns / SECOND_NS, wait_ns % SECOND_NS};
    int count = epoll_pwait2(poller, events, EVENTS, &timeout, NULL);
    for (int i = 0; i < count; i++) {
        int fd = events[i].data.fd;
        if (fd == listener)
            take_connections();
        else if (connections[fd].number != 0)
            take_requests(fd);
        if (fd != listener && (events[i].events & EPOLLRDHUP) && connections[fd].number != 0)
            close_connection(fd, false);
    }
}

static int64_t sooner(int64_t rest_ns, int64_t now, int64_t then_ns)
{
    int64_t left_ns = then_ns - NAP_EARLY_NS > now ? then_ns - NAP_EARLY_NS - now : 0;
    return left_ns < rest_ns ? left_ns : rest_ns;
}

/* How long it may sleep; short enough, too, for a signal that came just before it does. */
static int64_t rest_ns(int64_t now)
{
    int64_t rest = behaviour.spins ? 0 : NAP_NS;
    if (in_line.head != in_line.tail)
        rest = sooner(rest, now, in_line.pending[in_line.head % QUEUE].line.due_ns);
    if (held_back.head != held_back.tail)
        rest = sooner(rest, now, held_back.pending[held_back.head % QUEUE].line.due_ns);
    if (behaviour.death_ns != 0)
        rest = sooner(rest, now, origin_ns + behaviour.death_ns);
    return rest;
}

/* Says each stall once, as it begins. */
static void announce_stall(int64_t now)
{
    static int64_t told_ns;
    if (behaviour.stall_ns == 0)
        return;
    int64_t phase_ns = (now - origin_ns) % behaviour.period_ns,
            end_ns = now - phase_ns + behaviour.period_ns;
    if (phase_ns < behaviour.period_ns - behaviour.stall_ns || end_ns == told_ns)
        return;
    told_ns = end_ns;
    printf("stall %lld %lld\n", (long long)(end_ns - behaviour.stall_ns), (long long)end_ns);
    fflush(stdout);
}

static void serve(void)
{
    while (!stopped) {
        int64_t now = monotonic_ns();
        if (behaviour.death_ns != 0 && now >= origin_ns + behaviour.death_ns)
            _exit(3);
        announce_stall(now);
        take_what_came(rest_ns(now));
        answer_due();
    }
}

static void open_listener(void)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof name;
    struct epoll_event event = {EPOLLIN, {0}};
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&name, len) != 0 ||
        listen(listener, 4096) != 0 || getsockname(listener, (struct sockaddr *)&name, &len) != 0)
        die("listen");
    event.data.fd = listener;
    if (epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event) != 0)
        die("epoll_ctl");
    printf("ready %u\n", ntohs(name.sin_port));
    fflush(stdout);
}

static void raise_descriptors(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
    behaviour_read(&behaviour, argc, argv);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    prctl(PR_SET_TIMERSLACK, 1);
    sigaction(SIGTERM, &(struct sigaction){.sa_handler = on_term}, NULL);
    raise_descriptors();
    journal_open(behaviour.journal);
    poller = epoll_create1(0);
    if (poller < 0)
        die("epoll_create1");
    origin_ns = monotonic_ns();
    open_listener();
    serve();
    journal_close();
    return 0;
}
