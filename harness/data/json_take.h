/*
 * Taking values out of JSON objects. Absent and null are the same: nothing there. A value of
 * another kind than asked for is an error, kept as the first sentence; the rest may be read on, so
 * that a decoder is a list of what it takes.
 */
#ifndef DATA_JSON_TAKE_H
#define DATA_JSON_TAKE_H

#include <jansson.h>
#include <stdint.h>

#include "data/strings.h"

struct taking {
    const char *where; /* "header", "round 3": begins the sentence */
    char *error;       /* NULL: all well so far */
};

void take_fail(struct taking *taking, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The end: 0, or -1 with the sentence handed over in *error. */
int take_result(struct taking *taking, char **error);

char *take_text(struct taking *taking, const json_t *object, const char *key); /* owned, or NULL */
/* The same, but its lack is an error and the text then "". */
char *take_needed_text(struct taking *taking, const json_t *object, const char *key);
int64_t take_number(struct taking *taking, const json_t *object, const char *key); /* MISSING */
/* 0 when nothing is there; below 0 or above most is an error. */
uint64_t take_count(struct taking *taking, const json_t *object, const char *key, uint64_t most);
bool take_bool(struct taking *taking, const json_t *object, const char *key); /* false */
void take_strings(struct taking *taking, const json_t *object, const char *key,
                  struct strings *list);
/* Borrowed; NULL when nothing is there. */
const json_t *take_object(struct taking *taking, const json_t *object, const char *key);
const json_t *take_array(struct taking *taking, const json_t *object, const char *key);

#endif
