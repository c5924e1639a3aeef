/*
 * What the servers promise about memory, with real connections: what an
 * idle one costs, that what a burst took is given back, and what the kernel
 * holds for one, which is where the memory of a model with threads is.
 *
 *   test_connection_memory           a short form: 2,000 connections, the event loops
 *   test_connection_memory whole     10,000 connections, every model, and the kernel's share
 *
 * User memory is what a process has written to (Private_Dirty of proc(5), smaps_rollup): pages of
 * its code are the page cache's, and whether they count as its own depends on who else runs it.
 *
 * run-tests: waits
 * run-tests: timeout 300
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <cmocka.h>

#include "analyse/stats.h"
#include "data/strings.h"
#include "measure/clock.h"
#include "measure/footprint.h"
#include "measure/holder.h"
#include "measure/server.h"
#include "memory_room.h"
#include "tests/kernel_share.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static const bool is_sanitized = true;
#else
static const bool is_sanitized = false;
#endif

enum {
    WHOLE_CONNECTIONS = 10000,
    KERNEL_CONNECTIONS = 2000,
    FEW_CONNECTIONS = 64,
    OTHER_FILES = 500,    /* that a server and this process need beside */
    ALL_SETTLE_MS = 2500, /* stacks of threads have to wait for two such seconds */
    RETURN_MS = 10000,    /* a burst's memory is back by then */
    LOOK_MS = 100,
    BODIES = 200,
    FEW_BODIES = 4,
    FEW_ROUNDS = 16, /* of both: the rings of io_uring have then been round */
    BODY_BYTES = 1 << 20,
    ANSWER_TIMEOUT_S = 20,
    REPETITIONS = 3,
};

#define RETURN_RATIO 1.2

static const struct model {
    const char *name;
    double idle_bytes; /* an idle connection costs less */
    bool is_short;     /* belongs to the short form */
    /* At most this is left of a burst RETURN_MS later: 1.2 times the level before; and what it was
     * the first to touch: in all, and for each connection. */
    double kept_bytes, kept_each_bytes;
    double kernel_bytes; /* with the kernel's share it costs less; 0: that is not looked at */
} models[] = {
    {"epoll", 512, true, 0, 0, 0},
    {"uring", 512, true, 0, 0, 0},
    /* libuv has a table by descriptor, 8 bytes each, that doubles and never shrinks */
    {"uv", 2 * KIB, true, 0, 16, 0},
    /* buffers of 17 threads, for all connections: which of them a body meets is chance */
    {"pool", 512, false, 17 * 128 * KIB, 0, 0},
    {"thread", 20 * KIB, false, 0, 0, 64 * KIB},
    {"mhd", 16 * KIB, false, 0, 0, 0},
    /* glibc keeps 40 MiB of address space of ended threads'
     * stacks: 320 of 128 KiB, 12 of each touched */
    {"mhd-thread", 32 * KIB, false, 320 * 12 * KIB, 0, 64 * KIB},
};

static char body[BODY_BYTES];

/* ---- an idle connection ---- */

static void idle_connections_cost_little(void **state)
{
    const struct model *model = *state;
    double held[2], bytes[2];
    open_server(model->name);
    hold(&few, connections); /* what is there once for all, like buffers, is
                              * touched by how many come at once: by chance */
    holder_release(&few);
    hold(&few, connections / 10);
    settle();
    held[0] = few.held;
    bytes[0] = user_bytes();
    hold(&many, connections - connections / 10);
    settle();
    held[1] = few.held + many.held;
    bytes[1] = user_bytes();
    unsigned left = holder_count(&few) + holder_count(&many);
    double slope = memory_slope(held, bytes, 2);
    print_message("# %s: %.0f bytes of user memory per idle connection, %.0f to %.0f of them\n",
                  model->name, slope, held[0], held[1]);
    assert_int_equal(left, (unsigned)held[1]); /* else it is not they who were measured */
    if (!(slope < model->idle_bytes))
        fail_msg("%.0f bytes, %.0f are promised", slope, model->idle_bytes);
}

/* ---- bodies ---- */

