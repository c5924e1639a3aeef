/* See course.h. Stretch i is from i to i + 1 times the
 * interval; the ones before `closed` are over. */
#include "measure/course.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/strings.h"
#include "measure/clock.h"

/* A reading that is this late, or less, stands for the edge, however long stretches have become. */
enum { LATE_MS = 50 };

static const char gap[] = "nothing was read for longer than a stretch";
static const char came[] = "processes of the server came, and were found only later";
static const char went[] = "a process of the server ended: what it used last is not known";
static const char unfinished[] = "the window ended before the stretch did";

static int64_t **array_of(struct course *course, size_t i)
{
    int64_t **arrays[] = {&course->rss_low_bytes, &course->rss_high_bytes, &course->cpu_server_ns,
                          &course->descriptors, &course->threads};
    return i < sizeof(arrays) / sizeof(*arrays) ? arrays[i] : NULL;
}

void course_open(struct course_taking *taking, int64_t interval_ns, size_t most)
{
    assert(interval_ns > 0 && most > 0 && most % 2 == 0);
    *taking = (struct course_taking){.most = most, .before_ns = MISSING, .edge_cpu_ns = MISSING};
    taking->course.interval_ns = interval_ns;
    for (size_t i = 0; array_of(&taking->course, i) != NULL; i++)
        *array_of(&taking->course, i) = xcalloc(most, sizeof(int64_t));
}

static void note(struct course_taking *taking, enum course_part part, const char *why)
{
    if (taking->why[part][0] == '\0')
        snprintf(taking->why[part], sizeof(taking->why[part]), "%s",
                 why != NULL && why[0] != '\0' ? why : "it could not be read");
}

const char *course_why(const struct course_taking *taking, enum course_part part)
{
    return taking->why[part][0] != '\0' ? taking->why[part] : NULL;
}

int64_t course_edge_ns(const struct course_taking *taking)
{
    return (int64_t)(taking->closed + 1) * taking->course.interval_ns;
}

static int64_t lower(int64_t a, int64_t b)
{
    if (a == MISSING || b == MISSING)
        return a == MISSING ? b : a;
    return a < b ? a : b;
}

static int64_t sum(int64_t a, int64_t b)
{
    return a == MISSING || b == MISSING ? MISSING : a + b;
}

