/*
 * Never blocks (but for a defect); proxy_pump is called every few milliseconds and looks what has
 * come. Connections are kept in one stack.
 */
#include "tests/broken/proxy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/broken/answers.h"
#include "tests/broken/defect.h"
#include "tests/broken/reply.h"

enum { KEPT_MOST = 64, IDLE_MOST = 512, FETCH_MS = 5000, REQUEST_BYTES = 16 * 1024 };

struct fetch {
    int fd; /* -1: it could not be connected */
    bool reused;
    unsigned tries;
    char *request;
    char *in;
    size_t in_len;
    int64_t until_ms;
};

static struct sockaddr_storage upstream;
static socklen_t upstream_len; /* 0: there is none */
static char authority_text[64];

static struct idle {
    int fd;
    char *rest; /* what came behind an answer, which only a defect keeps */
    size_t rest_len;
} idle[IDLE_MOST];
static size_t idle_count;

bool proxy_set_upstream(const char *authority)
{
    char host[64];
    const char *colon = strrchr(authority, ':');
    struct sockaddr_in *in = (struct sockaddr_in *)&upstream;
    if (colon == NULL || (size_t)(colon - authority) >= sizeof(host))
        return false;
    snprintf(host, sizeof(host), "%.*s", (int)(colon - authority), authority);
    in->sin_family = AF_INET;
    in->sin_port = htons((uint16_t)atoi(colon + 1));
    upstream_len = sizeof(*in);
    snprintf(authority_text, sizeof(authority_text), "%s", authority);
    return inet_pton(AF_INET, host, &in->sin_addr) == 1;
}

bool proxy_has_upstream(void)
{
    return upstream_len > 0;
}

/* ---- connections ---- */

static bool is_quiet(int fd)
{
    char byte;
    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

/* Whether the end of one is seen before it is used again is a race. */
static bool looks_at_idle(void)
{
    return !is("proxy-trusts-pool") && !is("proxy-never-retries");
}

/* One that is kept, or -1. */
static int take_idle(struct fetch *fetch)
{
    while (idle_count > 0) {
        struct idle *last = &idle[--idle_count];
        if (last->rest_len == 0 && looks_at_idle() && !is_quiet(last->fd)) {
            close(last->fd);
            continue;
        }
        if (last->rest_len > 0)
            memcpy(fetch->in, last->rest, last->rest_len);
        fetch->in_len = last->rest_len;
        free(last->rest);
        last->rest = NULL;
        return last->fd;
    }
    return -1;
}

static void keep(int fd, const char *rest, size_t rest_len)
{
    size_t most = is("proxy-keeps-all") ? IDLE_MOST : KEPT_MOST;
    if (idle_count == most || (rest_len > 0 && !is("proxy-keeps-surplus"))) {
        close(fd);
        return;
    }
    idle[idle_count] = (struct idle){.fd = fd, .rest_len = rest_len};
    if (rest_len > 0)
        idle[idle_count].rest = memcpy(malloc(rest_len), rest, rest_len);
    idle_count++;
}

static int connect_new(void)
{
    static bool was_refused;
    if (was_refused && is("proxy-gives-up"))
        return -1;
    int fd = socket(upstream.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&upstream, upstream_len) == 0)
        return fd;
    was_refused = true;
    close(fd);
    return -1;
}

static void send_request(struct fetch *fetch, bool fresh)
{
    fetch->tries++;
    fetch->in_len = 0;
    fetch->fd = fresh ? -1 : take_idle(fetch);
    fetch->reused = fetch->fd >= 0;
    if (!fetch->reused)
        fetch->fd = connect_new();
    if (fetch->fd >= 0)
        send(fetch->fd, fetch->request, strlen(fetch->request), MSG_NOSIGNAL);
}

/* ---- the request ---- */

/* The defect of a proxy that decodes what is not its own. */
static void unescape(char *text)
{
    char *to = text;
    for (const char *p = text; *p; p++) {
        unsigned value;
        if (*p == '%' && sscanf(p + 1, "%2x", &value) == 1 && value > ' ') {
            *to++ = (char)value;
            p += 2;
        } else {
            *to++ = *p;
        }
    }
    *to = '\0';
}

