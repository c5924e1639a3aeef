/*
 * A number is read as digits and the place of its point, never as a double: so 0.1 of a second is
 * 100,000,000 ns, and no locale decides what a point is.
 */
#include "pace/units.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "data/strings.h"
#include "pace/quote.h"

enum { DIGITS_MOST = 18 }; /* what a uint64_t always holds */

/* digits / 10^decimals, and behind it the unit's letters. */
struct number {
    uint64_t digits, scale; /* scale = 10^decimals */
    const char *unit;       /* borrowed */
    size_t unit_len;
};

/* What a kind of number is called, and how it is written. */
struct measure {
    const char *name, *examples;
};
static const struct measure RATE = {"rate", "500, 20k or 1.5M"};
static const struct measure DURATION = {"duration", "250ms, 30s or 2m"};

/* -1, with the sentence: what was read, what is wrong, what would be right. */
static int refuse(char **error, const struct measure *measure, const char *text, size_t len,
                  const char *wrong)
{
    char *quoted = quote(text, len);
    int result =
        text_error(error, "%s %s: %s: try %s", measure->name, quoted, wrong, measure->examples);

    free(quoted);
    return result;
}

static bool has(const char *text, size_t len, int (*kind)(int))
{
    for (size_t i = 0; i < len; i++)
        if (kind((unsigned char)text[i]))
            return true;
    return false;
}

static bool is_exponent(const char *text, size_t len)
{
    return len >= 2 && tolower((unsigned char)text[0]) == 'e' &&
           (isdigit((unsigned char)text[1]) || text[1] == '+' || text[1] == '-');
}

/* What is wrong with text before any number is read of it; NULL: nothing so far. */
static const char *wrong_start(const char *text, size_t len)
{
    if (len == 0)
        return "nothing is there";
    if (has(text, len, isspace))
        return "a blank is in it";
    if (*text == '-' || *text == '+')
        return "it must be above 0 and have no sign";
    if (!isdigit((unsigned char)*text))
        return "it does not begin with a digit";
    return NULL;
}

/* Appends a digit; false when there are too many. Leading noughts do not count. */
static bool take_digit(struct number *number, char digit, bool is_decimal)
{
    static const uint64_t full = UINT64_C(100000000000000000); /* 10^(DIGITS_MOST - 1) */

    if (number->digits >= full || (is_decimal && number->scale >= full))
        return false;
    number->digits = number->digits * 10 + (uint64_t)(digit - '0');
    number->scale *= is_decimal ? 10 : 1;
    return true;
}

/* What is wrong; NULL: the number was read. */
static const char *read_number(struct number *number, const char *text, size_t len)
{
    const char *wrong = wrong_start(text, len);
    size_t i = 0, point = SIZE_MAX;

    *number = (struct number){.scale = 1};
    if (wrong)
        return wrong;
    for (; i < len && (isdigit((unsigned char)text[i]) || (text[i] == '.' && point > len)); i++)
        if (text[i] == '.')
            point = i;
        else if (!take_digit(number, text[i], point < i))
            return "it has too many digits";
    if (point == i - 1)
        return "no digit follows the point";
    number->unit = text + i;
    number->unit_len = len - i;
    if (is_exponent(number->unit, number->unit_len))
        return "exponents are not read";
    return NULL;
}

struct unit {
    const char *name;
    uint64_t factor;
};

static int refuse_unit(char **error, const struct measure *measure, const char *text, size_t len,
                       const struct number *number, const char *known)
{
    char *unit = quote(number->unit, number->unit_len);
    char *wrong = text_format("%s is no unit of a %s, which are %s", unit, measure->name, known);
    int result = refuse(error, measure, text, len, wrong);

    free(wrong);
    free(unit);
    return result;
}

/* The factor of the number's unit, the first of units if it has none; 0: it is none of them. */
static uint64_t factor_of(const struct number *number, const struct unit *units, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(units[i].name) == number->unit_len &&
            memcmp(units[i].name, number->unit, number->unit_len) == 0)
            return units[i].factor;
    return 0;
}

int units_rate(double *rate_rps, const char *text, size_t len, char **error)
{
    static const struct unit units[] = {{"", 1}, {"k", 1000}, {"K", 1000}, {"M", 1000000}};
    struct number number;
    const char *wrong = read_number(&number, text, len);

    if (wrong)
        return refuse(error, &RATE, text, len, wrong);
    uint64_t factor = factor_of(&number, units, sizeof units / sizeof *units);
    if (factor == 0)
        return refuse_unit(error, &RATE, text, len, &number, "k and M");
    double rate = (double)number.digits * (double)factor / (double)number.scale;
    if (number.digits == 0)
        return refuse(error, &RATE, text, len, "it must be above 0");
    if (rate < UNITS_RATE_LEAST)
        return refuse(error, &RATE, text, len, "it must be at least 0.001 a second");
    if (rate > UNITS_RATE_MOST)
        return refuse(error, &RATE, text, len, "it must be at most 10M a second");
    *rate_rps = rate;
    return 0;
}

int units_duration(int64_t *duration_ns, const char *text, size_t len, char **error)
{
    static const struct unit units[] = {
        {"", 1000000000},    {"us", 1000},         {"ms", 1000000},        {"s", 1000000000},
        {"m", 60000000000U}, {"h", 3600000000000}, {"d", 86400000000000U},
    };
    struct number number;
    const char *wrong = read_number(&number, text, len);

    if (wrong)
        return refuse(error, &DURATION, text, len, wrong);
    uint64_t factor = factor_of(&number, units, sizeof units / sizeof *units);
    if (factor == 0)
        return refuse_unit(error, &DURATION, text, len, &number, "us, ms, s, m, h and d");
    unsigned __int128 ns = (unsigned __int128)number.digits * factor / number.scale;
    if (ns == 0)
        return refuse(error, &DURATION, text, len, "it must be above 0");
    if (ns > UNITS_DURATION_MOST)
        return refuse(error, &DURATION, text, len, "it must be at most 7d");
    *duration_ns = (int64_t)ns;
    return 0;
}
