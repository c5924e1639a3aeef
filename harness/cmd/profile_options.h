/* backbench profile's command line, and which servers and workloads it means. */
#ifndef CMD_PROFILE_OPTIONS_H
#define CMD_PROFILE_OPTIONS_H

#include <stdbool.h>

#include "data/catalog.h"

struct profile_options {
    struct strings servers;   /* names, or paths with a slash; empty: all of the suite's own */
    struct strings workloads; /* empty: all in which nothing waits */
    const char *budget, *write_budget, *rewrite; /* files; NULL: not asked */
    const char *wrk;
    bool json, markdown;
};

/* 0, an exit code after saying what is wrong, or -1: help was printed. */
int profile_options_parse(struct profile_options *options, int argc, char **argv);
void profile_options_release(struct profile_options *options);

struct profile_choice {
    struct server_info *servers;
    size_t server_count;
    struct workload *workloads;
    size_t workload_count;
};

/* 0, or an exit code after saying why; release it in either case. */
int profile_choose(struct profile_choice *choice, const struct profile_options *options,
                   const struct paths *paths);
void profile_choice_release(struct profile_choice *choice);

#endif
