/* How a trial ends before its time, and by whom. */
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
