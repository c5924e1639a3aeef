/*
 * Draining and the limit, from a client's side; see lifecycle.h. To have clients in the backlog for certain, the
 * server is stopped (SIGSTOP) while they connect and SIGTERM is sent.
 */
#include "check/lifecycle.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check/case_text.h"
#include "check/exchange.h"
#include "measure/clock.h"
#include "measure/server.h"

enum {
    IDLE_CLIENTS = 4,
    QUEUED_CLIENTS = 12,
    LIMIT_CONNECTIONS = 4,
    ANSWER_TIMEOUT_MS = 3000,
    QUIET_MS = 300, /* how long a client that must wait is watched */
    EXIT_LIMIT_MS = 2000,
    CLIENT_BYTES = 1024,
};

#define GET(target) "GET " target " HTTP/1.1\r\nHost: lifecycle\r\n\r\n"

/* What has come on a connection, and how it ended. */
struct client {
    int fd;
    char in[CLIENT_BYTES];
    size_t len;
    bool ended;
    int error; /* errno of a failed call, ECONNRESET mostly */
};

struct subject {
    struct lifecycle *check;
    struct server server;
    struct target target;
};

__attribute__((format(printf, 2, 3))) static void find(struct lifecycle *check, const char *format,
                                                       ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    strings_add(&check->findings, text);
}

static bool is_interrupted(const struct lifecycle *check)
{
    return check->interrupted != NULL && *check->interrupted;
}

/* ---- clients ---- */

