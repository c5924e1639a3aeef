/*
 * What there is: servers, workloads and experiments, found relative to the backbench binary.
 * Reading only; nothing here starts or measures anything (a server's own description comes from
 * measure/server, which runs it).
 */
#ifndef DATA_CATALOG_H
#define DATA_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/strings.h"

/* Absolute folders, found from /proc/self/exe: the source tree's, or PREFIX/share/backbench's.
 * Owned. */
struct paths {
    char *programs;    /* holds pace: build/bin, or PREFIX/bin */
    char *servers;     /* holds server-NAME: build/bin, or PREFIX/libexec/backbench */
    char *external;    /* holds NAME/server.ini of servers that are not ours */
    char *workloads;   /* NAME.lua */
    char *experiments; /* NAME.ini */
    char *conformance; /* *.case */
    char *report;      /* templates, style sheet, gnuplot scripts */
    char *lua;         /* the harness' own Lua (wrk's wrapper) */
};
/* 0, or -1 with one sentence in *error (owned by the caller). */
int paths_find(struct paths *paths, char **error);
/* The same for a binary elsewhere, by its absolute path; it need not exist. */
int paths_find_from(struct paths *paths, const char *binary, char **error);
void paths_release(struct paths *paths);

/* Which file execvp(3) would run under this name: a path itself, else
 * the first in PATH that can be executed; an empty element of PATH is
 * the current folder. The caller frees; NULL if there is none. */
char *program_find(const char *name);
/* The same for a service, which may also stand where only root's PATH looks (sbin). */
char *program_find_service(const char *name);

/* What a server says of itself with --describe, or what the server.ini of one that is not ours says
 * of it. Owned strings; NULL if not said. */
struct server_info {
    char *name;  /* "epoll" */
    char *path;  /* executable */
    char *model; /* "event loop" */
    char *summary;
    char *language;
    char *variant;
    char *workers_meaning;
    struct strings differs;
    struct strings routes;    /* "plaintext", "json", ... ; empty: not declared */
    struct strings libraries; /* "liburing 2.3" */
    bool described;           /* false: the binary has no --describe; named after its file */
    bool ceiling;             /* "model ceiling": never ranked, the roof */
    bool own_core;            /* "core backbench": answers are compared byte for byte */
    bool own_app;             /* that, or "core app": every case counts */
    struct strings diverges;  /* "CASE REASON": what it says it fails */
    bool external;            /* not a model of this suite: a reference, or the user's own */
    char *homepage;           /* of an external one */
    char *program;            /* what its `run` starts, as an absolute path; NULL: run itself */
    char *missing;            /* why it cannot be started here and what to type, or NULL */
    unsigned start_timeout_s; /* until `ready`; 0: SERVER_START_TIMEOUT_MS */
};
void server_info_init(struct server_info *info, const char *name, const char *path);
/* Takes one "key value" line of a description: name model summary language variant workers-meaning
 * core routes, and the repeatable differs, diverges and library. -1 if the key is unknown;
 * `described` is left to the caller. */
int server_info_line(struct server_info *info, const char *line);
/* Is it a model or a ceiling of this suite, wherever its file is? */
bool server_info_is_ours(const struct server_info *info);
void server_info_release(struct server_info *info);

/* servers/external/NAME/server.ini (docs/servers.md has its keys) into info, which is initialised
 * here and released in either case. What it needs and this machine lacks is no error but stands in
 * info->missing. 0, or -1 with one sentence (file, line, what, suggestion) in *error. */
int server_ini_read(struct server_info *info, const char *path, char **error);

/* Names of server-NAME executables and of external servers, sorted
 * in the order of complexity people expect: thread, pool, epoll,
 * uring, uv, mhd, mhd-thread, then others by name, ceilings last. */
int catalog_servers(const struct paths *paths, struct strings *names, char **error);
/* The server.ini of an external one, or NULL: it is built from
 * here, or nobody of that name is known. The caller frees. */
char *catalog_server_ini(const struct paths *paths, const char *name);

enum workload_class { WORKLOAD_PLAIN, WORKLOAD_WAITING, WORKLOAD_STATEFUL };

