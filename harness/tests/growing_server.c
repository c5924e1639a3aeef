/*
 * A server whose memory or descriptors go a known way (growing/growth.h), for tests and
 * calibrations of what judges them. It keeps the process contract (docs/servers.md) and answers
 * every request as /plaintext is answered. The way is --mode's, or the part of its own name after
 * the last '-': growing_server-leak.
 *
 * One thread, one epoll. It does not parse: an empty line ends a request.
 */
#include <errno.h>
#include <getopt.h>
#include <netdb.h>
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
#include <unistd.h>

#include "tests/growing/growth.h"

enum { DESCRIPTORS = 65536, EVENTS = 256, READ_BYTES = 16384, EXIT_USAGE = 2 };

static const char answer[] = "HTTP/1.1 200 OK\r\nServer: growing\r\nContent-Type: text/plain\r\n"
                             "Content-Length: 13\r\n\r\nHello, World!";

static struct {
    const char *address, *port, *mode;
    unsigned max_connections;
    struct growth growth;
} options = {.address = "127.0.0.1", .port = "0", .max_connections = 10000};

static unsigned char matched[DESCRIPTORS]; /* of CR LF CR LF, by descriptor */
static unsigned connection_count;
static int listener, poller;
static bool is_listening = true;
static volatile sig_atomic_t is_told;

static void on_term(int number)
{
    (void)number;
    is_told = 1;
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void usage(void)
{
    fputs("usage: growing_server [--mode WAY] [--bytes N] [--every N] [--size N] [--address A] "
          "[--port N]\n"
          "       [--workers N] [--max-connections N] [--describe]\n",
          stderr);
    growth_list();
    exit(EXIT_USAGE);
}

static void describe(void)
{
    printf("name growing-%s\nmodel test server\nsummary its memory goes a known way\nlanguage C\n"
           "workers-meaning none\nroutes plaintext\n",
           options.mode);
    exit(0);
}

/* A whole number above 0. */
static uint64_t number(const char *text)
{
    char *end;
    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    if (text[0] == '-' || *end != '\0' || end == text || errno != 0 || value == 0)
        usage();
    return value;
}

static void listen_or_not(bool listens)
{
    struct epoll_event event = {listens ? EPOLLIN : 0, {.fd = listener}};
    epoll_ctl(poller, EPOLL_CTL_MOD, listener, &event);
    is_listening = listens;
}

static void end_connection(int fd)
{
    close(fd);
    connection_count--;
    if (!is_listening)
        listen_or_not(true);
}

static bool take_connection(void)
{
    int one = 1, fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    struct epoll_event event = {EPOLLIN, {.fd = fd}};
    if (fd < 0)
        return errno == EAGAIN || errno == EINTR || errno == ECONNABORTED;
    if (fd >= DESCRIPTORS || epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) != 0) {
        close(fd);
        return false;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    matched[fd] = 0;
    connection_count++;
    growth_on_connection();
    return true;
}

/* Without room for another one it listens no more until one ends: it does not spin. */
static void take_connections(void)
{
    if (!take_connection() || connection_count >= options.max_connections)
        listen_or_not(false);
}

/* True: it was the last one of a request. */
static bool take_byte(int fd, char byte)
{
    if (byte == "\r\n\r\n"[matched[fd]])
        matched[fd]++;
    else
        matched[fd] = byte == '\r';
    if (matched[fd] < 4)
        return false;
    matched[fd] = 0;
    return true;
}

static bool answer_one(int fd)
{
    growth_on_request();
    return send(fd, answer, sizeof(answer) - 1, MSG_NOSIGNAL) == (ssize_t)sizeof(answer) - 1;
}

static void take_requests(int fd)
{
    char bytes[READ_BYTES];
    ssize_t got = recv(fd, bytes, sizeof(bytes), 0);
    bool is_well = got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
    for (ssize_t i = 0; is_well && i < got; i++)
        if (take_byte(fd, bytes[i]))
            is_well = answer_one(fd);
    if (!is_well)
        end_connection(fd);
}

static void serve(void)
{
    struct epoll_event events[EVENTS];
    sigset_t none;
    sigemptyset(&none);
    while (!is_told) {
        int count = epoll_pwait(poller, events, EVENTS, growth_tick(), &none);
        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == listener)
                take_connections();
            else
                take_requests(events[i].data.fd);
        }
    }
}

static void open_listener(void)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                             .ai_socktype = SOCK_STREAM};
    struct addrinfo *at;
    struct sockaddr_in6 name;
    socklen_t len = sizeof(name);
    int one = 1;
    if (getaddrinfo(options.address, options.port, &hints, &at) != 0)
        usage();
    listener = socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (listener < 0 || bind(listener, at->ai_addr, at->ai_addrlen) != 0 ||
        listen(listener, SOMAXCONN) != 0 ||
        getsockname(listener, (struct sockaddr *)&name, &len) != 0)
        die("listen");
    freeaddrinfo(at);
    struct epoll_event event = {EPOLLIN, {.fd = listener}};
    poller = epoll_create1(EPOLL_CLOEXEC);
    if (poller < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event) != 0)
        die("epoll");
    printf("ready %u\n", ntohs(name.sin6_port)); /* where sockaddr_in has its own */
    fflush(stdout);
}

/* The figures that a way has of its own stand until an option
 * says otherwise; so --mode is read first. */
static void read_options(int argc, char **argv)
{
    static const struct option known[] = {
        {"mode", 1, NULL, 'm'},
        {"bytes", 1, NULL, 'b'},
        {"every", 1, NULL, 'e'},
        {"size", 1, NULL, 's'},
        {"address", 1, NULL, 'a'},
        {"port", 1, NULL, 'p'},
        {"workers", 1, NULL, 'w'},
        {"describe", 0, NULL, 'd'},
        {"max-connections", 1, NULL, 'c'},
        {0},
    };
    const char *dash = strrchr(argv[0], '-');
    options.mode = dash != NULL ? dash + 1 : "flat";
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], "--mode") == 0)
            options.mode = argv[i + 1];
    if (!growth_find(&options.growth, options.mode))
        usage();
    for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;)
        switch (option) {
        case 'm':
            break;
        case 'b':
            options.growth.bytes = number(optarg);
            break;
        case 'e':
            options.growth.every = number(optarg);
            break;
        case 's':
            options.growth.size = number(optarg);
            break;
        case 'a':
            options.address = optarg;
            break;
        case 'p':
            options.port = optarg;
            break;
        case 'w':
            number(optarg);
            break;
        case 'c':
            options.max_connections = (unsigned)number(optarg);
            break;
        case 'd':
            describe();
            break;
        default:
            usage();
        }
    if (optind != argc)
        usage();
}

static void prepare_process(void)
{
    struct rlimit limit;
    sigset_t term;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    sigaction(SIGTERM, &(struct sigaction){.sa_handler = on_term}, NULL);
    sigemptyset(&term);
    sigaddset(&term,
              SIGTERM); /* it comes only while waiting, so none is lost between a look and a wait */
    sigprocmask(SIG_BLOCK, &term, NULL);
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
    read_options(argc, argv);
    prepare_process();
    growth_begin(&options.growth);
    open_listener();
    serve();
    return 0;
}
