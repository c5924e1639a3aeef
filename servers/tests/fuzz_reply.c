/*
 * Any bytes as the head of an answer. A naive reader, which looks for the empty line first and then
 * at each byte and line by itself, must accept the same heads, and see the body end in the same
 * place. The verdict must not depend on how the bytes are cut, nor on where they lie, and no byte
 * beyond the given length may be read (the rest is poisoned). The first byte of the input seeds the
 * sizes of the pieces.
 */
#include <assert.h>
#include <sanitizer/asan_interface.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/reply.h"

enum { FRESH_LIMIT_BYTES = 256 }; /* up to here each prefix is also parsed from nothing */

/* ---- a naive reader ---- */

#define TOKEN                                                                                      \
    "!#$%&'*+-.^_`|~0123456789"                                                                    \
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

struct seen {
    int lengths, codings, types;
    bool close, keep_alive;
    char type[HTTP_REPLY_HEAD_LIMIT_BYTES];
    struct http_reply reply; /* without slices */
};

/* Cuts white space off both ends. */
static char *strip(char *text)
{
    text += strspn(text, " \t");
    for (size_t len = strlen(text); len > 0 && strchr(" \t", text[len - 1]); len--)
        text[len - 1] = '\0';
    return text;
}

static bool read_status(struct seen *seen, const char *line)
{
    if (strncmp(line, "HTTP/1.0 ", 9) != 0 && strncmp(line, "HTTP/1.1 ", 9) != 0)
        return false;
    seen->reply.status = (uint16_t)atoi(line + 9);
    return strspn(line + 9, "0123456789") == 3 && line[12] == ' ' && seen->reply.status >= 100 &&
           seen->reply.status < 600;
}

static bool read_connection(struct seen *seen, char *value)
{
    char *option;
    while ((option = strsep(&value, ","))) {
        option = strip(option);
        if (option[strspn(option, TOKEN)])
            return false;
        seen->close |= strcasecmp(option, "close") == 0;
        seen->keep_alive |= strcasecmp(option, "keep-alive") == 0;
    }
    return true;
}

/* A decimal that fits is what is left of it when it is read and written again. */
static bool read_length(struct seen *seen, const char *value)
{
    char again[24];
    const char *plain = value;
    while (*plain == '0' && plain[1])
        plain++;
    seen->lengths++;
    seen->reply.content_length = strtoull(plain, NULL, 10);
    snprintf(again, sizeof(again), "%llu", (unsigned long long)seen->reply.content_length);
    return strcmp(plain, again) == 0;
}

static bool read_field(struct seen *seen, char *line)
{
    char *value = line;
    const char *name = strsep(&value, ":");
    if (!value || !*name || name[strspn(name, TOKEN)])
        return false;
    value = strip(value);
    if (strcasecmp(name, "content-type") == 0) {
        strcpy(seen->type, value);
        return ++seen->types == 1;
    }
    if (strcasecmp(name, "transfer-encoding") == 0)
        return ++seen->codings == 1 && strcasecmp(value, "chunked") == 0;
    if (strcasecmp(name, "content-length") == 0)
        return read_length(seen, value) && seen->lengths == 1;
    return strcasecmp(name, "connection") != 0 || read_connection(seen, value);
}

/* RFC 9112 sections 6.3 and 9.3. */
static bool read_framing(struct seen *seen, bool http10)
{
    struct http_reply *reply = &seen->reply;
    bool framed = seen->lengths + seen->codings > 0;
    bool none = reply->status == 204 || reply->status == 304;
    reply->keep_alive = !seen->close && (!http10 || seen->keep_alive);
    if (seen->codings && (http10 || seen->lengths))
        return false;
    if (reply->status < 200) {
        reply->end = HTTP_REPLY_IS_INTERIM;
        return !framed && !http10 && reply->status != 101;
    }
    if (none) {
        reply->keep_alive &= !seen->codings && reply->content_length == 0;
        reply->content_length = 0;
    } else if (!framed) {
        reply->keep_alive = false;
    }
    reply->end = none || seen->lengths ? HTTP_REPLY_AT_LENGTH
                 : seen->codings       ? HTTP_REPLY_AT_CHUNK
                                       : HTTP_REPLY_AT_CLOSE;
    return true;
}

/* The head is terminated, and ends with the CRLF of its last line. */
static bool read_lines(struct seen *seen, char *head)
{
    bool http10 = strncmp(head, "HTTP/1.0", 8) == 0;
    for (char *line = head, *end; *line; line = end + 2) {
        end = strstr(line, "\r\n");
        *end = '\0';
        for (const char *p = line; *p; p++)
            if (((unsigned char)*p < ' ' && *p != '\t') || *p == 0x7f)
                return false;
        if (line == head ? !read_status(seen, line) : !read_field(seen, line))
            return false;
    }
    return read_framing(seen, http10);
}

