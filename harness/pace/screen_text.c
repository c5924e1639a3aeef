/* Text of the screen: wrapped to its width, in its letters, in columns. */
#include "pace/screen_parts.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "data/strings.h"

static int columns(const char *text)
{
    int count = 0;

    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

/* Text of a server's must not drive the terminal. */
static void put_clean(FILE *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        putc((unsigned char)text[i] < 0x20 || text[i] == 0x7f ? '?' : text[i], out);
}

static bool is_unit(const char *word)
{
    static const char *const units[] = {"%", "ns", "µs", "us", "ms", "s", "min", "h"};
    size_t length = strcspn(word, " ,;.");

    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strlen(units[i]) == length && strncmp(word, units[i], length) == 0)
            return true;
    return false;
}

/* Up to the next blank at which a line may end: a figure keeps its unit. */
static size_t word_length(const char *text)
{
    size_t length = strcspn(text, " ");

    if (length > 0 && text[length - 1] >= '0' && text[length - 1] <= '9' && text[length] == ' ' &&
        is_unit(text + length + 1))
        length += 1 + strcspn(text + length + 1, " ");
    return length;
}

void screen_wrapped(const struct screen *screen, const char *text, int at, int indent)
{
    FILE *out = screen->out;
    bool is_first = true;

    while (*text) {
        size_t length = word_length(text);
        char *word = text_format("%.*s", (int)length, text);
        if (!is_first && at + 1 + columns(word) > screen->form->width) {
            fprintf(out, "\n%*s", indent, "");
            at = indent;
        } else if (!is_first) {
            putc(' ', out);
            at++;
        }
        put_clean(out, word, length);
        at += columns(word);
        is_first = false;
        free(word);
        text += length;
        text += strspn(text, " ");
    }
    putc('\n', out);
}

void screen_left(const struct screen *screen, const char *text, int width)
{
    int pad = width - columns(text);

    fprintf(screen->out, "%s%*s", text, pad > 0 ? pad : 0, "");
}

void screen_right(const struct screen *screen, const char *text, int width)
{
    int pad = width - columns(text);

    fprintf(screen->out, "%*s%s", pad > 0 ? pad : 0, "", text);
}

const char *screen_dash(const struct screen *screen)
{
    return screen->form->utf8 ? "–" : "-";
}

const char *screen_time(const struct screen *screen, char text[QUANTITY_SIZE], double ns)
{
    return quantity_time(text, ns, screen->form->utf8);
}

/* A micro sign is a u, and what else there may be a question mark. */
static void make_ascii(char *text)
{
    char *to = text;

    for (const char *from = text; *from; from++) {
        if (strncmp(from, "µ", 2) == 0)
            *to++ = 'u', from++;
        else if (((unsigned char)*from & 0xc0) != 0x80)
            *to++ = (unsigned char)*from < 0x80 ? *from : '?';
    }
    *to = '\0';
}

void screen_letters(const struct screen *screen, char *text)
{
    if (!screen->form->utf8)
        make_ascii(text);
}

void screen_field(const struct screen *screen, const char *label, const char *format, ...)
{
    char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        text = xstrdup("");
    va_end(arguments);
    screen_letters(screen, text);
    screen_left(screen, label, SCREEN_LABEL);
    screen_wrapped(screen, text, SCREEN_LABEL, SCREEN_LABEL);
    free(text);
}

void screen_title(const struct screen *screen, const char *text)
{
    fprintf(screen->out, "\n%s", screen->form->colour ? "\033[1m" : "");
    screen_wrapped(screen, text, 0, 0);
    fputs(screen->form->colour ? "\033[0m" : "", screen->out);
}