static void put_request(char *to, const char *head)
{
    const char *path = strchr(head, ' ') + strlen(" /proxy");
    char target[HEAD_BYTES];
    snprintf(target, sizeof(target), "%.*s", (int)strcspn(path, " "), path);
    if (is("proxy-unescapes"))
        unescape(target);
    if (is("proxy-drops-query"))
        target[strcspn(target, "?")] = '\0';
    bool as_head = is("proxy-asks-head") && strncmp(head, "HEAD ", 5) == 0;
    int n = snprintf(to, REQUEST_BYTES, "%s %s HTTP/1.1\r\nHost: %s\r\n", as_head ? "HEAD" : "GET",
                     target, authority_text);
    if (!is("proxy-forgets-via"))
        n += snprintf(to + n, (size_t)(REQUEST_BYTES - n), "Via: 1.1 backbench\r\n");
    const char *cookie = is("proxy-tells-cookies") ? strstr(head, "Cookie:") : NULL;
    if (cookie != NULL)
        n += snprintf(to + n, (size_t)(REQUEST_BYTES - n), "%.*s\r\n", (int)strcspn(cookie, "\r"),
                      cookie);
    snprintf(to + n, (size_t)(REQUEST_BYTES - n), "\r\n");
}

/* ---- the answer ---- */

static void end(struct client *client)
{
    free(client->fetch->request);
    free(client->fetch->in);
    free(client->fetch);
    client->fetch = NULL;
}

static void fail(struct client *client, const char *status)
{
    char body[64];
    if (client->fetch->fd >= 0)
        close(client->fetch->fd);
    snprintf(body, sizeof(body), "%s\n", status);
    put_text(client, status, body, is("proxy-closes-after-fault"));
    end(client);
}

static void give(struct client *client, const struct reply *reply)
{
    struct fetch *fetch = client->fetch;
    const char *type = is("proxy-loses-type") ? "text/plain" : reply->type;
    put_answer(client, &(struct answer){reply->status, type, reply->body, reply->body_len, false});
    if (reply->keep_alive)
        keep(fetch->fd, fetch->in + reply->taken, fetch->in_len - reply->taken);
    else
        close(fetch->fd);
    end(client);
}

/* The connection has ended before the answer has. */
static void end_early(struct client *client, bool in_order)
{
    struct fetch *fetch = client->fetch;
    unsigned most = is("proxy-retries-twice") ? 3 : is("proxy-never-retries") ? 1 : 2;
    bool begun = fetch->in_len > 0 && !is("proxy-retries-begun");
    struct reply reply;
    if (in_order && reply_read(&reply, fetch->in, fetch->in_len, true) == REPLY_WHOLE) {
        reply.keep_alive = false;
        give(client, &reply);
        return;
    }
    if (is("proxy-hangs-at-close"))
        return;
    bool was_reused = fetch->reused || is("proxy-retries-twice") || is("proxy-retries-begun");
    if (!begun && was_reused && fetch->tries < most) {
        close(fetch->fd);
        send_request(fetch, true);
    } else {
        fail(client, "502 Bad Gateway");
    }
}

/* Reads what is there and judges it. */
static void receive(struct client *client)
{
    struct fetch *fetch = client->fetch;
    struct reply reply;
    ssize_t n =
        recv(fetch->fd, fetch->in + fetch->in_len, REPLY_BYTES - fetch->in_len, MSG_DONTWAIT);
    if (n <= 0 && !(n < 0 && errno == EAGAIN)) {
        end_early(client, n == 0);
        return;
    }
    fetch->in_len += n > 0 ? (size_t)n : 0;
    switch (reply_read(&reply, fetch->in, fetch->in_len, false)) {
    case REPLY_WHOLE:
        give(client, &reply);
        break;
    case REPLY_BAD:
        fail(client, "502 Bad Gateway");
        break;
    case REPLY_MORE:
        break;
    }
}

static void go_on(struct client *client)
{
    if (client->fetch->fd < 0)
        fail(client, "502 Bad Gateway");
    else if (stopping && is("proxy-drops-at-term"))
        fail(client, "503 Service Unavailable");
    else
        receive(client);
    if (client->fetch != NULL && now_ms() >= client->fetch->until_ms)
        fail(client, "504 Gateway Timeout");
}

/* ---- from outside ---- */

void proxy_begin(struct client *client, const char *head)
{
    struct fetch *fetch = calloc(1, sizeof(*fetch));
    fetch->request = malloc(REQUEST_BYTES);
    fetch->in = malloc(REPLY_BYTES);
    fetch->until_ms = now_ms() + FETCH_MS;
    put_request(fetch->request, head);
    send_request(fetch, false);
    client->fetch = fetch;
    while (is("proxy-blocks") && client->fetch != NULL)
        go_on(client);
}

void proxy_pump(struct client *client)
{
    go_on(client);
    if (client->fetch == NULL)
        client_serve(client);
}

void proxy_abandon(struct client *client)
{
    if (client->fetch == NULL)
        return;
    if (is("proxy-pools-abandoned"))
        keep(client->fetch->fd, "", 0);
    else if (!is("proxy-leaks-abandoned") && client->fetch->fd >= 0)
        close(client->fetch->fd);
    end(client);
}
