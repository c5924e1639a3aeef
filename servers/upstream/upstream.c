#include "upstream/upstream.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the address ---- */

/* Decimal, without a sign, blanks or leading zeros, all of
 * which getaddrinfo takes: it goes into Host. */
static bool is_port(const char *text)
{
    enum { DIGITS_MAX = 5 };
    size_t len = strspn(text, "0123456789");

    return len > 0 && len <= DIGITS_MAX && text[len] == '\0' && *text != '0' &&
           strtoul(text, NULL, 10) <= UINT16_MAX;
}

/* Splits HOST:PORT, or [HOST]:PORT if HOST has colons itself (RFC 3986 section 3.2.2); host holds
 * UPSTREAM_AUTHORITY_BYTES. */
static bool split(const char *text, char *host, const char **port)
{
    const char *colon = strrchr(text, ':');
    bool has_brackets = colon && *text == '[' && colon[-1] == ']';
    size_t len;

    if (!colon || strlen(text) >= UPSTREAM_AUTHORITY_BYTES)
        return false;
    *port = colon + 1;
    len = (size_t)(colon - text) - (has_brackets ? 2 : 0);
    memcpy(host, has_brackets ? text + 1 : text, len);
    host[len] = '\0';
    return len > 0 && has_brackets == (strchr(host, ':') != NULL) && is_port(*port);
}

/* In the order in which they are to be tried (RFC 6724). */
static void take_places(struct upstream_address *address, const struct addrinfo *found)
{
    address->places_count = 0;
    for (; found && address->places_count < UPSTREAM_PLACES_LIMIT; found = found->ai_next) {
        struct upstream_place *place = &address->places[address->places_count++];

        place->socket_bytes = found->ai_addrlen;
        memcpy(&place->socket, found->ai_addr, found->ai_addrlen);
    }
}

int upstream_resolve(struct upstream_address *address, const char *text, const char **why)
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
    char host[UPSTREAM_AUTHORITY_BYTES];
    struct addrinfo *found;
    const char *port;
    int error;

    *why = "expected HOST:PORT, [IPV6]:PORT for an address of IPv6, and a port from 1 to 65535";
    if (!split(text, host, &port))
        return -1;
    error = getaddrinfo(host, port, &hints, &found);
    if (error) {
        *why = gai_strerror(error);
        return -1;
    }
    take_places(address, found);
    freeaddrinfo(found);
    snprintf(address->authority, sizeof address->authority, "%s", text);
    return 0;
}

/* ---- the pool ---- */

void upstream_init(struct upstream *upstream, const struct upstream_address *address)
{
    *upstream = (struct upstream){.address = address};
    pthread_mutex_init(&upstream->lock, NULL);
}

void upstream_release(struct upstream *upstream)
{
    while (upstream->idle_count > 0)
        close(upstream->idle[--upstream->idle_count].fd);
    pthread_mutex_destroy(&upstream->lock);
}

static int pop(struct upstream *upstream)
{
    int fd = -EAGAIN;

    pthread_mutex_lock(&upstream->lock);
    if (upstream->idle_count > 0)
        fd = upstream->idle[--upstream->idle_count].fd;
    pthread_mutex_unlock(&upstream->lock);
    return fd;
}

/* Open, and nothing has come. */
static bool is_quiet(int fd)
{
    char byte;

    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

int upstream_take(struct upstream *upstream)
{
    int fd;

    while ((fd = pop(upstream)) >= 0 && !is_quiet(fd))
        close(fd);
    return fd;
}

void upstream_give(struct upstream *upstream, int fd)
{
    bool has_room;

    pthread_mutex_lock(&upstream->lock);
    has_room = upstream->idle_count < UPSTREAM_IDLE_LIMIT;
    if (has_room)
        upstream->idle[upstream->idle_count++] = (struct upstream_idle){.fd = fd};
    pthread_mutex_unlock(&upstream->lock);
    if (!has_room)
        close(fd);
}

/* A look takes no time, a close perhaps a little: nobody waits for that. */
void upstream_tidy(struct upstream *upstream)
{
    int closing[UPSTREAM_IDLE_LIMIT];
    unsigned closing_count = 0, kept_count = 0;

    pthread_mutex_lock(&upstream->lock);
    for (unsigned i = 0; i < upstream->idle_count; i++) {
        struct upstream_idle idle = upstream->idle[i];

        if (idle.looks++ < UPSTREAM_LOOKS_LIMIT && is_quiet(idle.fd))
            upstream->idle[kept_count++] = idle;
        else
            closing[closing_count++] = idle.fd;
    }
    upstream->idle_count = kept_count;
    pthread_mutex_unlock(&upstream->lock);
    while (closing_count > 0)
        close(closing[--closing_count]);
}

int upstream_connect(const struct upstream *upstream, unsigned place)
{
    const struct upstream_place *to = &upstream->address->places[place];
    const int on = 1;
    int fd = socket(to->socket.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int error;

    if (fd < 0)
        return -errno;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, (const struct sockaddr *)&to->socket, to->socket_bytes) == 0 ||
        errno == EINPROGRESS || errno == EINTR)
        return fd;
    error = errno;
    close(fd);
    return -error;
}