/* workloads/NAME.lua: the leading "--| key value" lines. Owned strings. */
struct workload {
    char *name, *path;
    char *summary, *isolates;
    char *route; /* "plaintext": a server that declares routes without it is skipped */
    enum workload_class class;
    unsigned expect_status; /* 200 */
    char *expect_type;      /* Content-Type, or NULL: none expected */
    char *expect_body;      /* exact body, C escapes resolved, or NULL: not checked */
    /* Of the body, 64 lower-case hex digits; instead of expect_body
     * where that would be too long to write down, or NULL. */
    char *expect_sha256;
    char *upstream;   /* the server of the catalog that stands behind those measured, or NULL */
    unsigned wait_ms; /* of a waiting workload: what every answer must at least take */
    unsigned keys;    /* distinct requests it draws from; 0: not said */
    unsigned warm_requests; /* that fill a bounded state before anything is timed; 0: none */
};
const char *workload_class_name(enum workload_class class); /* "plain" */
/* Reads the data lines and executes nothing. 0, or -1 with one sentence (file, line, what,
 * suggestion) in *error. The workload is initialised here; release it in either case. The same
 * holds for experiment_read. */
int workload_read(struct workload *workload, const char *path, char **error);
/* The same for a script that no catalog lists: which lines there are
 * is its author's choice, so one that only says which answer is right
 * is whole. Where there is none, expect_status is 0: any 2xx. */
int workload_read_alone(struct workload *workload, const char *path, char **error);
/* The names of the *.lua in its folder, sorted by name; catalog_experiments the same for *.ini. -1:
 * no such folder. */
int catalog_workloads(const struct paths *paths, struct strings *names, char **error);
void workload_release(struct workload *workload);
/* Has the server the workload's route, by what it declares? One that
 * declares nothing is asked for everything, unless another server must
 * stand behind it: it need not know the option that says where. */
bool workload_suits(const struct workload *workload, const struct server_info *server);

/* One kind of round in an experiment. No workloads: none of that kind. */
struct round_set {
    struct strings workloads;
    unsigned blocks;
    unsigned warmup_s, window_s; /* whole seconds, because wrk takes them so */
};

/* Numbers, ascending and distinct. */
enum { LEVELS_MOST = 16 };
struct levels {
    unsigned items[LEVELS_MOST];
    size_t count;
};

/* How cost, throughput and memory grow: each server alone, at several numbers of connections. */
struct scale_set {
    struct round_set set;      /* blocks: of the base and of the largest number */
    unsigned curve_blocks;     /* of the other numbers, which only draw the curve */
    struct levels connections; /* active ones, in all */
    unsigned base;             /* the one of them that ratios are taken against */
    unsigned idle; /* held beside base active ones, as one level more; 0: no such level */
    /* Further numbers of workers, at base connections each;
     * empty: as many as half the cores are for, doubling. */
    struct levels workers;
    unsigned max_connections; /* what servers are started with */
};
bool scale_is_asked(const struct scale_set *scale);

/* Pairs that one open-loop generator feeds, each arrival to
 * either server at random: cost and latency at a rate. */
struct paced_set {
    struct round_set set;
    unsigned rate_rps; /* of both servers together; 0: as many as a look at each server allows */
};
bool paced_is_asked(const struct paced_set *paced);

/* A service-level objective: the share p of requests is answered within limit_ns. */
struct slo {
    double p;         /* 0.99; 0: none */
    int64_t limit_ns; /* 5000000 */
};

/* Absolute rates, ascending and distinct, requests a second.
 * No generator of one core comes near the most. */
enum { RATES_MOST = 24, RATE_MOST_RPS = 10000000 };
struct rates {
    uint32_t items[RATES_MOST];
    size_t count;
};

/* Latency against rate: each server alone, all at the same
 * rates, each up to where it can no more. */
struct curve_set {
    struct round_set set; /* blocks: rounds of a server at a rate */
    /* Empty: 1-2-5 from a twentieth of what the slowest server gave in a look, without an end. */
    struct rates rates;
    unsigned skipped; /* of those, the lowest, which a budget left out */
};
bool curve_is_asked(const struct curve_set *curve);

/* The highest rate at which a server keeps an objective, for each server alone. */
enum { SLOS_MOST = 8 };
struct slo_set {
    /* Blocks: long trials that confirm; window_s: of each
     * of those. Trials last as long as they must. */
    struct round_set set;
    struct slo slos[SLOS_MOST];
    size_t slo_count;
};
bool slo_is_asked(const struct slo_set *slo);

