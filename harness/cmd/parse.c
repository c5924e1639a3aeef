#include "cmd/parse.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double DURATION_LIMIT_S = 30 * 24 * 3600.0;

bool parse_number(const char *text, uint64_t low, uint64_t high, uint64_t *number)
{
    if (!isdigit((unsigned char)text[0]))
        return false;
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno || *end || value < low || value > high)
        return false;
    *number = value;
    return true;
}

static double unit_s(const char *unit)
{
    if (!*unit || strcmp(unit, "s") == 0)
        return 1;
    if (strcmp(unit, "m") == 0 || strcmp(unit, "min") == 0)
        return 60;
    return strcmp(unit, "h") == 0 ? 3600 : 0;
}

bool parse_duration(const char *text, double *seconds)
{
    if (!isdigit((unsigned char)text[0]) || strpbrk(text, "xX"))
        return false;
    char *end;
    unsigned whole_s;
    double value = strtod(text, &end) * unit_s(end);
    if (parse_whole_duration(text, &whole_s))
        value = whole_s;
    if (!isfinite(value) || value <= 0 || value > DURATION_LIMIT_S)
        return false;
    *seconds = value;
    return true;
}

bool parse_whole_duration(const char *text, unsigned *seconds)
{
    static const struct unit {
        char letter;
        unsigned seconds;
    } units[] = {{'h', 3600}, {'m', 60}, {'s', 1}};
    enum { UNITS = sizeof(units) / sizeof(*units), DIGITS_MOST = 5 };
    uint64_t sum = 0;
    size_t next = 0;
    if (text[0] == '\0')
        return false;
    while (*text) {
        size_t digits = strspn(text, "0123456789");
        while (next < UNITS && units[next].letter != text[digits])
            next++;
        if (digits == 0 || digits > DIGITS_MOST || next == UNITS)
            return false;
        sum += strtoull(text, NULL, 10) * units[next++].seconds;
        text += digits + 1;
    }
    *seconds = (unsigned)sum;
    return true;
}
