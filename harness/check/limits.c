/*
 * The limit of connections and the want of descriptors, from a client's side; see lifecycle.h.
 *
 * A server settles its limit of connections with RLIMIT_NOFILE when it starts, so it
 * never runs out of descriptors by itself: the resource limit is lowered later, with
 * prlimit(2). It is lowered while the server is at its limit of connections, because
 * only then nothing is armed that has read it already: a multishot accept of io_uring
 * goes by what it found when it was armed. And then many clients leave, so that the
 * server is far from its limit, where it accepts in the way it does under load.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "check/lifecycle.h"
#include "check/subject.h"
#include "data/result.h"
#include "measure/clock.h"
#include "measure/process_tree.h"

enum {
    LIMIT_CONNECTIONS = 4,
    WAITING_CLIENTS = 3,
    FILES_CONNECTIONS = 96, /* more than any server of ours takes for near its limit */
    FILES_KEPT = 12,        /* of them, the oldest: they have the lowest descriptors */
    FILES_WAITING = 2,
    SETTLE_MS = 100, /* until those who left are forgotten */
    WATCH_MS = 500,  /* how long clients that must wait are watched */
    STUCK_CPU_MS = 25,
    /* CPU in that time: a spin takes a twentieth of a core even beside twenty others, and an accept
     * that is tried again every 100 ms a thousandth of that */
};

/* ---- watching those who must wait ---- */

static void sleep_ms(int ms)
{
    sleep_until_ns(monotonic_ns() + ms * NS_PER_MS);
}

/* The CPU that the server uses in WATCH_MS; MISSING, after
 * saying why, where it is not that of the same processes. */
static int64_t watch_cpu_ms(const struct subject *subject, const char *when)
{
    pid_t before[PROCESS_TREE], after[PROCESS_TREE];
    size_t count = process_tree(subject->server.pid, before), known = 0;
    int64_t before_ns = process_clocks_ns(before, count);
    sleep_ms(WATCH_MS);
    int64_t after_ns = process_clocks_ns(before, count);
    size_t now = process_tree(subject->server.pid, after);
    for (size_t i = 0; i < now; i++)
        known += process_holds(before, count, after[i]);
    if (before_ns != MISSING && after_ns != MISSING && count > 0 && known == count && now == count)
        return (after_ns - before_ns) / NS_PER_MS;
    lifecycle_find(subject->check,
                   "expected the server's processes to stay while clients wait %s, got %zu before "
                   "it, %zu new, %zu gone",
                   when, count, now - known, count - known);
    return MISSING;
}

/* For WATCH_MS nobody who waits hears anything, and the server
 * is idle. when: "at --max-connections 4" */
static bool is_quiet(const struct subject *subject, struct client *waiting, size_t count,
                     const char *when)
{
    sleep_ms(SETTLE_MS);
    int64_t spent_ms = watch_cpu_ms(subject, when);
    if (spent_ms > STUCK_CPU_MS)
        lifecycle_find(subject->check,
                       "expected an idle server while clients wait %s, got %d ms of CPU in %d ms",
                       when, (int)spent_ms, WATCH_MS);
    for (size_t i = 0; i < count; i++) {
        client_read(&waiting[i], 0, false);
        if (waiting[i].len == 0 && !waiting[i].ended && waiting[i].error == 0)
            continue;
        char *told = client_tell(&waiting[i]);
        lifecycle_find(subject->check, "expected a client to wait in the backlog %s, got %s", when,
                       told);
        free(told);
        return false; /* the others tell the same */
    }
    return spent_ms != MISSING && spent_ms <= STUCK_CPU_MS;
}

static bool is_served(struct client *client)
{
    return client_has(client, "200 OK");
}

/* Those who have a connection are served on. */
static bool are_served_on(const struct subject *subject, struct client *served, size_t count,
                          const char *when)
{
    for (size_t i = 0; i < count; i++) {
        client_send(&served[i], GET("/plaintext"));
        client_read(&served[i], ANSWER_TIMEOUT_MS, true);
        if (!is_served(&served[i])) {
            char *told = client_tell(&served[i]);
            lifecycle_find(subject->check, "expected a connection to be served on %s, got %s", when,
                           told);
            free(told);
            return false;
        }
        client_clear(&served[i]);
    }
    return true;
}

/* How many of those who waited have been answered: waits up to
 * ANSWER_TIMEOUT_MS for at_least of them. */
static size_t count_served(struct client *waiting, size_t count, size_t at_least)
{
    int64_t deadline_ns = monotonic_ns() + ANSWER_TIMEOUT_MS * NS_PER_MS;
    for (;;) {
        size_t served = 0, lost = 0;
        for (size_t i = 0; i < count; i++) {
            client_read(&waiting[i], 1, true);
            served += is_served(&waiting[i]);
            lost += !is_served(&waiting[i]) && (waiting[i].ended || waiting[i].error);
        }
        if (served >= at_least || served + lost == count || monotonic_ns() > deadline_ns)
            return served;
    }
}

static bool get_served(const struct subject *subject, struct client *waiting, size_t count,
                       size_t expected, const char *when)
{
    size_t served = count_served(waiting, count, expected);
    if (served == expected)
        return true;
    lifecycle_find(subject->check, "expected %zu of %zu waiting clients to be served %s, got %zu",
                   expected, count, when, served);
    for (size_t i = 0; i < count; i++)
        if (waiting[i].error || waiting[i].ended) {
            lifecycle_find_client(subject->check, "a waiting client to be served", &waiting[i]);
            break;
        }
    return false;
}

static void open_waiting(const struct subject *subject, struct client *waiting, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        client_open(&waiting[i], &subject->target);
        client_send(&waiting[i], GET("/plaintext"));
    }
}

