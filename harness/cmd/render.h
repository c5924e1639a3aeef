/* From a result to everything that shows it: the terminal's table, and the files in its folder. */
#ifndef CMD_RENDER_H
#define CMD_RENDER_H

#include <stdbool.h>

#include "data/catalog.h"
#include "data/result.h"

/* Prints the summary on stdout (text, or JSON) and writes report.md, report.html and plots/ into
 * result->directory. Returns the exit code that the summary asks for, or EXIT_ENVIRONMENT if a file
 * could not be written. */
int render_result(const struct result *result, const struct paths *paths, bool json);
/* The summary alone, where no file can be written. */
void render_on_stdout(const struct result *result, bool json);
/* Columns of stdout. What is read later, in a file or a pipe, has no width of its own. */
enum { TEXT_WIDTH_ELSEWHERE = 100 };
unsigned text_width(void);

#endif
