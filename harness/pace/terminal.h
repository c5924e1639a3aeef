/* What a terminal at the other end of a file descriptor takes:
 * escapes or not, and how many columns. */
#ifndef PACE_TERMINAL_H
#define PACE_TERMINAL_H

#include <stdbool.h>

/* A terminal whose TERM says that it knows more than lines of text. */
bool terminal_takes_escapes(int fd);
/* Of text that is to be read there: the terminal's, or what COLUMNS says where that is not known;
 * within the screen's limits, and SCREEN_USUAL where there is no terminal. */
int terminal_columns(int fd);

#endif