static void client_open(struct client *client, const struct target *target)
{
    *client =
        (struct client){.fd = socket(target->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (client->fd < 0 ||
        connect(client->fd, (const struct sockaddr *)&target->address, target->address_len) < 0)
        client->error = errno;
}

static void client_send(struct client *client, const char *text)
{
    if (client->error == 0 && send(client->fd, text, strlen(text), MSG_NOSIGNAL) < 0)
        client->error = errno;
}

static bool client_is_answered(const struct client *client)
{
    return memmem(client->in, client->len, "\r\n\r\n", 4) != NULL;
}

/* Reads for up to timeout_ms: until the end of the connection, or until an answer has come if until_answer. */
static void client_read(struct client *client, int timeout_ms, bool until_answer)
{
    int64_t deadline_ns = monotonic_ns() + timeout_ms * NS_PER_MS;
    while (client->error == 0 && !client->ended && client->len < CLIENT_BYTES &&
           !(until_answer && client_is_answered(client))) {
        int64_t left_ms = (deadline_ns - monotonic_ns()) / NS_PER_MS;
        struct pollfd polled = {.fd = client->fd, .events = POLLIN};
        if (left_ms < 0 || poll(&polled, 1, (int)left_ms) <= 0)
            return;
        ssize_t n = recv(client->fd, client->in + client->len, CLIENT_BYTES - client->len, 0);
        if (n < 0)
            client->error = errno;
        client->ended |= n == 0;
        client->len += n > 0 ? (size_t)n : 0;
    }
}

static bool client_has(const struct client *client, const char *text)
{
    return memmem(client->in, client->len, text, strlen(text)) != NULL;
}

/* Forgets the answers it has had. */
static void client_clear(struct client *client)
{
    client->len = 0;
}

static void client_close(struct client *client)
{
    if (client->fd >= 0)
        close(client->fd);
}

/* "got ..., then a reset" */
static char *client_tell(const struct client *client)
{
    char *came = case_text_escape(client->in, client->len, 60);
    char *text = text_format("%s, then %s", came,
                             client->error   ? strerror(client->error)
                             : client->ended ? "the end of the connection"
                                             : "silence");
    free(came);
    return text;
}

static void find_client(struct lifecycle *check, const char *expected, const struct client *client)
{
    char *told = client_tell(client);
    find(check, "expected %s, got %s", expected, told);
    free(told);
}

/* ---- the server ---- */

static bool subject_start(struct subject *subject, struct lifecycle *check,
                          unsigned max_connections)
{
    char error[512];
    struct server_options options = {.path = check->path,
                                     .address = check->address,
                                     .workers = check->workers,
                                     .max_connections = max_connections};
    *subject = (struct subject){.check = check};
    if (server_start(&subject->server, &options, error, sizeof(error)) != SERVER_OK) {
        find(check, "the server does not start with %u workers: %s", check->workers, error);
        return false;
    }
    return target_init(&subject->target, check->address, subject->server.port, "", false) == 0;
}

/* A client that has had one answer and keeps its connection. */
static void open_served(struct client *client, const struct subject *subject)
{
    client_open(client, &subject->target);
    client_send(client, GET("/plaintext"));
    client_read(client, ANSWER_TIMEOUT_MS, true);
    if (!client_has(client, "200 OK"))
        find_client(subject->check, "an answer to a first request", client);
    client_clear(client);
}

/* ---- drain ---- */

struct drain {
    struct subject subject;
    struct client idle[IDLE_CLIENTS], queued[QUEUED_CLIENTS];
    struct client busy, endless;
    int64_t term_ns;
};

static void drain_open(struct drain *drain)
{
    const struct target *target = &drain->subject.target;
    for (size_t i = 0; i < IDLE_CLIENTS; i++)
        open_served(&drain->idle[i], &drain->subject);
    client_open(&drain->busy, target);
    client_send(&drain->busy, GET("/wait/500"));
    client_open(&drain->endless, target);
    client_send(&drain->endless, GET("/wait/10000"));
    sleep_until_ns(monotonic_ns() + 100 * NS_PER_MS); /* both are being waited for now */
}

static void drain_begin(struct drain *drain)
{
    pid_t pid = drain->subject.server.pid;
    kill(pid, SIGSTOP);
    for (size_t i = 0; i < QUEUED_CLIENTS; i++) {
        client_open(&drain->queued[i], &drain->subject.target);
        client_send(&drain->queued[i], GET("/plaintext"));
    }
    client_send(&drain->idle[0],
                GET("/plaintext")); /* crosses the server's FIN, or is just in time */
    kill(pid, SIGTERM);
    drain->term_ns = monotonic_ns();
    kill(pid, SIGCONT);
}

static int64_t since_term_ms(const struct drain *drain)
{
    return (monotonic_ns() - drain->term_ns) / NS_PER_MS;
}

static void drain_judge_queued(struct drain *drain)
{
    size_t answered = 0;
    const struct client *bad = NULL;
    for (size_t i = 0; i < QUEUED_CLIENTS; i++) {
        struct client *client = &drain->queued[i];
        client_read(client, ANSWER_TIMEOUT_MS - (int)since_term_ms(drain), false);
        bool good =
            client_has(client, "200 OK") && client_has(client, "Hello, World!") && client->ended;
        answered += good;
        bad = good ? bad : client;
    }
    if (bad == NULL)
        return;
    char *told = client_tell(bad);
    find(drain->subject.check,
         "expected all %d clients in the backlog to be answered and closed, got %zu; another one "
         "got %s",
         QUEUED_CLIENTS, answered, told);
    free(told);
}

static void drain_judge_idle(struct drain *drain)
{
    for (size_t i = 0; i < IDLE_CLIENTS; i++) {
        struct client *client = &drain->idle[i];
        client_read(client, ANSWER_TIMEOUT_MS - (int)since_term_ms(drain), false);
        bool silent = i > 0 && client->len > 0;
        if (!client->ended || silent)
            find_client(drain->subject.check, "an idle connection to be closed without a reset",
                        client);
    }
}

/* While an answer is still due, the listener must already be gone. */
static void drain_judge_listener(struct drain *drain, const char *when)
{
    struct client late;
    client_open(&late, &drain->subject.target);
    if (late.error != ECONNREFUSED)
        find(drain->subject.check, "expected a new connection to be refused %s, got %s", when,
             late.error ? strerror(late.error) : "it accepted");
    client_close(&late);
}

static void drain_judge_busy(struct drain *drain)
{
    struct client *busy = &drain->busy;
    client_read(busy, ANSWER_TIMEOUT_MS, false);
    if (!client_has(busy, "204 No Content") || !busy->ended)
        find_client(drain->subject.check, "the answer that was under way at SIGTERM, then the end",
                    busy);
    else if (!client_has(busy, "Connection: close"))
        find_client(drain->subject.check, "\"Connection: close\" on the last answer", busy);
}

static void drain_judge_exit(struct drain *drain)
{
    struct server *server = &drain->subject.server;
    while (!server_ended(server) && since_term_ms(drain) < EXIT_LIMIT_MS &&
           !is_interrupted(drain->subject.check))
        sleep_until_ns(monotonic_ns() + NS_PER_MS);
    if (!server->ended)
        find(drain->subject.check,
             "expected exit within %d ms of SIGTERM, got a server that still runs", EXIT_LIMIT_MS);
    else if (!WIFEXITED(server->exit_status) || WEXITSTATUS(server->exit_status) != 0)
        find(drain->subject.check, "expected exit 0 after SIGTERM, got wait status 0x%x",
             (unsigned)server->exit_status);
}

static void drain_close(struct drain *drain)
{
    for (size_t i = 0; i < IDLE_CLIENTS; i++)
        client_close(&drain->idle[i]);
    for (size_t i = 0; i < QUEUED_CLIENTS; i++)
        client_close(&drain->queued[i]);
    client_close(&drain->busy);
    client_close(&drain->endless);
    server_kill(&drain->subject.server);
}

void lifecycle_drain(struct lifecycle *check)
{
    struct drain drain;
    if (!subject_start(&drain.subject, check, 0))
        return;
    drain_open(&drain);
    drain_begin(&drain);
    sleep_until_ns(drain.term_ns + 200 * NS_PER_MS);
    drain_judge_listener(&drain, "200 ms after SIGTERM");
    drain_judge_queued(&drain);
    drain_judge_idle(&drain);
    drain_judge_busy(&drain);
    drain_judge_exit(&drain);
    drain_judge_listener(&drain, "after the exit");
    drain_close(&drain);
}

/* ---- limit ---- */

void lifecycle_limit(struct lifecycle *check)
{
    struct subject subject;
    struct client served[LIMIT_CONNECTIONS], waiting;
    if (!subject_start(&subject, check, LIMIT_CONNECTIONS))
        return;
    for (size_t i = 0; i < LIMIT_CONNECTIONS; i++)
        open_served(&served[i], &subject);
    client_open(&waiting, &subject.target);
    client_send(&waiting, GET("/plaintext"));
    client_read(&waiting, QUIET_MS, true);
    if (waiting.len > 0 || waiting.ended || waiting.error)
        find_client(check, "a client beyond --max-connections 4 to wait in the backlog", &waiting);
    client_close(&served[0]);
    client_read(&waiting, ANSWER_TIMEOUT_MS, true);
    if (!client_has(&waiting, "200 OK"))
        find_client(check, "the waiting client to be served once another has left", &waiting);
    for (size_t i = 1; i < LIMIT_CONNECTIONS; i++)
        client_close(&served[i]);
    client_close(&waiting);
    server_kill(&subject.server);
}

void lifecycle_release(struct lifecycle *check)
{
    strings_release(&check->findings);
}
