/*
 * A null server that keeps the process contract, or breaks it in one
 * way, which is the part of its own name after the last '-':
 * fake_server-hangs. It does not parse: each empty line ends a request.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/fake/processes.h"
#include "tests/fake/way.h"

enum {
    CONNECTIONS = 1024,
    QUEUE = 65536,
    TROUBLE_AFTER = 200, /* answers */
    STALL_FROM_NS = 300000000,
    STALL_UNTIL_NS = 500000000,
    STALLS_DELAY_NS = 5000000,
    UPSTREAM_PATIENCE_S = 2,
    FETCH_BYTES = 1024,
    HOARDS_BYTES = 1 << 20, /* while a connection is open */
    HOARDS_CLOSE_NS = 15000000,
};

static struct connection {
    int fd;
    unsigned matched; /* how much of "\r\n\r\n" the last bytes were */
    void *hoard;
} connections[CONNECTIONS];
static size_t connection_count;

/* Answers that are due later, in order, for the constant delay. */
static struct {
    int fd;
    long long due_ns;
} queue[QUEUE];
static size_t queue_head, queue_tail;

static const char *upstream; /* HOST:PORT, where it was given one */
static long long delay_ns;
static unsigned long answered;
static pid_t mortal;
static volatile sig_atomic_t stopped;

static long long now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void on_term(int number)
{
    (void)number;
    stopped = 1;
}

static const char good[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!";

static int connect_upstream(void)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = UPSTREAM_PATIENCE_S};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    name.sin_port = htons((uint16_t)atoi(strchr(upstream, ':') + 1));
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (connect(fd, (struct sockaddr *)&name, sizeof(name)) == 0)
        return fd;
    close(fd);
    return -1;
}

/* How long the answer is that begins here, by its Content-Length; 0: its head is not whole yet. */
static size_t answer_len(const char *text)
{
    const char *end = strstr(text, "\r\n\r\n"), *length = strcasestr(text, "\r\nContent-Length:");
    if (end == NULL || length == NULL)
        return 0;
    return (size_t)(end + 4 - text) + strtoul(strchr(length, ':') + 1, NULL, 10);
}

/* Asks what stands behind it and takes what it says as it is. One
 * that keeps a connection asks on it again; one that does not makes
 * a new one each time. 0: no answer, and it is not asked again. */
static size_t fetch(char text[FETCH_BYTES])
{
    static const char ask[] = "GET /plaintext HTTP/1.1\r\nHost: localhost\r\n\r\n";
    static int kept = -1;
    static bool gone;
    size_t len = 0, whole = 0;
    if (kept < 0 && !gone)
        kept = connect_upstream();
    ssize_t got = kept >= 0 ? write(kept, ask, sizeof(ask) - 1) : -1;
    while (got > 0 && (whole == 0 || len < whole)) {
        got = read(kept, text + len, FETCH_BYTES - 1 - len);
        len += got > 0 ? (size_t)got : 0;
        text[len] = '\0';
        whole = answer_len(text);
    }
    if (got > 0 && !is("spends"))
        return len;
    close(kept);
    kept = -1;
    gone = got <= 0;
    return gone ? 0 : len;
}

static void answer(int fd)
{
    static const char bad_gateway[] =
        "HTTP/1.1 502 Bad\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n";
    char fetched[FETCH_BYTES];
    static const char wrong[] =
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, Wurld!";
    static const char error[] =
        "HTTP/1.1 500 Oops\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n";
    const char *text = good;
    answered++;
    bool late = answered > TROUBLE_AFTER;
    if (is("dies") && late)
        _exit(3);
    if (is("loses") && late)
        kill(mortal, SIGKILL);
    if (is("hangs") && late)
        return;
    if (upstream != NULL)
        text = fetch(fetched) > 0 && !(is("blames") && late) ? fetched : bad_gateway;
    if (is("wrong") || (is("turns") && late))
        text = wrong;
    else if (is("errors"))
        text = error;
    if (write(fd, text, strlen(text)) < 0)
        return;
    if (is("closes") || (is("sheds") && answered % 3 == 0))
        shutdown(fd, SHUT_RDWR);
}

/* When an answer that is asked for now is due. One that stalls gives none for 200 ms, once. */
static long long due_ns(void)
{
    static long long first_ns;
    long long now = now_ns(), due = now + delay_ns;
    if (first_ns == 0)
        first_ns = now;
    if (is("stalls") && now > first_ns + STALL_FROM_NS && now < first_ns + STALL_UNTIL_NS)
        due = first_ns + STALL_UNTIL_NS + delay_ns;
    return due;
}

static void request(int fd)
{
    if (delay_ns == 0) {
        answer(fd);
        return;
    }
    queue[queue_tail % QUEUE].fd = fd;
    queue[queue_tail++ % QUEUE].due_ns = due_ns();
}

static void answer_due(void)
{
    while (queue_head != queue_tail && queue[queue_head % QUEUE].due_ns <= now_ns())
        answer(queue[queue_head++ % QUEUE].fd);
}

