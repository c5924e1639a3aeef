/*
 * What is read about ten times a second while a window runs: RSS and CPU of each server's tree, the
 * octets that came in (they give the order in time that wrk does not), the generators' CPU and how
 * long their threads waited for one. A server is the set of processes it had before the window: if
 * that set changes, what is read of it is not the server's, and `lost` says so. The times between
 * two samples are drawn from 80..120 ms, so that nothing periodic is always hit at the same point.
 * A sample costs some tens of microseconds: files stay open, names are looked up once.
 */
#ifndef MEASURE_SAMPLE_H
#define MEASURE_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "data/result.h"
#include "measure/course.h"
#include "measure/following.h"

enum {
    SAMPLE_ARMS = 2,
    SAMPLE_TREE = 128,   /* processes of one server that are followed */
    SAMPLE_THREADS = 64, /* threads of one generator */
    SAMPLE_PERIOD_MS = 100,
    SAMPLE_JITTER_PERCENT = 20,
};

/* The readings at one moment that the inner window is the difference of. */
struct sample_mark {
    int64_t at_ns, cpu_server_ns, cpu_load_ns, cpu_upstream_ns, run_delay_ns;
};

struct sample_arm {
    pid_t server, load, pids[SAMPLE_TREE];
    size_t pid_count, thread_count, capacity;
    pid_t upstream, upstream_pids[SAMPLE_TREE]; /* what stands behind the server; 0: nothing */
    size_t upstream_pid_count;
    bool has_more_threads; /* than SAMPLE_THREADS */
    int statm[SAMPLE_TREE], schedstat[SAMPLE_THREADS];
    struct series series;        /* owned until it is taken */
    struct following *following; /* owned; NULL: a series is kept, and no course */
    struct course_taking course;
    /* The inner window: from the first sample, when the generator has started, to the last one in
     * time. */
    struct sample_mark first, last;
    unsigned marks;
    char lost[120]; /* why the server's readings are not all of it; empty: they are */
};

struct sampler {
    int64_t start_ns, next_ns, end_ns;
    uint64_t random;
    int netstat;
    unsigned arm_count;
    struct sample_arm arms[SAMPLE_ARMS];
};

/* servers are roots of trees, loads single processes; all are running. Samples are due from 80 ms
 * after start_ns until end_ns. */
void sampler_open(struct sampler *sampler, const pid_t *servers, unsigned arm_count);
/* Of that arm the CPU of what stands behind its server is read too. */
void sampler_follow_upstream(struct sampler *sampler, unsigned arm, pid_t upstream);
/* Of that arm a course is kept instead of the series, for as long as
 * may be, and its processes are followed as they come and go; lost says
 * what befell those of the start nevertheless. Before sampler_start. */
void sampler_keep_course(struct sampler *sampler, unsigned arm);
void sampler_start(struct sampler *sampler, const pid_t *loads, int64_t start_ns, int64_t end_ns);
/* Takes a sample if one is due and sets when the next one is; no more are due after end_ns. */
void sampler_tick(struct sampler *sampler);
bool sampler_done(const struct sampler *sampler);
/* CPU time of what stands behind the arm's server; MISSING if nothing does, or if it has not the
 * processes any more that it had when it was followed. Reads the whole of /proc. */
int64_t sampler_upstream_cpu_ns(const struct sampler *sampler, unsigned arm);
/* Has a server other processes now than those that are followed? Reads the whole of /proc. */
void sampler_check_trees(struct sampler *sampler);
/* Hands the arm's series over and forgets it. */
struct series sampler_take_series(struct sampler *sampler, unsigned arm);
/* The same of its course; why something of it is MISSING is
 * course_why's to say, until sampler_close. */
struct course sampler_take_course(struct sampler *sampler, unsigned arm);
void sampler_close(struct sampler *sampler);

/* Octets that came into this network namespace so far; MISSING if they cannot be read. */
int64_t sampler_octets(const struct sampler *sampler);
/* Sum over the tree's processes; shared pages count once each. MISSING if any cannot be read. */
int64_t sample_rss(const struct sample_arm *arm);

#endif
