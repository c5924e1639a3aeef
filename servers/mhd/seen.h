/*
 * A request head as libmicrohttpd shows it, written out again as
 * bytes and judged by the suite's own parser (http/request.h): so
 * what is refused, and with which status, is the same as everywhere.
 *
 * The library repairs what it should refuse: it takes a bare LF for a line's end, cuts a value at a
 * NUL, joins a folded line to the name before it. But it hands out its strings where they lie in
 * its read buffer, and where the next one begins tells what was between them. Where the strings lie
 * is the library's own affair, so that is believed of the versions only on which it was seen
 * (seen_knows_places). Pure: addresses are compared, and nothing is read but what was handed out
 * and the white space between a field's name and its value.
 */
#ifndef MHD_SEEN_H
#define MHD_SEEN_H

#include <stdbool.h>
#include <stdint.h>

#include "http/chunked.h"
#include "http/request.h"

struct seen {
    char *out; /* cap bytes of the caller: as many as the head has, HTTP_HEAD_LIMIT_BYTES at most */
    size_t len, cap;
    const char *first, *end; /* of the head in the library's buffer, as far as it was shown */
    const char *head_end;    /* for trailers: they lie behind it */
    bool looks_at_places;
    bool is_malformed, is_too_large;
};

/* version as MHD_get_version() says it, "0.9.75". */
bool seen_knows_places(const char *version);

void seen_init(struct seen *seen, char *out, size_t cap, bool looks_at_places);
/* The request line: three strings of the library, the target as
 * it came: its bytes in target, and the place where they lay. */
void seen_line(struct seen *seen, struct slice method, struct slice target,
               const char *target_place, struct slice version);
/* The next field, in the order in which they came. */
void seen_field(struct seen *seen, struct slice name, struct slice value);
/* All fields have been shown; the library counted head_bytes, from the method to the empty line.
 * Returns 0, or minus the status to refuse with; request->method is set if it could be read. The
 * slices of *request point into out. */
int seen_judge(struct seen *seen, size_t head_bytes, struct http_request *request);

/* The trailer fields behind a chunked body, likewise; what lies before
 * head_end is none. Returns 0, or minus a status. How their lines ended
 * is not to be known: the library moves what it has between them. */
void seen_trailer(struct seen *seen, struct slice name, struct slice value);
int seen_judge_trailers(struct seen *seen);

#endif
