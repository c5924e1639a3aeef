/*
 * Whether a server stays what it is over time: memory, cost, latency, descriptors and threads, from
 * rounds that went through phases of load and rest. Pure.
 *
 * What is judged is the plain load (PHASE_LOAD) at the rate that most of it has, without the first
 * CONSISTENCY_SETTLE_S of each such phase, in which connections open again, buffers are taken back
 * into use and a backlog is worked off. A burst is left out: it leaves a trough as it was, but its
 * rise and fall would be told as the server's own, and it has a figure of its own (burst_return). A
 * stretch that lies partly elsewhere is left out.
 *
 * A round counts that is not INVALID. One that is INVALID for nothing but these counts in part,
 * because its requests were still sent and answered:
 *  - INTERRUPTED: all that it saw; one that was not interrupted goes before it.
 *  - INTERFERED: memory, descriptors and threads; others on the
 *    CPU change what a request costs and takes, not what is kept.
 *  - GEN_LATE: the same, the cost if nine requests in ten were on
 *    time, and percentiles that the generator vouches for.
 * One that was OVERLOADED does not: a queue that grows is no leak. Nor does one in which
 * the server died, but what became of its memory until then is told beside the verdicts.
 * Of several rounds of a server the last is told; where another says something else of its
 * memory, a caution says so. A repeat takes the place of what it repeats, but not of one
 * that tells more: it was cut off itself, or failed, or its memory could not be judged. Of
 * a soak that was cut off and gone on with, each stretch is another process, so they make
 * no longer course together: the longest is told, and the others are named beside it.
 */
#ifndef ANALYSE_CONSISTENCY_H
#define ANALYSE_CONSISTENCY_H

#include <stdbool.h>
#include <stddef.h>

#include "analyse/attribution.h"
#include "analyse/flatness.h"
#include "analyse/stairs.h"
#include "data/result.h"

#define CONSISTENCY_SETTLE_S 2

enum consistency_measure {
    CONSISTENCY_MEMORY, /* bytes of RSS */
    CONSISTENCY_COST,   /* ns of CPU per request */
    CONSISTENCY_P50,    /* ns: of each stretch the median of its intervals */
    CONSISTENCY_P99,    /* the same */
    CONSISTENCY_DESCRIPTORS,
    CONSISTENCY_THREADS,
    CONSISTENCY_MEASURES,
};

/* Of a soak, a stretch that is not told: what its memory says alone. */
struct consistency_stretch {
    double load_s;
    enum flatness_kind kind;
};
enum { CONSISTENCY_STRETCHES = 4 }; /* that are named one by one */

/* Of what is counted, after something to before it, of several the furthest from it. NAN */
struct consistency_return {
    double ratio, kept;
};

/* Its peak is of all phases; NAN. After a burst, with the same connections open; and after all were
 * closed, to before the first was opened. */
struct consistency_count {
    double peak;
    struct consistency_return burst, close;
};

/* What grew in the planned round is judged by both, if there is a longer one that had nearly as
 * many requests as confirm a growth; all else by the planned one alone. */
struct consistency_row {
    size_t arm;
    /* That is told: as planned, so that all servers went through
     * the same; borrowed; NULL: none can be used, see why. */
    const struct round *round;
    const struct round *longer; /* that was to confirm what grew in it; borrowed; NULL */
    bool longer_is_short; /* cut off, or not yet over: too few requests to confirm or refute it */
    const struct round *judged; /* which of both its memory is judged by; borrowed */
    const struct reason *why;   /* the gravest of those lost; borrowed; NULL */
    const char *why_no_course;  /* of one that was lost without such a reason; borrowed; NULL */
    /* The last in which the server ended by itself, as far as it was read; borrowed; NULL. */
    const struct round *died;
    unsigned used, lost; /* rounds */
    bool is_awaited;     /* a round has begun of which nothing can be told yet; it is neither */
    struct consistency_stretch stretches[CONSISTENCY_STRETCHES];
    unsigned stretch_count; /* all others than the one that is told, and their load: of a soak */
    double stretches_s;
    bool disagrees; /* another of those used says something else of its memory */
    struct flatness measures[CONSISTENCY_MEASURES];
    /* PSS before the first load and after all phases, of the round that its memory is judged by;
     * and the highest RSS of all rounds used; without any, of the one in which it died. NAN: of one
     * that was cut off or goes on there is no end. */
    double start_bytes, peak_bytes, end_bytes;
    /* Of the same round. PSS at the end of the phase after a burst to
     * that before it, the largest of several; after all connections were
     * closed to that before the first load, and by how many bytes. NAN */
    double burst_return, burst_kept_bytes;
    double close_return, close_kept_bytes;
    /* By how much RSS moved between the same two marks; NAN. Where
     * it did not, who shares the pages is what changed. */
    double burst_rss_bytes, close_rss_bytes;
    struct consistency_count descriptors, threads; /* of the same round */
    /* Of the same round, where the server is alone in a cgroup that
     * accounts for memory: all that is charged to it, before the first load
     * and after all phases, and the kernel's part of the latter. NAN */
    double cgroup_start_bytes, cgroup_end_bytes, cgroup_kernel_bytes;
    /* What a connection costs, of rounds of the same result that took their number up. */
    struct stairs_side stairs[STAIRS_KINDS];
    /* PSS that a connection more takes, of a sweep in the same result; NAN */
    double connection_bytes;
    /* By how much the kernel's memory was more at the ends of loads than before the first
     * connection, in the median, beyond that of a ceiling that went through the same. NAN: no such
     * ceiling, or not read. The second is the furthest that it moved from a load to the rest after
     * it, in any server: below that the first says nothing. */
    double kernel_bytes, kernel_spread_bytes;
    double rate_rps, load_s, requests; /* judged, of the round that its memory is judged by; NAN */
    /* Latency over time: the p99 that a tenth of its intervals
     * exceed, as a multiple of the median interval's; NAN */
    double p99_worst_ratio;
    double bytes_a_day;             /* of memory at that rate where it grows; else NAN */
    struct attribution attribution; /* of the round that its memory is judged by */
};