/* The length of the head at the start of bytes if it is accepted, -1 if it is not, or 0 if its end
 * is not there. */
static int read_naively(struct seen *seen, const char *bytes, size_t len)
{
    size_t limit = len < HTTP_REPLY_HEAD_LIMIT_BYTES ? len : HTTP_REPLY_HEAD_LIMIT_BYTES;
    const char *empty = memmem(bytes, limit, "\r\n\r\n", 4);
    *seen = (struct seen){0};
    if (!empty)
        return limit < len ? -1 : 0;
    size_t head_len = (size_t)(empty + 2 - bytes);
    char *head = strndup(bytes, head_len); /* ends at a NUL */
    assert(head);
    bool accepted = strlen(head) == head_len && read_lines(seen, head);
    free(head);
    return accepted ? (int)head_len + 2 : -1;
}

/* ---- the same verdict, however it comes about ---- */

/* The types lie at the same place of a head each. */
static void check_same(const struct http_reply *a, const char *a_head, const struct http_reply *b,
                       const char *b_head)
{
    assert(a->status == b->status && a->end == b->end && a->keep_alive == b->keep_alive);
    assert(a->content_length == b->content_length && a->content_type.len == b->content_type.len);
    assert((a->content_type.ptr == NULL) == (b->content_type.ptr == NULL));
    if (a->content_type.ptr)
        assert(a->content_type.ptr - a_head == b->content_type.ptr - b_head);
}

static int parse_whole(struct http_reply *reply, const char *bytes, size_t len)
{
    size_t scanned = 0;
    int result = http_reply_parse(reply, bytes, len, &scanned);
    assert(scanned <= len && (result == 0 || scanned == 0));
    return result;
}

/* While no end of a head is there, the naive reader does not look for what is malformed. */
static void check_naive(const struct http_reply *reply, int result, const char *bytes, size_t len)
{
    static struct seen seen;
    int naive = read_naively(&seen, bytes, len);
    assert(result == naive || (naive == 0 && result == -1));
    if (result <= 0)
        return;
    const struct slice type = reply->content_type;
    assert((type.ptr != NULL) == (seen.types > 0) && type.len == strlen(seen.type));
    assert(type.len == 0 || memcmp(type.ptr, seen.type, type.len) == 0);
    seen.reply.content_type = type;
    check_same(reply, bytes, &seen.reply, bytes);
}

/* Byte by byte; what has not come yet is poisoned. The first verdict must be that of the whole. */
static void check_bytewise(const struct http_reply *whole, int result, const char *bytes,
                           size_t len)
{
    struct http_reply reply;
    size_t scanned = 0;
    int verdict = 0;
    ASAN_POISON_MEMORY_REGION(bytes, len);
    for (size_t n = 1; n <= len && verdict == 0; n++) {
        ASAN_UNPOISON_MEMORY_REGION(bytes, n);
        verdict = http_reply_parse(&reply, bytes, n, &scanned);
        if (n <= FRESH_LIMIT_BYTES) {
            struct http_reply fresh;
            assert(parse_whole(&fresh, bytes, n) == verdict);
        }
    }
    ASAN_UNPOISON_MEMORY_REGION(bytes, len);
    assert(verdict == result);
    if (result > 0)
        check_same(whole, bytes, &reply, bytes);
}

/* In pieces, each time in another block of memory that ends with them. */
static void check_pieces(const struct http_reply *whole, int result, const char *bytes, size_t len,
                         unsigned seed)
{
    struct http_reply reply;
    size_t scanned = 0;
    int verdict = 0;
    for (size_t n = 0; n < len && verdict == 0;) {
        n += 1 + (seed = seed * 1103515245 + 12345) / 65536 % 67;
        n = n < len ? n : len;
        char *copy = malloc(n);
        assert(copy);
        memcpy(copy, bytes, n);
        verdict = http_reply_parse(&reply, copy, n, &scanned);
        if (verdict > 0 && result > 0)
            check_same(whole, bytes, &reply, copy);
        free(copy);
    }
    assert(verdict == result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_reply reply;
    if (size < 2)
        return 0;
    size_t len = size - 1;
    char *bytes = malloc(len);
    assert(bytes);
    memcpy(bytes, data + 1, len);
    int result = parse_whole(&reply, bytes, len);
    check_naive(&reply, result, bytes, len);
    check_bytewise(&reply, result, bytes, len);
    check_pieces(&reply, result, bytes, len, data[0]);
    free(bytes);
    return 0;
}
