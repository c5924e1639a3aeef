#include "cmd/scale.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cmd/cmd.h"

/* Does one of them make a server ask another one? What cannot
 * be read is refused by whoever reads them all. */
static bool ask_another(const struct strings *workloads, const struct paths *paths)
{
    bool asks = false;
    for (size_t i = 0; i < workloads->count && !asks; i++) {
        struct workload workload;
        char *path = text_format("%s/%s.lua", paths->workloads, workloads->items[i]), *error = NULL;
        asks = workload_read(&workload, path, &error) == 0 && workload.upstream;
        workload_release(&workload);
        free(error);
        free(path);
    }
    return asks;
}

/*
 * How many clients a server of ours takes with so many open files (servers/core/server.c). It keeps
 * some for itself, for what it inherits, and for each of its workers, of which there are no more
 * than CPUs unless the experiment says so. With another server behind it each client may take two,
 * and each worker keeps connections.
 */
static unsigned clients_of(const struct result *result, bool is_proxy, rlim_t files)
{
    enum { OWN = 64, INHERITED = 32, EACH_WORKER = 8, EACH_WORKER_BEHIND = 64 };
    unsigned workers = scale_most_workers(&result->experiment), each = EACH_WORKER;
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);

    if (cpus > (long)workers)
        workers = (unsigned)cpus;
    each += is_proxy ? EACH_WORKER_BEHIND : 0;
    if (files <= OWN + INHERITED + (rlim_t)each * workers)
        return 0;
    files = (files - OWN - INHERITED - (rlim_t)each * workers) / (is_proxy ? 2 : 1);
    return files < UINT_MAX ? (unsigned)files : UINT_MAX;
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

/* To as many as this process may have. */
static int raise_files(struct rlimit *files)
{
    if (getrlimit(RLIMIT_NOFILE, files) < 0)
        return fail(EXIT_ENVIRONMENT, "cannot read the limit on open files: %s", strerror(errno));
    files->rlim_cur = files->rlim_max;
    if (setrlimit(RLIMIT_NOFILE, files) < 0)
        return fail(EXIT_ENVIRONMENT, "cannot raise the limit on open files: %s", strerror(errno));
    return 0;
}

/* Not even the lowest level fits. */
static int leave_out_stairs(struct result *result, unsigned most, rlim_t files)
{
    struct stairs_set *stairs = &result->experiment.stairs;
    unsigned lowest = stairs->connections.items[0];
    strings_release(&stairs->set.workloads);
    if (experiment_is_empty(&result->experiment))
        return fail(
            EXIT_ENVIRONMENT,
            "nothing is left to measure: the lowest level of %s is %u connections, and with "
            "the %llu files that a process may open here a server can have %u: raise ulimit -n",
            result->experiment.name, lowest, (unsigned long long)files, most);
    note(result, text_format("open files: a process may open %llu, too few to see what a "
                             "connection costs in memory",
                             (unsigned long long)files));
    return 0;
}

int scale_fit_stairs(struct result *result, const struct paths *paths)
{
    struct stairs_set *stairs = &result->experiment.stairs;
    struct levels *levels = &stairs->connections;
    struct rlimit files;
    int code = stairs_are_asked(stairs) ? raise_files(&files) : 0;
    if (code || !stairs_are_asked(stairs))
        return code;
    unsigned most = clients_of(result, ask_another(&stairs->set.workloads, paths), files.rlim_max);
    unsigned largest = levels->items[levels->count - 1];
    drop_above(levels, most);
    if (levels->count == 0)
        return leave_out_stairs(result, most, files.rlim_max);
    if (levels->items[levels->count - 1] < largest)
        note(result, text_format("open files: a process may open %llu, so connections are taken up "
                                 "to %u instead of %u",
                                 (unsigned long long)files.rlim_max,
                                 levels->items[levels->count - 1], largest));
    return 0;
}

int scale_fit_files(struct result *result, const struct paths *paths)
{
    struct scale_set *scale = &result->experiment.scale;
    struct rlimit files;
    unsigned most;
    int code = scale_is_asked(scale) ? raise_files(&files) : 0;
    if (code || !scale_is_asked(scale))
        return code;
    most = clients_of(result, ask_another(&scale->set.workloads, paths), files.rlim_max);
    if (most >= scale->max_connections)
        return 0;
    if (most < scale->base)
        return fail(EXIT_ENVIRONMENT,
                    "%s needs a server with %u clients, and with the %llu files that a process may "
                    "open here it can have %u: raise ulimit -n",
                    result->experiment.name, scale->base, (unsigned long long)files.rlim_max, most);
    shrink(result, most, (unsigned)files.rlim_max);
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
