/* See slo.h. */
#include "data/slo.h"

#include <math.h>
#include <string.h>

#include "data/decimal.h"

static const double LIMIT_MOST_NS = 10e9;

/* "ms" is -3; 1: it is none. */
static int unit_exponent(const char *unit)
{
    static const struct {
        const char *name;
        int exponent;
    } units[] = {{"us", -6}, {"ms", -3}, {"s", 0}};

    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(units[i].name, unit) == 0)
            return units[i].exponent;
    return 1;
}

/* One word. */
static int read_one(struct slo *slo, const char *word, char **error)
{
    size_t share = word[0] == 'p' ? decimal_length(word + 1) : 0;
    const char *limit = word + 1 + share;

    if (share == 0 || *limit++ != '=')
        return text_error(error, "\"%s\" is no objective: write one as p99=5ms", word);
    *slo = (struct slo){.p = decimal_scaled(word + 1, share, -2)};
    if (!(slo->p > .5 && slo->p < 1))
        return text_error(error, "\"%s\": give a percentile above 50 and below 100", word);
    size_t len = decimal_length(limit);
    if (len == 0)
        return text_error(error, "\"%s\": \"%s\" is no limit: write one as 5ms", word, limit);
    int exponent = unit_exponent(limit + len);
    if (exponent > 0)
        return text_error(error, "\"%s\": the limit needs its unit, us, ms or s, as in p99=5ms",
                          word);
    double limit_ns = round(decimal_scaled(limit, len, exponent + 9));
    if (!(limit_ns >= 1 && limit_ns <= LIMIT_MOST_NS))
        return text_error(error, "\"%s\": give a limit above 0 and up to 10s", word);
    slo->limit_ns = (int64_t)limit_ns;
    return 0;
}

bool slo_is_same(const struct slo *a, const struct slo *b)
{
    return fabs(a->p - b->p) < 1e-9 && a->limit_ns == b->limit_ns;
}

static int add(struct slo slos[SLOS_MOST], size_t *count, const char *word, char **error)
{
    struct slo slo;
    if (read_one(&slo, word, error) < 0)
        return -1;
    for (size_t i = 0; i < *count; i++)
        if (slo_is_same(&slos[i], &slo))
            return text_error(error, "\"%s\" is said twice", word);
    if (*count == SLOS_MOST)
        return text_error(error, "\"%s\" is one too many: at most %d objectives", word, SLOS_MOST);
    slos[(*count)++] = slo;
    return 0;
}

int slos_read(struct slo slos[SLOS_MOST], size_t *count, const char *text, char **error)
{
    struct strings words = {0};
    int status = 0;

    *count = 0;
    strings_split(&words, text);
    if (words.count == 0)
        status = text_error(error, "there is no objective: write one as p99=5ms");
    for (size_t i = 0; i < words.count && status == 0; i++)
        status = add(slos, count, words.items[i], error);
    if (status < 0)
        *count = 0;
    strings_release(&words);
    return status;
}
