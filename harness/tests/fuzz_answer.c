/*
 * Any bytes as answers that come one after the other, to GET and to HEAD. A naive reader, which has
 * all bytes at once and looks for the lines before it looks at anything in them, must accept the
 * same ones and see the same status, body and end. What the parser makes of them must not depend on
 * how they are cut, where they lie, or what lies behind: each piece is given in memory of its own.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pace/answer.h"

/* ---- what the parser makes of them ---- */

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

struct outcome {
    enum answer_step step;
    size_t taken;
    struct answer answer;
    struct text body, type;
};

static void take_body(void *argument, const char *bytes, size_t len)
{
    append(&((struct outcome *)argument)->body, bytes, len);
}

static void take_type(void *argument, const char *value, size_t len)
{
    append(&((struct outcome *)argument)->type, value, len);
}

static void outcome_release(struct outcome *outcome)
{
    free(outcome->body.bytes);
    free(outcome->type.bytes);
}

static void give(struct outcome *outcome, const char *bytes, size_t len)
{
    const struct answer_sink sink = {take_body, take_type, outcome};
    size_t taken = SIZE_MAX;
    char *piece = malloc(len ? len : 1);
    assert(piece);
    memcpy(piece, bytes, len);
    outcome->step = answer_take(&outcome->answer, piece, len, &taken, &sink);
    free(piece);
    assert(taken <= len && (outcome->step != ANSWER_MORE || taken == len));
    outcome->taken += taken;
}

/* In pieces of up to most bytes, whose sizes come from the bytes themselves; 0: in one. */
static void read_pieces(struct outcome *outcome, const char *bytes, size_t len, bool to_head,
                        size_t most)
{
    uint32_t seed = (uint32_t)len;
    *outcome = (struct outcome){0};
    answer_begin(&outcome->answer, to_head);
    for (size_t at = 0, piece; at < len && outcome->step == ANSWER_MORE; at += piece) {
        seed = seed * 1664525 + 1013904223 + (unsigned char)bytes[at];
        piece = most > 0 ? 1 + (seed >> 16) % most : len;
        piece = piece < len - at ? piece : len - at;
        give(outcome, bytes + at, piece);
    }
}

static bool same_text(const struct text *a, const struct text *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->bytes, b->bytes, a->len) == 0);
}

static void check_same(const struct outcome *a, const struct outcome *b)
{
    assert(a->step == b->step && a->taken == b->taken);
    assert(a->answer.status == b->answer.status && a->answer.body_len == b->answer.body_len);
    assert(a->answer.keeps_alive == b->answer.keeps_alive);
    assert(a->answer.ends_at_close == b->answer.ends_at_close);
    assert(same_text(&a->body, &b->body) && same_text(&a->type, &b->type));
    if (a->step == ANSWER_BAD)
        assert(strcmp(answer_why(&a->answer), answer_why(&b->answer)) == 0);
}

/* ---- a naive reader ---- */

struct naive {
    const char *at, *end;
    bool cut; /* its bytes do not suffice */
    unsigned status, lengths, codings, types;
    bool http10, close, keep_alive;
    uint64_t length;
};

/* The next line without its CR LF, to be freed. NULL: it is
 * not there, or holds what no line may, as a NUL. */
static char *next_line(struct naive *naive)
{
    const char *end = memmem(naive->at, (size_t)(naive->end - naive->at), "\r\n", 2);
    naive->cut = end == NULL;
    if (naive->cut)
        return NULL;
    size_t len = (size_t)(end - naive->at);
    char *line = strndup(naive->at, len);
    assert(line);
    bool fine = strlen(line) == len;
    for (const char *c = line; *c; c++)
        fine = fine && (*c == '\t' || (unsigned char)*c >= ' ') && *c != 0x7f;
    naive->at = end + 2;
    if (fine)
        return line;
    free(line);
    return NULL;
}

static char *strip(char *text)
{
    text += strspn(text, " \t");
    for (size_t len = strlen(text); len > 0 && strchr(" \t", text[len - 1]); len--)
        text[len - 1] = '\0';
    return text;
}

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static bool is_token(const char *text)
{
    return *text && text[strspn(text, LETTERS "0123456789!#$%&'*+-.^_`|~")] == '\0';
}

static bool read_status_line(struct naive *naive, const char *line)
{
    char minor = 0, space = 0;
    if (sscanf(line, "HTTP/1.%c %3u%c", &minor, &naive->status, &space) != 3 || space != ' ')
        return false;
    naive->http10 = minor == '0';
    char again[16];
    snprintf(again, sizeof(again), "HTTP/1.%c %03u ", naive->http10 ? '0' : '1', naive->status);
    return strncmp(line, again, strlen(again)) == 0 && naive->status >= 100 && naive->status <= 599;
}

/* In 63 bits. */
static bool read_number(uint64_t *number, const char *text, const char *digits, int base)
{
    if (!*text || text[strspn(text, digits)])
        return false;
    text += strspn(text, "0");
    unsigned long long value = strtoull(text, NULL, base);
    *number = value;
    return strlen(text) <= 19 && value <= INT64_MAX;
}

static bool read_options(struct naive *naive, char *value)
{
    char *option;
    while ((option = strsep(&value, ","))) {
        option = strip(option);
        if (*option && !is_token(option))
            return false;
        naive->close |= strcasecmp(option, "close") == 0;
        naive->keep_alive |= strcasecmp(option, "keep-alive") == 0;
    }
    return true;
}

/* Cuts the line at its colon. NULL: it is no field. */
static char *field_value(char *line)
{
    char *value = line;
    const char *name = strsep(&value, ":");
    return value && is_token(name) ? strip(value) : NULL;
}

