/*
 * What there is: servers, workloads and experiments, found relative to the backbench binary. Reading only; nothing
 * here starts or measures anything (a server's own description comes from measure/server, which runs it).
 */
#ifndef DATA_CATALOG_H
#define DATA_CATALOG_H

#include <stdbool.h>
#include <stddef.h>

#include "data/strings.h"

/* Absolute folders, found from /proc/self/exe: the source tree's, or PREFIX/share/backbench's. Owned. */
struct paths {
    char *servers;     /* holds server-NAME: build/bin, or PREFIX/libexec/backbench */
    char *workloads;   /* NAME.lua */
    char *experiments; /* NAME.ini */
    char *conformance; /* *.case */
    char *report;      /* templates, style sheet, gnuplot scripts */
    char *lua;         /* the harness' own Lua (wrk's wrapper) */
};
/* 0, or -1 with one sentence in *error (owned by the caller). */
int paths_find(struct paths *paths, char **error);
void paths_release(struct paths *paths);

enum { CATALOG_ROUTES = 16 };

/* What a server says of itself with --describe (or server.ini of an external one). Owned strings; NULL if not said. */
struct server_info {
    char *name;    /* "epoll" */
    char *path;    /* executable */
    char *model;   /* "event loop" */
    char *summary;
    char *language;
    char *variant;
    char *workers_meaning;
    struct strings differs;
    struct strings routes;    /* "plaintext", "json", ... ; empty: not declared */
    struct strings libraries; /* "liburing 2.3" */
    bool described;           /* false: the binary has no --describe; named after its file */
    bool ceiling;             /* never ranked: the roof */
    bool own_core;            /* "core backbench": answers are compared byte for byte */
};
void server_info_init(struct server_info *info, const char *name, const char *path);
/* Takes one "key value" line of a description; -1 if the key is unknown. */
int server_info_line(struct server_info *info, const char *line);
void server_info_release(struct server_info *info);

/* Names of server-NAME executables in folder, sorted in the order of complexity people expect:
 * thread, pool, epoll, uring, uv, mhd, mhd-thread, then others by name, ceilings last. */
int catalog_servers(const struct paths *paths, struct strings *names, char **error);

enum workload_class { WORKLOAD_PLAIN, WORKLOAD_WAITING, WORKLOAD_STATEFUL };

/* workloads/NAME.lua: the leading "--| key value" lines. Owned strings. */
struct workload {
    char *name, *path;
    char *summary, *isolates;
    char *route;       /* "plaintext": a server that declares routes without it is skipped */
    enum workload_class class;
    unsigned expect_status; /* 200 */
    char *expect_type;      /* Content-Type, or NULL: none expected */
    char *expect_body;      /* exact body, C escapes resolved, or NULL: not checked */
    unsigned wait_ms;       /* of a waiting workload: what every answer must at least take */
};
/* 0, or -1 with one sentence (file, line, what, suggestion) in *error. */
int workload_read(struct workload *workload, const char *path, char **error);
int catalog_workloads(const struct paths *paths, struct strings *names, char **error);
void workload_release(struct workload *workload);

/* One kind of round in an experiment. No workloads: none of that kind. */
struct round_set {
    struct strings workloads;
    unsigned blocks;
    unsigned warmup_s, window_s; /* whole seconds, because wrk takes them so */
};

/* experiments/NAME.ini. Owned. */
struct experiment {
    char *name, *path, *summary;
    char *reference;         /* "epoll" */
    struct strings servers;  /* empty: all */
    unsigned workers;        /* per server */
    unsigned connections_per_worker;
    struct round_set paired; /* every ratio that ranks */
    struct round_set solo;   /* absolute numbers */
    struct round_set glance; /* one solo look at further workloads: shown, not ranked */
    struct strings ceilings;   /* workloads on which ceilings are paired and measured */
    struct strings self_check; /* workloads with A/A' pairs */
};
int experiment_read(struct experiment *experiment, const char *path, char **error);
int catalog_experiments(const struct paths *paths, struct strings *names, char **error);
void experiment_release(struct experiment *experiment);

#endif
