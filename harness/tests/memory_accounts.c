/*
 * Does what is said of a server's memory add up to what the machine lost? A server has
 * connections opened to it, and the machine's free memory is read before and with
 * them; the same at a server that does nothing (the ceiling), because both ends of
 * every connection are in this machine's kernel. What the first took beyond the second
 * is held against its PSS and the kernel's share, by the same two readings. The share
 * is what /proc counts, and what it does not: 32 KiB for each thread that has sent
 * over TCP (analyse/memory.h). How far it would come without these is told, too.
 *
 *   memory_accounts BIN [PAIRS [CONNECTIONS]] 12 pairs of `thread` and `ceiling`, 1,000 connections
 *
 * Free is MemFree, what the page cache could give back (Buffers + Cached - Shmem) and SReclaimable,
 * of /proc/meminfo: a page of a file that is read or dropped meanwhile moves between them and
 * changes nothing. And the pages that each CPU keeps at hand, of /proc/zoneinfo: they are free,
 * MemFree does not count them, and they may be 40 MB a CPU (Linux 6.7 and later), which is as much
 * as is looked for. MemAvailable would not do: it is an estimate, without these pages, from which
 * watermarks and a share of the caches are taken off.
 *
 * Exit: 0 it adds up: the whole interval of the median lies between 90 and 110 %; 1 it does not:
 * the interval lies outside; 2 usage; 3 this machine did not tell: the interval crosses a bound, or
 * a server cannot run, or open files are too few.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "analyse/memory.h"
#include "analyse/stats.h"
#include "data/strings.h"
#include "measure/clock.h"
#include "measure/footprint.h"
#include "measure/holder.h"
#include "measure/procfile.h"
#include "measure/server.h"

enum {
    PAIRS = 12,
    PAIRS_MOST = 1000,
    CONNECTIONS = 1000,
    CONNECTIONS_MOST = 20000,
    FIRST_CONNECTIONS = 64, /* opened and closed before the first reading:
                             * what is there once for all is then touched */
    MORE_CONNECTIONS = 500,
    SETTLE_MS = 700,
    KIB = 1024,
    EXIT_MISSED = 1,
    EXIT_BAD_USAGE = 2,
    EXIT_UNTOLD = 3,
};
static const double LEAST = .9, MOST = 1.1;

/* Of the machine, but for pss. */
struct reading {
    double free_bytes, kernel_bytes, pss_bytes, fragments_bytes;
};

static void untold(const char *why)
{
    printf("undecided: %s\n", why);
    exit(EXIT_UNTOLD);
}

static double meminfo_bytes(const char *text, const char *key)
{
    int64_t kib = procfile_value(text, key);
    if (kib < 0)
        untold("/proc/meminfo lacks a figure");
    return (double)kib * KIB;
}

/* "count: 8323" below each "cpu:" of each zone. */
static double kept_at_hand_bytes(void)
{
    static char text[PROCFILE_BYTES];
    double pages = 0;
    if (procfile_read_once(text, sizeof(text), "/proc/zoneinfo") == NULL)
        untold("/proc/zoneinfo cannot be read");
    for (const char *at = text; (at = strstr(at, " count:")) != NULL;) {
        at += strlen(" count:");
        pages += strtod(at, NULL);
    }
    return pages * (double)sysconf(_SC_PAGESIZE);
}

static double free_bytes(void)
{
    static char text[PROCFILE_BYTES];
    if (procfile_read_once(text, sizeof(text), "/proc/meminfo") == NULL)
        untold("/proc/meminfo cannot be read");
    return meminfo_bytes(text, "MemFree") + meminfo_bytes(text, "Buffers") +
           meminfo_bytes(text, "Cached") - meminfo_bytes(text, "Shmem") +
           meminfo_bytes(text, "SReclaimable") + kept_at_hand_bytes();
}

static double fragments_bytes(pid_t pid)
{
    char text[8192];
    int64_t threads = procfile_read_once(text, sizeof(text), "/proc/%d/status", (int)pid) != NULL
                          ? procfile_value(text, "Threads")
                          : -1;
    if (threads < 0)
        untold("the server's threads cannot be counted");
    return (double)threads * MEMORY_THREAD_FRAGMENT_BYTES;
}

static struct reading read_all(pid_t pid)
{
    struct footprint_kernel kernel;
    struct footprint_resident resident;
    if (!footprint_read_kernel(&kernel) || !footprint_read_resident(&pid, 1, &resident))
        untold("the kernel's figures, or the server's, cannot be read");
    return (struct reading){free_bytes(), (double)footprint_kernel_sum(&kernel),
                            (double)resident.pss_bytes, fragments_bytes(pid)};
}

static void settle(void)
{
    sleep_until_ns(monotonic_ns() + SETTLE_MS * NS_PER_MS);
}

static void hold(struct holder *holder, const struct server *server, unsigned connections)
{
    char *error = NULL;
    struct holder_options options = {
        .address = server->address, .port = server->port, .connections = connections};
    if (holder_start(holder, &options, &error) < 0 || holder->held < connections)
        untold(error != NULL ? error : holder->shortfall);
}

