#include "data/ini_source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "data/strings.h"

int ini_source_open(struct ini_source *source, const char *path, char **error)
{
    *source = (struct ini_source){.file = fopen(path, "re"), .path = path, .error = error};
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
    size_t indent = strspn(buffer, " \t");
    memmove(buffer, buffer + indent, strlen(buffer + indent) + 1);
    return buffer;
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
