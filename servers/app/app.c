/*
 * Routes and handlers. A path is compared as length and integers, so routing costs the same for
 * each of them; what a route allows stands in one table.
 */
#include "app/app.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "app/json.h"
#include "app/pattern.h"
#include "upstream/fetch.h"

enum route {
    ROUTE_NONE,
    ROUTE_SERVER,
    ROUTE_PLAINTEXT,
    ROUTE_JSON,
    ROUTE_BYTES,
    ROUTE_ECHO,
    ROUTE_WAIT,
    ROUTE_PROXY
};

/* What a call is to do, and what it has come to. */
enum state {
    STATE_SERVE,
    STATE_OPTIONS,
    STATE_UNKNOWN_PATH,
    STATE_NOT_ALLOWED,
    STATE_UNKNOWN_METHOD,
    STATE_WAITING
};

struct app {
    struct upstream upstream;
    bool has_upstream;
};

/* "/proxy", which comes off the path that is fetched. */
enum { PROXY_PREFIX_BYTES = 6 };

/* clang-format off */
static const char *const allow_of[] = {
    [ROUTE_SERVER] = "GET, HEAD, POST, OPTIONS", /* "*": the server as a whole */
    [ROUTE_PLAINTEXT] = "GET, HEAD, OPTIONS",
    [ROUTE_JSON] = "GET, HEAD, OPTIONS",
    [ROUTE_BYTES] = "GET, HEAD, OPTIONS",
    [ROUTE_ECHO] = "POST, OPTIONS",
    [ROUTE_WAIT] = "GET, HEAD, OPTIONS",
    [ROUTE_PROXY] = "GET, HEAD, OPTIONS",
};
/* clang-format on */

/* ---- routing ---- */

static bool equals4(const char *p, const char *text)
{
    uint32_t a, b;
    memcpy(&a, p, 4);
    memcpy(&b, text, 4);
    return a == b;
}

static bool equals8(const char *p, const char *text)
{
    uint64_t a, b;
    memcpy(&a, p, 8);
    memcpy(&b, text, 8);
    return a == b;
}

/* A decimal number without leading zeros, at most limit. */
static bool number_parse(const char *p, size_t len, uint32_t limit, uint32_t *number)
{
    enum { DIGITS_MAX = 9 }; /* limits have at most 8: no overflow */
    if (len == 0 || len > DIGITS_MAX || (*p == '0' && len > 1))
        return false;
    *number = 0;
    for (size_t i = 0; i < len; i++) {
        if (p[i] < '0' || p[i] > '9')
            return false;
        *number = *number * 10 + (uint32_t)(p[i] - '0');
    }
    return *number <= limit;
}

/* The routes that end in a number, or in another path. */
static enum route prefix_route(const char *p, size_t len, uint32_t *number)
{
    if (len > PROXY_PREFIX_BYTES && equals4(p, "/pro") && equals4(p + 3, "oxy/"))
        return ROUTE_PROXY;
    if (len > 6 && equals4(p, "/wai") && p[4] == 't' && p[5] == '/')
        return number_parse(p + 6, len - 6, APP_WAIT_LIMIT_MS, number) ? ROUTE_WAIT : ROUTE_NONE;
    if (len > 7 && equals4(p, "/byt") && equals4(p + 3, "tes/"))
        return number_parse(p + 7, len - 7, APP_BYTES_LIMIT, number) ? ROUTE_BYTES : ROUTE_NONE;
    return ROUTE_NONE;
}

static enum route route_of(struct slice path, uint32_t *number)
{
    const char *p = path.ptr;
    switch (path.len) {
    case 0:
        return ROUTE_SERVER;
    case 1:
        return *p == '*' ? ROUTE_SERVER : ROUTE_NONE;
    case 5:
        if (equals4(p + 1, "json"))
            return ROUTE_JSON;
        return equals4(p + 1, "echo") ? ROUTE_ECHO : ROUTE_NONE;
    case 10:
        if (equals8(p, "/plainte") && equals4(p + 6, "text"))
            return ROUTE_PLAINTEXT;
        break;
    }
    return prefix_route(p, path.len, number);
}

