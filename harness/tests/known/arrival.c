/* See arrival.h. */
#include "tests/known/arrival.h"

#include <string.h>
#include <sys/socket.h>

#include "measure/clock.h"

enum { COMPARISONS = 3 };

void arrival_ask(int fd)
{
    int one = 1;
    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one);
}

/* What the clock of the kernel's times is ahead of ours, by
 * the closest of a few pairs of readings. */
static int64_t ahead_ns(void)
{
    int64_t ahead = 0, least = INT64_MAX, before = monotonic_ns();
    for (int i = 0; i < COMPARISONS; i++) {
        int64_t real = clock_read_ns(CLOCK_REALTIME), after = monotonic_ns();
        if (after - before < least) {
            least = after - before;
            ahead = real - (before + least / 2);
        }
        before = after;
    }
    return ahead;
}

/* When what was received came; a time that cannot be is that
 * of a clock which was set, or of a kernel that tells none. */
static int64_t came_ns(struct msghdr *message, int64_t origin_ns)
{
    struct cmsghdr *control = CMSG_FIRSTHDR(message);
    struct timespec time;
    int64_t now = monotonic_ns();
    if (!control || control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_TIMESTAMPNS)
        return now;
    memcpy(&time, CMSG_DATA(control), sizeof time);
    int64_t came = timespec_ns(time) - ahead_ns();
    return came <= now && came >= origin_ns ? came : now;
}

ssize_t arrival_receive(int fd, char *bytes, size_t size, int64_t origin_ns, int64_t *seen_ns)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct timespec))];
    struct iovec to = {bytes, size};
    struct msghdr message = {
        .msg_iov = &to, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t got = recvmsg(fd, &message, MSG_DONTWAIT);
    *seen_ns = got > 0 ? came_ns(&message, origin_ns) : 0;
    return got;
}
