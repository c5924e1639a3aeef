/* See terminal.h. */
#include "pace/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "data/strings.h"
#include "pace/screen.h"

bool terminal_takes_escapes(int fd)
{
    const char *term = getenv("TERM");

    return isatty(fd) && term && *term && strcmp(term, "dumb") != 0;
}

int terminal_columns(int fd)
{
    const char *said = getenv("COLUMNS");
    struct winsize size = {0};
    unsigned columns = 0;

    if (!isatty(fd))
        return SCREEN_USUAL;
    if (ioctl(fd, TIOCGWINSZ, &size) == 0)
        columns = size.ws_col;
    if (columns == 0 && said && !text_number(&columns, said, 1, 10000))
        columns = 0;
    if (columns == 0)
        return SCREEN_USUAL;
    if (columns < SCREEN_LEAST)
        return SCREEN_LEAST;
    return columns > SCREEN_MOST ? SCREEN_MOST : (int)columns;
}
