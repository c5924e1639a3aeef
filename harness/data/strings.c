/* Lists of words, formatted text and memory. */
#include "data/strings.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_ENVIRONMENT = 5 };

/* _exit: atexit handlers may want memory too. Children die with us (PR_SET_PDEATHSIG). */
static void *or_die(void *ptr)
{
    static const char sentence[] = "backbench: out of memory\n";

    if (ptr)
        return ptr;
    if (write(STDERR_FILENO, sentence, sizeof sentence - 1) < 0)
        _exit(EXIT_ENVIRONMENT);
    _exit(EXIT_ENVIRONMENT);
}

void *xcalloc(size_t count, size_t size)
{
    return or_die(calloc(count ? count : 1, size));
}

void *xreallocarray(void *ptr, size_t count, size_t size)
{
    return or_die(reallocarray(ptr, count ? count : 1, size));
}

char *xstrdup(const char *text)
{
    return text ? or_die(strdup(text)) : NULL;
}

static char *format_list(const char *format, va_list arguments)
{
    char *text = NULL;

    return vasprintf(&text, format, arguments) < 0 ? or_die(NULL) : text;
}

char *text_format(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    char *text = format_list(format, arguments);
    va_end(arguments);
    return text;
}

int text_error(char **error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    *error = format_list(format, arguments);
    va_end(arguments);
    return -1;
}

/* Takes ownership of text. The list grows when its count reaches a power of two, so it needs no
 * capacity field. */
static void append(struct strings *list, char *text)
{
    if ((list->count & (list->count - 1)) == 0)
        list->items =
            xreallocarray(list->items, list->count ? 2 * list->count : 1, sizeof *list->items);
    list->items[list->count++] = text;
}

void strings_add(struct strings *list, const char *text)
{
    append(list, xstrdup(text));
}

bool strings_contain(const struct strings *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], text) == 0)
            return true;
    return false;
}

void strings_split(struct strings *list, const char *text)
{
    static const char separators[] = " \t\r\n,";

    for (text += strspn(text, separators); *text; text += strspn(text, separators)) {
        size_t len = strcspn(text, separators);
        append(list, or_die(strndup(text, len)));
        text += len;
    }
}

char *strings_join(const struct strings *list, const char *separator)
{
    size_t size = 1;

    for (size_t i = 0; i < list->count; i++)
        size += strlen(list->items[i]) + strlen(separator);

    char *joined = xcalloc(size, 1), *end = joined;
    for (size_t i = 0; i < list->count; i++)
        end = stpcpy(stpcpy(end, i ? separator : ""), list->items[i]);
    return joined;
}

void strings_copy(struct strings *to, const struct strings *from)
{
    for (size_t i = 0; i < from->count; i++)
        strings_add(to, from->items[i]);
}

char **strings_words(const struct strings *list)
{
    char **words = xcalloc(list->count + 1, sizeof(*words));
    for (size_t i = 0; i < list->count; i++)
        words[i] = xstrdup(list->items[i]);
    return words;
}

void strings_free_words(char **words)
{
    for (size_t i = 0; words && words[i]; i++)
        free(words[i]);
    free(words);
}

void strings_release(struct strings *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct strings){0};
}

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;

    return least < c ? least : c;
}

/* Levenshtein's distance (insert, delete, replace), one row of the table at a time. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t width = strlen(b);
    size_t *row = xcalloc(width + 1, sizeof *row);

    for (size_t j = 0; j <= width; j++)
        row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < width; j++) {
            bool same = tolower((unsigned char)a[i]) == tolower((unsigned char)b[j]);
            size_t replaced = diagonal + (same ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = min3(row[j] + 1, diagonal + 1, replaced);
        }
    }
    size_t distance = row[width];
    free(row);
    return distance;
}

const char *strings_nearest(const struct strings *list, const char *text)
{
    const char *nearest = NULL;
    size_t least = SIZE_MAX;

    for (size_t i = 0; i < list->count; i++) {
        const char *word = list->items[i];
        size_t longer = strlen(word) > strlen(text) ? strlen(word) : strlen(text);
        size_t distance = edit_distance(word, text);
        if (distance < least && distance <= (longer + 1) / 3) {
            least = distance;
            nearest = word;
        }
    }
    return nearest;
}

char *text_suggest(const char *const *words, size_t count, const char *text)
{
    struct strings known = {0};

    for (size_t i = 0; i < count; i++)
        strings_add(&known, words[i]);
    const char *nearest = strings_nearest(&known, text);
    char *all = strings_join(&known, ", ");
    char *hint =
        nearest ? text_format("did you mean \"%s\"?", nearest) : text_format("known are %s", all);
    free(all);
    strings_release(&known);
    return hint;
}

bool text_number(unsigned *number, const char *text, unsigned least, unsigned most)
{
    char *end;

    errno = 0;
    unsigned long parsed = strtoul(text, &end, 10);
    if (!isdigit((unsigned char)*text) || *end || errno || parsed < least || parsed > most)
        return false;
    *number = (unsigned)parsed;
    return true;
}

char *text_stem(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');

    return dot ? text_format("%.*s", (int)(dot - name), name) : xstrdup(name);
}

char *text_for_shell(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_./:,=+@%";
    if (*word != '\0' && word[strspn(word, plain)] == '\0')
        return xstrdup(word);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    putc('\'', out);
    for (; *word; word++)
        if (*word == '\'')
            fputs("'\\''", out);
        else
            putc(*word, out);
    putc('\'', out);
    fclose(out);
    return text;
}
