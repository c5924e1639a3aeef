/*
 * A strict reader of HTTP/1.1 answers, to look at what a server sends before and after a window
 * (wrk looks only at the status). It takes what RFC 9112 allows a server to send to a keep-alive
 * GET or POST: a status line, fields, and a body framed by Content-Length or chunks; an answer
 * framed by the connection's end is refused.
 */
#ifndef MEASURE_ANSWER_H
#define MEASURE_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "data/catalog.h"

enum answer_result { ANSWER_WHOLE, ANSWER_PARTIAL, ANSWER_BAD };

enum { ANSWER_TYPE = 128, ANSWER_WHY = 160 };

struct answer {
    unsigned status;
    char type[ANSWER_TYPE]; /* Content-Type, "" if there is none */
    char *body;             /* decoded; owned */
    size_t body_len, consumed;
    bool closes;          /* Connection: close */
    char why[ANSWER_WHY]; /* of ANSWER_BAD, a sentence's end */
};

/* Reads the first answer in bytes. The caller releases it when it is whole. */
enum answer_result answer_read(struct answer *answer, const char *bytes, size_t len);
void answer_release(struct answer *answer);

/* Is it what the workload expects? False with a sentence in why. A media type's parameters are not
 * compared. */
bool answer_fits(const struct answer *answer, const struct workload *workload, char *why,
                 size_t size);

/* How many requests these bytes hold, by their heads and Content-Length; 0 if they do not end with
 * a whole one. */
unsigned answer_requests(const char *bytes, size_t len);

#endif
