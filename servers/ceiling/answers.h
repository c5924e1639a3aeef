/*
 * Canned answers: what the ceilings send, and how they know how often. One block holds the answer
 * to GET /plaintext many times over, so that any number of pipelined answers goes out in one send;
 * a connection only remembers how many bytes it owes. Request heads are counted by their blank
 * lines, whatever they say; a body would be counted too if it held one.
 */
#ifndef CEILING_ANSWERS_H
#define CEILING_ANSWERS_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "http/response.h"
#include "http/slice.h"

enum { ANSWERS_PER_BLOCK = 64, ANSWERS_BLOCK_BYTES = ANSWERS_PER_BLOCK * 256 };

struct answers {
    char block[ANSWERS_BLOCK_BYTES];
    size_t answer_bytes; /* of one; the date in it has a fixed length */
    struct http_template template;
    time_t second; /* of the Date */
};

void answers_init(struct answers *answers, const char *server_name);

/* Refreshes the Date if the second has changed. */
void answers_tick(struct answers *answers, time_t now);

/* The next bytes for a connection that owes owed_bytes: at most a block. */
struct slice answers_slice(const struct answers *answers, uint64_t owed_bytes);

/* How many request heads end in these bytes; *matched carries a blank line split over two reads, 0
 * at first. */
unsigned heads_count(uint8_t *matched, const char *bytes, size_t len);

#endif
