#include "measure/procfile.h"

#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int open_named(const char *format, va_list arguments)
{
    char path[PATH_MAX];
    vsnprintf(path, sizeof(path), format, arguments);
    return open(path, O_RDONLY | O_CLOEXEC);
}

int procfile_open(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int fd = open_named(format, arguments);
    va_end(arguments);
    return fd;
}

char *procfile_read(int fd, char *text, size_t size)
{
    size_t len = 0;
    ssize_t got = 0;
    if (fd < 0)
        return NULL;
    while (len + 1 < size && (got = pread(fd, text + len, size - 1 - len, (off_t)len)) > 0)
        len += (size_t)got;
    text[len] = '\0';
    return len > 0 && got >= 0 ? text : NULL;
}

char *procfile_read_once(char *text, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int fd = open_named(format, arguments);
    va_end(arguments);
    char *got = procfile_read(fd, text, size);
    if (fd >= 0)
        close(fd);
    return got;
}

/* Which word of a line name is, counted from 0; -1 if it is none. */
static int word_index(const char *line, const char *end, const char *name)
{
    size_t len = strlen(name);
    int index = 0;
    for (const char *word = line; word < end; index++) {
        size_t word_len = strcspn(word, " \n");
        if (word_len == len && strncmp(word, name, len) == 0)
            return index;
        word += word_len + 1;
    }
    return -1;
}

int64_t procfile_counter(const char *text, const char *group, const char *name)
{
    size_t group_len = strlen(group);
    for (const char *line = text; line != NULL && *line != '\0';) {
        const char *names_end = strchr(line, '\n');
        if (names_end == NULL)
            return -1;
        const char *values = names_end + 1, *values_end = strchr(values, '\n');
        if (strncmp(line, group, group_len) == 0 && line[group_len] == ':') {
            int index = word_index(line, names_end, name);
            const char *word = values;
            for (int i = 0; i < index && word != NULL; i++)
                word = (word = strchr(word, ' ')) != NULL ? word + 1 : NULL;
            return index < 0 || word == NULL ? -1 : strtoll(word, NULL, 10);
        }
        line = values_end != NULL ? values_end + 1 : NULL;
    }
    return -1;
}

int64_t procfile_value(const char *text, const char *key)
{
    size_t len = strlen(key);
    for (const char *line = text; line != NULL;
         line = (line = strchr(line, '\n')) ? line + 1 : NULL)
        if (strncmp(line, key, len) == 0 && line[len] == ':')
            return strtoll(line + len + 1, NULL, 10);
    return -1;
}
