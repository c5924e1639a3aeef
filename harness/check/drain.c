/*
 * Draining, from a client's side; see lifecycle.h. To have clients in the backlog for certain, the
 * server is stopped (SIGSTOP) while they connect and SIGTERM is sent.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "check/lifecycle.h"
#include "check/subject.h"
#include "measure/clock.h"

enum { IDLE_CLIENTS = 4, QUEUED_CLIENTS = 12, EXIT_LIMIT_MS = 2000 };

static bool is_interrupted(const struct lifecycle *check)
{
    return check->interrupted != NULL && *check->interrupted;
}

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
        client_open_served(&drain->idle[i], &drain->subject);
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
    lifecycle_find(
        drain->subject.check,
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
            lifecycle_find_client(drain->subject.check,
                                  "an idle connection to be closed without a reset", client);
    }
}

/* While an answer is still due, the listener must already be gone. */
static void drain_judge_listener(struct drain *drain, const char *when)
{
    struct client late;
    client_open(&late, &drain->subject.target);
    if (late.error != ECONNREFUSED)
        lifecycle_find(drain->subject.check, "expected a new connection to be refused %s, got %s",
                       when, late.error ? strerror(late.error) : "it accepted");
    client_close(&late);
}

static void drain_judge_busy(struct drain *drain)
{
    struct client *busy = &drain->busy;
    client_read(busy, ANSWER_TIMEOUT_MS, false);
    if (!client_has(busy, "204 No Content") || !busy->ended)
        lifecycle_find_client(drain->subject.check,
                              "the answer that was under way at SIGTERM, then the end", busy);
    else if (!client_has(busy, "Connection: close"))
        lifecycle_find_client(drain->subject.check, "\"Connection: close\" on the last answer",
                              busy);
}

static void drain_judge_exit(struct drain *drain)
{
    struct server *server = &drain->subject.server;
    while (!server_ended(server) && since_term_ms(drain) < EXIT_LIMIT_MS &&
           !is_interrupted(drain->subject.check))
        sleep_until_ns(monotonic_ns() + NS_PER_MS);
    if (!server->ended)
        lifecycle_find(drain->subject.check,
                       "expected exit within %d ms of SIGTERM, got a server that still runs",
                       EXIT_LIMIT_MS);
    else if (!WIFEXITED(server->exit_status) || WEXITSTATUS(server->exit_status) != 0)
        lifecycle_find(drain->subject.check, "expected exit 0 after SIGTERM, got wait status 0x%x",
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