struct consistency {
    size_t workload;
    struct consistency_row *rows; /* in the result's order of arms */
    size_t count;
    struct strings sentences; /* one for each row */
};

/* Of one workload; false if none of its rounds went through phases, and then nothing is owned. */
bool consistency_make(struct consistency *consistency, const struct result *result,
                      size_t workload);
void consistency_release(struct consistency *consistency);
/* A verdict on the memory of some server. */
bool consistency_has_numbers(const struct consistency *consistency);
/* Who is flat and who is not, in a sentence or two; NULL: nothing is known. The caller frees. */
char *consistency_headline(const struct consistency *consistency, const struct result *result);
void consistency_cautions(const struct consistency *consistency, const struct result *result,
                          struct strings *cautions);

/* Of what is read of a round, what is judged of it; release it in either case. */
struct consistency_course {
    struct flatness_course course;
    double *low, *high; /* owned; may be the same */
    size_t *stretches;  /* of the round's course that these are; owned */
    double requests; /* in these alone: the course's are all from the first of them to the last */
    /* A clause on why nothing of it can be judged; static or the round's; else NULL. */
    const char *why;
    /* How many of them are missing, and of these, because the
     * generator was kept away and left requests out. */
    size_t missing, left_out;
    /* Others on the CPU, or a late generator, are why it is not
     * known, or why most of what is missing is. */
    bool was_disturbed;
};
void consistency_course_make(struct consistency_course *course, const struct round *round,
                             enum consistency_measure measure);
void consistency_course_release(struct consistency_course *course);
/* By one round alone. Its why is static or the round's. What it needs is time under load, the
 * moments that are not judged among it. */
void consistency_judge(struct flatness *flatness, const struct round *round,
                       enum consistency_measure measure);
/* Of each stretch of a round's course, over the whole window: CPU per request, or the median p99 of
 * its intervals; NAN. The caller frees. */
double *consistency_costs_ns(const struct round *round);
double *consistency_p99s_ns(const struct round *round);
/* That the server was sent between two moments: of all it answered in the window, those among them
 * that are left out of the latencies because the generator was kept away, what falls there by the
 * rates of the phases. Chance moves it by the square root of itself. Of a round whose generator was
 * cut off, those that were due. NAN: none */
double consistency_requests(const struct round *round, double from_ns, double to_ns);
double consistency_phase_rate_rps(const struct round *round, const struct phase *phase); /* or 0 */
/* Of the plain load that is judged; 0: there is none. And how even its latency was. */
double consistency_rate_rps(const struct round *round);
double consistency_p99_worst_ratio(const struct round *round);

/* The models whose memory is of that kind, in the order of the
 * rows; roofs are none. The caller frees; the names borrowed. */
const char **consistency_of_kind(const struct consistency *consistency, const struct result *result,
                                 enum flatness_kind kind, size_t *count);
/* Is this mark not of the end of its phase, but of the moment in it when the round was cut off? */
bool consistency_is_of_the_cut(const struct round *round, size_t mark);
/* Fills what the marks of rounds tell of memory; consistency_make has called it. */
void consistency_find_memory(struct consistency *consistency, const struct result *result);
void consistency_find_counts(struct consistency_row *row); /* as consistency_find_memory has done */
/* "died (killed by signal 9 under load), after 3 min 58 s of load, RSS from 22 MiB to 108 MiB,
 * growing until then": of a row's died. The caller frees. */
char *consistency_death(const struct round *died);
/* Writes the sentences; consistency_make has called it. */
void consistency_say(struct consistency *consistency, const struct result *result);
/* What else than memory could not be judged, of whom and why;
 * consistency_cautions has called it. */
void consistency_blindness(const struct consistency *consistency, const struct result *result,
                           struct strings *cautions);
/* Whose PSS moved after a burst or without connections, and its RSS did not: not what came back.
 * consistency_cautions has called it. */
void consistency_sharing(const struct consistency *consistency, const struct result *result,
                         struct strings *cautions);
/* Of an array of a round's course: NAN where it was not kept, or this was not read. */
double consistency_reading(const int64_t *readings, size_t i);
/* Is it one that went through phases, and can it tell of memory? */
bool consistency_is_used(const struct result *result, const struct round *round);
/* Why it is INVALID, the gravest of its reasons: the server's
 * own, then one from outside, then who had the CPU. NULL */
const struct reason *consistency_gravest(const struct round *round);
/* Of one without a course, what the record says of that, a clause; NULL: it was refused for
 * something graver, or not told. The round's. */
const char *consistency_why_no_course(const struct round *round);
/* The one that is still being measured, which nobody has cut off. */
bool consistency_goes_on(const struct result *result, const struct round *round);
/* "flat", "growing so far" */
const char *consistency_verdict_words(const struct flatness *flatness);

#endif
