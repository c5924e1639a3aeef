/*
 * Is what came the answer that a case expects? Byte for byte where the bytes are ours to decide; by
 * meaning (status, framing, body, header fields as a set) where another HTTP implementation
 * answers. Pure: bytes in, a verdict out.
 */
#ifndef CHECK_MATCH_H
#define CHECK_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "check/case.h"

enum { ANSWER_DATE_BYTES = 29, ANSWER_DATE_TOLERANCE_S = 2 };

enum match_verdict {
    MATCH_MORE, /* right so far, not complete */
    MATCH_YES,
    MATCH_DIFFERS, /* by meaning only: the same answer with other header fields */
    MATCH_NO,
};

struct match {
    enum match_verdict verdict;
    size_t taken;     /* YES, DIFFERS: bytes of the answer */
    size_t at;        /* NO, byte for byte: where in what came the difference is */
    char *difference; /* DIFFERS, NO: "expected ..., got ...". Owned by the caller; else NULL */
};

/*
 * server: what stands for {server}, "backbench-epoll". since, now: between them got was received.
 * Date must be an IMF-fixdate (RFC 9110 section 5.6.7) within ANSWER_DATE_TOLERANCE_S of that.
 */
struct match match_bytes(const struct step *expected, const char *got, size_t len,
                         const char *server, time_t since, time_t now);
/* How many bytes match_bytes wants. */
size_t match_wanted_bytes(const struct step *expected, const char *server);

struct match match_meaning(const struct step *expected, const char *got, size_t len);

/* The length of an interim answer (1xx) at the start of got: 0
 * if there is none, or not yet all of it (*more). */
size_t match_interim(const char *got, size_t len, bool *more);

/* One whole answer, whatever it says: its length, 0 for not yet, -1 for no HTTP. */
long match_any(const char *got, size_t len);

#endif
