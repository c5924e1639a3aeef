/*
 * An HTTP answer from bytes, as far as comparing it with a workload's expectation needs; see
 * answer.h. Pure: head line by line, then a body by its length or in chunks, each part refused with
 * a sentence where it is not what RFC 9112 says; too few bytes are no error. Interim answers,
 * trailers' meaning and codings are left out: no workload expects them.
 */
#include "measure/answer.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "data/strings.h"
#include "measure/host.h"

enum { BODY_LIMIT = 64 << 20, HEAD_LIMIT = 64 << 10 };

/* Bytes still to be read. */
struct rest {
    const char *at, *end;
};

enum framing { FRAMING_NONE, FRAMING_LENGTH, FRAMING_CHUNKED };

struct head {
    enum framing framing;
    size_t content_length;
};

static enum answer_result bad(struct answer *answer, const char *why)
{
    snprintf(answer->why, sizeof(answer->why), "%s", why);
    return ANSWER_BAD;
}

/* Takes a line without its CRLF. NULL: not whole yet. */
static const char *take_line(struct rest *rest, size_t *len)
{
    const char *line = rest->at;
    const char *end = memmem(line, (size_t)(rest->end - line), "\r\n", 2);
    if (end == NULL)
        return NULL;
    *len = (size_t)(end - line);
    rest->at = end + 2;
    return line;
}

/* One plain number of at most 9 digits, nothing else. */
static bool parse_number(const char *text, size_t len, int base, size_t *value)
{
    char digits[10] = {0};
    if (len == 0 || len >= sizeof(digits))
        return false;
    for (size_t i = 0; i < len; i++)
        if (base == 10 ? !isdigit((unsigned char)text[i]) : !isxdigit((unsigned char)text[i]))
            return false;
    memcpy(digits, text, len);
    *value = strtoul(digits, NULL, base);
    return true;
}

/* RFC 9112, 4: HTTP-version SP 3DIGIT SP [reason]. */
static bool parse_status(struct answer *answer, const char *line, size_t len)
{
    static const char version[] = "HTTP/1.1 ";
    size_t status, skip = sizeof(version) - 1;
    if (len < skip + 4 || memcmp(line, version, skip) != 0 || line[skip + 3] != ' ' ||
        !parse_number(line + skip, 3, 10, &status) || status < 100)
        return false;
    answer->status = (unsigned)status;
    return true;
}