static void start(struct server *server, const char *bin, const char *name, unsigned connections)
{
    char error[200], *path = text_format("%s/server-%s", bin, name);
    struct server_options options = {.path = path,
                                     .address = "127.0.0.1",
                                     .workers = 1,
                                     .max_connections = connections + MORE_CONNECTIONS};
    enum server_result result = server_start(server, &options, error, sizeof(error));
    free(path);
    if (result != SERVER_OK)
        untold(error);
}

/* What the connections changed. */
static struct reading difference(const char *bin, const char *name, unsigned connections)
{
    struct server server = {0};
    struct holder holder = {0};
    start(&server, bin, name, connections);
    hold(&holder, &server, FIRST_CONNECTIONS);
    holder_release(&holder);
    settle();
    struct reading off = read_all(server.pid);
    hold(&holder, &server, connections);
    settle();
    struct reading on = read_all(server.pid);
    if (holder_count(&holder) < connections)
        untold("the server closed some of its connections");
    holder_kill(&holder);
    server_kill(&server);
    return (struct reading){off.free_bytes - on.free_bytes, on.kernel_bytes - off.kernel_bytes,
                            on.pss_bytes - off.pss_bytes, on.fragments_bytes - off.fragments_bytes};
}

static double mib(double bytes)
{
    return bytes / KIB / KIB;
}

/* Shares of what the machine lost. */
struct account {
    double whole, counted; /* without what no counter shows */
};

/* Of one pair, which of both comes first changes from pair to pair. */
static struct account account(const char *bin, unsigned connections, size_t pair)
{
    struct reading ceiling, thread;
    if (pair % 2 == 0)
        ceiling = difference(bin, "ceiling", connections);
    thread = difference(bin, "thread", connections);
    if (pair % 2 != 0)
        ceiling = difference(bin, "ceiling", connections);
    double lost = thread.free_bytes - ceiling.free_bytes;
    double pss = thread.pss_bytes - ceiling.pss_bytes,
           kernel = thread.kernel_bytes - ceiling.kernel_bytes,
           fragments = thread.fragments_bytes - ceiling.fragments_bytes;
    if (!(lost > 0))
        untold("the machine's free memory moved by more than the connections took");
    printf("  pair %zu: lost %.1f MiB (ceiling %.1f); PSS %.1f + kernel %.1f + to send from %.1f = "
           "%.1f MiB: %.1f %%\n",
           pair + 1, mib(lost), mib(ceiling.free_bytes), mib(pss), mib(kernel), mib(fragments),
           mib(pss + kernel + fragments), 100 * (pss + kernel + fragments) / lost);
    fflush(stdout);
    return (struct account){(pss + kernel + fragments) / lost, (pss + kernel) / lost};
}

static int conclude(const double *shares, const double *counted, size_t pairs)
{
    struct spread share = stats_spread(shares, pairs);
    printf("PSS and the kernel's share account for %.1f %% [%.1f, %.1f] of what the machine lost, "
           "%zu pairs; what /proc counts of it alone, for %.1f %%\n",
           100 * share.median, 100 * share.low, 100 * share.high, share.n,
           100 * stats_median(counted, pairs));
    if (share.low >= LEAST && share.high <= MOST)
        return 0;
    if (share.high < LEAST || share.low > MOST) {
        printf("missed: between %.0f and %.0f %% was promised\n", 100 * LEAST, 100 * MOST);
        return EXIT_MISSED;
    }
    puts("undecided: the interval crosses a bound; on a machine where nobody else allocates, or "
         "with more pairs, it may not");
    return EXIT_UNTOLD;
}

static void raise_files(unsigned connections)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_max < connections + MORE_CONNECTIONS)
        untold("a process may open too few files: raise ulimit -n");
}

int main(int argc, char **argv)
{
    unsigned pairs = PAIRS, connections = CONNECTIONS;
    double *shares, *counted;
    if (argc < 2 || argc > 4 ||
        (argc > 2 && !text_number(&pairs, argv[2], STATS_INTERVAL_MIN_N, PAIRS_MOST)) ||
        (argc > 3 && !text_number(&connections, argv[3], FIRST_CONNECTIONS, CONNECTIONS_MOST))) {
        fprintf(stderr, "usage: memory_accounts BIN [PAIRS [CONNECTIONS]], at least %d pairs\n",
                STATS_INTERVAL_MIN_N);
        return EXIT_BAD_USAGE;
    }
    server_become_reaper();
    raise_files(connections);
    printf("thread beyond ceiling at %u connections, %u pairs:\n", connections, pairs);
    shares = xcalloc(pairs, sizeof(*shares));
    counted = xcalloc(pairs, sizeof(*counted));
    for (size_t i = 0; i < pairs; i++) {
        struct account found = account(argv[1], connections, i);
        shares[i] = found.whole;
        counted[i] = found.counted;
    }
    int code = conclude(shares, counted, pairs);
    free(shares);
    free(counted);
    return code;
}
