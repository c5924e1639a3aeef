/*
 * A look at a server's answers outside of a window: the bytes that the generator sends, sent by
 * ourselves over one connection, until enough answers were compared with what the workload expects.
 */
#ifndef MEASURE_PROBE_H
#define MEASURE_PROBE_H

#include <stdbool.h>
#include <stddef.h>

#include "data/catalog.h"
#include "measure/server.h"

enum probe_result {
    PROBE_GOOD,
    PROBE_WRONG,       /* an answer is not what is expected, or came before its time */
    PROBE_SILENT,      /* no answer in time */
    PROBE_UNREACHABLE, /* no connection, or it was closed or reset */
    PROBE_INTERRUPTED,
};

struct probe {
    const struct workload *workload;
    const char *bytes; /* one script request: `requests` pipelined ones */
    size_t len;
    unsigned requests; /* answer_requests(bytes) */
    unsigned answers;  /* to look at, at least */
    unsigned timeout_ms;
    const volatile bool *interrupted;
};

/* A sentence in why unless good. */
enum probe_result probe_run(const struct probe *probe, const struct server *server, char *why,
                            size_t size);

#endif