static bool is_token(char c)
{
    return isalnum((unsigned char)c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool named(const char *line, size_t name_len, const char *name)
{
    return strlen(name) == name_len && strncasecmp(line, name, name_len) == 0;
}

/* A framing field may come once (RFC 9112, 6.3). */
static bool take_framing(struct head *head, enum framing framing)
{
    bool first = head->framing == FRAMING_NONE;
    head->framing = framing;
    return first;
}

static const char *take_field(struct answer *answer, struct head *head, const char *line,
                              size_t len)
{
    size_t name = 0;
    while (name < len && is_token(line[name]))
        name++;
    if (name == 0 || name == len || line[name] != ':')
        return "a field line is malformed";
    const char *value = line + name + 1, *end = line + len;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    size_t value_len = (size_t)(end - value);
    for (const char *c = value; c < end; c++)
        if ((unsigned char)*c < 0x20 && *c != '\t')
            return "a field value holds a control byte";
    if (named(line, name, "Content-Length")) {
        if (!take_framing(head, FRAMING_LENGTH))
            return "it is framed twice";
        if (!parse_number(value, value_len, 10, &head->content_length) ||
            head->content_length > BODY_LIMIT)
            return "Content-Length is not a plain number";
    } else if (named(line, name, "Transfer-Encoding")) {
        if (!take_framing(head, FRAMING_CHUNKED))
            return "it is framed twice";
        if (!named(value, value_len, "chunked"))
            return "its transfer coding is not chunked";
    } else if (named(line, name, "Content-Type")) {
        snprintf(answer->type, sizeof(answer->type), "%.*s", (int)value_len, value);
    } else if (named(line, name, "Connection") && named(value, value_len, "close")) {
        answer->closes = true;
    }
    return NULL;
}

/* ANSWER_WHOLE: the head is, and rest stands behind it. */
static enum answer_result read_head(struct answer *answer, struct head *head, struct rest *rest)
{
    size_t len;
    const char *start = rest->at, *line = take_line(rest, &len);
    if (line == NULL)
        return rest->end - start > HEAD_LIMIT ? bad(answer, "its head is too long")
                                              : ANSWER_PARTIAL;
    if (!parse_status(answer, line, len))
        return bad(answer, "its status line is not HTTP/1.1's");
    while ((line = take_line(rest, &len)) != NULL && len > 0) {
        const char *why = take_field(answer, head, line, len);
        if (why != NULL)
            return bad(answer, why);
    }
    if (line == NULL)
        return rest->end - start > HEAD_LIMIT ? bad(answer, "its head is too long")
                                              : ANSWER_PARTIAL;
    return ANSWER_WHOLE;
}

static void append(struct answer *answer, const char *bytes, size_t len)
{
    answer->body = xreallocarray(answer->body, answer->body_len + len + 1, 1);
    memcpy(answer->body + answer->body_len, bytes, len);
    answer->body_len += len;
    answer->body[answer->body_len] = '\0';
}

/* RFC 9112, 7.1: chunk-size [ext] CRLF data CRLF ... 0 CRLF trailers CRLF. */
static enum answer_result read_chunks(struct answer *answer, struct rest *rest)
{
    size_t len, size;
    for (;;) {
        const char *line = take_line(rest, &len);
        if (line == NULL)
            return ANSWER_PARTIAL;
        const char *extension = memchr(line, ';', len);
        if (!parse_number(line, extension ? (size_t)(extension - line) : len, 16, &size) ||
            size > BODY_LIMIT)
            return bad(answer, "a chunk size is malformed");
        if (size == 0)
            break;
        if ((size_t)(rest->end - rest->at) < size + 2)
            return ANSWER_PARTIAL;
        append(answer, rest->at, size);
        if (memcmp(rest->at + size, "\r\n", 2) != 0)
            return bad(answer, "a chunk is longer than it says");
        rest->at += size + 2;
    }
    const char *line;
    while ((line = take_line(rest, &len)) != NULL && len > 0)
        continue;
    return line != NULL ? ANSWER_WHOLE : ANSWER_PARTIAL;
}

static enum answer_result read_body(struct answer *answer, const struct head *head,
                                    struct rest *rest)
{
    bool bodiless = answer->status < 200 || answer->status == 204 || answer->status == 304;
    if (bodiless)
        return head->framing == FRAMING_CHUNKED ||
                       (head->framing == FRAMING_LENGTH && answer->status != 304)
                   ? bad(answer, "it has no body but frames one")
                   : ANSWER_WHOLE;
    if (head->framing == FRAMING_CHUNKED)
        return read_chunks(answer, rest);
    if (head->framing == FRAMING_NONE)
        return bad(answer, "it has neither Content-Length nor chunks");
    if ((size_t)(rest->end - rest->at) < head->content_length)
        return ANSWER_PARTIAL;
    append(answer, rest->at, head->content_length);
    rest->at += head->content_length;
    return ANSWER_WHOLE;
}

enum answer_result answer_read(struct answer *answer, const char *bytes, size_t len)
{
    struct rest rest = {bytes, bytes + len};
    struct head head = {0};
    *answer = (struct answer){0};
    if (len == 0) /* then bytes may be NULL */
        return ANSWER_PARTIAL;
    enum answer_result result = read_head(answer, &head, &rest);
    if (result == ANSWER_WHOLE)
        result = read_body(answer, &head, &rest);
    answer->consumed = (size_t)(rest.at - bytes);
    if (result != ANSWER_WHOLE) {
        free(answer->body);
        answer->body = NULL;
        answer->body_len = 0;
    }
    return result;
}

void answer_release(struct answer *answer)
{
    free(answer->body);
    answer->body = NULL;
}

static bool same_media_type(const char *got, const char *wanted)
{
    size_t len = strcspn(wanted, "; ");
    return strcspn(got, "; ") == len && strncasecmp(got, wanted, len) == 0;
}

/* Of a body that is too long to be told, its length and hash are. */
static bool has_sha256(const struct answer *answer, const char *wanted, char *why, size_t size)
{
    char *sha256 = bytes_sha256(answer->body ? answer->body : "", answer->body_len);
    bool same = strcmp(sha256, wanted) == 0;
    if (!same)
        snprintf(why, size, "a body of %zu bytes with SHA-256 %.12s... instead of %.12s...",
                 answer->body_len, sha256, wanted);
    free(sha256);
    return same;
}

bool answer_fits(const struct answer *answer, const struct workload *workload, char *why,
                 size_t size)
{
    if (workload->expect_sha256 != NULL && answer->status == workload->expect_status &&
        !has_sha256(answer, workload->expect_sha256, why, size))
        return false;
    if (answer->status != workload->expect_status)
        snprintf(why, size, "status %u instead of %u", answer->status, workload->expect_status);
    else if (workload->expect_type != NULL && !same_media_type(answer->type, workload->expect_type))
        snprintf(why, size, "type \"%.60s\" instead of \"%.60s\"", answer->type,
                 workload->expect_type);
    else if (workload->expect_body != NULL &&
             (answer->body_len != strlen(workload->expect_body) ||
              memcmp(answer->body ? answer->body : "", workload->expect_body, answer->body_len) !=
                  0))
        snprintf(why, size, "body \"%.60s\" instead of \"%.60s\"", answer->body ? answer->body : "",
                 workload->expect_body);
    else if (answer->closes)
        snprintf(why, size, "it closes the connection");
    else
        return true;
    return false;
}

unsigned answer_requests(const char *bytes, size_t len)
{
    struct rest rest = {bytes, bytes + len};
    unsigned count = 0;
    while (rest.at < rest.end) {
        size_t line_len, body = 0;
        const char *line;
        while ((line = take_line(&rest, &line_len)) != NULL && line_len > 0) {
            static const char field[] = "Content-Length:";
            if (line_len < sizeof(field) || strncasecmp(line, field, sizeof(field) - 1) != 0)
                continue;
            const char *value = line + sizeof(field) - 1;
            while (*value == ' ')
                value++;
            if (!parse_number(value, (size_t)(line + line_len - value), 10, &body))
                return 0;
        }
        if (line == NULL || (size_t)(rest.end - rest.at) < body)
            return 0;
        rest.at += body;
        count++;
    }
    return count;
}