/* MISSING is the lowest there is, so that it needs no word of its own. */
static int64_t higher(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Two stretches become one. */
static void fold(struct course_taking *taking)
{
    struct course *course = &taking->course;
    for (size_t i = 0; i < course->count / 2; i++) {
        size_t a = 2 * i, b = a + 1;
        course->rss_low_bytes[i] = lower(course->rss_low_bytes[a], course->rss_low_bytes[b]);
        course->rss_high_bytes[i] = higher(course->rss_high_bytes[a], course->rss_high_bytes[b]);
        course->cpu_server_ns[i] = sum(course->cpu_server_ns[a], course->cpu_server_ns[b]);
        course->descriptors[i] = course->descriptors[b];
        course->threads[i] = course->threads[b];
    }
    course->count /= 2;
    course->interval_ns *= 2;
    taking->closed = course->count;
}

static void begin_stretch(struct course_taking *taking)
{
    struct course *course = &taking->course;
    if (course->count == taking->most)
        fold(taking);
    course_forget(course, course->count++);
}

/* On the line between the readings before and after the edge. */
static int64_t cpu_at(const struct course_taking *taking, const struct course_reading *reading,
                      int64_t edge_ns)
{
    int64_t from_ns = taking->before_ns, span_ns = reading->at_ns - from_ns;
    if (!reading->has_cpu || reading->cpu_ns == MISSING || from_ns == MISSING ||
        taking->before_cpu_ns == MISSING || span_ns > taking->course.interval_ns * 5 / 4)
        return MISSING;
    double share = span_ns > 0 ? (double)(edge_ns - from_ns) / (double)span_ns : 1;
    return taking->before_cpu_ns +
           (int64_t)((double)(reading->cpu_ns - taking->before_cpu_ns) * share);
}

static bool is_at(const struct course_reading *reading, int64_t edge_ns)
{
    return reading->at_ns - edge_ns <= LATE_MS * NS_PER_MS;
}

/* A first reading that comes soon after the start stands for it. */
static int64_t cpu_at_start(const struct course_taking *taking,
                            const struct course_reading *reading)
{
    if (taking->before_ns == MISSING)
        return is_at(reading, 0) ? reading->cpu_ns : MISSING;
    return cpu_at(taking, reading, 0);
}

static void put_count(struct course_taking *taking, int64_t *place, int64_t value,
                      enum course_part part, const struct course_reading *reading, bool is_late)
{
    *place = is_late ? MISSING : value;
    if (*place == MISSING)
        note(taking, part, is_late ? gap : reading->why[part]);
}

static void close_stretch(struct course_taking *taking, const struct course_reading *reading)
{
    struct course *course = &taking->course;
    int64_t edge_ns = course_edge_ns(taking), cpu_ns = cpu_at(taking, reading, edge_ns);
    size_t i = taking->closed;
    bool is_late = reading->at_ns >= edge_ns + course->interval_ns;
    if (!taking->is_cpu_lost && cpu_ns != MISSING && taking->edge_cpu_ns != MISSING)
        course->cpu_server_ns[i] = cpu_ns - taking->edge_cpu_ns;
    else
        note(taking, COURSE_CPU, reading->cpu_ns == MISSING ? reading->why[COURSE_CPU] : gap);
    put_count(taking, &course->descriptors[i], reading->descriptors, COURSE_DESCRIPTORS, reading,
              is_late);
    put_count(taking, &course->threads[i], reading->threads, COURSE_THREADS, reading, is_late);
    taking->edge_cpu_ns = cpu_ns;
    taking->closed++;
}

/* What was read after that moment was not of all processes; nor is what lacks now. */
static void lose_since(struct course_taking *taking, const struct course_reading *reading)
{
    struct course *course = &taking->course;
    int64_t since_ns = reading->came_since_ns;
    size_t first = since_ns > 0 ? (size_t)(since_ns / course->interval_ns) : 0;
    for (size_t i = first; i < course->count; i++)
        course_forget(course, i);
    for (int part = 0; part < COURSE_PARTS; part++) {
        const char *why = reading->why[part];
        note(taking, (enum course_part)part, why != NULL && why[0] != '\0' ? why : came);
    }
}

static void put_rss(struct course_taking *taking, const struct course_reading *reading,
                    bool ends_one)
{
    struct course *course = &taking->course;
    if (reading->rss_bytes == MISSING)
        note(taking, COURSE_RSS, reading->why[COURSE_RSS]);
    if (reading->at_ns < 0)
        return;
    if (!ends_one && course->count == taking->closed)
        begin_stretch(taking);
    if (reading->rss_bytes == MISSING)
        return;
    size_t i = ends_one ? taking->closed - 1 : course->count - 1;
    course->rss_low_bytes[i] = lower(course->rss_low_bytes[i], reading->rss_bytes);
    course->rss_high_bytes[i] = higher(course->rss_high_bytes[i], reading->rss_bytes);
}

/* All that are over; whether the reading stands for the edge of the last of them. */
static bool end_stretches(struct course_taking *taking, const struct course_reading *reading,
                          bool is_changed)
{
    bool ends_one = false;
    while (reading->at_ns >= course_edge_ns(taking)) {
        if (taking->course.count == taking->closed) {
            note(taking, COURSE_RSS, gap);
            begin_stretch(taking); /* which may move the edge */
            continue;
        }
        ends_one = is_at(reading, course_edge_ns(taking));
        close_stretch(taking, reading);
        taking->is_cpu_lost = is_changed && !ends_one;
    }
    if (ends_one && is_changed) /* of all who live, which the line to it is not */
        taking->edge_cpu_ns = reading->has_cpu ? reading->cpu_ns : MISSING;
    return ends_one;
}

void course_add(struct course_taking *taking, const struct course_reading *reading)
{
    bool is_changed = reading->went || reading->came_since_ns != MISSING;
    if (reading->came_since_ns != MISSING)
        lose_since(taking, reading);
    if (reading->went)
        note(taking, COURSE_CPU, went);
    taking->is_cpu_lost = taking->is_cpu_lost || is_changed;
    if (reading->has_cpu && taking->before_ns < 0 &&
        reading->at_ns >= 0) /* MISSING is below 0, too */
        taking->edge_cpu_ns = cpu_at_start(taking, reading);
    put_rss(taking, reading, end_stretches(taking, reading, is_changed));
    if (!reading->has_cpu)
        return;
    taking->before_ns = reading->at_ns;
    taking->before_cpu_ns = reading->cpu_ns;
}

struct course course_take(struct course_taking *taking)
{
    struct course course = taking->course;
    if (course.count > taking->closed)
        for (int part = COURSE_CPU; part < COURSE_PARTS; part++)
            note(taking, (enum course_part)part, unfinished);
    taking->course = (struct course){.interval_ns = course.interval_ns};
    taking->closed = 0;
    return course;
}

void course_close(struct course_taking *taking)
{
    for (size_t i = 0; array_of(&taking->course, i) != NULL; i++) {
        free(*array_of(&taking->course, i));
        *array_of(&taking->course, i) = NULL;
    }
    taking->course.count = 0;
}

void course_keep(struct course *course, size_t from, size_t count)
{
    size_t left = from < course->count ? course->count - from : 0;
    course->count = count < left ? count : left;
    for (size_t i = 0; course->count > 0 && array_of(course, i) != NULL; i++) {
        int64_t *numbers = *array_of(course, i);
        memmove(numbers, numbers + from, course->count * sizeof(*numbers));
    }
}

void course_forget(struct course *course, size_t stretch)
{
    for (size_t i = 0; array_of(course, i) != NULL; i++)
        (*array_of(course, i))[stretch] = MISSING;
}

bool course_lacks(const struct course *course, enum course_part part)
{
    const int64_t *const numbers[COURSE_PARTS] = {[COURSE_RSS] = course->rss_low_bytes,
                                                  [COURSE_CPU] = course->cpu_server_ns,
                                                  [COURSE_DESCRIPTORS] = course->descriptors,
                                                  [COURSE_THREADS] = course->threads};
    for (size_t i = 0; i < course->count; i++)
        if (numbers[part][i] == MISSING)
            return true;
    return false;
}
