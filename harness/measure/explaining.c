/* See explaining.h. */
#include "measure/explaining.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "data/result.h"
#include "measure/clock.h"
#include "measure/smaps.h"

void explaining_open(struct explaining *explaining, struct explanation *to)
{
    *explaining = (struct explaining){.to = to};
    explanation_init(to);
}

static void say(char why[EXPLAINING_WHY], const char *file, int number)
{
    if (why[0] == '\0')
        snprintf(why, EXPLAINING_WHY, "%s: %s", file,
                 number == -EPROTO ? "it is of no form that is known" : strerror(-number));
}

static void take_kinds(struct explaining *explaining, const pid_t *pids, size_t count,
                       const char *why_none)
{
    struct kind_bytes sums[MEMORY_KINDS];
    int number = smaps_kinds(pids, count, sums);
    if (number == 0)
        memcpy(explaining->to->kinds[explaining->to->count], sums, sizeof(sums));
    else if (number == -ESRCH)
        snprintf(explaining->why_kinds, EXPLAINING_WHY, "%s",
                 count == 0 ? why_none : "the server has ended");
    else
        say(explaining->why_kinds, "/proc/PID/smaps", number);
}

/* Once unreadable, for all marks: what moved is known of all of them, or not at all. */
static void take_slab(struct explaining *explaining)
{
    if (explaining->why_slab[0] != '\0')
        return;
    FILE *text = fopen("/proc/slabinfo", "re");
    int number =
        text != NULL ? slabinfo_take(&explaining->slabinfo, text, explaining->to->count) : -errno;
    if (text != NULL)
        fclose(text);
    if (number == -EACCES || number == -EPERM)
        snprintf(explaining->why_slab, EXPLAINING_WHY, "/proc/slabinfo: only root may read it");
    else if (number < 0)
        say(explaining->why_slab, "/proc/slabinfo", number);
}

void explaining_take(struct explaining *explaining, const pid_t *pids, size_t count,
                     const char *why_none)
{
    if (explaining->to->count > PHASES_MOST)
        return;
    int64_t since_ns = clock_read_ns(CLOCK_THREAD_CPUTIME_ID);
    take_slab(explaining); /* first: what follows makes the kernel work */
    take_kinds(explaining, pids, count, why_none);
    explaining->to->count++;
    int64_t cost_ns = clock_read_ns(CLOCK_THREAD_CPUTIME_ID) - since_ns;
    explaining->to->cost_ns = cost_ns > explaining->to->cost_ns ? cost_ns : explaining->to->cost_ns;
}

void explaining_close(struct explaining *explaining)
{
    struct explanation *to = explaining->to;
    if (explaining->why_slab[0] == '\0' && to->count > 0) {
        to->has_slab = true;
        to->cache_count = slabinfo_moved(&explaining->slabinfo, to->count, &to->caches);
    }
    slabinfo_release(&explaining->slabinfo);
}
