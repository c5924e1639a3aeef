/*
 * The head of a 200 is the template and one constant, both copied with a fixed size: the compiler
 * makes vector moves of them, and what lands behind their end is overwritten by what follows. Other
 * heads take their time.
 */
#include "http/response.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define TEXT_AND_LEN(literal) literal, sizeof(literal) - 1

/*
 * The longest head has 228 bytes before Connection: 46 of status line, 71 of Server and Date, 78 of
 * content fields, 33 of Allow. So it keeps within HTTP_RESPONSE_HEAD_BYTES, what is copied along
 * included.
 */
enum {
    DATE_BYTES = 29, /* "Thu, 01 Jan 1970 00:00:00 GMT" */
    SERVER_NAME_MAX = 24,
    ALLOW_MAX = 24,
    DECIMAL_MAX = 20,
    CONTENT_FIELDS_MAX = 64,
    CONNECTION_FIELD_MAX = 28,
};

/* Texts with room behind them, so that they can be copied with a fixed size. */
static const struct {
    char text[CONTENT_FIELDS_MAX];
    size_t len;
} content_fields[] = {
    [HTTP_TEXT] = {TEXT_AND_LEN("Content-Type: text/plain\r\nContent-Length: ")},
    [HTTP_JSON] = {TEXT_AND_LEN("Content-Type: application/json\r\nContent-Length: ")},
    [HTTP_OCTETS] = {TEXT_AND_LEN("Content-Type: application/octet-stream\r\nContent-Length: ")},
};

static const struct {
    char text[CONNECTION_FIELD_MAX];
    size_t len;
} connection_fields[] = {
    [HTTP_PERSIST] = {TEXT_AND_LEN("\r\n")},
    [HTTP_PERSIST_EXPLICIT] = {TEXT_AND_LEN("Connection: keep-alive\r\n\r\n")},
    [HTTP_CLOSE] = {TEXT_AND_LEN("Connection: close\r\n\r\n")},
};

/* Statuses with their reason phrases. What follows "HTTP/1.1 " is also the body of a refusal. */
static const struct {
    uint16_t status;
    const char *text;
} statuses[] = {
    {200, "200 OK\n"},
    {204, "204 No Content\n"},
    {400, "400 Bad Request\n"},
    {404, "404 Not Found\n"},
    {405, "405 Method Not Allowed\n"},
    {408, "408 Request Timeout\n"},
    {413, "413 Content Too Large\n"},
    {417, "417 Expectation Failed\n"},
    {431, "431 Request Header Fields Too Large\n"},
    {501, "501 Not Implemented\n"},
    {505, "505 HTTP Version Not Supported\n"},
};

struct slice http_reason_body(uint16_t status)
{
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        if (statuses[i].status == status)
            return (struct slice){statuses[i].text, strlen(statuses[i].text)};
    assert(!"a status this server does not send");
    return (struct slice){NULL, 0};
}

struct slice http_response_continue(void)
{
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    return (struct slice){text, sizeof(text) - 1};
}

/* ---- template ---- */

void http_template_init(struct http_template *template, const char *server)
{
    static const char status_line[] = "HTTP/1.1 200 OK\r\n";
    assert(strlen(server) <= SERVER_NAME_MAX);
    *template = (struct http_template){.fields_offset = sizeof(status_line) - 1};
    int before_date =
        snprintf(template->ok, sizeof(template->ok), "%sServer: %s\r\nDate: ", status_line, server);
    template->date_offset = (uint32_t)before_date;
    template->ok_len = template->date_offset + DATE_BYTES + 2;
    memcpy(template->ok + template->date_offset + DATE_BYTES, "\r\n", 2);
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
    memcpy(template->ok + template->date_offset, date, DATE_BYTES);
}

/* ---- head ---- */

/* Writes value in decimal, and up to DECIMAL_MAX bytes in all; returns the end of the number. */
static char *put_decimal(char *out, uint64_t value)
{
    static const char pairs[] = "0001020304050607080910111213141516171819"
                                "2021222324252627282930313233343536373839"
                                "4041424344454647484950515253545556575859"
                                "6061626364656667686970717273747576777879"
                                "8081828384858687888990919293949596979899";
    char digits[2 * DECIMAL_MAX] = {0}; /* the upper half is only there to be copied along */
    char *end = digits + DECIMAL_MAX, *first = end;
    for (; value >= 100; value /= 100)
        memcpy(first -= 2, pairs + value % 100 * 2, 2);
    if (value >= 10)
        memcpy(first -= 2, pairs + value * 2, 2);
    else
        *--first = (char)('0' + value);
    memcpy(out, first, DECIMAL_MAX);
    return out + (end - first);
}

static char *put_text(char *out, const char *text, size_t len)
{
    memcpy(out, text, len);
    return out + len;
}

static char *put_content_fields(char *out, enum http_type type, uint64_t content_length)
{
    memcpy(out, content_fields[type].text, CONTENT_FIELDS_MAX);
    out = put_decimal(out + content_fields[type].len, content_length);
    return put_text(out, "\r\n", 2);
}

/* The last field, if there is one, and the empty line. */
static char *put_end(char *out, enum http_persistence persistence)
{
    memcpy(out, connection_fields[persistence].text, CONNECTION_FIELD_MAX);
    return out + connection_fields[persistence].len;
}

static char *put_ok(char *out, const struct http_template *template)
{
    memcpy(out, template->ok, sizeof(template->ok));
    return out + template->ok_len;
}

/* Status line, Server and Date of any other status. */
static char *put_status(char *out, const struct http_template *template, uint16_t status)
{
    struct slice reason = http_reason_body(status);
    out = put_text(out, "HTTP/1.1 ", 9);
    out = put_text(out, reason.ptr, reason.len - 1);
    out = put_text(out, "\r\n", 2);
    return put_text(out, template->ok + template->fields_offset,
                    template->ok_len - template->fields_offset);
}

static char *put_allow(char *out, const char *allow)
{
    size_t len = strlen(allow);
    assert(len <= ALLOW_MAX);
    out = put_text(out, "Allow: ", 7);
    out = put_text(out, allow, len);
    return put_text(out, "\r\n", 2);
}

size_t http_response_head(char *out, const struct http_template *template,
                          const struct http_response_head *head)
{
    char *end =
        head->status == 200 ? put_ok(out, template) : put_status(out, template, head->status);
    if (head->status != 204) /* which must not have a Content-Length (RFC 9110 section 8.6) */
        end = put_content_fields(end, head->type, head->content_length);
    if (head->allow)
        end = put_allow(end, head->allow);
    return (size_t)(put_end(end, head->persistence) - out);
}
