/* The options of backbench run. */
#ifndef CMD_RUN_OPTIONS_H
#define CMD_RUN_OPTIONS_H

#include <stdbool.h>

#include "cmd/option_table.h"
#include "cmd/select.h"
#include "data/strings.h"

/* Borrows from argv, but for the lists. */
struct run_options {
    const char *experiment; /* NULL with resume */
    const char *resume;     /* folder of a run that was cut off; else NULL */
    struct selection selection;
    struct strings required;
    const char *server_cpus, *load_cpus;
    const char *results; /* folder that gets the run's own folder */
    const char *wrk;
    const char *pace; /* NULL: the one beside backbench */
    double budget_s;  /* 0: none */
    struct option_seed seed;
    bool dry_run, json;
    int argc; /* as they were given, "run" first */
    char *const *argv;
};

/* 0; -1 after --help; or an exit code after saying what is
 * wrong. Initialised here, released in every case. */
int run_options_parse(struct run_options *options, int argc, char **argv);
void run_options_release(struct run_options *options);

#endif
