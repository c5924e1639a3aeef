/*
 * Between a result and its JSON, shared by what writes and what reads it. One table names every
 * number of a round, so that both directions agree and a missing one can be named; nothing outside
 * data, but for a test of it, includes this header.
 */
#ifndef DATA_RESULT_JSON_H
#define DATA_RESULT_JSON_H

#include <jansson.h>
#include <stddef.h>

#include "data/result.h"

/* One int64_t of struct round that may be MISSING. */
struct round_number {
    const char
        *group;      /* the object it stands in: "memory", "errors", or NULL for the round itself */
    const char *key; /* "rss_bytes" */
    const char *field; /* both: "memory.rss_bytes", as struct missing names it */
    size_t offset;
};
enum { ROUND_NUMBERS = 31 };
extern const struct round_number round_numbers[ROUND_NUMBERS];
int64_t *round_number_of(struct round *round, const struct round_number *number);

/* One array of struct series. */
struct series_array {
    const char *key, *field; /* "t_ns", "series.t_ns" */
    size_t offset;
};
enum { SERIES_ARRAYS = 4 };
extern const struct series_array series_arrays[SERIES_ARRAYS];
int64_t **series_array_of(struct series *series, const struct series_array *array);

/* One array of struct latency_series. */
struct latency_array {
    const char *key; /* "p99_ns" */
    size_t offset;
};
enum { LATENCY_ARRAYS = 5 };
extern const struct latency_array latency_arrays[LATENCY_ARRAYS]; /* the first is never null */
int64_t **latency_array_of(struct latency_series *series, const struct latency_array *array);

/* One array of struct course. */
struct course_array {
    const char *key, *field; /* "threads", "course.threads" */
    size_t offset;
};
enum { COURSE_ARRAYS = 5 };
extern const struct course_array course_arrays[COURSE_ARRAYS];
int64_t **course_array_of(struct course *course, const struct course_array *array);

/* The static name of a field that can be missing, or NULL if there is none of that name. */
const char *round_field_name(const char *field);

/* For jansson. 15 digits are what a double always gives back: 0.99 stands there as 0.99. */
#define RESULT_JSON_FORM (JSON_COMPACT | JSON_REAL_PRECISION(15))

#define RESULT_UNFINISHED  "unfinished.json" /* beside rounds.jsonl */
#define RESULT_HIST_FORMAT "HdrHistogram V2"
#define RESULT_HIST_UNIT   "ns"
#define RESULT_HIST_LAYOUT                                                                         \
    "hdr_3_digits_1_ns"                      /* of the lists of bins that were before schema 1.3 */
extern const char *const round_role_names[]; /* by enum round_role */
extern const char *const load_kind_names[];  /* by enum load_kind */

/* What only a round of a latency curve or of a search says (round_latency.c). */
void result_put_latency(json_t *line, json_t *missing, const struct round *round);
/* Why a null of it is one: the reason noted, else the outcome's, else that none was recorded. */
void result_put_missing(json_t *missing, const struct round *round, const char *field);
struct taking;
void result_take_latency(struct taking *taking, struct round *round, const json_t *line);

/* What only a round of phases says (round_phases.c); the segments of its load; and the list of
 * phases, which an experiment has too, with multiples of its rate. */
void result_put_phases(json_t *line, json_t *missing, const struct round *round);
void result_take_phases(struct taking *taking, struct round *round, const json_t *line);
/* Of those, what only one that was to explain growth says
 * (round_explanation.c); taken after its marks. */
void result_put_explanation(json_t *line, json_t *missing, const struct round *round);
void result_take_explanation(struct taking *taking, struct round *round, const json_t *line);
json_t *result_segments_json(const struct phases *phases);
json_t *result_phases_json(const struct phases *phases, bool with_times);
/* The marks of a round, which a round of stairs has too; and at most so many of them. */
json_t *result_marks_json(const struct round *round, json_t *missing);
void result_take_marks(struct taking *taking, struct round *round, const json_t *line, size_t most);
void result_take_phases_list(struct taking *taking, struct phases *phases, const json_t *object);

/* What only a round of stairs says (round_stairs.c). */
void result_put_stairs(json_t *line, json_t *missing, const struct round *round);
void result_take_stairs(struct taking *taking, struct round *round, const json_t *line);
/* Numbers, ascending (result_decode.c). */
json_t *result_levels_json(const struct levels *levels);
void result_take_levels(struct taking *taking, struct levels *levels, const json_t *object,
                        const char *key);

/* Ten years in ns: above any time a run can take, and below what sums could overflow. */
#define RESULT_LARGEST (10LL * 365 * 24 * 3600 * 1000 * 1000 * 1000)
bool result_is_possible(int64_t value); /* MISSING is, too */

/* What a round repeats of its arm, so that a line can be read alone. */
json_t *result_arm_essentials(const struct arm *arm);

/* The lines, each with its "type"; the caller owns the reference. */
json_t *result_header_json(const struct result *result);
json_t *result_round_json(const struct result *result, const struct round *round);
json_t *result_arm_json(const struct arm *arm);
json_t *result_end_json(const struct result *result);
json_t *result_count_json(const struct result *result, const struct result_count *count);
json_t *result_counts_json(const struct result *result); /* all of them, an array */
json_t *result_whole_json(const struct result *result);  /* result.json */

/* Take one object into result: the header (or a whole result.json, but for its rounds), then one
 * line at a time; a line of unknown type is ignored. 0, or -1 with a sentence in *error to be put
 * behind the file and line: "round 3: requests_count is not a whole number". */
int result_take_header(struct result *result, const json_t *header, char **error);
int result_take_round(struct result *result, const json_t *line, char **error);
int result_take_count(struct result *result, const json_t *line, char **error);
int result_take_line(struct result *result, const json_t *line, char **error);

#endif
