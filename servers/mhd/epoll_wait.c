/*
 * epoll_wait(2) as this program and its library have it: it leaves the last place of an array free.
 *
 * A full array means to libmicrohttpd (0.9.75, and 1.0.1 still) that there may be
 * more, and it waits again before it serves any of these, with the time-out of the
 * first wait: for ever (MHD_epoll in its daemon.c). If these were all, and their
 * clients wait for their answers, nothing more comes: 128 clients, or eight times as
 * many, who had asked while the thread was kept from its CPU, were never answered.
 * Where there is room left it serves at once, and its next turn takes the rest.
 *
 * A program's own symbols come before those of libc, for its libraries too (dlsym(3),
 * RTLD_DEFAULT). Without a mask epoll_pwait is the same call (epoll_pwait(2)).
 */
#include <stddef.h>
#include <sys/epoll.h>

int epoll_wait(int epoll_fd, struct epoll_event *events, int max, int timeout_ms)
{
    return epoll_pwait(epoll_fd, events, max > 1 ? max - 1 : max, timeout_ms, NULL);
}
