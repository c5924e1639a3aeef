/*
 * Whatever answers pace's parser accepts, another project's must accept, too (that of Node.js
 * before llhttp, which Debian keeps as libhttp-parser), and understand in the same way: status,
 * where the head ends, body, where the answer ends and whether the connection lives on. Where the
 * two are known to differ, and should, the table of exceptions says so, and why.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <http_parser.h>

#include "pace/answer.h"

struct text {
    char *bytes;
    size_t len;
};

static void append(struct text *text, const char *bytes, size_t len)
{
    text->bytes = realloc(text->bytes, text->len + len + 1);
    assert(text->bytes);
    memcpy(text->bytes + text->len, bytes, len);
    text->len += len;
}

/* ---- one answer as it is accepted here ---- */

struct accepted {
    const char *bytes;
    size_t len;      /* of all that was taken */
    size_t head_at;  /* where the final head begins, and */
    size_t head_len; /* its length */
    bool to_head, whole;
    struct answer answer;
    struct text body;
};

static void take_body(void *argument, const char *bytes, size_t len)
{
    append(&((struct accepted *)argument)->body, bytes, len);
}

/* Byte by byte, so that what is seen has a place. False if it
 * is refused, or its head is not whole. */
static bool accept(struct accepted *accepted, const char *bytes, size_t len, bool to_head)
{
    const struct answer_sink sink = {.body = take_body, .argument = accepted};
    enum answer_step step = ANSWER_MORE;
    *accepted = (struct accepted){.bytes = bytes, .to_head = to_head};
    answer_begin(&accepted->answer, to_head);
    while (step == ANSWER_MORE && accepted->len < len) {
        size_t taken, lines = accepted->len;
        step = answer_take(&accepted->answer, bytes + accepted->len, 1, &taken, &sink);
        accepted->len += taken;
        if (accepted->answer.status && !accepted->head_len)
            accepted->head_len = accepted->len - accepted->head_at;
        else if (!accepted->answer.status && lines >= 3 &&
                 memcmp(bytes + lines - 3, "\r\n\r\n", 4) == 0)
            accepted->head_at = accepted->len; /* behind a 1xx */
    }
    accepted->whole = step == ANSWER_DONE || accepted->answer.ends_at_close;
    return step != ANSWER_BAD && accepted->answer.status > 0;
}

/* ---- as the other one reads it ---- */

struct second {
    http_parser parser;
    bool to_head, head_ended, ended;
    struct text body;
};

static int second_head(http_parser *parser)
{
    struct second *second = parser->data;
    second->head_ended = true;
    return second->to_head; /* 1: there is no body */
}

static int second_body(http_parser *parser, const char *bytes, size_t len)
{
    struct second *second = parser->data;
    append(&second->body, bytes, len);
    return 0;
}

static int second_end(http_parser *parser)
{
    struct second *second = parser->data;
    second->ended = true;
    return 0;
}

/* len 0: the connection's end. */
static bool second_take(struct second *second, const char *bytes, size_t len)
{
    static const http_parser_settings settings = {
        .on_headers_complete = second_head,
        .on_body = second_body,
        .on_message_complete = second_end,
    };
    http_parser_execute(&second->parser, &settings, bytes, len);
    return HTTP_PARSER_ERRNO(&second->parser) == HPE_OK;
}

/* ---- where the two may differ ---- */

/* The first place of text in [at, end) without regard to case, or NULL. */
static const char *find(const char *at, const char *end, const char *text)
{
    size_t len = strlen(text);
    for (; (size_t)(end - at) >= len; at++)
        if (strncasecmp(at, text, len) == 0)
            return at;
    return NULL;
}

static const char *find_in_head(const struct accepted *accepted, const char *text)
{
    const char *head = accepted->bytes + accepted->head_at;
    return find(head, head + accepted->head_len, text);
}

/* In chunks, their framing or trailers. */
static const char *find_behind_head(const struct accepted *accepted, const char *text)
{
    const char *behind = accepted->bytes + accepted->head_at + accepted->head_len;
    const char *end = accepted->bytes + accepted->len;
    bool chunked = find_in_head(accepted, "\r\nTransfer-Encoding:");
    return chunked && !accepted->to_head ? find(behind - 2, end, text) : NULL;
}

static bool has_no_body_but_frames_one(const struct accepted *accepted)
{
    unsigned status = accepted->answer.status;
    return (status == 204 || status == 304) && (find_in_head(accepted, "\r\nContent-Length:") ||
                                                find_in_head(accepted, "\r\nTransfer-Encoding:"));
}

static bool has_name_like_coding(const struct accepted *accepted)
{
    static const char name[] = "\r\nTransfer-Encoding";
    const char *head = accepted->bytes + accepted->head_at, *end = head + accepted->head_len;
    for (const char *field = head; (field = find(field, end, name)); field++)
        if (field[sizeof(name) - 1] != ':')
            return true;
    return false;
}

