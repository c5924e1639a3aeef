/*
 * The ceiling: the roof of this machine, no server to choose. It
 * answers every request head with the bytes of GET /plaintext, whatever
 * was asked. Never ranked; other rows print their share of it.
 *
 * Path:    read, count blank lines, send as many canned answers; one loop per worker.
 *          server-ceiling does it on epoll, server-ceiling-uring, the same file by another name,
 *          on io_uring.
 * Costs:   16 bytes per connection, and what the kernel takes.
 * Limits:  nothing is parsed: a blank line in a body is answered as if it ended a request's head.
 * Differs: everything: the shared connection core and the backend are left out.
 * Read:    ceiling/epoll.c beside ceiling/uring.c; ceiling/answers.c for what is sent.
 */
#include "ceiling/ceiling.h"

#include <stdio.h>
#include <string.h>

#include "core/server.h"

static const char *const differs[] = {
    "canned bytes: nothing is parsed, routed or checked, and every request gets the answer of "
    "GET /plaintext",
    "no time-outs",
    NULL,
};

static const struct model on_epoll = {
    .name = "ceiling",
    .model = "ceiling",
    .variant = "epoll",
    .summary = "the roof of this machine on epoll: canned answers, no parsing",
    .workers_meaning = "event loops",
    .routes = "plaintext",
    .differs = differs,
    .start = ceiling_epoll_start,
    .run = ceiling_epoll_run,
};

static int probe_uring(char *reason, size_t reason_size)
{
    if (ceiling_uring_probe)
        return ceiling_uring_probe(reason, reason_size);
    snprintf(reason, reason_size, "built without liburing: install it (scripts/deps), then make");
    return -1;
}

static int run_uring(int argc, char **argv)
{
    const struct server_library libraries[] = {
        {"liburing", ceiling_uring_probe ? ring_library_version : "none"},
        {NULL, NULL},
    };
    const struct model on_uring = {
        .name = "ceiling-uring",
        .model = "ceiling",
        .variant = "uring",
        .summary = "the roof of this machine on io_uring: canned answers, no parsing",
        .workers_meaning = "event loops, each with a ring",
        .routes = "plaintext",
        .differs = differs,
        .libraries = libraries,
        .probe = probe_uring,
        .start = ceiling_uring_start,
        .run = ceiling_uring_run,
    };

    return server_main(&on_uring, argc, argv);
}

int main(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');
    const char *name = slash ? slash + 1 : argv[0];

    return strcmp(name, "server-ceiling-uring") ? server_main(&on_epoll, argc, argv)
                                                : run_uring(argc, argv);
}
