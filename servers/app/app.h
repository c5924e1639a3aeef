/*
 * The backend itself: routes and handlers. Every server answers with this code, so what differs
 * between servers is how bytes and waits are moved. Handlers are pure and never block: one returns
 * an answer, or what to wait for, and is resumed when that has happened.
 *
 *   GET  /plaintext   "Hello, World!"
 *   GET  /json        {"message":"Hello, World!"}, serialised for each request
 *   GET  /bytes/N     N octets, octet i is i mod 251; N <= 16 MiB
 *   POST /echo        the body, as application/octet-stream
 *   GET  /wait/MS     204 after MS milliseconds, never early; MS <= 10,000
 *   GET  /proxy/PATH  what the server behind this one answers to GET /PATH; 502 or 504 if it does
 *                     not (upstream/fetch.h). Without such a server the path is unknown.
 *
 * HEAD goes wherever GET goes, OPTIONS to every known path (204 with Allow), OPTIONS * too. N and
 * MS are plain decimal numbers without leading zeros; malformed or out of range is 404. A known
 * path with another known method is 405 with Allow; an unknown path 404; an unknown method 501, and
 * CONNECT, too, which no resource here can serve.
 */
#ifndef APP_APP_H
#define APP_APP_H

#include <stdbool.h>
#include <stdint.h>

#include "http/request.h"
#include "http/response.h"
#include "http/slice.h"

enum {
    APP_BYTES_LIMIT = 16 * 1024 * 1024,
    APP_WAIT_LIMIT_MS = 10000,
    APP_PATTERN_PERIOD = 251,
    APP_PATTERN_SPAN_BYTES = 256 * 1024, /* the longest slice app_pattern() gives */
};

/* What to wait for: readiness of fd (poll(2) events), or with fd -1 only the time. */
struct app_wait {
    int fd;
    short events;
    uint32_t timeout_ms;
};

struct app;
struct fetch;
struct upstream_address;

/* One request in progress; plain data, lives in its connection. Zero it but for app before
 * app_route. */
struct app_call {
    struct app *app; /* of the worker */
    union {
        char scratch[40];    /* small bodies are serialised here */
        struct fetch *fetch; /* of /proxy, while it waits */
    };
    uint32_t number; /* N or MS */
    uint8_t route;
    uint8_t state;
};

struct app_answer {
    uint16_t status;
    enum http_type type;
    const char *allow;       /* static, or NULL */
    struct slice other_type; /* of HTTP_OTHER, in held: the Content-Type, or empty: none */
    struct slice body;       /* static, in held, in the call's scratch, or the request's own body */
    uint64_t pattern_bytes;  /* > 0: the body is this much of app_pattern(), and body is empty */
    char *held; /* of HTTP_OTHER, from app_resume only: the caller's, to free(3) once it is sent */
};

enum app_step { APP_ANSWER, APP_WAIT };

/* What the calls of a worker share, whatever threads it has. The address of the server behind this
 * one is borrowed; NULL: there is none. Returns NULL when memory has run out. */
struct app *app_new(const struct upstream_address *upstream);
/* No call is in progress any more. */
void app_free(struct app *app);

/* Looks after what is kept between calls: connections to the server behind. Once a second, by any
 * thread; app may be NULL. */
void app_tidy(struct app *app);
/* Whether there is something to look after; for a thread that alone uses the app. */
bool app_keeps(const struct app *app);

/*
 * Chooses the route for a head: 0 if app_handle will serve it once the body is there, else the
 * status with which app_handle will refuse it (404, 405, 501): known early, so that
 * Expect: 100-continue can be refused.
 */
unsigned app_route(struct app_call *call, const struct http_request *request);

/* Serves the routed request. APP_ANSWER fills *answer but for held, APP_WAIT fills *wait. */
enum app_step app_handle(struct app_call *call, const struct http_request *request,
                         struct slice body, struct app_answer *answer, struct app_wait *wait);

/* The wait is over: revents of its fd, or 0 when the time has run out. The call may wait again, for
 * another fd, too: one that it waited for before may be closed by now. */
enum app_step app_resume(struct app_call *call, short revents, struct app_answer *answer,
                         struct app_wait *wait);

/* The client is gone while the call waits. */
void app_cancel(struct app_call *call);

/* The endless pattern from offset on: a static slice of min(len, APP_PATTERN_SPAN_BYTES) octets. */
struct slice app_pattern(uint64_t offset, uint64_t len);

/* The answer with which a connection refuses by itself: 400, 408, 413, 417, 431, 505. */
void app_refusal(uint16_t status, struct app_answer *answer);

/* The routes for --describe: "plaintext json bytes echo wait proxy". */
const char *app_routes(void);

#endif
