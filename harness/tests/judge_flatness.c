/*
 * What today's code says of results that were kept: read and judged as `backbench report` does,
 * without its drawings. For each RESULT a line of words between tabs:
 *   RESULT, memory's verdict after the planned round and in the end, the descriptors' verdict, then
 *   of memory in the end: drift and smallest visible drift in bytes, how many requests and seconds
 *   it was judged by; or RESULT, UNUSED and why, where no round of it can be told.
 * GROWING in the end is "so far" where no longer round confirmed it: then it says GROWING_SO_FAR.
 */
#include <stdio.h>
#include <stdlib.h>

#include "analyse/consistency.h"

static const char *first_kind(const struct round *round)
{
    struct consistency_course course;
    struct flatness flatness;
    consistency_course_make(&course, round, CONSISTENCY_MEMORY);
    flatness_find(&flatness, &course.course);
    consistency_course_release(&course);
    return flatness_name(flatness.kind);
}

static const char *last_kind(const struct flatness *flatness)
{
    return flatness->kind == FLATNESS_GROWING && flatness->so_far ? "GROWING_SO_FAR"
                                                                  : flatness_name(flatness->kind);
}

static void put_row(const char *path, const struct consistency_row *row)
{
    const struct flatness *memory = &row->measures[CONSISTENCY_MEMORY];
    if (row->round)
        printf("%s\t%s\t%s\t%s\t%.0f\t%.0f\t%.0f\t%.0f\n", path, first_kind(row->round),
               last_kind(memory), flatness_name(row->measures[CONSISTENCY_DESCRIPTORS].kind),
               memory->drift, memory->smallest, row->requests, row->load_s);
    else
        printf("%s\tUNUSED\t%s\n", path, row->why ? row->why->detail : "nothing was measured");
}

static int judge(const char *path)
{
    struct result result;
    struct consistency consistency;
    char *error = NULL;
    result_init(&result);
    if (result_load(&result, path, &error) < 0) {
        fprintf(stderr, "judge_flatness: %s\n", error);
        free(error);
        result_release(&result);
        return -1;
    }
    if (consistency_make(&consistency, &result, 0)) {
        put_row(path, &consistency.rows[0]);
        consistency_release(&consistency);
    } else {
        printf("%s\tUNUSED\tnothing was measured\n", path);
    }
    result_release(&result);
    return 0;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (judge(argv[i]) < 0)
            return 1;
    return 0;
}
