/*
 * The command line of every server: the process contract's options, and a model's own tuning
 * numbers. Strings point into argv. A bad option has been explained on stderr when options_parse
 * returns.
 */
#ifndef CORE_OPTIONS_H
#define CORE_OPTIONS_H

#include <stdint.h>
#include <stdio.h>

enum { OPTIONS_WORKERS_LIMIT = 1024 };

struct options {
    const char *address; /* numeric IPv4 or IPv6 */
    uint16_t port;       /* 0: the kernel chooses */
    unsigned workers;
    unsigned max_connections; /* 0: not given */
    const char *upstream;     /* HOST:PORT, or NULL */
    const char *database;     /* a libpq connection string, or NULL */
};

/* An option --NAME N that only one model has; a table of them ends with name NULL. */
struct option_number {
    const char *name;
    const char *help;
    unsigned *value; /* holds the default */
    unsigned min, max;
};

enum options_result { OPTIONS_RUN, OPTIONS_DESCRIBE, OPTIONS_HELP, OPTIONS_BAD };

/* `own` may be NULL. */
enum options_result options_parse(struct options *options, const struct option_number *own,
                                  int argc, char **argv);

void options_usage(FILE *out, const char *program, const struct option_number *own);

#endif
