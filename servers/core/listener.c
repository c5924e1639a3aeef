#include "core/listener.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 4096 }; /* the kernel lowers it to net.core.somaxconn */

static int resolve(const char *address, uint16_t port, struct sockaddr_storage *storage,
                   socklen_t *len)
{
    const struct addrinfo hints = {
        .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
        .ai_socktype = SOCK_STREAM,
    };
    struct addrinfo *found;
    char service[8];

    snprintf(service, sizeof service, "%u", port);
    if (getaddrinfo(address, service, &hints, &found) != 0)
        return -EADDRNOTAVAIL;
    *len = found->ai_addrlen;
    memcpy(storage, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return 0;
}

static int set_flag(int fd, int level, int option)
{
    return setsockopt(fd, level, option, &(int){1}, sizeof(int));
}

/*
 * The first socket binds without SO_REUSEPORT, so that the kernel refuses a port that is in use,
 * and turns it on afterwards to let its siblings in; they bind with it.
 */
static int listener_open(const struct sockaddr_storage *address, socklen_t len, bool is_first,
                         bool has_siblings, const char **failed)
{
    int fd, error;

    *failed = "socket";
    fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    *failed = "setsockopt";
    if (set_flag(fd, SOL_SOCKET, SO_REUSEADDR) < 0 || set_flag(fd, IPPROTO_TCP, TCP_NODELAY) < 0 ||
        (!is_first && set_flag(fd, SOL_SOCKET, SO_REUSEPORT) < 0))
        goto fail;
    *failed = "bind";
    if (bind(fd, (const struct sockaddr *)address, len) < 0)
        goto fail;
    *failed = "setsockopt SO_REUSEPORT";
    if (is_first && has_siblings && set_flag(fd, SOL_SOCKET, SO_REUSEPORT) < 0)
        goto fail;
    *failed = "listen";
    if (listen(fd, BACKLOG) < 0)
        goto fail;
    return fd;
fail:
    error = -errno;
    close(fd);
    return error;
}

int listeners_open(int fds[], unsigned count, const char *address, uint16_t *port,
                   const char **failed)
{
    struct sockaddr_storage storage = {0};
    socklen_t len;
    int error;

    *failed = "address";
    error = resolve(address, *port, &storage, &len);
    if (error)
        return error;
    for (unsigned i = 0; i < count; i++) {
        fds[i] = listener_open(&storage, len, i == 0, count > 1, failed);
        if (fds[i] < 0) {
            error = fds[i];
            while (i-- > 0)
                close(fds[i]);
            return error;
        }
        if (i == 0) /* the siblings bind the port the kernel chose for the first */
            getsockname(fds[0], (struct sockaddr *)&storage, &len);
    }
    *port = ntohs(storage.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&storage)->sin6_port
                                                : ((struct sockaddr_in *)&storage)->sin_port);
    return 0;
}
