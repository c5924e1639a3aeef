/*
 * Conformance cases: what to send, what must come back, and why. One case is one text file,
 * NAME.case; the format is described in servers/tests/conformance/README.md. Reading and checking
 * of that text only; nothing here touches a server.
 */
#ifndef CHECK_CASE_H
#define CHECK_CASE_H

#include <stdbool.h>
#include <stddef.h>

/* How a case's bytes travel. */
enum form { FORM_WHOLE, FORM_SPLIT, FORM_BYTES, FORM_PIPELINED, FORM_COUNT };
const char *
form_name(enum form form); /* "whole", "split at every CRLF", "byte by byte", "pipelined twice" */
int form_find(const char *key); /* of "whole", "split", "bytes" and "pipelined", else -1 */

enum step_kind {
    STEP_SEND,
    STEP_PAUSE,  /* sends nothing for ms */
    STEP_STALL,  /* reads nothing for ms */
    STEP_FIN,    /* half-close */
    STEP_ANSWER, /* waits until these bytes have come */
};

enum { NO_WILDCARD = -1 };

struct step {
    enum step_kind kind;
    char *bytes; /* owned */
    size_t len;
    unsigned ms;
    /* Offsets in bytes at which an answer has the date or the
     * server's name; NO_WILDCARD: it has none. */
    long date_at, server_at;
};

enum ending {
    ENDING_OPEN,  /* the connection serves another request */
    ENDING_CLOSE, /* the server sends FIN after the last answer, and the client sees no error */
    ENDING_RESET,
};

struct test_case {
    char *name;
    char *why;   /* one sentence with its section of an RFC */
    char *route; /* a server that declares routes without it skips the case; NULL: none needed */
    bool gate;   /* the plain question of its route: a wrong answer bars a foreign server from it */
    bool interim;   /* a 100 (Continue) may come before the answer */
    bool is_long;   /* a time-out: long form only */
    unsigned forms; /* bits, 1 << enum form */
    enum ending ending;
    /* When the end may come, counted from connecting; 0: no bound of its own. */
    unsigned after_ms, before_ms;
    unsigned receive_buffer_bytes; /* SO_RCVBUF; 0: the system's */
    struct step *steps;
    size_t count;
};

/* 0, or -1 with one sentence (file, line, what) in *error,
 * owned by the caller; then nothing is to be released. */
int case_parse(struct test_case *test, const char *name, const char *text, char **error);
int case_read(struct test_case *test, const char *path, char **error);
void case_release(struct test_case *test);

struct test_cases {
    struct test_case *items;
    size_t count;
};

/* All *.case of a folder, sorted by name. No case at all is an error too. */
int cases_read(struct test_cases *cases, const char *folder, char **error);
void cases_release(struct test_cases *cases);

#endif
