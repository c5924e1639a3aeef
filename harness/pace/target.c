/* Names, addresses and sockets. */
#include "pace/target.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/strings.h"
#include "pace/audit.h"
#include "pace/engine.h"

enum {
    EXIT_BAD_URL = 2,
    EXIT_ENVIRONMENT = 5,
    LOOK_MS = 20, /* at what interrupts */
    /* 28,000 ports each are 28 million connections a minute. They
     * start beside 127.0.0.1, which others use. */
    SOURCES_FIRST = 0x7f010001,
    SOURCES = 1000,
};

static bool is_loopback(const struct target *target)
{
    const struct sockaddr_in *in = (const struct sockaddr_in *)&target->address;

    return in->sin_family == AF_INET && ntohl(in->sin_addr.s_addr) >> 24 == 127;
}

void target_spread(struct target *target)
{
    target->is_spread = is_loopback(target);
}

void target_text(const struct target *target, char text[TARGET_TEXT_BYTES])
{
    char host[INET6_ADDRSTRLEN + 20], port[8];
    bool is_v6 = target->address.ss_family == AF_INET6;

    getnameinfo((const struct sockaddr *)&target->address, target->address_len, host, sizeof host,
                port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    snprintf(text, TARGET_TEXT_BYTES, is_v6 ? "[%s]:%s" : "%s:%s", host, port);
}

/* The port is chosen by connect, which knows the other end and
 * so can use one twice: ip(7), IP_BIND_ADDRESS_NO_PORT. */
static int bind_source(struct target *target, int fd)
{
    struct sockaddr_in from = {.sin_family = AF_INET};

    target->source = (target->source + 1) % SOURCES;
    from.sin_addr.s_addr = htonl(SOURCES_FIRST + target->source);
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &(int){1}, sizeof(int));
    return bind(fd, (const struct sockaddr *)&from, sizeof from);
}

int target_connect(struct target *target)
{
    int fd = socket(target->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -errno;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    if ((!target->is_spread || bind_source(target, fd) == 0) &&
        (connect(fd, (const struct sockaddr *)&target->address, target->address_len) == 0 ||
         errno == EINPROGRESS))
        return fd;
    int error = errno;
    close(fd);
    return -error;
}

/* 0: it is connected; else -errno. */
static int await(int fd, const volatile bool *interrupted)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};
    int64_t until_ns = clock_ns(CLOCK_MONOTONIC) + ENGINE_CONNECT_MS * INT64_C(1000000);
    int error = 0, count;

    while ((count = poll(&poll_fd, 1, LOOK_MS)) <= 0) {
        if (*interrupted || (count < 0 && errno != EINTR))
            return -EINTR;
        if (clock_ns(CLOCK_MONOTONIC) > until_ns)
            return -ETIMEDOUT;
    }
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &(socklen_t){sizeof error});
    return -error;
}

static int try_address(struct target *target, const struct addrinfo *info,
                       const volatile bool *interrupted)
{
    memcpy(&target->address, info->ai_addr, info->ai_addrlen);
    target->address_len = info->ai_addrlen;
    int fd = target_connect(target);
    int error = fd < 0 ? fd : await(fd, interrupted);

    if (error == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return error;
}

/* One clause an address: "::1: Connection refused; 127.0.0.1: Connection refused". */
static void note_failure(const struct target *target, int error, char **clauses)
{
    char text[TARGET_TEXT_BYTES], *before = *clauses;

    target_text(target, text);
    *clauses =
        text_format("%s%s%s: %s", before ? before : "", before ? "; " : "", text, strerror(-error));
    free(before);
}

static int resolve(const struct url *url, struct addrinfo **list, int *exit_code, char **error)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    char port[8];

    snprintf(port, sizeof port, "%u", url->port);
    int code = getaddrinfo(url->host, port, &hints, list);
    if (code == 0)
        return 0;
    *exit_code = code == EAI_NONAME ? EXIT_BAD_URL : EXIT_ENVIRONMENT;
    return text_error(error, "the name %s cannot be resolved: %s", url->host, gai_strerror(code));
}

int target_find(struct target *target, const struct url *url, const volatile bool *interrupted,
                int *fd, int *exit_code, char **error)
{
    struct addrinfo *list;
    char *clauses = NULL;

    *target = (struct target){0};
    if (resolve(url, &list, exit_code, error) < 0)
        return -1;
    *fd = -1;
    for (const struct addrinfo *info = list; info && *fd < 0 && !*interrupted; info = info->ai_next)
        if ((*fd = try_address(target, info, interrupted)) < 0)
            note_failure(target, *fd, &clauses);
    freeaddrinfo(list);
    if (*fd < 0 && !*interrupted) {
        *exit_code = EXIT_ENVIRONMENT;
        text_error(error, "nothing listens at %s (%s); start the server, or mend the URL",
                   url->authority, clauses);
    }
    free(clauses);
    return *fd < 0 ? -1 : 0;
}