/* A blocking socket that gives up after a while. */
static int connect_here(void)
{
    struct sockaddr_in name = {.sin_family = AF_INET,
                               .sin_port = htons(server.port),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval timeout = {.tv_sec = ANSWER_TIMEOUT_S};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
    assert_int_equal(connect(fd, (struct sockaddr *)&name, sizeof(name)), 0);
    return fd;
}

static void send_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t put = send(fd, bytes, len, MSG_NOSIGNAL);
        if (put <= 0)
            fail_msg("a body cannot be sent: %s", strerror(errno));
        bytes += put;
        len -= (size_t)put;
    }
}

/* All but the last byte. */
static int begin_echo(void)
{
    char head[128];
    int fd = connect_here();
    memset(body, 'b', sizeof(body));
    snprintf(head, sizeof(head),
             "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n",
             BODY_BYTES);
    send_all(fd, head, strlen(head));
    send_all(fd, body, sizeof(body) - 1);
    return fd;
}

static void end_echo(int fd)
{
    static char answer[BODY_BYTES + 4096];
    size_t len = 0;
    ssize_t got;
    send_all(fd, "b", 1);
    while (len < sizeof(answer) && (got = recv(fd, answer + len, sizeof(answer) - len, 0)) > 0)
        len += (size_t)got;
    assert_true(len > BODY_BYTES);
    assert_memory_equal(answer + len - BODY_BYTES, body, BODY_BYTES);
    close(fd);
}

/* ---- a burst ---- */

/* Until user memory is at most this, or with is_least at
 * least. How long it took, in ms; -1: it never was. */
static int64_t await(double bytes, bool is_least)
{
    int64_t start_ns = monotonic_ns(), deadline_ns = start_ns + RETURN_MS * NS_PER_MS;
    while (is_least ? user_bytes() < bytes : user_bytes() > bytes) {
        if (monotonic_ns() > deadline_ns)
            return -1;
        sleep_until_ns(monotonic_ns() + LOOK_MS * NS_PER_MS);
    }
    return (monotonic_ns() - start_ns) / NS_PER_MS;
}

/* What a server needs once it has served some of each, one body after
 * the other: the level that it is to come back to. What it keeps for
 * all, like the buffers that io_uring receives into, is then in use. */
static double served_level(void)
{
    for (int round = 0; round < FEW_ROUNDS; round++) {
        hold(&few, FEW_CONNECTIONS);
        holder_release(&few);
        for (int i = 0; i < FEW_BODIES; i++)
            end_echo(begin_echo());
    }
    settle();
    return user_bytes();
}

static void judge_return(const struct model *model, const char *what, double before, double most)
{
    double level = RETURN_RATIO * before + model->kept_bytes + model->kept_each_bytes * connections;
    int64_t took_ms = await(level, false);
    double after = user_bytes();
    print_message("# %s: %.0f KiB before, %.0f KiB with %s, %.0f KiB %d ms later\n", model->name,
                  before / KIB, most / KIB, what, after / KIB,
                  (int)(took_ms < 0 ? RETURN_MS : took_ms));
    assert_true(most > level); /* else there was no burst to come back from */
    if (took_ms < 0)
        fail_msg("%.0f KiB are left, at most %.0f are promised", after / KIB, level / KIB);
}

static void what_connections_took_is_given_back(void **state)
{
    const struct model *model = *state;
    open_server(model->name);
    double before = served_level();
    hold(&many, connections);
    double most = user_bytes();
    holder_release(&many);
    judge_return(model, "the connections", before, most);
}

static void what_bodies_took_is_given_back(void **state)
{
    const struct model *model = *state;
    int fds[BODIES];
    open_server(model->name);
    double before = served_level();
    for (size_t i = 0; i < BODIES; i++)
        fds[i] = begin_echo();
    assert_true(await(.9 * BODIES * BODY_BYTES, true) >= 0); /* all are in the server at once */
    double most = user_bytes();
    for (size_t i = 0; i < BODIES; i++)
        end_echo(fds[i]);
    judge_return(model, "the bodies", before, most);
}

/* ---- what the kernel holds ---- */

static double kernel_bytes(void)
{
    struct footprint_kernel kernel;
    assert_true(footprint_read_kernel(&kernel));
    return (double)footprint_kernel_sum(&kernel);
}

/* By how much the system's memory grows with these
 * connections; with 0, by itself. User memory is added. */
