#include "present/text_lines.h"

#include <stdlib.h>
#include <string.h>

#include "data/strings.h"

int text_columns(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

size_t text_columns_bytes(const char *text, int columns)
{
    size_t bytes = 0;
    for (; text[bytes]; bytes++)
        if (((unsigned char)text[bytes] & 0xc0) != 0x80 && columns-- == 0)
            break;
    return bytes;
}

void text_put_clean(FILE *out, const char *text)
{
    for (; *text; text++)
        putc((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text, out);
}

static int next_line(const struct text_lines *lines)
{
    fprintf(lines->out, "\n%*s", lines->indent, "");
    return lines->indent;
}

/* From column `at`, where it may need lines of its own; the column behind it is returned. */
static int put_word(const struct text_lines *lines, const char *word, int at)
{
    while (at + text_columns(word) > lines->width && lines->width > lines->indent) {
        size_t bytes = text_columns_bytes(word, lines->width - at);
        char *part = text_format("%.*s", (int)bytes, word);
        text_put_clean(lines->out, part);
        free(part);
        word += bytes;
        at = next_line(lines);
    }
    text_put_clean(lines->out, word);
    return at + text_columns(word);
}

static size_t word_length(const char *text)
{
    size_t length = strcspn(text, " ");
    if (strncmp(text + length, " %", 2) == 0)
        length += 2 + strcspn(text + length + 2, " ");
    return length;
}

void text_put_wrapped(const struct text_lines *lines, const char *first, const char *text)
{
    int at = text_columns(first), blank = 0;
    fputs(first, lines->out);
    while (*text) {
        size_t length = word_length(text);
        char *word = text_format("%.*s", (int)length, text);
        if (at > lines->indent && at + blank + text_columns(word) > lines->width)
            at = next_line(lines);
        else
            at += fprintf(lines->out, "%*s", blank, "");
        at = put_word(lines, word, at);
        blank = 1;
        free(word);
        text += length;
        text += strspn(text, " ");
    }
    putc('\n', lines->out);
}
