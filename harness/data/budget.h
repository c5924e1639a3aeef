/*
 * How many instructions a request may cost: servers/instructions.budget. Comments begin with '#';
 * one line `build TEXT` says what the servers were compiled with; every other line is
 *     SERVER WORKLOAD FUNCTION|total INSTRUCTIONS
 * where no name holds a blank (a blank of a function's name is written "_").
 */
#ifndef DATA_BUDGET_H
#define DATA_BUDGET_H

#include <stddef.h>
#include <stdio.h>

#define BUDGET_TOTAL "total"

struct budget_line {
    char *server, *workload, *function;
    unsigned instructions;
};

struct budget {
    char *build; /* NULL: not said */
    struct budget_line *lines;
    size_t count;
};

/* 0, or -1 with one sentence (file, line, what) in *error. The
 * budget is initialised here; release it in either case. */
int budget_read(struct budget *budget, const char *path, char **error);
void budget_add(struct budget *budget, const char *server, const char *workload,
                const char *function, unsigned instructions);
/* NULL: there is none. */
const struct budget_line *budget_find(const struct budget *budget, const char *server,
                                      const char *workload, const char *function);
/* Writes it with the given comment (whole lines), sorted by server and
 * workload, the total first, functions by name. 0, or -1 with one sentence
 * in *error; a file that was there is replaced as a whole or not at all. */
int budget_write(struct budget *budget, const char *path, const char *comment, char **error);
void budget_release(struct budget *budget);

#endif
