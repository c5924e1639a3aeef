/* Proxies as processes, from a client's side and from that of
 * what stands behind them; see lifecycle.h. */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "check/lifecycle.h"
#include "check/match.h"
#include "check/subject.h"
#include "check/origin.h"
#include "measure/clock.h"

enum {
    HANGING_CLIENTS = 40, /* more than the pool of a worker has threads */
    BURST_CLIENTS = 80,
    KEPT_PER_WORKER = 64,
    FETCHERS = 8,
    ROUNDS = 12,
    ROUND_PACE_MS = 15,    /* all rounds take longer than the fetch that was left */
    LATE_MS = 60,          /* after that, what an upstream says late has come */
    FETCH_LIMIT_MS = 5000, /* of the contract */
    GRACE_MS = 2500,       /* on a busy machine */
    EXIT_LIMIT_MS = 2000,
    POLL_MS = 5,
};

static bool is_interrupted(const struct lifecycle *check)
{
    return check->interrupted != NULL && *check->interrupted;
}

static void sleep_ms(int ms)
{
    sleep_until_ns(monotonic_ns() + ms * NS_PER_MS);
}

/* ---- a proxy, and what stands behind it ---- */

struct proxy {
    struct subject subject;
    struct origin upstream;
};

/* The proxy runs, and its upstream refuses connections so far. False after saying why not. */
static bool proxy_start(struct proxy *proxy, struct lifecycle *check)
{
    int result = origin_open(&proxy->upstream, check->address);
    if (result < 0) {
        lifecycle_find(check, "no upstream on %s: %s", check->address, strerror(-result));
        return false;
    }
    check->upstream = proxy->upstream.authority;
    bool started = subject_start(&proxy->subject, check, 0);
    check->upstream = NULL;
    if (!started)
        origin_close(&proxy->upstream);
    return started;
}

static bool proxy_serve(struct proxy *proxy)
{
    int result = origin_serve(&proxy->upstream);
    if (result < 0)
        lifecycle_find(proxy->subject.check, "no upstream: %s", strerror(-result));
    return result == 0;
}

static void proxy_kill(struct proxy *proxy)
{
    server_kill(&proxy->subject.server);
    origin_close(&proxy->upstream);
}

/* Sends a GET for target, and nothing else. */
static void ask(struct client *client, const char *target)
{
    char request[256];
    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: lifecycle\r\n\r\n", target);
    client_clear(client);
    client_send(client, request);
}

/* Has a whole answer come, whatever it says? */
static bool is_answered(const struct client *client)
{
    return match_any(client->in, client->len) != 0;
}

/* Reads until an answer has come, the connection has ended, or
 * the time is up. Does it have the text? */
static bool hear(struct client *client, const char *text, int timeout_ms)
{
    int64_t deadline_ns = monotonic_ns() + timeout_ms * NS_PER_MS;
    while (!is_answered(client) && !client->ended && client->error == 0 &&
           monotonic_ns() < deadline_ns)
        client_read(client, POLL_MS, false);
    return client_has(client, text);
}

/* The answer to target must have both texts. when: "while the upstream refuses" */
static bool expect(struct lifecycle *check, struct client *client, const char *target,
                   const char *status, const char *body, const char *when)
{
    char expected[256];
    ask(client, target);
    if (hear(client, body, ANSWER_TIMEOUT_MS) && client_has(client, status))
        return true;
    snprintf(expected, sizeof(expected), "%s to %s %s", status, target, when);
    lifecycle_find_client(check, expected, client);
    return false;
}

/* ---- an upstream that comes and goes ---- */

static void without_upstream(struct lifecycle *check)
{
    struct subject subject;
    struct client client;
    if (!subject_start(&subject, check, 0))
        return;
    client_open(&client, &subject.target);
    if (expect(check, &client, "/proxy/length/5", "HTTP/1.1 404", "\n404 Not Found\n",
               "without --upstream"))
        expect(check, &client, "/plaintext", "HTTP/1.1 200", "Hello, World!", "on that connection");
    client_close(&client);
    server_kill(&subject.server);
}

/* Up to the first promise that is broken, on one connection. */
static void come_and_go(struct proxy *proxy, struct client *client)
{
    static const char gone[] = "\n502 Bad Gateway\n";
    struct lifecycle *check = proxy->subject.check;
    if (!expect(check, client, "/proxy/status/200", "HTTP/1.1 502", gone,
                "while its upstream refuses") ||
        !expect(check, client, "/plaintext", "HTTP/1.1 200", "Hello, World!", "after a 502") ||
        !proxy_serve(proxy) ||
        !expect(check, client, "/proxy/status/200", "HTTP/1.1 200", "upstream: 200\n",
                "once its upstream is there"))
        return;
    origin_close(&proxy->upstream);
    if (expect(check, client, "/proxy/status/200", "HTTP/1.1 502", gone,
               "when its upstream has gone"))
        expect(check, client, "/plaintext", "HTTP/1.1 200", "Hello, World!", "after another 502");
}

