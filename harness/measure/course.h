/*
 * A struct course from readings as they come: stretches of a second, and where COURSE_MOST are
 * full, two become one. It takes times and values and reads nothing itself.
 *
 * The CPU time of a stretch is the difference between its two edges, and at an edge it lies on the
 * line between the readings before and after it. Where these are more than a stretch and a quarter
 * apart, or a process ended or came between them, the stretches that they touch have none. A
 * stretch has the RSS of those readings in it that were of all the server's processes. So a change
 * of the tree costs the course one or two stretches, and not what was read before or after it.
 */
#ifndef MEASURE_COURSE_H
#define MEASURE_COURSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/result.h"

enum course_part { COURSE_RSS, COURSE_CPU, COURSE_DESCRIPTORS, COURSE_THREADS, COURSE_PARTS };
enum { COURSE_WHY = 160 };

struct course_reading {
    /* From the course's start, and not below the one before. One
     * below 0 tells only where CPU begins. */
    int64_t at_ns;
    int64_t rss_bytes;
    bool has_cpu; /* it was read: wanted before the start or soon after it, and at each edge */
    int64_t cpu_ns;
    bool went;             /* as struct following_reading has it */
    int64_t came_since_ns; /* processes were found that came after this moment; MISSING: none */
    int64_t descriptors, threads;  /* of the first reading at or past an edge; else ignored */
    const char *why[COURSE_PARTS]; /* of what is MISSING; NULL elsewhere */
};

struct course_taking {
    struct course course;             /* owned until it is taken */
    size_t most;                      /* stretches before two become one */
    size_t closed;                    /* stretches that are over: all, or all but the last */
    int64_t before_ns, before_cpu_ns; /* of the last reading with CPU; MISSING */
    int64_t edge_cpu_ns;              /* at the last edge; MISSING */
    bool is_cpu_lost;                 /* of the stretch that is not over */
    char why[COURSE_PARTS][COURSE_WHY];
};

/* Stretches of interval_ns, at most most, an even number:
 * COURSE_INTERVAL_MS and COURSE_MOST, but in tests. */
void course_open(struct course_taking *taking, int64_t interval_ns, size_t most);
/* When the stretch that runs now is over. The first reading past it ends it: it carries the counts,
 * and its RSS is that stretch's, not the next one's, unless it comes 50 ms late. So a phase does
 * not begin with what was read before it. */
int64_t course_edge_ns(const struct course_taking *taking);
void course_add(struct course_taking *taking, const struct course_reading *reading);
/* Why stretches have none of this part: the first reason; NULL: all was read. */
const char *course_why(const struct course_taking *taking, enum course_part part);
/* Hands the course over and forgets it. Where its last stretch
 * is not over, it has RSS, but neither CPU nor counts. */
struct course course_take(struct course_taking *taking);
void course_close(struct course_taking *taking);

/* Leaves of a course count stretches from that one on, or as many of these as there are. */
void course_keep(struct course *course, size_t from, size_t count);
/* What was read of this stretch is not known any more. */
void course_forget(struct course *course, size_t stretch);
/* Is there a stretch without this part? */
bool course_lacks(const struct course *course, enum course_part part);

#endif