/* False when the connection has ended. */
static bool serve(struct connection *connection)
{
    char bytes[16384];
    ssize_t got = read(connection->fd, bytes, sizeof(bytes));
    if (got <= 0)
        return got < 0 && errno == EAGAIN;
    for (ssize_t i = 0; i < got; i++) {
        if (bytes[i] == "\r\n\r\n"[connection->matched])
            connection->matched++;
        else
            connection->matched = bytes[i] == '\r';
        if (connection->matched == 4) {
            connection->matched = 0;
            request(connection->fd);
        }
    }
    return true;
}

static struct timespec poll_timeout(void)
{
    long long wait_ns = 50000000;
    if (queue_head != queue_tail)
        wait_ns = queue[queue_head % QUEUE].due_ns - now_ns();
    return (struct timespec){.tv_nsec = wait_ns > 0 ? wait_ns : 0};
}

/* One process for each connection. Nobody waits for it, so that its time is added to no one's. */
static void serve_apart(int listener, int fd)
{
    struct connection connection = {.fd = fd};
    signal(SIGCHLD, SIG_IGN);
    if (fork() == 0) {
        close(listener);
        while (serve(&connection))
            continue;
        while (is("breeds") && !stopped)
            pause();
        _exit(0);
    }
    close(fd);
}

static void open_connection(int fd)
{
    struct connection *connection = &connections[connection_count++];
    fcntl(fd, F_SETFL, O_NONBLOCK);
    *connection = (struct connection){.fd = fd};
    if (is("hoards"))
        connection->hoard = mmap(NULL, HOARDS_BYTES, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
}

/* One that hoards takes its time to let go. */
static void close_connection(size_t i)
{
    if (connections[i].hoard != NULL) {
        nanosleep(&(struct timespec){.tv_nsec = HOARDS_CLOSE_NS}, NULL);
        munmap(connections[i].hoard, HOARDS_BYTES);
    }
    close(connections[i].fd);
    connections[i] = connections[--connection_count];
}

static void loop(int listener)
{
    static struct pollfd fds[CONNECTIONS + 1];
    while (!stopped) {
        fds[0] = (struct pollfd){listener, connection_count < CONNECTIONS ? POLLIN : 0, 0};
        for (size_t i = 0; i < connection_count; i++)
            fds[i + 1] = (struct pollfd){connections[i].fd, POLLIN, 0};
        size_t polled = connection_count;
        struct timespec timeout = poll_timeout();
        ppoll(fds, polled + 1, &timeout, NULL);
        for (size_t i = polled; i-- > 0;)
            if (fds[i + 1].revents != 0 && !serve(&connections[i]))
                close_connection(i);
        int fd = fds[0].revents != 0 ? accept(listener, NULL, NULL) : -1;
        if (fd >= 0 && (is("forks") || is("breeds")))
            serve_apart(listener, fd);
        else if (fd >= 0)
            open_connection(fd);
        answer_due();
    }
}

static int open_listener(const char *address, uint16_t *port)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } name = {0};
    socklen_t len = sizeof(name.v4);
    name.v4.sin_family = AF_INET;
    if (inet_pton(AF_INET, address, &name.v4.sin_addr) != 1) {
        len = sizeof(name.v6);
        name.v6.sin6_family = AF_INET6;
        inet_pton(AF_INET6, address, &name.v6.sin6_addr);
    }
    int fd = socket(name.any.sa_family, SOCK_STREAM, 0), one = 1;
    if (is("joins")) { /* whoever listens on that port already */
        name.v4.sin_port = htons((uint16_t)atoi(getenv("FAKE_PORT")));
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if (fd < 0 || bind(fd, &name.any, len) != 0 || listen(fd, 1024) != 0)
        exit(1);
    getsockname(fd, &name.any, &len);
    *port = ntohs(name.any.sa_family == AF_INET ? name.v4.sin_port : name.v6.sin6_port);
    return fd;
}

static const char *option(int argc, char **argv, const char *name)
{
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return argv[i + 1];
    return NULL;
}

static void describe(void)
{
    printf("name fake\nmodel a poll loop\nsummary answers without parsing\nlanguage C\nroutes "
           "plaintext%s\n",
           is("proxies") ? " proxy" : "");
    exit(0);
}

int main(int argc, char **argv)
{
    way_take(argv[0]);
    if (argc > 1 && strcmp(argv[1], "--describe") == 0 && !is("mute"))
        describe();
    fail_to_start();
    delay_ns = way_number("delay") * 1000000LL;
    if (is("stalls"))
        delay_ns = STALLS_DELAY_NS;
    struct sigaction term = {.sa_handler = is("stubborn") ? SIG_IGN : on_term};
    sigaction(SIGTERM, &term, NULL);
    signal(SIGPIPE, SIG_IGN);
    uint16_t port;
    const char *address = option(argc, argv, "--address");
    upstream = option(argc, argv, "--upstream");
    int listener = open_listener(address != NULL ? address : "127.0.0.1", &port);
    mortal = begin_processes(&stopped);
    begin_swelling();
    if (is("noisy"))
        for (int i = 0; i < 20000; i++)
            fputs("this line fills the pipe\n", stderr);
    if (is("announces")) {
        fputs("a moment\n", stderr);
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
    printf("ready %u\n", port);
    fflush(stdout);
    loop(listener);
    return 0;
}
