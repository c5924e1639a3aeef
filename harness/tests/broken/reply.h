/* What another server answered, read by broken_server's proxy:
 * a 1.1 answer to a GET. Points into the bytes read. */
#ifndef TESTS_BROKEN_REPLY_H
#define TESTS_BROKEN_REPLY_H

#include <stdbool.h>
#include <stddef.h>

enum { REPLY_BYTES = 64 * 1024 };

struct reply {
    char status[64]; /* "200 OK" */
    char type[128];
    const char *body;
    size_t body_len;
    size_t taken; /* bytes of all of it, interim answers before it included */
    bool keep_alive;
    char decoded[REPLY_BYTES]; /* holds a body that came in chunks */
};

enum reply_state { REPLY_BAD = -1, REPLY_MORE, REPLY_WHOLE };

/* ended: nothing more will come. */
enum reply_state reply_read(struct reply *reply, const char *in, size_t len, bool ended);

#endif
