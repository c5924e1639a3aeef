/* Writes JSON (RFC 8259) into a fixed block. The caller knows that it fits, which is asserted. */
#ifndef APP_JSON_H
#define APP_JSON_H

#include "http/slice.h"

struct json {
    char *next;
    char *end;
};

/* A structural character. */
void json_raw(struct json *json, char byte);

/* A string of UTF-8 text, quoted and escaped (section 7). */
void json_string(struct json *json, struct slice text);

#endif
