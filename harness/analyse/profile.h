/*
 * What a request costs, counted: two runs of the same kind, one longer
 * than the other, and what the requests between them have added. What
 * starting, connecting and ending cost is in both and falls out. Pure.
 */
#ifndef ANALYSE_PROFILE_H
#define ANALYSE_PROFILE_H

#include <stddef.h>
#include <stdint.h>

#include "data/counts.h"

struct cost {
    char *name;
    double each; /* a request */
};

struct costs {
    struct cost *items; /* what costs anything, the largest first */
    size_t count;
    double total;
    char *missing; /* why there is no count, "" if none was asked for; NULL: counted */
};
/* (many - few) / requests, by name and in total; requests: those between the two, more than 0. */
void costs_find(struct costs *costs, const struct counts *few, const struct counts *many,
                uint64_t requests);
double costs_of(const struct costs *costs, const char *name); /* 0: not among them */
void costs_release(struct costs *costs);

struct profile_row {
    char *server, *workload;
    struct costs instructions, calls;
};

struct profile {
    struct profile_row *rows; /* by server, then by workload */
    size_t count;
    char *build; /* what compiled the servers, and how */
    char *tools; /* "valgrind-3.19.0, strace 6.1" */
};
struct profile_row *profile_add(struct profile *profile, const char *server, const char *workload);
void profile_release(struct profile *profile);

#endif
