/* Between bytes and the text that stands for them in a case or in a finding. */
#include "check/case_text.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/strings.h"

enum { OCTETS_PERIOD = 251, BYTES_LIMIT = 64 * 1024 * 1024 };

static char *step_room(struct step *step, size_t len)
{
    step->bytes = xreallocarray(step->bytes, step->len + len + 1, 1);
    return step->bytes + step->len;
}

static void step_append(struct step *step, const char *bytes, size_t len)
{
    memcpy(step_room(step, len), bytes, len);
    step->len += len;
}

static int hex_value(char c)
{
    if (isdigit((unsigned char)c))
        return c - '0';
    return isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : -1;
}

/* Reads one character or escape at *text into *byte and moves on. False: that is no escape. */
static bool read_byte(const char **text, char *byte)
{
    static const char names[] = "rnt0\\{", values[] = "\r\n\t\0\\{";
    const char *p = *text;
    if (*p != '\\') {
        *byte = *p;
        *text = p + 1;
        return true;
    }
    const char *name = p[1] ? strchr(names, p[1]) : NULL;
    if (name != NULL) {
        *byte = values[name - names];
        *text = p + 2;
        return true;
    }
    if (p[1] != 'x' || hex_value(p[2]) < 0 || hex_value(p[3]) < 0)
        return false;
    *byte = (char)(hex_value(p[2]) * 16 + hex_value(p[3]));
    *text = p + 4;
    return true;
}

/* A decimal number up to the closing brace at end; 0: there is none. */
static size_t read_count(const char *digits, const char *end)
{
    char *stop;
    if (!isdigit((unsigned char)*digits))
        return 0;
    unsigned long long count = strtoull(digits, &stop, 10);
    return stop == end && count <= BYTES_LIMIT ? (size_t)count : 0;
}

static const char *append_octets(struct step *step, const char *digits, const char *end)
{
    size_t count = read_count(digits, end);
    if (count == 0)
        return "{octets N} wants a number from 1 to 67108864";
    char *room = step_room(step, count);
    for (size_t i = 0; i < count; i++)
        room[i] = (char)(i % OCTETS_PERIOD);
    step->len += count;
    return NULL;
}

static const char *append_repeated(struct step *step, const char *text, const char *end)
{
    const char *star = memrchr(text, '*', (size_t)(end - text));
    size_t count = star ? read_count(star + 1, end) : 0;
    struct step unit = {0};
    while (star != NULL && text < star) {
        char byte;
        if (!read_byte(&text, &byte)) {
            free(unit.bytes);
            return "a backslash must be followed by r, n, t, 0, \\, { or xHH";
        }
        step_append(&unit, &byte, 1);
    }
    bool valid = count > 0 && unit.len > 0 && unit.len * count <= BYTES_LIMIT;
    char *room = valid ? step_room(step, unit.len * count) : NULL;
    for (size_t i = 0; valid && i < count; i++)
        memcpy(room + i * unit.len, unit.bytes, unit.len);
    step->len += valid ? unit.len * count : 0;
    free(unit.bytes);
    return valid ? NULL : "braces hold {TEXT*N}, {octets N}, {date} or {server}; \\{ is a brace";
}

static const char *append_wildcard(struct step *step, long *at)
{
    if (step->kind != STEP_ANSWER)
        return "{date} and {server} stand in answers only";
    if (*at != NO_WILDCARD)
        return "an answer has {date} and {server} once at most";
    *at = (long)step->len;
    return NULL;
}

/* The braces at text, which end at end. */
static const char *append_braces(struct step *step, const char *text, const char *end)
{
    size_t len = (size_t)(end - text);
    if (len == 5 && memcmp(text, "{date", 5) == 0)
        return append_wildcard(step, &step->date_at);
    if (len == 7 && memcmp(text, "{server", 7) == 0)
        return append_wildcard(step, &step->server_at);
    if (len > 8 && memcmp(text, "{octets ", 8) == 0)
        return append_octets(step, text + 8, end);
    return append_repeated(step, text + 1, end);
}

const char *case_text_append(struct step *step, const char *text)
{
    while (*text) {
        if (*text == '{') {
            const char *end = strchr(text, '}');
            const char *wrong = end ? append_braces(step, text, end) : "a brace is not closed";
            if (wrong != NULL)
                return wrong;
            text = end + 1;
            continue;
        }
        char byte;
        if (!isprint((unsigned char)*text))
            return "bytes that are not printable ASCII are written as \\xHH";
        if (!read_byte(&text, &byte))
            return "a backslash must be followed by r, n, t, 0, \\, { or xHH";
        step_append(step, &byte, 1);
    }
    return NULL;
}

static size_t escape_byte(char *to, char byte)
{
    static const char values[] = "\r\n\t\\\"", names[] = "rnt\\\"";
    const char *value = byte ? strchr(values, byte) : NULL;
    if (value != NULL)
        return (size_t)sprintf(to, "\\%c", names[value - values]);
    if (isprint((unsigned char)byte))
        return (size_t)sprintf(to, "%c", byte);
    return (size_t)sprintf(to, "\\x%02x", (unsigned char)byte);
}

char *case_text_escape(const char *bytes, size_t len, size_t limit)
{
    if (len == 0)
        return xstrdup("nothing");
    size_t shown = len < limit ? len : limit;
    char *escaped = xcalloc(shown * 4 + 1, 1), *p = escaped;
    for (size_t i = 0; i < shown; i++)
        p += escape_byte(p, bytes[i]);
    char *text = shown < len ? text_format("\"%s\"... (%zu bytes in all)", escaped, len)
                             : text_format("\"%s\"", escaped);
    free(escaped);
    return text;
}
