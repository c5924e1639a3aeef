/*
 * One stretch of load: every arm's generator started together and watched until all have ended,
 * with samples taken or not. What is watched for besides: a server that dies, a generator that does
 * not end, an interrupt. The harness sleeps in poll(2) between samples.
 */
#ifndef MEASURE_WINDOW_H
#define MEASURE_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "measure/footprint.h"
#include "measure/load.h"
#include "measure/paced.h"
#include "measure/phase_watch.h"
#include "measure/sample.h"
#include "measure/server.h"

/* A generator must have measured by its duration and this much; then it may take LISTING_MS to list
 * its response times. */
enum { WINDOW_LATE_MS = 3000, WINDOW_LISTING_MS = 5000, WINDOW_REPORT_MS = 1500 };

/* Where one generator drives all, it is the first one's load and the others have none. */
struct window_arm {
    struct server *server;
    struct server *upstream; /* what stands behind it; NULL: nothing */
    struct load_options options;
    struct load load;
    bool footprint_known;
    struct footprint_resident resident; /* while still under load, just before the window's end */
};

struct window {
    struct window_arm *arms;
    unsigned arm_count;
    unsigned duration_s;               /* with what it needs before what is sampled: */
    unsigned warmup_s;                 /* 0: each generator measures as soon as it runs */
    const struct paced_options *paced; /* one generator for all arms; NULL: each has its own */
    struct sampler *sampler;           /* opened; NULL: none (warm-up) */
    struct phase_watch *phase_watch;   /* NULL: the window is all alike */
    struct marks *marks;               /* one is taken shortly before the end; NULL: none */
    const volatile bool *interrupted;
    void (*started)(void *argument); /* the generators run now */
    void *started_argument;
    void (*pulse)(void *argument); /* about once a second while the sampler is due; NULL */
    void *pulse_argument;
    int64_t cpu_harness_ns; /* from the start of the generators until they have measured */
    bool reads_kernel;
    int64_t kernel_bytes; /* when the footprints were read; MISSING: it was not */
};

/* What the kernel holds for all processes now; MISSING where it cannot be read. */
int64_t window_kernel_bytes(void);

enum window_end {
    WINDOW_DONE,
    WINDOW_INTERRUPTED,
    WINDOW_LATE,        /* a generator did not end in time: of arm *failed */
    WINDOW_DIED,        /* the server of arm *failed */
    WINDOW_UPSTREAM,    /* what stood behind the server of arm *failed has ended */
    WINDOW_NOT_STARTED, /* the generator of arm *failed: see error */
};

/* On every end but WINDOW_DONE all generators are killed; where the window goes through phases, and
 * is interrupted or late, the generator has WINDOW_REPORT_MS before that to tell what it measured.
 * The caller releases the loads. */
enum window_end window_run(struct window *window, unsigned *failed, char *error, size_t size);

#endif
