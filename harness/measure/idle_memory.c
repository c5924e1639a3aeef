#include "measure/idle_memory.h"

#include <errno.h>
#include <string.h>

#include "measure/clock.h"
#include "measure/following.h"
#include "measure/footprint.h"

/* A server learns that its connections were closed when it next runs,
 * and one of a thread or a process for each ends those one by one.
 * QUIET: what has not become less for so long does not any more. */
enum { SLICE_MS = 10, QUIET_MS = 50, MOST_MS = 300 };

static bool is_read(const struct round_plan *plan)
{
    if (plan->paced)
        return plan->arm_count > 1;
    return plan->idle_connections == 0 && plan->stairs == STAIRS_NONE;
}

/* Descriptors and threads of all its processes; MISSING: they cannot be counted just now. */
static int64_t count_held(struct following *following)
{
    struct following_counts counts;
    following_look(following);
    following_count(following, &counts);
    return counts.descriptors == MISSING || counts.threads == MISSING
               ? MISSING
               : counts.descriptors + counts.threads;
}

/* Where nothing can be counted, the whole time. */
static void wait_until_closed(const struct measurement *m, struct following *following,
                              int64_t end_ns)
{
    int64_t least = INT64_MAX, since_ns = monotonic_ns(), now_ns;
    while ((now_ns = monotonic_ns()) < end_ns && !*m->context->interrupted) {
        int64_t held = count_held(following);
        if (held == MISSING || held < least)
            since_ns = now_ns;
        if (held != MISSING && held < least)
            least = held;
        if (now_ns - since_ns >= QUIET_MS * NS_PER_MS)
            return;
        sleep_until_ns(now_ns + SLICE_MS * NS_PER_MS);
    }
}

static void read_arm(struct measurement *m, unsigned i, int64_t end_ns)
{
    struct following following;
    struct footprint_resident resident;
    struct round *round = &m->rounds[i];
    pid_t pids[FOLLOWING_MOST];
    if (server_ended(&m->servers[i])) {
        round_note_missing(round, "memory.idle_anon_bytes", "the server had ended");
        return;
    }
    following_open(&following, m->servers[i].pid);
    wait_until_closed(m, &following, end_ns);
    if (following.is_more)
        round_note_missing(round, "memory.idle_anon_bytes", FOLLOWING_TOO_MANY, FOLLOWING_MOST);
    else if (!footprint_read_resident(pids, following_pids(&following, pids), &resident))
        round_note_missing(round, "memory.idle_anon_bytes", FOOTPRINT_UNREAD ": %s",
                           strerror(errno));
    else if (resident.anon_bytes == MISSING)
        round_note_missing(round, "memory.idle_anon_bytes", FOOTPRINT_NO_ANON);
    else
        round->memory.idle_anon_bytes = resident.anon_bytes;
    following_close(&following);
}

void idle_memory_read(struct measurement *m)
{
    int64_t end_ns = monotonic_ns() + MOST_MS * NS_PER_MS;
    for (unsigned i = 0; i < m->plan->arm_count; i++)
        if (is_read(m->plan))
            read_arm(m, i, end_ns);
        else
            round_note_missing(&m->rounds[i], "memory.idle_anon_bytes",
                               "read only of pairs at a rate, and of closed loops without idle "
                               "connections");
}