/* What the load does for a while. Connections are kept from
 * one phase to the next, but by PHASE_CLOSE. */
enum phase_kind {
    PHASE_IDLE,  /* nothing is sent */
    PHASE_LOAD,  /* requests at a rate */
    PHASE_BURST, /* the same, named so that it can be told apart */
    PHASE_CLOSE, /* all connections are closed; the next phase that sends opens them again */
    PHASE_KINDS,
};
struct phase {
    enum phase_kind kind;
    uint32_t duration_s;
    uint32_t rate_rps; /* 0: a multiple of the set's, or nothing is sent */
    double times;      /* the multiple; else 0 */
};
enum { PHASES_MOST = 32 };
struct phases {
    struct phase items[PHASES_MOST];
    size_t count;
};

/* Is it flat: each server alone through phases of load and
 * rest, fed by the open-loop generator without a gap. */
struct phase_set {
    struct round_set set; /* blocks: times that a server goes through them; window_s: all of them */
    struct phases phases;
    /* That phases are multiples of; 0: as paced rounds have it, from a look at each server. */
    uint32_t rate_rps;
    /* After which pace closes it and opens another; 0: it stays. */
    unsigned requests_per_connection;
    /* Hours of load: what was cut off goes on with the load that
     * is left, and who grows is not measured once more. */
    bool soak;
    /* Only memory, descriptors and threads are told: who had the
     * CPU is of no account, and nothing is repeated for it. */
    bool memory_only;
    bool explain; /* marks say what memory consisted of: asked on the command line, not in a file */
};
bool phases_are_asked(const struct phase_set *phases);

/* What a connection costs in memory: each server alone, with ever more connections open to it. Once
 * they are idle, each having been asked once, and once all of them ask. */
struct stairs_set {
    struct round_set set; /* window_s: of load at each number of active ones */
    struct levels connections;
};
bool stairs_are_asked(const struct stairs_set *stairs);

enum { EXPERIMENT_KEYS = 56 }; /* that an ini can say */

/* experiments/NAME.ini. Owned. */
struct experiment {
    char *name, *path, *summary;
    char *reference;        /* "epoll" */
    struct strings servers; /* empty: all */
    unsigned workers;       /* per server */
    unsigned connections_per_worker;
    struct round_set paired;   /* every ratio that ranks */
    struct round_set solo;     /* absolute numbers */
    struct round_set glance;   /* one solo look at further workloads: shown, not ranked */
    struct paced_set paced;    /* what a request costs, and how long it takes, at a rate */
    struct curve_set curve;    /* latency against rate */
    struct slo_set slo;        /* the highest rate within an objective */
    struct phase_set phases;   /* whether they stay what they are over time */
    struct stairs_set stairs;  /* what an idle and an active connection cost in memory */
    struct scale_set scale;    /* how the figures grow with the connections */
    struct strings ceilings;   /* workloads on which ceilings are paired and measured */
    struct strings self_check; /* workloads with A/A' pairs */
    /* Of the file, for experiment_check's sentences; 0: not said. */
    unsigned lines[EXPERIMENT_KEYS];
};
/* Unknown sections, keys, values and numbers out of range are errors with file, line and the
 * nearest known word. What is not said: reference epoll, all servers, 1 worker, 64 connections; 1
 * block, warm-up 1 s, window 2 s; three blocks of 10 s that confirm a rate. Whether the servers and
 * workloads exist is for experiment_check, because overrides may still replace them. */
int experiment_read(struct experiment *experiment, const char *path, char **error);
int catalog_experiments(const struct paths *paths, struct strings *names, char **error);
/* Is every workload that its file names one of known? 0, or -1 with one sentence (file, line, what,
 * suggestion) in *error. Before anything is overridden. */
int experiment_check(const struct experiment *experiment, const struct strings *known,
                     char **error);
/* Has it nothing to measure, or nothing any more? */
bool experiment_is_empty(const struct experiment *experiment);
/* Is there nothing in it but sweeps, curves and searches? Those
 * show each server by itself, so nobody is the reference. */
bool experiment_is_without_reference(const struct experiment *experiment);
void experiment_release(struct experiment *experiment);

#endif
