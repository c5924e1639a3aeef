#include "uv/turns.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void woken(uv_poll_t *wake, int status, int events)
{
    uv_os_fd_t fd;

    (void)status, (void)events;
    if (uv_fileno((uv_handle_t *)wake, &fd) == 0)
        eventfd_read(fd, &(eventfd_t){0});
}

static void ignored(uv_poll_t *poll, int status, int events)
{
    (void)poll, (void)status, (void)events;
}

static void let_go(uv_handle_t *poll)
{
    free(poll);
}

/* The last fd that is free; what the parent has left open may lie behind it. */
static int last_fd(const struct worker *worker)
{
    int at = (int)(worker->server->files_limit - worker->server->workers_count), fd = -1;

    while (fd < 0 && at >= 0)
        fd = fcntl(worker->wake_fd, F_DUPFD_CLOEXEC, at--);
    return fd;
}

/* libuv keeps what it watches in a table by fd, and aborts the process where that cannot grow
 * (1.44.2, maybe_resize in src/unix/core.c). So it grows now, once: one of the last there may be is
 * watched for a moment, each loop's another. */
static int reserve_table(uv_loop_t *uv, const struct worker *worker)
{
    uv_poll_t *poll = malloc(sizeof *poll);
    int last = last_fd(worker);
    int error = poll && last >= 0 ? uv_poll_init(uv, poll, last) : -ENOMEM;

    if (!error) {
        uv_poll_start(poll, UV_READABLE, ignored);
        uv_close((uv_handle_t *)poll, let_go);
    } else {
        free(poll); /* it is not libuv's */
    }
    if (last >= 0)
        close(last);
    return error;
}

/* libuv's errors are -errno. */
int turns_open(struct turns *turns, const struct worker *worker)
{
    int error = uv_loop_init(&turns->uv);

    if (!error)
        error = reserve_table(&turns->uv, worker);
    if (!error)
        error = uv_timer_init(&turns->uv, &turns->alarm);
    if (!error)
        error = uv_poll_init(&turns->uv, &turns->wake, worker->wake_fd);
    if (!error)
        error = uv_poll_start(&turns->wake, UV_READABLE, woken);
    turns->alarm.data = turns;
    turns->alarm_ms = UINT64_MAX;
    return error;
}

int turns_close(struct turns *turns)
{
    uv_close((uv_handle_t *)&turns->alarm, NULL);
    uv_close((uv_handle_t *)&turns->wake, NULL);
    uv_run(&turns->uv, UV_RUN_DEFAULT);
    return uv_loop_close(&turns->uv);
}

/* Ends the wait; or has it not begin, for uv_run looks at timers before it waits, too. */
static void rung(uv_timer_t *alarm)
{
    struct turns *turns = alarm->data;

    turns->alarm_ms = UINT64_MAX;
    uv_stop(&turns->uv);
}

/* Most turns want the same as the one before; libuv keeps its timers in a heap. */
static void set_alarm(struct turns *turns, uint64_t now_ms, int timeout_ms)
{
    uint64_t alarm_ms = timeout_ms < 0 ? UINT64_MAX : now_ms + (uint64_t)timeout_ms;

    if (alarm_ms == turns->alarm_ms)
        return;
    turns->alarm_ms = alarm_ms;
    if (timeout_ms < 0)
        uv_timer_stop(&turns->alarm);
    else
        uv_timer_start(&turns->alarm, rung, (uint64_t)timeout_ms, 0);
}

void turns_run(struct turns *turns, uint64_t now_ms, int timeout_ms)
{
    set_alarm(turns, now_ms, timeout_ms);
    turns->has_begun = false;
    uv_run(&turns->uv, UV_RUN_ONCE);
}
