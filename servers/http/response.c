/*
 * The usual head, of a 200 that is kept alive, is one copy of the template with a fixed size: the
 * compiler makes vector moves of it, and what lands behind the text's end is overwritten by what
 * follows. Other heads take their time.
 */
#include "http/response.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define TEXT_AND_LEN(literal) literal, sizeof(literal) - 1

/*
 * The longest head has 333 bytes before Connection: 46 of status line, 71 of Server and Date, 144
 * of another's Content-Type, 39 of Content-Length, 33 of Allow. So it keeps within
 * HTTP_RESPONSE_HEAD_BYTES, what is copied along included.
 */
enum {
    DATE_BYTES = 29, /* "Thu, 01 Jan 1970 00:00:00 GMT" */
    SERVER_NAME_MAX = 24,
    ALLOW_MAX = 24,
    STATUS_MAX = 40,
    END_MAX = 28,
    OK_LINE_BYTES = 17, /* "HTTP/1.1 200 OK\r\n" */
};

static const char *const types[HTTP_TYPES] = {
    [HTTP_TEXT] = "text/plain",
    [HTTP_JSON] = "application/json",
    [HTTP_OCTETS] = "application/octet-stream",
};

/* The last field, if there is one, and the empty line; with
 * room, to be copied with a fixed size. */
static const struct {
    char text[END_MAX];
    uint8_t len;
} ends[] = {
    [HTTP_PERSIST] = {TEXT_AND_LEN("\r\n")},
    [HTTP_PERSIST_EXPLICIT] = {TEXT_AND_LEN("Connection: keep-alive\r\n\r\n")},
    [HTTP_CLOSE] = {TEXT_AND_LEN("Connection: close\r\n\r\n")},
};

/* Statuses with their reason phrases. What follows "HTTP/1.1 " is also the body of a refusal. */
static const struct status {
    uint16_t status;
    char text[STATUS_MAX];
    uint8_t len;
} statuses[] = {
    {200, TEXT_AND_LEN("200 OK\n")},
    {204, TEXT_AND_LEN("204 No Content\n")},
    {400, TEXT_AND_LEN("400 Bad Request\n")},
    {404, TEXT_AND_LEN("404 Not Found\n")},
    {405, TEXT_AND_LEN("405 Method Not Allowed\n")},
    {408, TEXT_AND_LEN("408 Request Timeout\n")},
    {413, TEXT_AND_LEN("413 Content Too Large\n")},
    {417, TEXT_AND_LEN("417 Expectation Failed\n")},
    {431, TEXT_AND_LEN("431 Request Header Fields Too Large\n")},
    {501, TEXT_AND_LEN("501 Not Implemented\n")},
    {502, TEXT_AND_LEN("502 Bad Gateway\n")},
    {504, TEXT_AND_LEN("504 Gateway Timeout\n")},
    {505, TEXT_AND_LEN("505 HTTP Version Not Supported\n")},
};

static const struct status *status_find(uint16_t status)
{
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        if (statuses[i].status == status)
            return &statuses[i];
    return NULL;
}

struct slice http_reason_body(uint16_t status)
{
    const struct status *found = status_find(status);
    assert(found);
    return (struct slice){found->text, found->len};
}

struct slice http_response_continue(void)
{
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    return (struct slice){text, sizeof(text) - 1};
}

/* ---- template ---- */

void http_template_init(struct http_template *template, const char *server)
{
    assert(strlen(server) <= SERVER_NAME_MAX);
    template->date_offset =
        OK_LINE_BYTES + (uint32_t)(strlen("Server: \r\nDate: ") + strlen(server));
    template->content_offset = template->date_offset + DATE_BYTES + 2;
    for (enum http_type type = 0; type < HTTP_TYPES; type++) {
        char text[HTTP_OK_BYTES + 1] = {0};
        int len = snprintf(text, sizeof(text),
                           "HTTP/1.1 200 OK\r\nServer: %s\r\nDate: %*s\r\n"
                           "Content-Type: %s\r\nContent-Length: ",
                           server, DATE_BYTES, "", types[type]);
        assert(len > 0 && len <= HTTP_OK_BYTES);
        memcpy(template->ok[type], text, HTTP_OK_BYTES);
        template->ok_len[type] = (uint32_t)len;
    }
    http_template_set_date(template, 0);
}

