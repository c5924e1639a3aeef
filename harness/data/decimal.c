/* See decimal.h. */
#include "data/decimal.h"

#include <stdlib.h>
#include <string.h>

#include "data/strings.h"

enum { DIGITS_MOST = 15 };

size_t decimal_length(const char *text)
{
    size_t whole = strspn(text, "0123456789"), rest = 0;
    if (whole > 0 && text[whole] == '.') {
        rest = strspn(text + whole + 1, "0123456789");
        if (rest == 0)
            return 0;
        rest++;
    }
    return whole + rest > DIGITS_MOST ? 0 : whole + rest;
}

double decimal_scaled(const char *text, size_t len, int exponent)
{
    char *number = text_format("%.*se%d", (int)len, text, exponent);
    double value = strtod(number, NULL);
    free(number);
    return value;
}

bool decimal_percent(double *share, const char *text)
{
    char *number = text_format("%s%s", *text == '.' ? "0" : "", text);
    size_t len = decimal_length(number);
    const char *unit = number + len + strspn(number + len, " \t");
    bool is_percent = len > 0 && strcmp(unit, "%") == 0;
    if (is_percent)
        *share = decimal_scaled(number, len, -2);
    free(number);
    return is_percent;
}
