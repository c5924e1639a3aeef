/* How a trial ends before its time, and by whom; and what becomes of the unfinished at any end. */
#include <stdarg.h>
#include <stdio.h>

#include "pace/engine.h"
#include "pace/lane.h"

bool loop_end(struct loop *loop, enum trial_end end, const char *format, ...)
{
    va_list arguments;

    if (loop->is_over)
        return false;
    loop->is_over = true;
    loop->trial->end = end;
    va_start(arguments, format);
    vsnprintf(loop->trial->why, sizeof loop->trial->why, format, arguments);
    va_end(arguments);
    return true;
}

void lane_check_lost(struct lane *lane)
{
    int64_t now_ns = lane->loop->watch.now_ns;

    if (lane->lost_ns == 0 || lane->busy == 0 ||
        now_ns - lane->lost_ns < ENGINE_CONNECT_MS * INT64_C(1000000))
        return;
    lane->asked->has_ended_it |=
        loop_end(lane->loop, TRIAL_LOST, "for %.1f s no connection could be made",
                 (double)(now_ns - lane->lost_ns) * 1e-9);
}

void lane_end_full(struct lane *lane)
{
    size_t count = lane->backlog.count;

    lane->is_full = true;
    lane->asked->has_ended_it |=
        lane->lost_ns != 0
            ? loop_end(lane->loop, TRIAL_LOST,
                       "no connection can be made any more, and %zu requests wait", count)
            : loop_end(lane->loop, TRIAL_OVERLOADED,
                       "%zu requests waited for a connection, as many as may", count);
}

/* lateness_ns: of its sending; not yet known of one that waits. */
static void censor(struct lane *lane, int64_t intended_ns, int64_t lateness_ns)
{
    if (intended_ns >= lane->loop->start_ns)
        record_censored(lane->record, intended_ns,
                        lane->loop->watch.now_ns - intended_ns - lateness_ns);
}

void lane_end(struct lane *lane)
{
    struct waiting waiting;
    int64_t now_ns = watch_read(&lane->loop->watch);

    if (lane->connected == 0 && lane->in_vain > 0)
        lane->record->gone_ns = lane->alone_ns;
    for (unsigned i = 0; i < lane->count; i++) {
        struct connection *connection = &lane->connections[i];
        const struct times *times = &connection->times;
        if (connection->request) {
            if (lane->backlog.count > 0)
                record_holder(lane->record, connection->asked_ns, now_ns, now_ns);
            censor(lane, times->intended_ns, times->sent_ns - times_ready_ns(times));
        }
        connection_close(connection);
    }
    while (backlog_pop(&lane->backlog, &waiting))
        censor(lane, waiting.intended_ns, 0);
}
