#include "core/transfer.h"

#include <errno.h>
#include <sys/socket.h>

/* A send that a signal has come before (POSIX allows it also where nothing blocks) is made again.
 * Apart, because it never happens. */
static __attribute__((cold, noinline)) ssize_t send_again(int fd, struct slice bytes, ssize_t sent)
{
    while (sent < 0 && errno == EINTR)
        sent = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent;
}

/* Part of it went, or nothing. */
static ssize_t keep_rest(struct conn *conn, const struct conn_out *out, ssize_t sent,
                         uint64_t now_ms, unsigned *wish)
{
    if (sent < 0 && errno != EAGAIN) {
        *wish = CONN_CLOSE;
        return -1;
    }
    if (sent < 0)
        sent = 0;
    if (conn_tail(conn).len)
        conn_wrote(conn, (size_t)sent, now_ms);
    else
        *wish = conn_keep(conn, out, (size_t)sent, now_ms);
    return sent;
}

ssize_t transfer_send(struct conn *conn, int fd, struct conn_out *out, uint64_t now_ms,
                      unsigned *wish)
{
    struct slice tail = conn_tail(conn);
    struct slice fresh = out->len ? (struct slice){out->base, out->len} : out->ref;
    struct slice bytes = tail.len ? tail : fresh;
    ssize_t sent = bytes.len ? send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT) : 0;

    if (sent < (ssize_t)bytes.len && (sent = send_again(fd, bytes, sent)) < (ssize_t)bytes.len)
        sent = keep_rest(conn, out, sent, now_ms, wish);
    else if (tail.len)
        conn_wrote(conn, tail.len, now_ms);
    out->len = 0;
    out->ref.len = 0;
    return sent;
}