void http_template_set_date(struct http_template *template, time_t now)
{
    static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct tm utc;
    char date[64];
    gmtime_r(&now, &utc);
    int len = snprintf(date, sizeof(date), "%s, %02d %s %04d %02d:%02d:%02d GMT", days[utc.tm_wday],
                       utc.tm_mday, months[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min,
                       utc.tm_sec);
    assert(len == DATE_BYTES);
    for (enum http_type type = 0; type < HTTP_TYPES; type++)
        memcpy(template->ok[type] + template->date_offset, date, DATE_BYTES);
}

/* ---- head ---- */

static const char digit_pairs[] = "0001020304050607080910111213141516171819"
                                  "2021222324252627282930313233343536373839"
                                  "4041424344454647484950515253545556575859"
                                  "6061626364656667686970717273747576777879"
                                  "8081828384858687888990919293949596979899";

/* Writes a value of one or two digits; returns their end. */
static inline char *put_small_decimal(char *out, uint64_t value)
{
    if (value < 10) {
        *out = (char)('0' + value);
        return out + 1;
    }
    memcpy(out, digit_pairs + 2 * value, 2);
    return out + 2;
}

static __attribute__((noinline)) char *put_large_decimal(char *out, uint64_t value)
{
    uint64_t upper = value / 100;
    out = upper < 100 ? put_small_decimal(out, upper) : put_large_decimal(out, upper);
    memcpy(out, digit_pairs + 2 * (value - upper * 100), 2);
    return out + 2;
}

static inline char *put_decimal(char *out, uint64_t value)
{
    return value < 100 ? put_small_decimal(out, value) : put_large_decimal(out, value);
}

static char *put_text(char *out, const char *text, size_t len)
{
    memcpy(out, text, len);
    return out + len;
}

/* A reason phrase may be empty, but not the blank before it (RFC 9112 section 4). */
static char *put_status_line(char *out, uint16_t status)
{
    const struct status *found = status_find(status);
    out = put_text(out, "HTTP/1.1 ", 9);
    if (!found)
        return put_text(put_decimal(out, status), " \r\n", 3);
    memcpy(out, found->text, STATUS_MAX);
    return put_text(out + found->len - 1, "\r\n", 2);
}

static char *put_allow(char *out, const char *allow)
{
    size_t len = strlen(allow);
    assert(len <= ALLOW_MAX);
    out = put_text(out, "Allow: ", 7);
    out = put_text(out, allow, len);
    return put_text(out, "\r\n", 2);
}

/* Status line, Server and Date; what is copied behind them is overwritten by what follows. */
static char *put_start(char *out, const struct http_template *template,
                       const struct http_response_head *head)
{
    char *end = put_status_line(out, head->status);
    memcpy(end, template->ok[head->type] + OK_LINE_BYTES, HTTP_OK_BYTES - OK_LINE_BYTES);
    return end - OK_LINE_BYTES + template->content_offset;
}

static size_t put_end(char *out, char *end, const struct http_response_head *head)
{
    if (head->allow)
        end = put_allow(end, head->allow);
    memcpy(end, ends[head->persistence].text, END_MAX);
    return (size_t)(end + ends[head->persistence].len - out);
}

static __attribute__((noinline)) size_t any_head(char *out, const struct http_template *template,
                                                 const struct http_response_head *head)
{
    char *end = put_start(out, template, head);
    if (head->status != 204) { /* which must not have a Content-Length (RFC 9110 section 8.6) */
        end += template->ok_len[head->type] - template->content_offset;
        end = put_text(put_decimal(end, head->content_length), "\r\n", 2);
    }
    return put_end(out, end, head);
}

size_t http_response_head_of(char *out, const struct http_template *template,
                             const struct http_response_head *head, struct slice type)
{
    char *end = put_start(out, template, head);
    assert(type.len <= HTTP_OTHER_TYPE_BYTES);
    if (type.len > 0) {
        end = put_text(end, "Content-Type: ", 14);
        end = put_text(end, type.ptr, type.len);
        end = put_text(end, "\r\n", 2);
    }
    if (head->status != 204) {
        end = put_text(end, "Content-Length: ", 16);
        end = put_text(put_decimal(end, head->content_length), "\r\n", 2);
    }
    return put_end(out, end, head);
}

/* HTTP_OK_BYTES in vector moves, for which a compiler takes each 16 bytes, but not their sum. */
static inline void copy_ok(char *out, const char *ok)
{
    enum { BLOCK_BYTES = 16 };
    static_assert(HTTP_OK_BYTES % BLOCK_BYTES == 0, "whole blocks");
    for (size_t i = 0; i < HTTP_OK_BYTES; i += BLOCK_BYTES)
        memcpy(out + i, ok + i, BLOCK_BYTES);
}

size_t http_response_head(char *out, const struct http_template *template,
                          const struct http_response_head *head)
{
    if (head->status != 200 || head->persistence != HTTP_PERSIST || head->allow)
        return any_head(out, template, head);
    copy_ok(out, template->ok[head->type]);
    char *end = put_decimal(out + template->ok_len[head->type], head->content_length);
    return (size_t)(put_text(end, "\r\n\r\n", 4) - out);
}
