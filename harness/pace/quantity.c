/* See quantity.h. */
#include "pace/quantity.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Digits after the point that make three in all. */
static int decimals(double value)
{
    return value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
}

const char *quantity_time(char text[QUANTITY_SIZE], double ns, bool utf8)
{
    static const struct {
        double size_ns;
        const char *name, *ascii;
    } units[] = {{1e9, "s", "s"}, {1e6, "ms", "ms"}, {1e3, "µs", "us"}, {1, "ns", "ns"}};
    size_t unit = 0;

    if (ns < 0.5) {
        snprintf(text, QUANTITY_SIZE, "0");
        return text;
    }
    /* 999.6 us is a millisecond: no unit is given four digits. */
    while (unit < 3 && ns < units[unit].size_ns * 0.9995)
        unit++;
    double value = ns / units[unit].size_ns;
    snprintf(text, QUANTITY_SIZE, "%.*f %s", unit == 3 ? 0 : decimals(value), value,
             utf8 ? units[unit].name : units[unit].ascii);
    return text;
}

const char *quantity_seconds(char text[QUANTITY_SIZE], double ns)
{
    double s = ns / 1e9;

    if (s < 0.9995)
        snprintf(text, QUANTITY_SIZE, "%.3g ms", s * 1e3);
    else if (s < 99.95)
        snprintf(text, QUANTITY_SIZE, "%.3g s", s);
    else if (s < 99.5 * 60)
        snprintf(text, QUANTITY_SIZE, "%.0f min", s / 60);
    else if (s < 99.5 * 3600)
        snprintf(text, QUANTITY_SIZE, "%.0f h", s / 3600);
    else
        snprintf(text, QUANTITY_SIZE, "%.0f days", s / 86400);
    return text;
}

const char *quantity_count(char text[QUANTITY_SIZE], uint64_t n)
{
    char digits[24], *to = text;
    int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);

    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
    return text;
}

const char *quantity_rate(char text[QUANTITY_SIZE], double per_s)
{
    char figure[QUANTITY_SIZE];

    if (per_s < 99.95) {
        snprintf(text, QUANTITY_SIZE, "%.3g/s", per_s);
        return text;
    }
    quantity_count(figure, (uint64_t)(per_s + 0.5));
    snprintf(text, QUANTITY_SIZE, "%.36s/s", figure);
    return text;
}

/* Near all and near nothing the digits that count are the last ones. */
const char *quantity_share(char text[QUANTITY_SIZE], double share)
{
    double percent = 100 * share;

    if (share <= 0 || share == 1)
        snprintf(text, QUANTITY_SIZE, "%.0f %%", percent);
    else if (percent < 0.01)
        snprintf(text, QUANTITY_SIZE, "< 0.01 %%");
    else if (percent > 99.99 && percent < 100)
        snprintf(text, QUANTITY_SIZE, "> 99.99 %%");
    else if (percent < 0.1 || (percent > 99.9 && percent < 100))
        snprintf(text, QUANTITY_SIZE, "%.2f %%", percent);
    else if (percent < 9.95 || (percent > 99 && percent < 100))
        snprintf(text, QUANTITY_SIZE, "%.1f %%", percent);
    else
        snprintf(text, QUANTITY_SIZE, "%.0f %%", percent);
    return text;
}

const char *quantity_percentile(char text[QUANTITY_SIZE], double p)
{
    snprintf(text, QUANTITY_SIZE, "p%.8g", 100 * p);
    return text;
}