void lifecycle_upstream(struct lifecycle *check)
{
    struct proxy proxy;
    struct client client;
    without_upstream(check);
    if (is_interrupted(check) || !proxy_start(&proxy, check))
        return;
    client_open(&client, &proxy.subject.target);
    come_and_go(&proxy, &client);
    client_close(&client);
    proxy_kill(&proxy);
}

/* ---- fetches under way ---- */

static void ask_all(const struct proxy *proxy, struct client *clients, size_t count,
                    const char *target)
{
    for (size_t i = 0; i < count; i++) {
        client_open(&clients[i], &proxy->subject.target);
        ask(&clients[i], target);
    }
}

static void close_all(struct client *clients, size_t count)
{
    for (size_t i = 0; i < count; i++)
        client_close(&clients[i]);
}

/* How many connections the proxy has to its upstream, once
 * they are as few as most, or when the time is up. */
static unsigned connections_after(const struct proxy *proxy, unsigned most, int timeout_ms)
{
    int64_t deadline_ns = monotonic_ns() + timeout_ms * NS_PER_MS;
    while (atomic_load(&proxy->upstream.connections) > most && monotonic_ns() < deadline_ns &&
           !is_interrupted(proxy->subject.check))
        sleep_ms(POLL_MS);
    return atomic_load(&proxy->upstream.connections);
}

static void await_connections(const struct proxy *proxy, unsigned count)
{
    int64_t deadline_ns = monotonic_ns() + ANSWER_TIMEOUT_MS * NS_PER_MS;
    while (atomic_load(&proxy->upstream.connections) < count && monotonic_ns() < deadline_ns)
        sleep_ms(POLL_MS);
}

/* No more connections than may be kept, as soon as nobody waits for anything. */
static void judge_left(const struct proxy *proxy, unsigned most)
{
    unsigned left = connections_after(proxy, most, FETCH_LIMIT_MS + GRACE_MS);
    if (left > most)
        lifecycle_find(proxy->subject.check,
                       "expected fetches to end when their clients have left and %d ms have "
                       "passed, got %u connections to the upstream still open",
                       FETCH_LIMIT_MS, left);
}

/* One client's wait is not another's. They leave with a reset:
 * one who sends FIN may still be waiting for its answer. */
static void hang_many(struct proxy *proxy, struct client *other)
{
    struct client hanging[HANGING_CLIENTS];
    struct lifecycle *check = proxy->subject.check;
    unsigned pooled = atomic_load(&proxy->upstream.connections);
    ask_all(proxy, hanging, HANGING_CLIENTS, "/proxy/hang");
    await_connections(proxy, HANGING_CLIENTS);
    bool served = expect(check, other, "/plaintext", "HTTP/1.1 200", "Hello, World!",
                         "while 40 fetches hang") &&
                  expect(check, other, "/proxy/status/200", "HTTP/1.1 200", "upstream: 200\n",
                         "while 40 fetches hang");
    for (size_t i = 0; i < HANGING_CLIENTS; i++)
        client_reset(&hanging[i]);
    if (served)
        judge_left(proxy, pooled + 1);
}

/* What an upstream says behind its answer, or a moment after it, is an answer to nobody. */
static bool talk_on(struct proxy *proxy, struct client *other)
{
    static const char *const targets[] = {
        "/proxy/surplus/status/200",
        "/proxy/surplus-late/status/200",
        "/proxy/then-reset/status/200",
    };
    struct lifecycle *check = proxy->subject.check;
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        char when[128];
        snprintf(when, sizeof(when), "after %s", targets[i]);
        if (!expect(check, other, targets[i], "HTTP/1.1 200", "upstream: 200\n", "at first"))
            return false;
        sleep_ms(LATE_MS);
        if (!expect(check, other, "/proxy/status/404", "HTTP/1.1 404", "upstream: 404\n", when))
            return false;
    }
    return true;
}

/* Each fetches something else, all at once, so that
 * connections from far down a pool are taken too. */
static bool fetch_apart(const struct proxy *proxy, struct client *clients, unsigned round)
{
    for (unsigned i = 0; i < FETCHERS; i++) {
        char target[64];
        snprintf(target, sizeof(target), "/proxy/after/10/asked/%u-%u", round, i);
        ask(&clients[i], target);
    }
    for (unsigned i = 0; i < FETCHERS; i++) {
        char body[64];
        snprintf(body, sizeof(body), "GET /after/10/asked/%u-%u HTTP/1.1\r\n", round, i);
        if (hear(&clients[i], body, ANSWER_TIMEOUT_MS))
            continue;
        lifecycle_find_client(proxy->subject.check,
                              "a client's own answer after another client has left its fetch",
                              &clients[i]);
        return false;
    }
    return true;
}

