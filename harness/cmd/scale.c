#include "cmd/scale.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cmd/cmd.h"

/* What a server of ours keeps of its open files for other than clients (servers/core/server.c): for itself, for what it
 * inherits, and for each of its workers, of which there are no more than CPUs unless the experiment says so. */
static unsigned files_apart(const struct experiment *experiment)
{
    enum { OWN = 64, INHERITED = 32, EACH_WORKER = 8 };
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned workers = scale_most_workers(experiment);

    if (cpus > (long)workers)
        workers = (unsigned)cpus;
    return OWN + INHERITED + EACH_WORKER * workers;
}

static void note(struct result *result, char *sentence)
{
    strings_add(&result->notes, sentence);
    free(sentence);
}

static void drop_above(struct levels *levels, unsigned most)
{
    while (levels->count > 0 && levels->items[levels->count - 1] > most)
        levels->count--;
}

static void shrink(struct result *result, unsigned most, unsigned files)
{
    struct scale_set *scale = &result->experiment.scale;
    unsigned idle = scale->idle, largest = scale->connections.items[scale->connections.count - 1];
    scale->max_connections = most;
    drop_above(&scale->connections, most);
    if (scale->idle > most - scale->base)
        scale->idle = most - scale->base;
    note(result, text_format("a process may open %u files: servers are started with "
                             "--max-connections %u",
                             files, most));
    if (largest > most)
        note(result, text_format("open files: at most %u active connections instead of %u",
                                 scale->connections.items[scale->connections.count - 1], largest));
    if (scale->idle < idle)
        note(result,
             text_format("open files: %u idle connections instead of %u", scale->idle, idle));
}

int scale_fit_files(struct result *result)
{
    struct scale_set *scale = &result->experiment.scale;
    unsigned apart = files_apart(&result->experiment);
    struct rlimit files;
    if (!scale_is_asked(scale))
        return 0;
    if (getrlimit(RLIMIT_NOFILE, &files) < 0)
        return fail(EXIT_ENVIRONMENT, "cannot read the limit on open files: %s", strerror(errno));
    files.rlim_cur = files.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &files) < 0)
        return fail(EXIT_ENVIRONMENT, "cannot raise the limit on open files: %s", strerror(errno));
    if (files.rlim_max >= (rlim_t)scale->max_connections + apart)
        return 0;
    if (files.rlim_max < (rlim_t)scale->base + apart)
        return fail(EXIT_ENVIRONMENT,
                    "%s needs %u open files in a process and may have %llu: raise ulimit -n",
                    result->experiment.name, scale->base + apart,
                    (unsigned long long)files.rlim_max);
    shrink(result, (unsigned)files.rlim_max - apart, (unsigned)files.rlim_max);
    return 0;
}

void scale_settle_workers(struct result *result, const struct topology *topology)
{
    struct scale_set *scale = &result->experiment.scale;
    if (!scale_is_asked(scale))
        return;
    if (scale->workers.count == 0) {
        worker_levels(&scale->workers, topology);
        if (scale->workers.count == 1)
            note(result, xstrdup("workers: only 1, because half of this machine's cores are for "
                                 "no more"));
    }
    while (scale->workers.count > 0 &&
           scale->workers.items[scale->workers.count - 1] * scale->base > scale->max_connections)
        scale->workers.count--;
}

unsigned scale_most_workers(const struct experiment *experiment)
{
    const struct levels *workers = &experiment->scale.workers;
    unsigned most = experiment->workers;
    for (size_t i = 0; scale_is_asked(&experiment->scale) && i < workers->count; i++)
        if (workers->items[i] > most)
            most = workers->items[i];
    return most;
}
