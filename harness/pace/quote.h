/*
 * What somebody typed, as a sentence shows it: in quotes, on one line, not longer than a line
 * bears. What would not show (control characters, and bytes outside of ASCII, because an error may
 * stand in a log of any encoding) is written as \x0a; what is too long is cut and ends in "...".
 */
#ifndef PACE_QUOTE_H
#define PACE_QUOTE_H

#include <stddef.h>

enum { QUOTE_MOST = 60 }; /* characters between the quotes, before "..." */

char *quote(const char *text, size_t len); /* the caller frees */

#endif
