/*
 * A command's options as a table: from it come --help and the values, each put where it belongs.
 * What a value may be is said once, so that all commands refuse the same in the same words.
 */
#ifndef CMD_OPTION_TABLE_H
#define CMD_OPTION_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct option_seed {
    uint64_t number; /* below RESULT_SEED_LIMIT */
    bool is_given;
};

/* What a value is, and of which type the member is that takes it. */
enum option_kind {
    OPTION_TEXT,     /* const char *, borrowed from argv; not empty */
    OPTION_LIST,     /* struct strings: separated by commas, one at least; may be given again */
    OPTION_PATH,     /* struct strings: one more; may be given again */
    OPTION_FLAG,     /* bool; has no value */
    OPTION_COUNT,    /* unsigned, from low to high */
    OPTION_RATE,     /* uint32_t, requests a second: "500", "10k" */
    OPTION_SEED,     /* struct option_seed */
    OPTION_TIME,     /* double, seconds: "90s", "1h30m" */
    OPTION_DURATION, /* unsigned, whole seconds from low to high */
    OPTION_OWN,      /* whatever take makes of it; may be given again if the row says so */
};

struct option_row {
    const char *name, *value; /* NULL: it has none */
    enum option_kind kind;
    size_t offset; /* of the member, in the command's options */
    unsigned low, high;
    const char *help; /* lines of at most 57 columns */
    const char
        *again; /* of one that holds a single value: what helps who gives it twice, or NULL */
    /* Of OPTION_OWN: 0, or an exit code after saying what is wrong. */
    int (*take)(void *member, const char *text);
    bool repeats;
};

/* A row without again, take and repeats. */
#define OPTION_ROW(name, value, kind, offset, low, high, help)                                     \
    {                                                                                              \
        name, value, kind, offset, low, high, help, NULL, NULL, false                              \
    }

struct option_table {
    const char *command; /* "run" */
    const char *before;  /* what --help says above the options, and below them */
    const char *after;
    const struct option_row *rows; /* as --help lists them; at most OPTION_ROWS_MOST */
    size_t count;
};
enum { OPTION_ROWS_MOST = 48 };

/* 0, *given how many options there were and *first the index of what is none; -1 after --help; or
 * an exit code after saying what is wrong. */
int option_table_parse(const struct option_table *table, void *options, int argc, char **argv,
                       int *given, int *first);

#endif
