/*
 * Comparing answers by meaning: both sides are read as HTTP/1.1 messages (RFC 9112), then status, framing, body and
 * header fields are compared. The reader is lenient where servers may differ and keeps to Content-Length, chunked
 * and "no body"; answers that end with the connection are not understood, and so differ.
 */
#include "check/match.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "check/case_text.h"
#include "data/strings.h"

enum { SHOWN_BYTES = 80, HEAD_LIMIT_BYTES = 64 * 1024, BODY_LIMIT_BYTES = 1 << 30 };

/* Slices of the answer's bytes, except body, which is owned when it came in chunks. */
struct message {
    unsigned status;
    size_t head_len, len; /* of the head with its empty line; of all */
    const char *fields;   /* the field lines and the empty line */
    size_t fields_len;
    const char *body;
    size_t body_len;
    char *decoded;
    bool chunked, has_length;
};

struct field {
    const char *name, *value;
    size_t name_len, value_len;
};

/* The field line at *p, which moves behind it; false at the empty line. A line without colon is a name only. */
static bool next_field(const char **p, const char *end, struct field *field)
{
    const char *line = *p, *stop = memmem(line, (size_t)(end - line), "\r\n", 2);
    if (stop == NULL || stop == line)
        return false;
    *p = stop + 2;
    const char *colon = memchr(line, ':', (size_t)(stop - line));
    const char *value = colon ? colon + 1 : stop;
    while (value < stop && (*value == ' ' || *value == '\t'))
        value++;
    while (stop > value && (stop[-1] == ' ' || stop[-1] == '\t'))
        stop--;
    *field = (struct field){line, value, (size_t)((colon ? colon : stop) - line),
                            (size_t)(stop - value)};
    return true;
}

static bool field_is(const struct field *field, const char *name)
{
    return field->name_len == strlen(name) && strncasecmp(field->name, name, field->name_len) == 0;
}

static bool find_field(const struct message *message, const char *name, struct field *field)
{
    const char *p = message->fields, *end = p + message->fields_len;
    while (next_field(&p, end, field))
        if (field_is(field, name))
            return true;
    return false;
}

/* Reads one chunk at *p into the message. 1: read, 0: the last one was, with its trailers, -1: not all here or bad. */
static int read_chunk(struct message *message, const char **p, const char *end)
{
    const char *line = *p, *stop = memmem(line, (size_t)(end - line), "\r\n", 2);
    if (stop == NULL || !isxdigit((unsigned char)*line))
        return -1;
    size_t size = strtoull(line, NULL, 16);
    const char *data = stop + 2;
    if (size == 0) {
        struct field trailer;
        *p = data;
        while (next_field(p, end, &trailer))
            continue;
        if (end - *p < 2 || memcmp(*p, "\r\n", 2) != 0)
            return -1;
        *p += 2;
        return 0;
    }
    if (size > BODY_LIMIT_BYTES || (size_t)(end - data) < size + 2)
        return -1;
    message->decoded = xreallocarray(message->decoded, message->body_len + size, 1);
    memcpy(message->decoded + message->body_len, data, size);
    message->body_len += size;
    *p = data + size + 2;
    return 1;
}

static bool read_chunks(struct message *message, const char *got, size_t len)
{
    const char *p = got + message->head_len;
    int more = 1;
    while (more > 0)
        more = read_chunk(message, &p, got + len);
    message->body = message->decoded;
    message->len = (size_t)(p - got);
    return more == 0;
}

static bool read_counted(struct message *message, const char *got, size_t len, bool bodiless)
{
    struct field field;
    message->body = got + message->head_len;
    message->has_length = find_field(message, "Content-Length", &field);
    if (message->has_length && !bodiless)
        message->body_len = strtoull(field.value, NULL, 10);
    message->len = message->head_len + message->body_len;
    return message->body_len <= BODY_LIMIT_BYTES && message->len <= len;
}

/* The first answer in got: 1 when it is whole, 0 when not yet, -1 when it is no HTTP/1.1. */
static int message_read(struct message *message, const char *got, size_t len, bool bodiless)
{
    static const char version[] = "HTTP/1.";
    size_t known = sizeof(version) - 1;
    *message = (struct message){0};
    if (len < known)
        return memcmp(got, version, len) == 0 ? 0 : -1;
    if (memcmp(got, version, known) != 0)
        return -1;
    const char *end = memmem(got, len, "\r\n\r\n", 4);
    if (end == NULL)
        return len > HEAD_LIMIT_BYTES ? -1 : 0;
    if (end - got < 12 || got[8] != ' ')
        return -1;
    message->status = (unsigned)strtoul(got + 9, NULL, 10);
    message->head_len = (size_t)(end - got) + 4;
    message->fields = (const char *)memmem(got, message->head_len, "\r\n", 2) + 2;
    message->fields_len = message->head_len - (size_t)(message->fields - got);
    struct field coding;
    message->chunked = find_field(message, "Transfer-Encoding", &coding);
    bodiless |= message->status / 100 == 1 || message->status == 204 || message->status == 304;
    bool whole = message->chunked && !bodiless ? read_chunks(message, got, len)
                                               : read_counted(message, got, len, bodiless);
    return whole ? 1 : 0;
}

