/*
 * Any bytes as a chunked body. Cut into pieces of any size, the decoder must say what it says of
 * the whole, and agree with a naive reader that has all the bytes and takes them line by line. The
 * first byte of the input seeds the sizes of the pieces.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "http/chunked.h"
#include "http/request.h"

/* ---- a naive reader ---- */

#define TOKEN                                                                                      \
    "!#$%&'*+-.^_`|~0123456789"                                                                    \
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* Behind a quoted string; NULL if it does not end. */
static const char *skip_quoted(const char *p)
{
    for (p++; *p && *p != '"'; p++)
        if (*p == '\\' && !*++p)
            return NULL;
    return *p ? p + 1 : NULL;
}

static bool is_extension(const char *p)
{
    while (*p) {
        p += strspn(p, " \t");
        if (*p++ != ';')
            return false;
        p += strspn(p, " \t");
        size_t name = strspn(p, TOKEN);
        const char *equals = p + name + strspn(p + name, " \t");
        p += name;
        if (*equals == '=') {
            p = equals + 1 + strspn(equals + 1, " \t");
            size_t value = strspn(p, TOKEN);
            p = *p == '"' ? skip_quoted(p) : value ? p + value : NULL;
        }
        if (!name || !p)
            return false;
    }
    return true;
}

static bool is_size_line(const char *line)
{
    size_t digits = strspn(line, "0123456789abcdefABCDEF");
    return digits > 0 && digits <= 15 && is_extension(line + digits);
}

static bool is_trailer(const char *line)
{
    size_t name = strspn(line, TOKEN);
    return name > 0 && line[name] == ':';
}

/*
 * Takes a line off [*p, end) into line, terminated. False with *malformed unset: its end is not
 * there. A NUL or any other control byte, a bare CR among them, makes it malformed.
 */
static bool take_line(const char **p, const char *end, char *line, size_t room, bool *malformed)
{
    const char *lf = memchr(*p, '\n', (size_t)(end - *p));
    if (!lf)
        return false;
    size_t len = (size_t)(lf - *p);
    *malformed = len == 0 || len > room || (*p)[len - 1] != '\r';
    for (size_t i = 0; i + 1 < len && !*malformed; i++)
        *malformed = ((unsigned char)(*p)[i] < ' ' && (*p)[i] != '\t') || (*p)[i] == 0x7f;
    if (*malformed)
        return false;
    memcpy(line, *p, len - 1);
    line[len - 1] = '\0';
    *p = lf + 1;
    return true;
}

struct outcome {
    int result; /* as http_chunked_decode's; every refusal is -400 here */
    size_t consumed;
    char *body;
    size_t body_bytes;
};

static int read_trailers(const char **p, const char *end, char *line, size_t room)
{
    bool malformed = false;
    while (take_line(p, end, line, room, &malformed)) {
        if (!*line)
            return HTTP_CHUNKED_DONE;
        if (!is_trailer(line))
            return -400;
    }
    return malformed ? -400 : HTTP_CHUNKED_MORE;
}

static int read_naively(struct outcome *outcome, const char **p, const char *end, char *line,
                        size_t room)
{
    bool malformed = false;
    while (take_line(p, end, line, room, &malformed)) {
        if (!is_size_line(line))
            return -400;
        size_t size = strtoull(line, NULL, 16);
        if (size == 0)
            return read_trailers(p, end, line, room);
        size_t here = (size_t)(end - *p) < size ? (size_t)(end - *p) : size;
        memcpy(outcome->body + outcome->body_bytes, *p, here);
        outcome->body_bytes += here;
        *p += here;
        if (end - *p < 2)
            return HTTP_CHUNKED_MORE;
        if (memcmp(*p, "\r\n", 2) != 0)
            return -400;
        *p += 2;
    }
    return malformed ? -400 : HTTP_CHUNKED_MORE;
}

/* ---- the decoder, in pieces ---- */

/* Decodes a copy of its own for each piece, so that nothing beyond it can be read; returns the last
 * result. */
static int decode_piece(struct http_chunked *chunked, struct outcome *outcome, const char *bytes,
                        size_t len)
{
    char *copy = malloc(len);
    int result = HTTP_CHUNKED_DATA;
    assert(copy);
    memcpy(copy, bytes, len);
    for (size_t at = 0; result == HTTP_CHUNKED_DATA;) {
        struct slice data = {NULL, 0};
        size_t taken = 0;
        result = http_chunked_decode(chunked, (struct slice){copy + at, len - at}, &taken, &data);
        if (result < 0)
            break;
        if (result == HTTP_CHUNKED_DATA) {
            assert(data.len > 0 && data.ptr + data.len == copy + at + taken);
            memcpy(outcome->body + outcome->body_bytes, data.ptr, data.len);
            outcome->body_bytes += data.len;
        }
        assert(taken <= len - at && (result != HTTP_CHUNKED_MORE || taken == len - at));
        at += taken;
        outcome->consumed += taken;
    }
    free(copy);
    return result;
}

static void decode(struct outcome *outcome, const char *bytes, size_t len, unsigned seed)
{
    struct http_chunked chunked;
    http_chunked_init(&chunked);
    for (size_t at = 0; at < len && outcome->result == HTTP_CHUNKED_MORE;) {
        size_t piece = seed ? 1 + (seed = seed * 1103515245 + 12345) / 65536 % 17 : len;
        if (piece > len - at)
            piece = len - at;
        outcome->result = decode_piece(&chunked, outcome, bytes + at, piece);
        at += piece;
    }
}

static void outcome_init(struct outcome *outcome, size_t len)
{
    *outcome = (struct outcome){.result = HTTP_CHUNKED_MORE, .body = malloc(len + 1)};
    assert(outcome->body);
}

static void check_same(const struct outcome *a, const struct outcome *b)
{
    assert(a->body_bytes == b->body_bytes);
    assert(memcmp(a->body, b->body, a->body_bytes) == 0);
    if (a->result == HTTP_CHUNKED_DONE)
        assert(a->consumed == b->consumed);
}

/* The naive reader knows no limit of lines, and waits for the end of a line that is malformed. */
static void check_naive(const struct outcome *whole, const char *bytes, size_t len)
{
    struct outcome naive;
    const char *p = bytes;
    char *line = malloc(len + 1);
    assert(line);
    outcome_init(&naive, len);
    naive.result = read_naively(&naive, &p, bytes + len, line, len + 1);
    naive.consumed = (size_t)(p - bytes);
    if (whole->result >= 0) {
        assert(naive.result == whole->result);
        check_same(whole, &naive);
    } else {
        assert(naive.result == HTTP_CHUNKED_MORE || naive.result == -400 || whole->result == -431);
    }
    free(naive.body);
    free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct outcome whole, pieces;
    if (size == 0)
        return 0;
    const char *bytes = (const char *)data + 1;
    size_t len = size - 1;
    outcome_init(&whole, len);
    outcome_init(&pieces, len);
    decode(&whole, bytes, len, 0);
    decode(&pieces, bytes, len, 1 + data[0]);
    assert(pieces.result == whole.result);
    check_same(&whole, &pieces);
    check_naive(&whole, bytes, len);
    free(whole.body);
    free(pieces.body);
    return 0;
}