static void close_all(struct client *clients, size_t count)
{
    for (size_t i = 0; i < count; i++)
        client_close(&clients[i]);
}

/* ---- the limit of connections ---- */

/* Up to the first promise that is broken. */
static void fill(const struct subject *subject, struct client *served, struct client *waiting)
{
    static const char when[] = "at --max-connections 4";
    if (!is_quiet(subject, waiting, WAITING_CLIENTS, when) ||
        !are_served_on(subject, served, LIMIT_CONNECTIONS, when))
        return;
    client_close(&served[0]);
    if (!get_served(subject, waiting, WAITING_CLIENTS, 1, "when one of 4 has left"))
        return;
    sleep_ms(SETTLE_MS);
    if (!get_served(subject, waiting, WAITING_CLIENTS, 1, "100 ms after one of 4 has left"))
        return;
    for (size_t i = 1; i < LIMIT_CONNECTIONS; i++)
        client_close(&served[i]);
    get_served(subject, waiting, WAITING_CLIENTS, WAITING_CLIENTS, "when all 4 have left");
}

void lifecycle_limit(struct lifecycle *check)
{
    struct subject subject;
    struct client served[LIMIT_CONNECTIONS], waiting[WAITING_CLIENTS];
    if (!subject_start(&subject, check, LIMIT_CONNECTIONS))
        return;
    for (size_t i = 0; i < LIMIT_CONNECTIONS; i++)
        client_open_served(&served[i], &subject);
    open_waiting(&subject, waiting, WAITING_CLIENTS);
    fill(&subject, served, waiting);
    close_all(served, LIMIT_CONNECTIONS);
    close_all(waiting, WAITING_CLIENTS);
    server_kill(&subject.server);
}

/* ---- the want of descriptors ---- */

enum { FILES_MOST = 4096 };

/* The lowest number that is no descriptor of the process, the one it would get next; *count: how
 * many it has. -1: it cannot be read. */
static int next_file(pid_t pid, int *count)
{
    bool used[FILES_MOST] = {false};
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    DIR *folder = opendir(path);
    if (folder == NULL)
        return -1;
    *count = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if (entry->d_name[0] != '.') {
            int fd = atoi(entry->d_name);
            ++*count;
            if (fd < FILES_MOST)
                used[fd] = true;
        }
    closedir(folder);
    int next = 0;
    while (next < FILES_MOST && used[next])
        next++;
    return next;
}

/* The process of the server that holds the connections, and its descriptors. */
struct holder {
    pid_t pid;
    int first; /* what the first connection got */
    struct rlimit was;
};

static void holders_find(struct holder *holders, size_t *count, pid_t root)
{
    pid_t pids[PROCESS_TREE];
    int files;
    *count = process_tree(root, pids);
    for (size_t i = 0; i < *count; i++)
        holders[i] = (struct holder){.pid = pids[i], .first = next_file(pids[i], &files)};
}

/* Leaves no number free but those of connections that are kept, in the one process that has as many
 * more descriptors as there are clients now. NULL, after saying so, if there is none. */
static struct holder *lower(const struct subject *subject, struct holder *holders, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct holder *holder = &holders[i];
        int files, next = next_file(holder->pid, &files);
        int each = (next - holder->first) / FILES_CONNECTIONS; /* descriptors of one connection */
        if (holder->first < 0 || next < 0 || next == FILES_MOST || each < 1)
            continue;
        struct rlimit limit;
        if (prlimit(holder->pid, RLIMIT_NOFILE, NULL, &holder->was) < 0)
            break;
        limit = holder->was;
        limit.rlim_cur = (rlim_t)(holder->first + each * FILES_KEPT);
        if (prlimit(holder->pid, RLIMIT_NOFILE, &limit, NULL) < 0)
            break;
        return holder;
    }
    lifecycle_find(
        subject->check,
        "expected a process that holds %d connections, to lower its RLIMIT_NOFILE, got none",
        FILES_CONNECTIONS);
    return NULL;
}

/* Up to the first promise that is broken. */
static void starve(const struct subject *subject, struct client *served, struct client *waiting,
                   const struct holder *holder)
{
    static const char when[] = "while no descriptor is free";
    close_all(served + FILES_KEPT, FILES_CONNECTIONS - FILES_KEPT);
    open_waiting(subject, waiting, FILES_WAITING);
    if (!is_quiet(subject, waiting, FILES_WAITING, when) ||
        !are_served_on(subject, served, FILES_KEPT, when))
        return;
    client_close(&served[0]);
    if (!get_served(subject, waiting, FILES_WAITING, 1, "when a descriptor has become free"))
        return;
    prlimit(holder->pid, RLIMIT_NOFILE, &holder->was, NULL);
    get_served(subject, waiting, FILES_WAITING, FILES_WAITING,
               "when RLIMIT_NOFILE has risen again");
}

void lifecycle_files(struct lifecycle *check)
{
    struct subject subject;
    struct client served[FILES_CONNECTIONS], waiting[FILES_WAITING] = {{.fd = -1}, {.fd = -1}};
    struct holder holders[PROCESS_TREE];
    size_t count;
    if (!subject_start(&subject, check, FILES_CONNECTIONS))
        return;
    holders_find(holders, &count, subject.server.pid);
    for (size_t i = 0; i < FILES_CONNECTIONS; i++)
        client_open_served(&served[i], &subject);
    const struct holder *holder = lower(&subject, holders, count);
    if (holder != NULL)
        starve(&subject, served, waiting, holder);
    close_all(served, FILES_CONNECTIONS);
    close_all(waiting, FILES_WAITING);
    server_kill(&subject.server);
}