static bool is_allowed(enum route route, enum http_method method)
{
    if (route == ROUTE_ECHO)
        return method == HTTP_POST;
    return method == HTTP_GET || method == HTTP_HEAD;
}

static enum state state_of(enum route route, enum http_method method)
{
    /* No resource here can be a tunnel: the method is unknown to all of them (RFC 9110
     * section 15.6.2). */
    if (method == HTTP_METHOD_UNKNOWN || method == HTTP_CONNECT)
        return STATE_UNKNOWN_METHOD;
    if (route == ROUTE_NONE)
        return STATE_UNKNOWN_PATH;
    if (method == HTTP_OPTIONS)
        return STATE_OPTIONS;
    return is_allowed(route, method) ? STATE_SERVE : STATE_NOT_ALLOWED;
}

static unsigned refusal_of(enum state state)
{
    switch (state) {
    case STATE_UNKNOWN_PATH:
        return 404;
    case STATE_NOT_ALLOWED:
        return 405;
    case STATE_UNKNOWN_METHOD:
        return 501;
    default:
        return 0;
    }
}

unsigned app_route(struct app_call *call, const struct http_request *request)
{
    call->route = route_of(request->path, &call->number);
    if (call->route == ROUTE_PROXY && !(call->app && call->app->has_upstream))
        call->route = ROUTE_NONE;
    call->state = state_of(call->route, request->method);
    return refusal_of(call->state);
}

/* ---- handlers ---- */

static void answer_text(struct app_answer *answer, uint16_t status, struct slice body)
{
    answer->status = status;
    answer->type = HTTP_TEXT;
    answer->allow = NULL;
    answer->body = body;
    answer->pattern_bytes = 0;
}

static enum app_step serve_plaintext(struct app_answer *answer)
{
    static const char text[] = "Hello, World!";
    answer_text(answer, 200, (struct slice){text, sizeof(text) - 1});
    return APP_ANSWER;
}

static enum app_step serve_json(struct app_call *call, struct app_answer *answer)
{
    static const char message[] = "Hello, World!";
    struct json json = {call->scratch, call->scratch + sizeof(call->scratch)};
    json_raw(&json, '{');
    json_string(&json, (struct slice){"message", 7});
    json_raw(&json, ':');
    json_string(&json, (struct slice){message, sizeof(message) - 1});
    json_raw(&json, '}');
    size_t len = (size_t)(json.next - call->scratch);
    *answer = (struct app_answer){.status = 200, .type = HTTP_JSON, .body = {call->scratch, len}};
    return APP_ANSWER;
}

static enum app_step serve_bytes(const struct app_call *call, struct app_answer *answer)
{
    *answer =
        (struct app_answer){.status = 200, .type = HTTP_OCTETS, .pattern_bytes = call->number};
    return APP_ANSWER;
}

static enum app_step serve_echo(struct slice body, struct app_answer *answer)
{
    *answer = (struct app_answer){.status = 200, .type = HTTP_OCTETS, .body = body};
    return APP_ANSWER;
}

static enum app_step serve_wait(struct app_call *call, struct app_wait *wait)
{
    *wait = (struct app_wait){.fd = -1, .timeout_ms = call->number};
    call->state = STATE_WAITING;
    return APP_WAIT;
}

/* Passes on what the fetch has come to. */
static enum app_step follow_fetch(struct app_call *call, enum fetch_step step,
                                  struct app_answer *answer, struct app_wait *wait)
{
    struct fetch *fetch = call->fetch;

    if (step == FETCH_WAIT) {
        *wait = (struct app_wait){fetch->fd, fetch->events, fetch->timeout_ms};
        call->state = STATE_WAITING;
        return APP_WAIT;
    }
    if (step == FETCH_FAILED)
        app_refusal(fetch->status, answer);
    else
        *answer = (struct app_answer){.status = fetch->status,
                                      .type = HTTP_OTHER,
                                      .other_type = fetch->type,
                                      .body = fetch->body,
                                      .held = fetch_take_held(fetch)};
    fetch_free(fetch);
    call->state = STATE_SERVE;
    return APP_ANSWER;
}

