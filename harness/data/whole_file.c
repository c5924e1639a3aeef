/* Writing beside and renaming; see whole_file.h. */
#include "data/whole_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "data/strings.h"

static int write_file(const char *path, const char *text, bool is_synced)
{
    FILE *file = fopen(path, "we");
    if (file == NULL)
        return errno;
    int number = fputs(text, file) < 0 || fflush(file) != 0 ? errno : 0;
    if (number == 0 && is_synced && fsync(fileno(file)) < 0)
        number = errno;
    if (fclose(file) != 0 && number == 0)
        number = errno;
    return number;
}

int whole_file_write(const char *path, const char *text, bool is_synced)
{
    char *beside = text_format("%s.new", path);
    int number = write_file(beside, text, is_synced);
    if (number == 0 && rename(beside, path) < 0)
        number = errno;
    if (number)
        unlink(beside);
    free(beside);
    return number;
}
