/* Sockets and epoll; what their bytes mean is the lane's. */
#include "pace/connection.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = EPOLLIN | EPOLLOUT | EPOLLRDHUP };

static int watch_socket(struct connection *connection, int epoll_fd, int operation)
{
    struct epoll_event event = {EVENTS | EPOLLET, {.ptr = connection}};

    return epoll_ctl(epoll_fd, operation, connection->fd, &event) < 0 ? -errno : 0;
}

int connection_adopt(struct connection *connection, int fd, int epoll_fd)
{
    connection->fd = fd;
    connection->answered = 0;
    connection->is_ending = connection->is_spoiled = false;
    /* Where it is refused, answers count from when they are taken. */
    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &(int){1}, sizeof(int));
    int error = watch_socket(connection, epoll_fd, EPOLL_CTL_ADD);
    if (error < 0)
        connection_close(connection);
    return error;
}

int connection_open(struct connection *connection, struct target *target, int epoll_fd)
{
    int fd = target_connect(target);

    if (fd < 0)
        return fd;
    connection->is_connecting = true;
    return connection_adopt(connection, fd, epoll_fd);
}

int connection_finish(struct connection *connection)
{
    int error = 0;

    getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &(socklen_t){sizeof error});
    connection->is_connecting = error != 0;
    return -error;
}

ssize_t connection_send(struct connection *connection)
{
    const struct request *request = connection->request;
    ssize_t sent = send(connection->fd, request->bytes + connection->sent_bytes,
                        request->len - connection->sent_bytes, MSG_NOSIGNAL);

    if (sent < 0)
        return errno == EAGAIN ? 0 : -errno;
    connection->sent_bytes += (uint32_t)sent;
    return sent;
}

/* SO_TIMESTAMPNS of socket(7), which of a stream gives the time of the last segment that was read
 * (Linux 4.14, tcp_recv_timestamp). */
static int64_t time_of(struct msghdr *message)
{
    struct cmsghdr *control = CMSG_FIRSTHDR(message);
    struct timespec time;

    if (!control || control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_TIMESTAMPNS)
        return 0;
    memcpy(&time, CMSG_DATA(control), sizeof time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

ssize_t connection_receive(struct connection *connection, char *bytes, size_t size,
                           int64_t *arrived_ns)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct timespec))];
    struct iovec to = {bytes, size};
    struct msghdr message = {
        .msg_iov = &to, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t n = recvmsg(connection->fd, &message, 0);

    *arrived_ns = n > 0 ? time_of(&message) : 0;
    return n < 0 ? -errno : n;
}

void connection_again(struct connection *connection, int epoll_fd)
{
    watch_socket(connection, epoll_fd, EPOLL_CTL_MOD);
}

/* Closing takes it out of epoll. */
void connection_close(struct connection *connection)
{
    if (connection->fd >= 0)
        close(connection->fd);
    connection->fd = -1;
    connection->is_connecting = false;
}

void line_init(struct line *line)
{
    line->first = NULL;
    line->last = &line->first;
}

void line_push(struct line *line, struct connection *connection)
{
    connection->next = NULL;
    *line->last = connection;
    line->last = &connection->next;
}

struct connection *line_pop(struct line *line)
{
    struct connection *connection = line->first;

    if (connection && !(line->first = connection->next))
        line->last = &line->first;
    return connection;
}