static enum app_step serve_proxy(struct app_call *call, const struct http_request *request,
                                 struct app_answer *answer, struct app_wait *wait)
{
    struct slice path = {request->path.ptr + PROXY_PREFIX_BYTES,
                         request->path.len - PROXY_PREFIX_BYTES};
    enum fetch_step step;

    call->fetch = fetch_new(&call->app->upstream, path, request->query);
    if (!call->fetch) {
        app_refusal(502, answer);
        return APP_ANSWER;
    }
    step = fetch_begin(call->fetch);
    assert(step != FETCH_ANSWER); /* it would be held, which app_handle's callers do not expect */
    return follow_fetch(call, step, answer, wait);
}

static enum app_step serve(struct app_call *call, const struct http_request *request,
                           struct slice body, struct app_answer *answer, struct app_wait *wait)
{
    switch ((enum route)call->route) {
    case ROUTE_PLAINTEXT:
        return serve_plaintext(answer);
    case ROUTE_JSON:
        return serve_json(call, answer);
    case ROUTE_BYTES:
        return serve_bytes(call, answer);
    case ROUTE_ECHO:
        return serve_echo(body, answer);
    case ROUTE_WAIT:
        return serve_wait(call, wait);
    case ROUTE_PROXY:
        return serve_proxy(call, request, answer, wait);
    case ROUTE_NONE:
    case ROUTE_SERVER:
        break;
    }
    assert(!"only what app_route accepted is served");
    return APP_ANSWER;
}

enum app_step app_handle(struct app_call *call, const struct http_request *request,
                         struct slice body, struct app_answer *answer, struct app_wait *wait)
{
    if (call->state == STATE_SERVE)
        return serve(call, request, body, answer, wait);
    unsigned refusal = refusal_of(call->state);
    if (refusal)
        app_refusal((uint16_t)refusal, answer);
    else
        *answer = (struct app_answer){.status = 204};
    if (refusal == 0 || refusal == 405)
        answer->allow = allow_of[call->route];
    return APP_ANSWER;
}

enum app_step app_resume(struct app_call *call, short revents, struct app_answer *answer,
                         struct app_wait *wait)
{
    assert(call->state == STATE_WAITING);
    if (call->route == ROUTE_PROXY)
        return follow_fetch(call, fetch_go_on(call->fetch, revents), answer, wait);
    assert(revents == 0); /* one wait, for time, is all that /wait needs */
    call->state = STATE_SERVE;
    *answer = (struct app_answer){.status = 204};
    return APP_ANSWER;
}

void app_cancel(struct app_call *call)
{
    assert(call->state == STATE_WAITING);
    if (call->route == ROUTE_PROXY)
        fetch_free(call->fetch);
    call->state = STATE_SERVE;
}

struct slice app_pattern(uint64_t offset, uint64_t len)
{
    size_t span = len < APP_PATTERN_SPAN_BYTES ? (size_t)len : APP_PATTERN_SPAN_BYTES;
    return (struct slice){app_pattern_octets + offset % APP_PATTERN_PERIOD, span};
}

void app_refusal(uint16_t status, struct app_answer *answer)
{
    answer_text(answer, status, http_reason_body(status));
}

const char *app_routes(void)
{
    return "plaintext json bytes echo wait proxy";
}

/* ---- what the calls of a worker share ---- */

struct app *app_new(const struct upstream_address *upstream)
{
    struct app *app = calloc(1, sizeof *app);

    if (app && upstream) {
        upstream_init(&app->upstream, upstream);
        app->has_upstream = true;
    }
    return app;
}

void app_free(struct app *app)
{
    if (app && app->has_upstream)
        upstream_release(&app->upstream);
    free(app);
}

void app_tidy(struct app *app)
{
    if (app && app->has_upstream)
        upstream_tidy(&app->upstream);
}

bool app_keeps(const struct app *app)
{
    return app && app->has_upstream && upstream_keeps(&app->upstream);
}
