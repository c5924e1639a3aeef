/*
 * The data lines at the top of a workload script: "--| key value", read as text up to the first
 * line that is not one. The script below is wrk's business; nothing of it is executed here.
 */
#include "data/catalog.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char prefix[] = "--|";

/* Where in the file we are, for sentences. */
struct source {
    const char *path;
    unsigned line;
    char **error;
};

static const char *const class_names[] = {"plain", "waiting", "stateful"};
enum { CLASSES = sizeof class_names / sizeof *class_names };

const char *workload_class_name(enum workload_class class)
{
    return class_names[class];
}

static int unknown(const struct source *source, const char *what, const char *text,
                   const char *const *words, size_t count)
{
    char *hint = text_suggest(words, count, text);

    text_error(source->error, "%s:%u: unknown %s \"%s\": %s", source->path, source->line, what,
               text, hint);
    free(hint);
    return -1;
}

static int take_text(char **text, const char *value)
{
    free(*text);
    *text = xstrdup(value);
    return 0;
}

static int take_number(const struct source *source, unsigned *number, const char *value,
                       unsigned least, unsigned most)
{
    if (text_number(number, value, least, most))
        return 0;
    return text_error(source->error, "%s:%u: \"%s\" is not a whole number from %u to %u",
                      source->path, source->line, value, least, most);
}

static int take_class(const struct source *source, enum workload_class *class, const char *value)
{
    for (unsigned i = 0; i < CLASSES; i++)
        if (strcmp(class_names[i], value) == 0) {
            *class = (enum workload_class)i;
            return 0;
        }
    return unknown(source, "class", value, class_names, CLASSES);
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, tolower((unsigned char)c)) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* One escape after the backslash: how many characters it took, 0 if it is none. \0 and \x00 are
 * refused: the body is a C string. */
static size_t unescape(const char *text, char *byte)
{
    static const char letters[] = "nrtabfv\\\"'", bytes[] = "\n\r\t\a\b\f\v\\\"'";
    const char *at = *text ? strchr(letters, *text) : NULL;

    if (at) {
        *byte = bytes[at - letters];
        return 1;
    }
    if (*text != 'x' || hex_digit(text[1]) < 0 || hex_digit(text[2]) < 0)
        return 0;
    *byte = (char)(hex_digit(text[1]) * 16 + hex_digit(text[2]));
    return *byte ? 3 : 0;
}

static int take_body(const struct source *source, char **body, const char *value)
{
    char *text = xcalloc(strlen(value) + 1, 1), *to = text;

    for (const char *from = value; *from; to++) {
        if (*from != '\\') {
            *to = *from++;
            continue;
        }
        size_t taken = unescape(from + 1, to);
        if (taken == 0) {
            free(text);
            return text_error(source->error,
                              "%s:%u: \"%.4s\" is no escape of C that a body can hold: "
                              "\\n \\r \\t \\\\ \\\" \\xHH are",
                              source->path, source->line, from);
        }
        from += 1 + taken;
    }
    free(*body);
    *body = text;
    return 0;
}

static int take_sha256(const struct source *source, char **sha256, const char *value)
{
    enum { DIGITS = 64 };

    if (strlen(value) != DIGITS || strspn(value, "0123456789abcdef") != DIGITS)
        return text_error(source->error,
                          "%s:%u: \"%s\" is not a SHA-256: 64 digits of 0-9 and a-f, as sha256sum "
                          "prints them",
                          source->path, source->line, value);
    return take_text(sha256, value);
}

