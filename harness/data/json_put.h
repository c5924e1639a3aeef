/*
 * Putting values into JSON objects. All these own what they make and end with an assert where
 * jansson cannot: only out of memory, or a value JSON has no form for.
 */
#ifndef DATA_JSON_PUT_H
#define DATA_JSON_PUT_H

#include <jansson.h>
#include <stdint.h>

#include "data/strings.h"

/* Text from outside (a server's stderr, a CPU's name) may be no UTF-8, which JSON must be: then
 * every byte that is not ASCII becomes a question mark. NULL becomes null. */
json_t *text_json(const char *text);
json_t *number_json(int64_t number); /* MISSING becomes null */
json_t *real_json(double value);     /* NAN and infinity become null */
json_t *strings_json(const struct strings *list);

void json_put(json_t *object, const char *key, json_t *value); /* takes the reference */
void json_put_text(json_t *object, const char *key, const char *text);
void json_put_count(json_t *object, const char *key, uint64_t count);

#endif
