#include "measure/phase_watch.h"

#include "measure/clock.h"

enum { LEAD_MS = 100 };

int64_t phase_watch_due_ns(const struct phase_watch *watch)
{
    int64_t due_ns = watch->start_ns - LEAD_MS * NS_PER_MS;
    if (watch->passed == watch->phases->count || watch->is_cut)
        return INT64_MAX;
    for (size_t i = 0; i <= watch->passed; i++)
        due_ns += watch->phases->items[i].duration_s * NS_PER_S;
    return due_ns;
}

void phase_watch_cut(struct phase_watch *watch)
{
    int64_t now_ns = monotonic_ns();
    bool was_cut = watch->is_cut;
    watch->is_cut = true;
    if (was_cut || watch->passed == watch->phases->count || watch->start_ns == 0 ||
        now_ns < watch->start_ns)
        return;
    watch->passed++;
    marks_take(watch->marks, now_ns - watch->start_ns);
}

void phase_watch_tick(struct phase_watch *watch)
{
    int64_t now_ns = monotonic_ns();
    if (now_ns < phase_watch_due_ns(watch))
        return;
    watch->passed++;
    marks_take(watch->marks, now_ns - watch->start_ns);
}
