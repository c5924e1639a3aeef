/*
 * What pace is asked for on its command line, checked as far as that goes without touching the
 * system: units, ranges, what excludes what. main.c looks after processes, files, CPUs and servers.
 */
#ifndef PACE_OPTIONS_H
#define PACE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "data/strings.h"
#include "pace/engine.h"
#include "pace/schedule.h"
#include "pace/url.h"

/* Without -c: as many as the highest rate needs at four times the latency that is aimed at, within
 * these. Enough that a slow moment of the server is a wait at the server and not at the generator's
 * connections; few enough that they are no load of their own. */
enum { CONNECTIONS_LEAST = 32, CONNECTIONS_MOST = 1024, CONNECTIONS_ASKED_MOST = 1000000 };
#define OPTIONS_SLO_NS         INT64_C(5000000)
#define OPTIONS_WARMUP_NS      INT64_C(1000000000)
#define OPTIONS_MAX_BACKLOG_NS INT64_C(10000000000)

enum hdr_form { HDR_NONE, HDR_HGRM, HDR_HLOG };

struct options {
    struct url urls[TRIAL_TARGETS];
    unsigned url_count;
    unsigned connections; /* per server */
    bool chose_connections;
    bool slo_chose_connections; /* there are others than without --slo */
    double rate_rps;     /* 0: not said; it and the duration make the schedule, unless -S does */
    int64_t duration_ns; /* 0: not said */
    const char *rate_text, *duration_text; /* as they were written; borrowed from argv */
    struct schedule schedule;
    const char *schedule_text; /* NULL: -r and -d; borrowed, as the other texts */
    const char *script;        /* NULL: GET of the URL */
    struct strings fields, arguments;
    bool json;
    const char *hdr;
    enum hdr_form hdr_form;
    uint64_t seed;
    bool chose_seed;
    int64_t warmup_ns, max_backlog_ns;
    int64_t slo_ns; /* 0: none was given */
    unsigned requests_per_connection;
    int cpu; /* -1: not said */
    pid_t pids[TRIAL_TARGETS][ENGINE_PIDS_MOST];
    unsigned pid_count[TRIAL_TARGETS];
};

enum options_step { OPTIONS_GO, OPTIONS_HELP, OPTIONS_VERSION, OPTIONS_WRONG };
/* Initialised here; release it in any case. OPTIONS_WRONG: one
 * sentence in *error, owned by the caller. */
enum options_step options_read(struct options *options, int argc, char **argv, char **error);
void options_release(struct options *options);

extern const char options_usage[];

#endif
