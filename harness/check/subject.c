/* The clients of lifecycle checks and the start of their server; see subject.h. */
#include "check/subject.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check/case_text.h"
#include "measure/clock.h"

void lifecycle_find(struct lifecycle *check, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    strings_add(&check->findings, text);
}

void lifecycle_release(struct lifecycle *check)
{
    strings_release(&check->findings);
}

/* ---- clients ---- */

void client_open(struct client *client, const struct target *target)
{
    *client =
        (struct client){.fd = socket(target->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (client->fd < 0 ||
        connect(client->fd, (const struct sockaddr *)&target->address, target->address_len) < 0)
        client->error = errno;
}

void client_send(struct client *client, const char *text)
{
    if (client->error == 0 && send(client->fd, text, strlen(text), MSG_NOSIGNAL) < 0)
        client->error = errno;
}

static bool client_is_answered(const struct client *client)
{
    return memmem(client->in, client->len, "\r\n\r\n", 4) != NULL;
}

void client_read(struct client *client, int timeout_ms, bool until_answer)
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

bool client_has(const struct client *client, const char *text)
{
    return memmem(client->in, client->len, text, strlen(text)) != NULL;
}

void client_clear(struct client *client)
{
    client->len = 0;
}

void client_close(struct client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
}

void client_reset(struct client *client)
{
    struct linger linger = {.l_onoff = 1};
    if (client->fd >= 0)
        setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    client_close(client);
}

char *client_tell(const struct client *client)
{
    char *came = case_text_escape(client->in, client->len, 60);
    char *text = text_format("%s, then %s", came,
                             client->error   ? strerror(client->error)
                             : client->ended ? "the end of the connection"
                                             : "silence");
    free(came);
    return text;
}

void lifecycle_find_client(struct lifecycle *check, const char *expected,
                           const struct client *client)
{
    char *told = client_tell(client);
    lifecycle_find(check, "expected %s, got %s", expected, told);
    free(told);
}

/* ---- the server ---- */

bool subject_start(struct subject *subject, struct lifecycle *check, unsigned max_connections)
{
    char error[512];
    struct server_options options = {.path = check->path,
                                     .address = check->address,
                                     .workers = check->workers,
                                     .max_connections = max_connections,
                                     .upstream = check->upstream,
                                     .start_timeout_ms = check->start_timeout_ms,
                                     .interrupted = check->interrupted};
    *subject = (struct subject){.check = check};
    if (server_start(&subject->server, &options, error, sizeof(error)) != SERVER_OK) {
        lifecycle_find(check, "the server does not start with %u workers: %s", check->workers,
                       error);
        return false;
    }
    return target_init(&subject->target, check->address, subject->server.port, "", false) == 0;
}

void client_open_served(struct client *client, const struct subject *subject)
{
    client_open(client, &subject->target);
    client_send(client, GET("/plaintext"));
    client_read(client, ANSWER_TIMEOUT_MS, true);
    if (!client_has(client, "200 OK"))
        lifecycle_find_client(subject->check, "an answer to a first request", client);
    client_clear(client);
}
