/*
 * A result: one run of an experiment, as rounds.jsonl keeps it (results/README.md is its manual).
 * The first line is the header; then one line an arm, as the short check left it; one line a round,
 * appended and fsynced, and one a count of instructions; a last line when the run has ended.
 * result.json is rendered from the same struct. Base units are in the names; a number that could
 * not be had is MISSING here, null in the file, and its reason stands in the round's `missing`: the
 * one noted, else the outcome's when the round is INVALID, else "not recorded".
 *
 * Everything is owned: strings are on the heap, or NULL where there is nothing to say;
 * result_release frees the whole. Pointers into arms, workloads and rounds hold until the next one
 * is added.
 */
#ifndef DATA_RESULT_H
#define DATA_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include "data/catalog.h"
#include "data/histogram.h"
#include "data/strings.h"

enum { RESULT_SCHEMA_MAJOR = 1, RESULT_SCHEMA_MINOR = 6 };

#define MISSING INT64_MIN

/* Seeds stay below it, so that every JSON reader, also one that keeps numbers as doubles, holds
 * them exactly. */
#define RESULT_SEED_LIMIT (UINT64_C(1) << 53)

enum { RESULT_UTC_SIZE = 32 }; /* "2026-01-31T10:15:00Z" */
void result_utc(char utc[RESULT_UTC_SIZE], int64_t unix_s);

enum outcome_kind { OUTCOME_VALID, OUTCOME_NOISY, OUTCOME_CENSORED, OUTCOME_INVALID };

/* Why a round is not plainly valid. Each belongs to one kind (NOT_STEADY is NOISY in a single
 * round). */
enum reason_code {
    REASON_NOISY,         /* the machine was busy: kept, flagged */
    REASON_GEN_BOUND,     /* censored: generator or upstream, not the server, was the limit */
    REASON_AMBIGUOUS,     /* censored: both were at their limit */
    REASON_SHARED_CPU,    /* censored: server or upstream shared a core with the generator */
    REASON_LATENCY_BOUND, /* censored: limited by connections / latency:
                           * a waiting workload, or one connection */
    REASON_INTERFERED,    /* invalid, external: other processes took the CPUs */
    REASON_SENT_LATE,     /* noisy: one request in 100 of an open loop was sent late */
    REASON_GEN_LATE,      /* invalid, external: the open loop's generator
                           * was late, or kept away too often */
    REASON_PORTS,         /* invalid, external: connections could not be attributed or made */
    REASON_ERRORS, /* invalid, the arm's own: wrong answers, socket errors, stderr, reconnects */
    REASON_OVERLOADED,   /* invalid, the arm's own: more was asked than
                          * it answers, so its latency has no bound */
    REASON_NOT_STEADY,   /* the halves of the window differ */
    REASON_FAILED_START, /* the arm's own */
    REASON_HUNG,         /* the arm's own */
    REASON_DIED,         /* the arm's own: the server ended during the round */
    REASON_NOT_STOPPED,  /* noisy, the arm's own: SIGTERM was ignored, or answered with a failure */
    REASON_LOAD_FAILED,  /* external: the generator could not run */
    REASON_UPSTREAM,     /* external: what stands behind the server failed */
    REASON_INTERRUPTED,  /* external: Ctrl-C */
    REASON_CODES,
};
const char *reason_name(enum reason_code code); /* "GEN_BOUND" */
bool reason_is_external(
    enum reason_code code); /* only these allow a repeat; NOISY is kept, so it needs none */
enum outcome_kind reason_kind(enum reason_code code);

struct reason {
    enum reason_code code;
    char detail[200]; /* one sentence with the numbers: "wrk used 99 % of its CPU, the server 84 %"
                       */
};

