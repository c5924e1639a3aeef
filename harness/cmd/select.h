/* From names to things: which servers and workloads a run takes, described and read into a result's
 * header. */
#ifndef CMD_SELECT_H
#define CMD_SELECT_H

#include "data/catalog.h"
#include "data/result.h"

struct selection {
    struct strings servers;        /* names; empty: the experiment's, or all */
    struct strings paths;          /* executables of the user's own, measured beside them */
    struct strings workloads;      /* names; empty: the experiment's */
    const char *reference;         /* NULL: the experiment's */
    unsigned blocks;               /* of the paired rounds; 0: the experiment's */
    unsigned workers, connections; /* 0: the experiment's */
    const char *slo;               /* objectives instead of the experiment's; NULL */
    unsigned duration_s, rate_rps; /* of load in phases, and its rate; 0: the experiment's */
    const char *only;              /* "curves" or "rates"; NULL: all that the experiment asks for */
    bool explain;                  /* growth of memory, by its kinds */
};

/* Reads the experiment (a name of the catalog, or a path to an .ini) and applies the selection to
 * it, then fills result->experiment, arms and workloads. 0, or an exit code after saying why. */
int select_all(struct result *result, const struct paths *paths, const char *experiment,
               const struct selection *selection);
/* The workloads that result->experiment names, and what of the catalog they want behind the
 * servers. 0, or an exit code after saying why. */
int select_workloads(struct result *result, const struct paths *paths);

#endif
