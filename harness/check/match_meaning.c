/*
 * Comparing answers by meaning: both sides are read as HTTP/1.1 messages (RFC 9112), then status,
 * framing, body and header fields are compared. The reader is as strict about the status line,
 * lengths and chunks as measure/answer's and is one of its own for what that one refuses: it must
 * know that an answer belongs to a HEAD, take interim answers and HTTP/1.0, and keep the fields,
 * which are compared here. Answers that end with the connection are not understood, and so differ.
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

/* The field line at *p, which moves behind it; false at the
 * empty line. A line without colon is a name only. */
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

/* Digits of a base and nothing else, at most 9 of them. */
static bool read_size(const char *text, size_t len, int base, size_t *size)
{
    char digits[10] = "";
    if (len == 0 || len >= sizeof(digits))
        return false;
    for (size_t i = 0; i < len; i++)
        if (base == 10 ? !isdigit((unsigned char)text[i]) : !isxdigit((unsigned char)text[i]))
            return false;
    memcpy(digits, text, len);
    *size = strtoul(digits, NULL, base);
    return *size <= BODY_LIMIT_BYTES;
}

enum reading { READING_BAD = -1, READING_MORE, READING_WHOLE };

/* The trailers behind the last chunk, and the empty line. */
static enum reading read_trailers(const char **p, const char *end)
{
    struct field trailer;
    while (next_field(p, end, &trailer))
        continue;
    if (end - *p < 2)
        return READING_MORE;
    if (memcmp(*p, "\r\n", 2) != 0) /* the line of a trailer that is not all here */
        return READING_MORE;
    *p += 2;
    return READING_WHOLE;
}

/* Reads one chunk at *p into the message; *last: it was the
 * one of size 0 (RFC 9112 section 7.1). */
static enum reading read_chunk(struct message *message, const char **p, const char *end, bool *last)
{
    size_t size;
    const char *line = *p, *stop = memmem(line, (size_t)(end - line), "\r\n", 2);
    if (stop == NULL)
        return READING_MORE;
    const char *extension = memchr(line, ';', (size_t)(stop - line));
    if (!read_size(line, (size_t)((extension ? extension : stop) - line), 16, &size))
        return READING_BAD;
    const char *data = stop + 2;
    *last = size == 0;
    if (*last) {
        *p = data;
        return read_trailers(p, end);
    }
    if ((size_t)(end - data) < size + 2)
        return READING_MORE;
    if (memcmp(data + size, "\r\n", 2) != 0)
        return READING_BAD;
    message->decoded = xreallocarray(message->decoded, message->body_len + size, 1);
    memcpy(message->decoded + message->body_len, data, size);
    message->body_len += size;
    *p = data + size + 2;
    return READING_WHOLE;
}

static enum reading read_chunks(struct message *message, const char *got, size_t len)
{
    const char *p = got + message->head_len;
    enum reading reading = READING_WHOLE;
    bool last = false;
    while (reading == READING_WHOLE && !last)
        reading = read_chunk(message, &p, got + len, &last);
    message->body = message->decoded;
    message->len = (size_t)(p - got);
    return reading;
}

static enum reading read_counted(struct message *message, const char *got, size_t len,
                                 size_t length, bool bodiless)
{
    message->body = got + message->head_len;
    message->body_len = bodiless ? 0 : length;
    message->len = message->head_len + message->body_len;
    return message->len <= len ? READING_WHOLE : READING_MORE;
}

/* HTTP-version SP 3DIGIT SP [reason] (RFC 9112 section 4), of 1.1 or 1.0. */
static bool read_status(struct message *message, const char *line, size_t len)
{
    size_t status;
    if (len < 13 || (line[7] != '1' && line[7] != '0') || line[8] != ' ' || line[12] != ' ' ||
        !read_size(line + 9, 3, 10, &status) || status < 100)
        return false;
    message->status = (unsigned)status;
    return true;
}

/* How the body is framed: once at most (RFC 9112 section 6.3), by chunks or by a plain number. */
static bool read_framing(struct message *message, size_t *length)
{
    const char *p = message->fields, *end = p + message->fields_len;
    struct field field;
    while (next_field(&p, end, &field)) {
        bool counted = field_is(&field, "Content-Length");
        if (!counted && !field_is(&field, "Transfer-Encoding"))
            continue;
        if (message->has_length || message->chunked)
            return false;
        message->has_length = counted;
        message->chunked = !counted;
        if (counted ? !read_size(field.value, field.value_len, 10, length)
                    : field.value_len != 7 || strncasecmp(field.value, "chunked", 7) != 0)
            return false;
    }
    return true;
}

/* The first answer in got. */
static enum reading message_read(struct message *message, const char *got, size_t len,
                                 bool bodiless)
{
    static const char version[] = "HTTP/1.";
    size_t known = sizeof(version) - 1, length = 0;
    *message = (struct message){0};
    if (memcmp(got, version, len < known ? len : known) != 0)
        return READING_BAD;
    const char *end = memmem(got, len, "\r\n\r\n", 4);
    if (end == NULL)
        return len > HEAD_LIMIT_BYTES ? READING_BAD : READING_MORE;
    message->head_len = (size_t)(end - got) + 4;
    message->fields = (const char *)memmem(got, message->head_len, "\r\n", 2) + 2;
    message->fields_len = message->head_len - (size_t)(message->fields - got);
    if (!read_status(message, got, (size_t)(message->fields - got) - 2) ||
        !read_framing(message, &length))
        return READING_BAD;
    bodiless |= message->status / 100 == 1 || message->status == 204 || message->status == 304;
    return message->chunked && !bodiless ? read_chunks(message, got, len)
                                         : read_counted(message, got, len, length, bodiless);
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

/* Names of the fields of one that the other lacks or has with
 * another value. Framing has been compared already. */
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
    enum reading reading = message_read(&came, got, len, bodiless);
    struct match match = {.verdict = MATCH_MORE};
    if (reading == READING_BAD) {
        char *shown = case_text_escape(got, len, SHOWN_BYTES);
        match = (struct match){.verdict = MATCH_NO,
                               .difference = text_format("expected HTTP/1.1, got %s", shown)};
        free(shown);
    } else if (reading == READING_WHOLE &&
               message_read(&want, expected->bytes, expected->len, bodiless) == READING_WHOLE) {
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
    enum reading reading = message_read(&message, got, len, false);
    long result = reading == READING_WHOLE ? (long)message.len : (long)reading;
    message_release(&message);
    return result;
}
