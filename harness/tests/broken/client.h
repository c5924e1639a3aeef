/* A connection of broken_server, and what is read, answered and written on it. */
#ifndef TESTS_BROKEN_CLIENT_H
#define TESTS_BROKEN_CLIENT_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { IN_BYTES = 64 * 1024, HEAD_BYTES = 8192, BODY_BYTES = 1 << 20 };

struct client {
    int fd;
    char *in, *out;
    size_t in_len, out_len;
    int64_t wait_until_ms, linger_until_ms; /* 0: none */
    bool closing, ended, continued, head_only;
    bool served, close_asked;
    struct fetch *fetch; /* under way; NULL: none */
};

extern volatile sig_atomic_t stopping; /* SIGTERM has come: answers say so */
extern bool slow;                      /* /plaintext is not answered while it lives */
int64_t now_ms(void);

/* Puts the answers to all whole requests in client->in into client->out. */
void client_serve(struct client *client);
/* The wait of /wait/MS is over. */
void client_end_wait(struct client *client);

#endif
