/*
 * Routes and handlers. A path is compared as length and integers, so routing costs the same for
 * each of them; what a route allows stands in one table.
 */
#include "app/app.h"

#include <assert.h>
#include <string.h>

#include "app/json.h"
#include "app/pattern.h"

enum route {
    ROUTE_NONE,
    ROUTE_SERVER,
    ROUTE_PLAINTEXT,
    ROUTE_JSON,
    ROUTE_BYTES,
    ROUTE_ECHO,
    ROUTE_WAIT
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

/* clang-format off */
static const char *const allow_of[] = {
    [ROUTE_SERVER] = "GET, HEAD, POST, OPTIONS", /* "*": the server as a whole */
    [ROUTE_PLAINTEXT] = "GET, HEAD, OPTIONS",
    [ROUTE_JSON] = "GET, HEAD, OPTIONS",
    [ROUTE_BYTES] = "GET, HEAD, OPTIONS",
    [ROUTE_ECHO] = "POST, OPTIONS",
    [ROUTE_WAIT] = "GET, HEAD, OPTIONS",
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

/* The routes that end in a number. */
static enum route numbered_route(const char *p, size_t len, uint32_t *number)
{
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
    return numbered_route(p, path.len, number);
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

static enum app_step serve(struct app_call *call, struct slice body, struct app_answer *answer,
                           struct app_wait *wait)
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
    (void)request; /* what the routes so far need of it is in the call */
    if (call->state == STATE_SERVE)
        return serve(call, body, answer, wait);
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
    (void)wait; /* one wait is all that /wait needs */
    assert(call->state == STATE_WAITING && revents == 0);
    call->state = STATE_SERVE;
    *answer = (struct app_answer){.status = 204};
    return APP_ANSWER;
}

void app_cancel(struct app_call *call)
{
    assert(call->state == STATE_WAITING);
    call->state = STATE_SERVE; /* a wait for time alone holds nothing */
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
    return "plaintext json bytes echo wait";
}