static void message_release(struct message *message)
{
    free(message->decoded);
    *message = (struct message){0};
}

/* ---- comparing ---- */

static bool is_variable(const struct field *field)
{
    return field_is(field, "Date") || field_is(field, "Server");
}

/* Names of the fields of one that the other lacks or has with another value. Framing has been compared already. */
static void compare_fields(const struct message *one, const struct message *other,
                           struct strings *names)
{
    const char *p = one->fields;
    struct field field, match;
    while (next_field(&p, one->fields + one->fields_len, &field)) {
        char *name = text_format("%.*s", (int)field.name_len, field.name);
        bool same =
            find_field(other, name, &match) &&
            (is_variable(&field) || (match.value_len == field.value_len &&
                                     strncasecmp(match.value, field.value, field.value_len) == 0));
        if (!same && !strings_contain(names, name))
            strings_add(names, name);
        free(name);
    }
}

/* Is the media type, without its parameters, the same? */
static bool same_type(const struct message *one, const struct message *other)
{
    struct field a = {0}, b = {0};
    bool has_a = find_field(one, "Content-Type", &a), has_b = find_field(other, "Content-Type", &b);
    if (!has_a || !has_b)
        return !has_a;
    const char *end_a = memchr(a.value, ';', a.value_len),
               *end_b = memchr(b.value, ';', b.value_len);
    size_t len_a = end_a ? (size_t)(end_a - a.value) : a.value_len;
    size_t len_b = end_b ? (size_t)(end_b - b.value) : b.value_len;
    return len_a == len_b && strncasecmp(a.value, b.value, len_a) == 0;
}

static char *compare_bodies(const struct message *want, const struct message *came)
{
    if (want->body_len == came->body_len &&
        (want->body_len == 0 || memcmp(want->body, came->body, want->body_len) == 0))
        return NULL;
    char *wanted = case_text_escape(want->body, want->body_len, SHOWN_BYTES);
    char *got = case_text_escape(came->body, came->body_len, SHOWN_BYTES);
    char *text = text_format("expected the body %s, got %s", wanted, got);
    free(wanted);
    free(got);
    return text;
}

/* What is wrong with the answer itself, or NULL. */
static char *compare_meaning(const struct message *want, const struct message *came)
{
    if (want->status != came->status)
        return text_format("expected status %u, got %u", want->status, came->status);
    if (!same_type(want, came))
        return text_format("expected another Content-Type");
    if (want->has_length && !came->has_length && !came->chunked)
        return text_format("expected Content-Length or chunks, got neither");
    if (!want->has_length && came->has_length && came->status == 204)
        return text_format("expected no Content-Length with 204");
    return compare_bodies(want, came);
}

/* Does the expected answer hold no body although its fields announce one (an answer to HEAD)? */
static bool is_bodiless(const struct step *expected)
{
    const char *end = memmem(expected->bytes, expected->len, "\r\n\r\n", 4);
    return end != NULL && end + 4 == expected->bytes + expected->len;
}

static struct match judge(const struct message *want, const struct message *came)
{
    struct match match = {.verdict = MATCH_YES, .taken = came->len};
    struct strings names = {0};
    match.difference = compare_meaning(want, came);
    if (match.difference != NULL) {
        match.verdict = MATCH_NO;
        return match;
    }
    compare_fields(want, came, &names);
    compare_fields(came, want, &names);
    if (names.count > 0) {
        char *list = strings_join(&names, ", ");
        match.difference = text_format("other header fields: %s", list);
        match.verdict = MATCH_DIFFERS;
        free(list);
    }
    strings_release(&names);
    return match;
}

struct match match_meaning(const struct step *expected, const char *got, size_t len)
{
    struct message want, came;
    bool bodiless = is_bodiless(expected);
    int whole = message_read(&came, got, len, bodiless);
    struct match match = {.verdict = MATCH_MORE};
    if (whole < 0) {
        char *shown = case_text_escape(got, len, SHOWN_BYTES);
        match = (struct match){.verdict = MATCH_NO,
                               .difference = text_format("expected HTTP/1.1, got %s", shown)};
        free(shown);
    } else if (whole > 0 && message_read(&want, expected->bytes, expected->len, bodiless) > 0) {
        match = judge(&want, &came);
        message_release(&want);
    }
    message_release(&came);
    return match;
}

size_t match_interim(const char *got, size_t len, bool *more)
{
    static const char start[] = "HTTP/1.1 1";
    size_t known = sizeof(start) - 1;
    *more = false;
    if (memcmp(got, start, len < known ? len : known) != 0)
        return 0;
    const char *end = memmem(got, len, "\r\n\r\n", 4);
    *more = end == NULL;
    return end ? (size_t)(end - got) + 4 : 0;
}

long match_any(const char *got, size_t len)
{
    struct message message;
    int whole = message_read(&message, got, len, false);
    long result = whole > 0 ? (long)message.len : whole;
    message_release(&message);
    return result;
}