static bool read_field(struct naive *naive, char *line)
{
    char *value = field_value(line);
    if (!value)
        return false;
    if (strcasecmp(line, "content-length") == 0)
        return ++naive->lengths == 1 && read_number(&naive->length, value, "0123456789", 10);
    if (strcasecmp(line, "transfer-encoding") == 0)
        return ++naive->codings == 1 && strcasecmp(value, "chunked") == 0;
    if (strcasecmp(line, "content-type") == 0)
        return ++naive->types == 1;
    return strcasecmp(line, "connection") != 0 || read_options(naive, value);
}

static bool read_trailer(struct naive *naive, char *line)
{
    (void)naive;
    return field_value(line) != NULL;
}

/* Up to the empty line. */
static bool read_lines(struct naive *naive, bool (*read)(struct naive *naive, char *line))
{
    for (bool fine = true, last = false; !last;) {
        char *line = next_line(naive);
        if (!line)
            return false;
        last = *line == '\0';
        fine = last || read(naive, line);
        free(line);
        if (!fine)
            return false;
    }
    return true;
}

static bool read_head(struct naive *naive)
{
    *naive = (struct naive){.at = naive->at, .end = naive->end};
    char *line = next_line(naive);
    bool fine = line && read_status_line(naive, line);
    free(line);
    return fine && read_lines(naive, read_field) &&
           !(naive->codings && (naive->lengths || naive->http10));
}

/* The final one. */
static bool read_heads(struct naive *naive)
{
    for (int interims = 0; interims <= ANSWER_INTERIM_MOST; interims++) {
        if (!read_head(naive))
            return false;
        if (naive->status >= 200)
            return true;
        if (naive->status == 101 || naive->http10)
            return false;
    }
    return false;
}

static bool read_size(uint64_t *size, char *line)
{
    size_t digits = strspn(line, "0123456789abcdefABCDEF");
    const char *behind = line + digits, *blank = behind + strspn(behind, " \t");
    if (*behind && *blank != ';')
        return false;
    line[digits] = '\0';
    return read_number(size, line, "0123456789abcdefABCDEF", 16);
}

static bool read_counted(struct naive *naive, struct text *body, uint64_t len)
{
    size_t here = (size_t)(naive->end - naive->at);
    naive->cut = here < len;
    here = naive->cut ? here : (size_t)len;
    append(body, naive->at, here);
    naive->at += here;
    return !naive->cut;
}

static bool read_chunks(struct naive *naive, struct text *body)
{
    for (uint64_t size = 1; size > 0;) {
        char *line = next_line(naive);
        bool fine = line && read_size(&size, line);
        free(line);
        if (!fine || !read_counted(naive, body, size))
            return false;
        naive->cut = naive->end - naive->at < 2;
        if (size > 0 && (naive->cut || memcmp(naive->at, "\r\n", 2) != 0))
            return false;
        naive->at += size > 0 ? 2 : 0;
    }
    return read_lines(naive, read_trailer);
}

static bool read_body(struct naive *naive, struct text *body, bool to_head)
{
    if (to_head || naive->status == 204 || naive->status == 304)
        return true;
    if (naive->codings)
        return read_chunks(naive, body);
    return read_counted(naive, body,
                        naive->lengths ? naive->length : (uint64_t)(naive->end - naive->at));
}

static void check_naive(const struct outcome *outcome, const char *bytes, size_t len, bool to_head)
{
    struct naive naive = {.at = bytes, .end = bytes + len};
    struct text body = {0};
    bool whole = read_heads(&naive) && read_body(&naive, &body, to_head);
    bool none = to_head || naive.status == 204 || naive.status == 304;
    bool at_close = !none && !naive.lengths && !naive.codings;
    if (whole) {
        const struct answer *answer = &outcome->answer;
        bool keeps = !naive.close && (!naive.http10 || naive.keep_alive) && !at_close;
        assert(outcome->step == (at_close ? ANSWER_MORE : ANSWER_DONE));
        assert(outcome->taken == (size_t)(naive.at - bytes) && answer->status == naive.status);
        assert(answer->keeps_alive == keeps && answer->ends_at_close == at_close);
        assert(answer->body_len == body.len && same_text(&outcome->body, &body));
    } else {
        assert(outcome->step == ANSWER_BAD || (naive.cut && outcome->step == ANSWER_MORE));
    }
    free(body.bytes);
}

/* ---- both ---- */

/* How many bytes the first answer took, or 0 if there is none. */
static size_t check_first(const char *bytes, size_t len, bool to_head)
{
    static const size_t most[] = {1, 2, 5, 40, 400};
    struct outcome whole, cut;
    read_pieces(&whole, bytes, len, to_head, 0);
    check_naive(&whole, bytes, len, to_head);
    for (size_t i = 0; i < sizeof(most) / sizeof(most[0]); i++) {
        read_pieces(&cut, bytes, len, to_head, most[i]);
        check_same(&cut, &whole);
        outcome_release(&cut);
    }
    size_t taken = whole.step == ANSWER_DONE ? whole.taken : 0;
    outcome_release(&whole);
    return taken;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > ANSWER_CHUNK_LINE_MOST) /* the naive reader knows no limits */
        return 0;
    for (int to_head = 0; to_head <= 1; to_head++) {
        const char *bytes = (const char *)data;
        for (size_t left = size, taken; left > 0; bytes += taken, left -= taken)
            if ((taken = check_first(bytes, left, to_head)) == 0)
                break;
    }
    return 0;
}
