/* Plain decimals as people write them: digits, and perhaps a
 * point with digits behind it; no sign, no exponent, no base. */
#ifndef DATA_DECIMAL_H
#define DATA_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>

/* How many bytes of text, from its beginning, are one of at most 15 digits, which a double always
 * holds; 0: it begins with none. */
size_t decimal_length(const char *text);
/* The first len bytes of text, which are one, times 10^exponent:
 * rounded once, so that 99.9 % is the number that 0.999 is. */
double decimal_scaled(const char *text, size_t len, int exponent);
/* A decimal with % behind it, blanks before that or none, as a share: .02 of "2%". Here the first
 * digit may be left out: ".5 %". Sets *share only if text is one. */
bool decimal_percent(double *share, const char *text);

#endif
