#include "data/ini_source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "data/strings.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf" /* that some editors begin a file of UTF-8 with */

int ini_source_open(struct ini_source *source, const char *path, char **error)
{
    *source = (struct ini_source){.file = fopen(path, "re"), .path = path, .error = error};
    if (!source->file)
        return text_error(error, "%s cannot be read: %s", path, strerror(errno));
    return 0;
}

int ini_source_open_text(struct ini_source *source, const char *text, const char *path,
                         char **error)
{
    const char *some = *text ? text : "\n"; /* POSIX lets a stream over no bytes fail */
    FILE *file = fmemopen((char *)some, strlen(some), "r"); /* which only reads */
    *source = (struct ini_source){.file = file, .path = path, .error = error};
    if (!source->file)
        return text_error(error, "%s cannot be read: %s", path, strerror(errno));
    return 0;
}

void ini_source_close(struct ini_source *source)
{
    fclose(source->file);
}

void ini_source_fail(struct ini_source *source, char *sentence)
{
    if (!source->failed)
        text_error(source->error, "%s:%u: %s", source->path, source->line, sentence);
    source->failed = true;
    free(sentence);
}

char *ini_source_line(char *buffer, int size, void *stream)
{
    struct ini_source *source = stream;

    if (source->failed || !fgets(buffer, size, source->file))
        return NULL;
    source->line++;
    if (!strchr(buffer, '\n') && !feof(source->file)) {
        ini_source_fail(source, text_format("the line is longer than %d bytes", size - 2));
        return NULL;
    }
    size_t mark = source->line == 1 && strncmp(buffer, BYTE_ORDER_MARK, 3) == 0 ? 3 : 0;
    size_t indent = mark + strspn(buffer + mark, " \t");
    memmove(buffer, buffer + indent, strlen(buffer + indent) + 1);
    return buffer;
}

/* What inih takes for a comment, or nothing. */
static bool is_beside(const char *rest)
{
    size_t blanks = strspn(rest, " \t\r\n");
    return rest[blanks] == '\0' || (blanks > 0 && rest[blanks] == ';');
}

char *ini_source_head(struct ini_source *source, const char *line)
{
    if (*line != '[')
        return NULL;
    size_t len = strcspn(line, "]");
    if (line[len] == '\0') {
        ini_source_fail(source, text_format("the section's ] is missing"));
        return NULL;
    }
    if (!is_beside(line + len + 1)) {
        ini_source_fail(source,
                        text_format("behind the section's ] stands more: begin a new line"));
        return NULL;
    }
    return text_format("%.*s", (int)len - 1, line + 1);
}

int ini_source_parse(struct ini_source *source, ini_reader read, void *stream, ini_handler handler,
                     void *user)
{
    int line = ini_parse_stream(read, stream, handler, user);

    if (source->failed)
        return -1;
    if (ferror(source->file))
        return text_error(source->error, "%s cannot be read", source->path);
    if (line == 0)
        return 0;
    return text_error(source->error, "%s:%d: neither [section], nor key = value, nor ; comment",
                      source->path, line);
}