enum { OUTCOME_REASONS = 8 };
struct outcome {
    enum outcome_kind kind; /* the worst of the kinds of all reasons added; VALID with none */
    struct reason reasons[OUTCOME_REASONS];
    unsigned count;
};
/* Past OUTCOME_REASONS a worse reason takes a milder one's place; the detail is cut at its size. */
void outcome_add(struct outcome *outcome, enum reason_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
const char *outcome_name(enum outcome_kind kind); /* "VALID" */
bool outcome_has(const struct outcome *outcome, enum reason_code code);
/* Is it INVALID by any other reason than this one? */
bool outcome_invalid_but_for(const struct outcome *outcome, enum reason_code code);

/* One participant: a server in a variant, with its arguments. Owned. */
struct arm {
    char *id; /* "epoll", "epoll'" (the self-check's second copy) */
    struct server_info server;
    struct strings argv;
    unsigned workers;
    char *cpus;                 /* "1", "2-3" */
    char *sha256;               /* of the executable */
    bool self_check;            /* A' */
    char *excluded;             /* why this arm was not measured, or NULL */
    bool excluded_is_failure;   /* it failed a check (exit 1), as opposed to "cannot run here" */
    struct strings differences; /* what the short check listed */
    unsigned divergences;       /* listed cases that failed in it, in whatever forms */
    struct strings skipped_workloads; /* names of workloads that are not measured on this arm */
    struct strings skipped_reasons;   /* one sentence each */
    bool failed_workload; /* one of them because a declared route was answered wrongly: exit 1 */
};
void arm_release(struct arm *arm);

/* Closed: each connection asks again when it was answered. Open:
 * requests are due at times that do not depend on the server. */
enum load_kind { LOAD_CLOSED, LOAD_OPEN };

enum round_role { ROLE_SOLO, ROLE_SUBJECT, ROLE_REFERENCE };

struct memory {
    int64_t rss_bytes, pss_bytes, uss_bytes; /* at the end of the window */
    int64_t anon_bytes;                      /* allocated: no pages of files */
    int64_t rss_start_bytes;                 /* before the window, warmed up */
    int64_t rss_peak_bytes;                  /* VmHWM of the window */
    int64_t idle_anon_bytes;                 /* after the load, its connections closed */
    /* The whole system's stacks, page tables, slab and sockets: before the first connection, and
     * under load near the window's end. */
    int64_t kernel_start_bytes, kernel_bytes;
};

/* At about 10 Hz during the window; arrays of `count`. t_ns from the window's start. */
struct series {
    size_t count;
    int64_t *t_ns, *rss_bytes, *cpu_server_ns, *octets_in;
};

/* Over time, by when a request was due: arrays of count, one
 * element every interval_ns of the window. Of an open loop. */
struct latency_series {
    size_t count;
    int64_t interval_ns;
    int64_t *n, *p50_ns, *p90_ns, *p99_ns,
        *max_ns; /* MISSING where the generator vouches for none */
};

/* How a server's resources went through the phases, in equal stretches of interval_ns from the
 * window's start: arrays of count. At most COURSE_MOST: then two become one, so that an hour takes
 * no more room than ten minutes. Of each stretch the lowest and the highest reading, because a mean
 * hides both a trough and a spike. MISSING: none could be read. */
enum { COURSE_MOST = 1200, COURSE_INTERVAL_MS = 1000 };
struct course {
    size_t count;
    int64_t interval_ns;
    int64_t *rss_low_bytes, *rss_high_bytes;
    int64_t *cpu_server_ns;         /* used within it */
    int64_t *descriptors, *threads; /* at its end */
};

/* What was read at the end of a phase, and once before the generator's first connection: the dear
 * readings. MISSING, and why is noted. */
struct phase_mark {
    int64_t at_ns; /* from the window's start; of the first 0 */
    int64_t rss_bytes, pss_bytes, uss_bytes;
    int64_t peak_bytes;        /* VmHWM since the mark before */
    int64_t page_tables_bytes; /* VmPTE of its processes */
    int64_t rings_bytes;       /* of its io_urings */
    int64_t descriptors, threads;
    /* Of the whole system; what of it is the server's shows only in differences. */
    int64_t kernel_stacks_bytes, kernel_page_tables_bytes, kernel_slab_bytes, kernel_sockets_bytes;
    /* Of a cgroup that holds the server alone: memory.current, and what of it is the kernel's. */
    int64_t cgroup_bytes, cgroup_kernel_bytes;
};
struct phase_marks {
    size_t count; /* 0, or one more than phases that were gone through */
    struct phase_mark items[PHASES_MOST + 1];
};

/* Rounds in which the number of connections goes up, with a mark
 * at each: without any, at each level, after all closed. */
enum stairs_kind {
    STAIRS_NONE,   /* the round is another */
    STAIRS_IDLE,   /* each connection was asked once and is then silent */
    STAIRS_ACTIVE, /* all ask, each again when it was answered */
    STAIRS_KINDS,
};
struct stairs {
    enum stairs_kind kind;
    struct levels levels; /* that were reached */
};

/* What a trial of a rate against an objective counted; misses need no percentile. */
struct slo_count {
    struct slo slo;                /* p 0: the round is no trial */
    bool confirms;                 /* one of the long ones at the end of a search */
    int64_t n_count, missed_count; /* requests whose latency counts, and those of them
                                    * slower than the limit or never answered; MISSING */
    /* Due while the generator was kept from its CPU, and not among
     * those; and of them, the slower ones; MISSING */
    int64_t disturbed_count, disturbed_missed_count;
};

struct errors {
    int64_t connect, read, write, status, timeout;
};

struct missing {
    const char *field; /* static, as the file names it: "hist", "cpu_load_ns", "memory.pss_bytes" */
    char reason[160];
};
enum { ROUND_MISSING = 80 }; /* more than a round has fields that can be missing */

struct round {
    uint32_t number;   /* of the measurement, from 1: both arms of a pair share it */
    uint32_t attempt;  /* 0, or 1 for the one repeat that an external reason allows */
    uint32_t arm;      /* index into result.arms */
    uint32_t workload; /* index into result.workloads */
    enum round_role role;
    int32_t with; /* index of the partner's arm, -1 for solo */
    bool glance;  /* a single look: shown, not ranked */
    bool scale;   /* of a sweep over connections or workers: no part of the tables of the others */
    bool probe;   /* a look at how much a server can take, to choose a rate by: part of no table */
    bool curve;   /* of latency against rate, the server alone: part of no other table */
    /* Of the search for the highest rate within an objective: part of no other table. */
    struct slo_count trial;
    enum load_kind load_kind;
    uint32_t rate_rps; /* of an open loop: what is asked, of both arms of a pair together; else 0 */
    uint64_t load_seed; /* of an open loop: what its arrivals are drawn from */
    uint32_t block, position;
    char *cpus; /* the server was put on, "1", "2-3": the arms of a pair may change places; owned */
    char *upstream_cpus; /* what stands behind it was put on; NULL: nothing does; owned */
    uint32_t connections, threads, window_s, warmup_s;
    uint32_t idle_connections; /* held open beside those */
    uint32_t workers;          /* that the server was started with */
    char started_utc[RESULT_UTC_SIZE];
    int64_t monotonic_ns; /* CLOCK_MONOTONIC when the round started: orders rounds even if the date
                           * is set */
    struct outcome outcome;
    int64_t requests_count, duration_ns, bytes_read;
    int64_t cpu_server_ns;      /* user + system of the server's processes over the load's life */
    int64_t cpu_server_user_ns; /* of it, in user mode, to a clock tick; may be MISSING */
    int64_t cpu_load_ns;        /* of the generator, in the window */
    int64_t cpu_load_wall_ns;   /* the window over which cpu_load_ns and cpu_server_window_ns were
                                 * taken */
    int64_t cpu_server_window_ns;
    /* Of what stands behind the server, over the load's life; in no cost. */
    int64_t cpu_upstream_ns;
    int64_t cpu_upstream_window_ns; /* the same over cpu_load_wall_ns */
    int64_t run_delay_load_ns;      /* the generator's threads waited for a CPU */
    int64_t foreign_cpu_ns, steal_ns;
    int64_t passive_opens;  /* rise of TcpPassiveOpens in this network namespace, all arms of the
                             * round */
    int64_t upstream_opens; /* of it, connections to what stands behind this arm's server */
    int64_t octets_in; /* that came in during the load's life, opening and closing included, in this
                        * network namespace: requests and answers, as both ends are here */
    int64_t cpu_harness_ns; /* what the harness itself used in the window */
    struct errors errors;
    struct histogram response; /* "hist": the response time; empty when missing */
    bool corrected;            /* wrk's back-filling was undone (docs/method.md) */
    /* Percentiles of the response above it are the generator's own doing; 1: none is. */
    double trusted_p;
    struct memory memory;
    struct series series;
    struct latency_series latency;
    /* That the window was made of, each with its rate; none: it was all alike. */
    struct phases phases;
    struct course course; /* of a window of phases, instead of the series */
    struct stairs stairs;
    struct phase_marks *phase_marks; /* owned; NULL: neither phases nor stairs */
    /* Of its marks, data/explanation.h; owned; NULL: not asked for. */
    struct explanation *explanation;
    bool confirms_growth; /* a longer one, because the one before it grew */
    struct missing missing[ROUND_MISSING];
    unsigned missing_count;
};
void round_init(struct round *round); /* every number MISSING */
/* field is one of the file's names (see struct missing); any other is a bug and asserted. The first
 * note stands. */
void round_note_missing(struct round *round, const char *field, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
const char *round_why_missing(const struct round *round,
                              const char *field);                  /* NULL: nothing noted */
void round_forget_missing(struct round *round, const char *field); /* it is there after all */
void series_release(struct series *series);                        /* and empties it */
void latency_series_release(struct latency_series *series);
/* Does the record of it say how its latency went over time? Alone, at a rate. */
bool round_keeps_latency(const struct round *round);
/* Did its window go through phases? */
bool round_has_phases(const struct round *round);
/* Was the number of connections taken up, for their memory? */
bool round_has_stairs(const struct round *round);
/* May what was read of the server's memory, descriptors and threads be used? A generator that was
 * late, and others that took the CPU, spoil times, and none of these. */
bool round_has_resources(const struct round *round);
void course_release(struct course *course); /* and empties it */
void round_release(struct round *round);

/* What opening and closing one connection adds to a round's octets_in, IPv4 with TCP's time stamps:
 * 60 + 60 + 52 to open; to close, 92 if it is by a reset and 208 if by two FINs: 150. */
enum { ROUND_CONNECTION_OCTETS = 322 };

/* A finding of measure/host: a fact with its value as text. */
struct fact {
    char *key, *value; /* "cpu_model", "AMD EPYC" ; value NULL: could not be read */
};

struct result_workload {
    struct workload workload;
    char *requests_hash; /* sha256 of the request bytes sent and the expectations */
    /* Of workload.upstream, where it says so: the executable, and the hash of the program. */
    char *upstream_path, *upstream_sha256;
    unsigned upstream_start_timeout_s; /* 0: the contract's */
};

/* Instructions in user mode that an arm takes a request of a
 * workload, counted and not timed. Owned. */
struct result_function {
    char *name;
    double each; /* a request */
};
struct result_count {
    uint32_t arm, workload; /* indices */
    char *tool;             /* "valgrind-3.19.0" */
    double instructions;    /* NAN: missing */
    /* The largest first; what costs less than .1 a request is left out. */
    struct result_function *functions;
    size_t function_count;
    char *missing; /* why there is no count; NULL: there is */
};
void result_count_release(struct result_count *count); /* and empties it */
void result_count_add_function(struct result_count *count, const char *name,
                               double each); /* copies */

struct result {
    char *directory; /* where it was read from or is written to */
    int schema_major, schema_minor;
    char *suite_version, *revision;   /* git revision with "-dirty", or the version */
    char *started_utc, *finished_utc; /* finished NULL: interrupted */
    char *host_name, *host_fingerprint;
    struct fact *facts;
    size_t fact_count;
    struct experiment experiment; /* as resolved, overrides in */
    uint64_t seed;
    char *server_cpus, *load_cpus;
    char *generator; /* "wrk 4.1.0", sha256 in facts */
    /* Of the command that measures, "run" first, as it was
     * given; a record without it cannot be gone on with. */
    struct strings argv;
    /* What was changed or left out, in sentences: "budget: 6 blocks instead of 9". */
    struct strings notes;
    struct strings warnings; /* placement and doctor findings that touch the numbers */
    struct arm *arms;
    size_t arm_count;
    struct result_workload *workloads;
    size_t workload_count;
    struct round *rounds;
    size_t round_count;
    struct result_count *counts; /* at most one of an arm on a workload */
    size_t count_count;
    /* The last of them was being measured when the run was cut off without a word, or is so now: it
     * stands in a file of its own, with what was read of it by then (data/journal.h). */
    bool is_last_unfinished;
    bool is_running; /* another process is writing its record, so what is missing may still come */
};

void result_init(struct result *result);
void result_release(struct result *result);
void result_add_fact(struct result *result, const char *key,
                     const char *value); /* copies; value may be NULL */
const char *result_fact(const struct result *result, const char *key); /* borrowed; NULL: none */
struct arm *result_add_arm(struct result *result, const char *id); /* zeroed but for a copy of id */
struct result_workload *result_add_workload(struct result *result); /* zeroed */
/* Takes ownership of what round holds. */
struct round *result_add_round(struct result *result, const struct round *round);
/* Empty, and in place of an earlier one of the same two; holds until the next is added. */
struct result_count *result_add_count(struct result *result, size_t arm, size_t workload);
const struct result_count *result_find_count(const struct result *result, size_t arm,
                                             size_t workload);           /* or NULL */
int result_find_arm(const struct result *result, const char *id);        /* index or -1 */
int result_find_workload(const struct result *result, const char *name); /* index or -1 */

/* Reading: a folder (its rounds.jsonl, else its result.json), a rounds.jsonl, or a result.json. A
 * torn last line is dropped and said in notes; a round that was being measured comes last; unknown
 * keys and lines of unknown type are ignored. result is initialised here; release it in either
 * case. 0; -1 with one sentence in *error: unreadable, not a result, or a newer schema major. */
int result_load(struct result *result, const char *path, char **error);

#endif