static bool has_tab_in(const struct accepted *accepted, const char *name)
{
    const char *head = accepted->bytes + accepted->head_at, *end = head + accepted->head_len;
    for (const char *field = head; (field = find(field, end, name)); field++)
        if (memchr(field + 2, '\t', strcspn(field + 2, "\r")))
            return true;
    return false;
}

static bool has_tab_beside_framing(const struct accepted *accepted)
{
    return has_tab_in(accepted, "\r\nTransfer-Encoding:") ||
           has_tab_in(accepted, "\r\nContent-Length:");
}

static bool has_length_trailer(const struct accepted *accepted)
{
    return find_behind_head(accepted, "\r\nContent-Length");
}

static bool has_tab_in_chunks(const struct accepted *accepted)
{
    return find_behind_head(accepted, "\t");
}

static bool has_odd_options(const struct accepted *accepted)
{
    static const char name[] = "Connection:"; /* and Proxy-Connection */
    const char *head = accepted->bytes + accepted->head_at, *end = head + accepted->head_len;
    bool is_odd = find_in_head(accepted, "close") && find_in_head(accepted, "keep-alive");
    for (const char *field = head; (field = find(field, end, name)); field++)
        is_odd |= field[-1] != '\n' || strcspn(field, ",\t\r") < strcspn(field, "\r");
    return is_odd;
}

enum scope { COMPARE_ALL, COMPARE_ALL_BUT_CONNECTION, COMPARE_HEAD, COMPARE_NOTHING };

static const struct {
    bool (*applies)(const struct accepted *accepted);
    enum scope left; /* what is compared all the same */
    const char *why;
} exceptions[] = {
    {has_odd_options, COMPARE_ALL_BUT_CONNECTION,
     "close beats keep-alive (RFC 9112, 9.3), and Proxy-Connection is another field (C.2.2). In a "
     "list the other one loses "
     "its place at an empty element, at a tab and at an option that begins like one it knows."},
    {has_no_body_but_frames_one, COMPARE_HEAD,
     "204 and 304 have no body, whatever their fields say (RFC 9112, 6.3). The other one believes "
     "the fields."},
    {has_length_trailer, COMPARE_HEAD,
     "A trailer cannot frame a body that was already read: it is ignored (RFC 9110, 6.5.1). The "
     "other one refuses a "
     "Content-Length there."},
    {has_tab_in_chunks, COMPARE_HEAD,
     "Blanks before a chunk's extension are SP or HTAB (RFC 9112, 7.1.1). The other one knows SP "
     "only."},
    {has_name_like_coding, COMPARE_NOTHING,
     "A name that only begins with Transfer-Encoding is another name (RFC 9110, 5.1). The other "
     "one believes that it has "
     "seen a coding."},
    {has_tab_beside_framing, COMPARE_NOTHING,
     "Blanks behind a value are SP or HTAB, and no part of it (RFC 9110, 5.6.3). The other one "
     "takes HTAB behind a length "
     "or a coding for a part of it."},
};

static enum scope scope_of(const struct accepted *accepted)
{
    enum scope scope = COMPARE_ALL;
    for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++)
        if (exceptions[i].left > scope && exceptions[i].applies(accepted))
            scope = exceptions[i].left;
    return scope;
}

/* ---- the comparison ---- */

/* From the final head on: before it may stand 1xx, which the
 * other one reads as answers of their own. */
static void compare(const struct accepted *accepted, enum scope scope)
{
    struct second second = {.to_head = accepted->to_head, .parser.data = &second};
    const char *head = accepted->bytes + accepted->head_at;
    size_t len = scope == COMPARE_HEAD ? accepted->head_len : accepted->len - accepted->head_at;
    http_parser_init(&second.parser, HTTP_RESPONSE);
    for (size_t i = 0; i < len; i++) {
        assert(!second.ended && second.head_ended == (i >= accepted->head_len));
        assert(second_take(&second, head + i, 1));
        if (i + 1 == accepted->head_len && scope == COMPARE_ALL)
            assert(!http_should_keep_alive(&second.parser) == !accepted->answer.keeps_alive);
    }
    assert(second.head_ended && second.parser.status_code == accepted->answer.status);
    if (scope < COMPARE_HEAD) {
        if (accepted->answer.ends_at_close)
            assert(!second.ended && second_take(&second, NULL, 0));
        assert(second.ended == accepted->whole);
        assert(second.body.len == accepted->body.len &&
               accepted->answer.body_len == second.body.len);
        assert(second.body.len == 0 ||
               memcmp(second.body.bytes, accepted->body.bytes, second.body.len) == 0);
    }
    free(second.body.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All answers, up to the first that is refused or not whole. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int to_head = 0; to_head <= 1; to_head++) {
        const char *bytes = (const char *)data;
        for (size_t left = size; left > 0;) {
            struct accepted accepted;
            bool good = accept(&accepted, bytes, left, to_head);
            enum scope scope = good ? scope_of(&accepted) : COMPARE_NOTHING;
            if (scope < COMPARE_NOTHING)
                compare(&accepted, scope);
            free(accepted.body.bytes);
            if (!good || !accepted.whole)
                break;
            bytes += accepted.len;
            left -= accepted.len;
        }
    }
    return 0;
}