/* Whether there is such a server is for who reads the catalog of them. */
static int take_server(const struct source *source, char **name, const char *value)
{
    if (value[strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789-")] != '\0')
        return text_error(source->error,
                          "%s:%u: \"%s\" is not the name of a server, as backbench list prints "
                          "them: small letters, digits, dashes",
                          source->path, source->line, value);
    return take_text(name, value);
}

/* The keys; in this order, so that `seen` below can be a bit each. */
static const char *const keys[] = {
    "summary",     "isolates",      "route", "class",   "expect-status", "expect-type",
    "expect-body", "expect-sha256", "keys",  "wait-ms", "upstream",      "warm-requests",
};
enum key {
    KEY_SUMMARY,
    KEY_ISOLATES,
    KEY_ROUTE,
    KEY_CLASS,
    KEY_EXPECT_STATUS,
    KEY_EXPECT_TYPE,
    KEY_EXPECT_BODY,
    KEY_EXPECT_SHA256,
    KEY_KEYS,
    KEY_WAIT_MS,
    KEY_UPSTREAM,
    KEY_WARM_REQUESTS,
    KEYS,
};

static enum key key_of(const char *word)
{
    unsigned key = 0;

    while (key < KEYS && strcmp(keys[key], word) != 0)
        key++;
    return (enum key)key;
}

static int take(const struct source *source, struct workload *workload, enum key key,
                const char *value)
{
    enum { WAIT_MOST_MS = 10000, STATUS_LEAST = 200, STATUS_MOST = 599 };

    switch (key) {
    case KEY_SUMMARY:
        return take_text(&workload->summary, value);
    case KEY_ISOLATES:
        return take_text(&workload->isolates, value);
    case KEY_ROUTE:
        return take_text(&workload->route, value);
    case KEY_CLASS:
        return take_class(source, &workload->class, value);
    case KEY_EXPECT_STATUS:
        return take_number(source, &workload->expect_status, value, STATUS_LEAST, STATUS_MOST);
    case KEY_EXPECT_TYPE:
        return take_text(&workload->expect_type, value);
    case KEY_EXPECT_BODY:
        return take_body(source, &workload->expect_body, value);
    case KEY_EXPECT_SHA256:
        return take_sha256(source, &workload->expect_sha256, value);
    case KEY_KEYS:
        return take_number(source, &workload->keys, value, 1, INT_MAX);
    case KEY_WAIT_MS:
        return take_number(source, &workload->wait_ms, value, 1, WAIT_MOST_MS);
    case KEY_UPSTREAM:
        return take_server(source, &workload->upstream, value);
    case KEY_WARM_REQUESTS:
        return take_number(source, &workload->warm_requests, value, 1, INT_MAX);
    case KEYS:
        break;
    }
    return -1;
}

/* Splits "key value" after the prefix in place. A value may hold blanks; those around it do not
 * count. */
static void split_line(char *line, char **key, char **value)
{
    static const char blanks[] = " \t";

    *key = line + strspn(line, blanks);
    *value = *key + strcspn(*key, blanks);
    if (**value)
        *(*value)++ = '\0';
    *value += strspn(*value, blanks);
    for (char *end = *value + strlen(*value); end > *value && isspace((unsigned char)end[-1]);)
        *--end = '\0';
}

static int take_line(const struct source *source, struct workload *workload, unsigned *seen,
                     char *line)
{
    char *word, *value;

    split_line(line, &word, &value);
    enum key key = key_of(word);
    if (key == KEYS)
        return unknown(source, "key", word, keys, KEYS);
    if (*seen & 1u << key)
        return text_error(source->error, "%s:%u: %s is said twice", source->path, source->line,
                          word);
    if (!*value)
        return text_error(source->error, "%s:%u: %s has no value", source->path, source->line,
                          word);
    *seen |= 1u << key;
    return take(source, workload, key, value);
}

/* The data lines are the first ones: one that stands later would be lost without a word, so it is
 * an error. */
static int read_lines(struct source *source, struct workload *workload, unsigned *seen, FILE *file)
{
    char *line = NULL;
    size_t size = 0;
    bool data = true;
    int status = 0;

    while (status == 0 && getline(&line, &size, file) >= 0) {
        bool is_data = strncmp(line, prefix, strlen(prefix)) == 0;
        source->line++;
        line[strcspn(line, "\r\n")] = '\0';
        if (is_data && data)
            status = take_line(source, workload, seen, line + strlen(prefix));
        else if (is_data)
            status =
                text_error(source->error, "%s:%u: data lines (%s) stand at the top, without a gap",
                           source->path, source->line, prefix);
        data = data && is_data;
    }
    free(line);
    return status;
}

/* What the suite needs of a workload that it lists and chooses servers for. */
static int check_listed(const struct source *source, const struct workload *workload, unsigned seen)
{
    static const enum key needed[] = {KEY_SUMMARY, KEY_ISOLATES, KEY_ROUTE};

    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!(seen & 1u << needed[i]))
            return text_error(source->error, "%s: no \"%s %s\" line at the top", source->path,
                              prefix, keys[needed[i]]);
    bool waits = workload->wait_ms > 0 || workload->upstream;
    if ((workload->class == WORKLOAD_WAITING) != waits)
        return text_error(source->error,
                          "%s: class waiting comes with wait-ms or upstream, and they with it",
                          source->path);
    return 0;
}

static int read_file(struct source *source, struct workload *workload, unsigned *seen)
{
    *workload = (struct workload){.name = text_stem(source->path),
                                  .path = xstrdup(source->path),
                                  .class = WORKLOAD_PLAIN,
                                  .expect_status = 200};
    FILE *file = fopen(source->path, "re");
    if (!file)
        return text_error(source->error, "%s cannot be read: %s", source->path, strerror(errno));
    int status = read_lines(source, workload, seen, file);
    fclose(file);
    if (status == 0 && workload->expect_body && workload->expect_sha256)
        return text_error(source->error, "%s: expect-body says it all: no expect-sha256 beside it",
                          source->path);
    return status;
}

int workload_read(struct workload *workload, const char *path, char **error)
{
    struct source source = {.path = path, .error = error};
    unsigned seen = 0;

    if (read_file(&source, workload, &seen) < 0)
        return -1;
    return check_listed(&source, workload, seen);
}

int workload_read_alone(struct workload *workload, const char *path, char **error)
{
    struct source source = {.path = path, .error = error};
    unsigned seen = 0;

    int status = read_file(&source, workload, &seen);
    if (!seen)
        workload->expect_status = 0;
    return status;
}

void workload_release(struct workload *workload)
{
    free(workload->name);
    free(workload->path);
    free(workload->summary);
    free(workload->isolates);
    free(workload->route);
    free(workload->expect_type);
    free(workload->expect_body);
    free(workload->expect_sha256);
    free(workload->upstream);
    *workload = (struct workload){0};
}

bool workload_suits(const struct workload *workload, const struct server_info *server)
{
    if (workload->upstream)
        return strings_contain(&server->routes, workload->route);
    return !server->routes.count || !workload->route ||
           strings_contain(&server->routes, workload->route);
}
