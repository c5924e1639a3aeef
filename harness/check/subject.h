/*
 * What the checks of lifecycle.h share: a server that they start, and clients
 * of it that block no longer than they are told to. A client's failure is
 * kept in it, not returned: what it means is for the check to say.
 */
#ifndef CHECK_SUBJECT_H
#define CHECK_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>

#include "check/exchange.h"
#include "check/lifecycle.h"
#include "measure/server.h"

enum { ANSWER_TIMEOUT_MS = 3000, CLIENT_BYTES = 1024 };

#define GET(target) "GET " target " HTTP/1.1\r\nHost: lifecycle\r\n\r\n"

struct subject {
    struct lifecycle *check;
    struct server server; /* ended by server_kill */
    struct target target;
};

/* What has come on a connection, and how it ended. */
struct client {
    int fd;
    char in[CLIENT_BYTES];
    size_t len;
    bool ended;
    int error; /* errno of a failed call, ECONNRESET mostly */
};

/* max_connections 0: the server's default. False after saying why it does not start. */
bool subject_start(struct subject *subject, struct lifecycle *check, unsigned max_connections);

void client_open(struct client *client, const struct target *target);
/* One that has had an answer and keeps its connection. */
void client_open_served(struct client *client, const struct subject *subject);
void client_send(struct client *client, const char *text);
/* Reads for up to timeout_ms: until the end of the connection,
 * or until an answer has come if until_answer. */
void client_read(struct client *client, int timeout_ms, bool until_answer);
bool client_has(const struct client *client, const char *text);
/* Forgets the answers it has had. */
void client_clear(struct client *client);
void client_close(struct client *client); /* again is harmless */
/* Closes with a reset, as a client does that has died or that left bytes unread. */
void client_reset(struct client *client);
/* "GET /, then Connection reset by peer". The caller frees. */
char *client_tell(const struct client *client);

__attribute__((format(printf, 2, 3))) void lifecycle_find(struct lifecycle *check,
                                                          const char *format, ...);
/* "expected EXPECTED, got ..., then a reset" */
void lifecycle_find_client(struct lifecycle *check, const char *expected,
                           const struct client *client);

#endif