static double growth(const char *name, unsigned count, double *user)
{
    open_server(name);
    hold(&few, FEW_CONNECTIONS);
    settle();
    double before = kernel_bytes(), user_before = user_bytes();
    if (count > 0)
        hold(&many, count);
    settle();
    double after = kernel_bytes();
    *user = user_bytes() - user_before;
    end_all(NULL);
    return after - before;
}

static void what_a_thread_costs_is_in_the_kernel_too(void **state)
{
    const struct model *model = *state;
    double subject[REPETITIONS], ceiling[REPETITIONS], idle[REPETITIONS], user[REPETITIONS], none;
    for (size_t i = 0; i < REPETITIONS; i++) {
        idle[i] = growth("ceiling", 0, &none);
        ceiling[i] = growth("ceiling", KERNEL_CONNECTIONS, &none);
        subject[i] = growth(model->name, KERNEL_CONNECTIONS, &user[i]);
    }
    struct kernel_growths growths = {subject, REPETITIONS, ceiling,           REPETITIONS,
                                     idle,    REPETITIONS, KERNEL_CONNECTIONS};
    struct kernel_share share = kernel_share_find(&growths);
    double user_each = stats_median(user, REPETITIONS) / KERNEL_CONNECTIONS;
    print_message(
        "# %s: a connection costs %.1f KiB of user memory and %.1f +- %.1f of the kernel's "
        "beyond the ceiling's\n",
        model->name, user_each / KIB, share.bytes / KIB, share.spread_bytes / KIB);
    if (!kernel_share_is_visible(&share)) {
        print_message("# the system's own memory moved by more than that meanwhile\n");
        skip();
    }
    assert_true(user_each + share.bytes < model->kernel_bytes);
}

/* ---- which of them run ---- */

/* As many as fit into the limit, which a server keeps, too. */
static void settle_connections(void)
{
    struct rlimit files;
    unsigned asked = connections;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_max < asked + MORE_CONNECTIONS + OTHER_FILES) {
        rlim_t others = MORE_CONNECTIONS + OTHER_FILES;
        connections = files.rlim_max > 2 * others ? (unsigned)(files.rlim_max - others) : 0;
        print_message("# %u connections and not %u: RLIMIT_NOFILE is %llu\n", connections, asked,
                      (unsigned long long)files.rlim_max);
    }
}

struct plan {
    struct CMUnitTest tests[4 * sizeof(models) / sizeof(*models)];
    size_t count;
};

static void plan_add(struct plan *plan, const struct model *model, const char *sentence,
                     CMUnitTestFunction function)
{
    plan->tests[plan->count++] = (struct CMUnitTest){text_format("%s: %s", model->name, sentence),
                                                     function, NULL, end_all, (void *)model};
}

static void plan_model(struct plan *plan, const struct model *model, bool is_whole)
{
    plan_add(plan, model, "an idle connection costs little", idle_connections_cost_little);
    plan_add(plan, model, "what connections took is given back",
             what_connections_took_is_given_back);
    plan_add(plan, model, "what bodies took is given back", what_bodies_took_is_given_back);
    if (is_whole && model->kernel_bytes > 0)
        plan_add(plan, model, "what a thread costs is in the kernel, too",
                 what_a_thread_costs_is_in_the_kernel_too);
}

int main(int argc, char **argv)
{
    bool is_whole = argc > 1 && strcmp(argv[1], "whole") == 0;
    struct plan plan = {0};
    if (is_sanitized) {
        puts("1..0 # SKIP a sanitizer keeps freed memory, and more beside what is in use");
        return 0;
    }
    server_become_reaper();
    if (is_whole) {
        connections = WHOLE_CONNECTIONS;
        settle_ms = ALL_SETTLE_MS;
    }
    settle_connections();
    for (size_t i = 0; i < sizeof(models) / sizeof(*models); i++)
        if (is_whole || models[i].is_short)
            plan_model(&plan, &models[i], is_whole);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    int failed = _cmocka_run_group_tests("connection_memory", plan.tests, plan.count, NULL, NULL);
    for (size_t i = 0; i < plan.count; i++)
        free((char *)plan.tests[i].name);
    return failed;
}
