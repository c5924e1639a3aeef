/* See upstream.h. */
#include "measure/upstream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "data/strings.h"
#include "measure/answer.h"

enum { ANSWER_TIMEOUT_MS = 2000 }; /* of something small, on the loopback, outside of any load */

/* Where "/ROUTE" stands in the request line: behind the method's blank, and before another "/". */
static const char *find_route(const char *bytes, size_t len, const char *route, size_t route_len)
{
    const char *blank = memchr(bytes, ' ', len);
    const char *line_end = memchr(bytes, '\r', len);
    if (blank == NULL || line_end == NULL || blank > line_end)
        return NULL;
    const char *at = blank + 1;
    bool below = (size_t)(line_end - at) > route_len + 1 && at[0] == '/' &&
                 memcmp(at + 1, route, route_len) == 0 && at[route_len + 1] == '/';
    return below ? at : NULL;
}

char *upstream_request(const struct workload *workload, const char *bytes, size_t len,
                       size_t *request_len)
{
    static const char end[] = "\r\n\r\n";
    size_t route_len = strlen(workload->route);
    const char *route = find_route(bytes, len, workload->route, route_len);
    const char *head_end = memmem(bytes, len, end, sizeof(end) - 1);
    if (route == NULL || head_end == NULL)
        return NULL;
    const char *rest = route + 1 + route_len;
    size_t before = (size_t)(route - bytes);
    size_t after = (size_t)(head_end + sizeof(end) - 1 - rest);
    char *request = xcalloc(before + after + 1, 1);
    memcpy(request, bytes, before);
    memcpy(request + before, rest, after);
    *request_len = before + after;
    return request;
}

/* How it ended, as the end of a sentence. */
static void say_ended(const struct upstream *upstream, char *why, size_t size)
{
    int status = upstream->server.exit_status;
    const char *name = upstream->workload->upstream;
    if (WIFSIGNALED(status))
        snprintf(why, size, "the upstream %s was killed by signal %d", name, WTERMSIG(status));
    else
        snprintf(why, size, "the upstream %s ended with %d", name, WEXITSTATUS(status));
}

bool upstream_is_well(struct upstream *upstream, char *why, size_t size)
{
    struct probe probe = {
        .workload = upstream->workload,
        .bytes = upstream->request,
        .len = upstream->request_len,
        .requests = 1,
        .answers = 1,
        .timeout_ms = ANSWER_TIMEOUT_MS,
        .interrupted = upstream->interrupted,
    };
    char what[ANSWER_WHY];
    if (server_ended(&upstream->server)) {
        say_ended(upstream, why, size);
        return false;
    }
    enum probe_result result = probe_run(&probe, &upstream->server, what, sizeof(what));
    if (result == PROBE_GOOD || result == PROBE_INTERRUPTED)
        return true;
    if (server_ended(&upstream->server))
        say_ended(upstream, why, size);
    else
        snprintf(why, size, "the upstream %s: %s", upstream->workload->upstream, what);
    return false;
}

static bool start_server(struct upstream *upstream, const struct upstream_options *options,
                         char *why, size_t size)
{
    char error[200];
    struct server_options start = {
        .path = options->workload->upstream_path,
        .address = options->address,
        .workers = UPSTREAM_WORKERS,
        .cpus = options->cpus,
        .start_timeout_ms = options->workload->upstream_start_timeout_s * 1000,
        .interrupted = options->interrupted,
        .environment_padding_bytes = options->environment_padding_bytes,
    };
    if (server_start(&upstream->server, &start, error, sizeof(error)) != SERVER_OK) {
        snprintf(why, size, "the upstream %s: %s", upstream->workload->upstream, error);
        return false;
    }
    snprintf(upstream->at, sizeof(upstream->at), "%s:%u", options->address, upstream->server.port);
    return true;
}

bool upstream_start(struct upstream *upstream, const struct upstream_options *options, char *why,
                    size_t size)
{
    *upstream = (struct upstream){
        .workload = &options->workload->workload,
        .interrupted = options->interrupted,
    };
    upstream->request =
        upstream_request(upstream->workload, options->bytes, options->len, &upstream->request_len);
    if (upstream->request == NULL) {
        snprintf(why, size, "the workload asks for nothing below /%s/", upstream->workload->route);
        return false;
    }
    if (start_server(upstream, options, why, size) && upstream_is_well(upstream, why, size))
        return true;
    upstream_stop(upstream, true);
    return false;
}

void upstream_stop(struct upstream *upstream, bool at_once)
{
    if (upstream->server.pid != 0 && !at_once && !server_ended(&upstream->server))
        server_stop(&upstream->server);
    server_kill(&upstream->server);
    free(upstream->request);
    upstream->request = NULL;
}