/* What comes for a client that has left is nobody's. */
static bool leave_one(const struct proxy *proxy)
{
    struct client leaver, clients[FETCHERS];
    client_open(&leaver, &proxy->subject.target);
    ask(&leaver, "/proxy/after/200/length/5");
    sleep_ms(LATE_MS); /* the fetch is under way */
    client_close(&leaver);
    for (size_t i = 0; i < FETCHERS; i++)
        client_open(&clients[i], &proxy->subject.target);
    bool right = true;
    for (unsigned round = 0; round < ROUNDS && right; round++) {
        right = fetch_apart(proxy, clients, round);
        sleep_ms(ROUND_PACE_MS);
    }
    close_all(clients, FETCHERS);
    return right;
}

static void burst(struct proxy *proxy)
{
    struct client clients[BURST_CLIENTS];
    struct lifecycle *check = proxy->subject.check;
    unsigned most = KEPT_PER_WORKER * check->workers;
    bool given = true;
    ask_all(proxy, clients, BURST_CLIENTS, "/proxy/after/300/status/200");
    for (size_t i = 0; i < BURST_CLIENTS && given; i++) {
        given = hear(&clients[i], "upstream: 200\n", ANSWER_TIMEOUT_MS);
        if (!given)
            lifecycle_find_client(check, "each of 80 clients at once to be given its answer",
                                  &clients[i]);
    }
    unsigned kept = given ? connections_after(proxy, most, GRACE_MS) : 0;
    if (kept > most)
        lifecycle_find(check,
                       "expected at most %u connections to the upstream to be kept after a burst, "
                       "got %u",
                       most, kept);
    close_all(clients, BURST_CLIENTS);
}

void lifecycle_fetches(struct lifecycle *check)
{
    struct proxy proxy;
    struct client other;
    if (!proxy_start(&proxy, check))
        return;
    if (proxy_serve(&proxy)) {
        client_open(&other, &proxy.subject.target);
        if (talk_on(&proxy, &other) && leave_one(&proxy))
            hang_many(&proxy, &other);
        client_close(&other);
    }
    proxy_kill(&proxy);
}

void lifecycle_burst(struct lifecycle *check)
{
    struct proxy proxy;
    if (!proxy_start(&proxy, check))
        return;
    if (proxy_serve(&proxy))
        burst(&proxy);
    proxy_kill(&proxy);
}

/* ---- drain ---- */

static void judge_exit(struct proxy *proxy, int64_t term_ns)
{
    struct server *server = &proxy->subject.server;
    struct lifecycle *check = proxy->subject.check;
    int64_t limit_ns = term_ns + EXIT_LIMIT_MS * NS_PER_MS;
    while (!server_ended(server) && monotonic_ns() < limit_ns && !is_interrupted(check))
        sleep_ms(1);
    if (!server->ended)
        lifecycle_find(check,
                       "expected exit within %d ms of SIGTERM although a fetch hangs, got a server "
                       "that still runs",
                       EXIT_LIMIT_MS);
    else if (!WIFEXITED(server->exit_status) || WEXITSTATUS(server->exit_status) != 0)
        lifecycle_find(check,
                       "expected exit 0 after SIGTERM although a fetch hangs, got wait status 0x%x",
                       (unsigned)server->exit_status);
}

static void drain(struct proxy *proxy, struct client *soon, struct client *never)
{
    ask(soon, "/proxy/after/600/status/200");
    ask(never, "/proxy/hang");
    await_connections(proxy, 2);
    kill(proxy->subject.server.pid, SIGTERM);
    int64_t term_ns = monotonic_ns();
    hear(soon, "upstream: 200\n", ANSWER_TIMEOUT_MS);
    client_read(soon, ANSWER_TIMEOUT_MS, false);
    if (!client_has(soon, "upstream: 200\n") || !client_has(soon, "Connection: close") ||
        !soon->ended)
        lifecycle_find_client(proxy->subject.check,
                              "the answer of a fetch under way at SIGTERM, with \"Connection: "
                              "close\", then the end",
                              soon);
    judge_exit(proxy, term_ns);
}

void lifecycle_fetch_drain(struct lifecycle *check)
{
    struct proxy proxy;
    struct client soon, never;
    if (!proxy_start(&proxy, check))
        return;
    if (proxy_serve(&proxy)) {
        client_open(&soon, &proxy.subject.target);
        client_open(&never, &proxy.subject.target);
        drain(&proxy, &soon, &never);
        client_close(&soon);
        client_close(&never);
    }
    proxy_kill(&proxy);
}
