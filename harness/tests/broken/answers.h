/* What broken_server answers, with the defects that are in an answer's own bytes. */
#ifndef TESTS_BROKEN_ANSWERS_H
#define TESTS_BROKEN_ANSWERS_H

#include "tests/broken/client.h"

struct answer {
    const char *status, *type;
    const void *body;
    size_t len;
    bool close;
};

/* Each appends to client->out. */
void put(struct client *client, const void *bytes, size_t len);
void put_answer(struct client *client, const struct answer *answer);
void put_text(struct client *client, const char *status, const char *body, bool close_after);
void put_octets(struct client *client, size_t count); /* of the pattern of /bytes/N */
void put_echo(struct client *client, const char *body, size_t len);
void refuse(struct client *client);

#endif
