/* Request targets and hosts, by the grammar of RFC 3986 and RFC 9112 section 3.2. A part of
 * request.c. */
#ifndef HTTP_TARGET_H
#define HTTP_TARGET_H

#include <stdbool.h>

#include "http/request.h"

/*
 * Parses the target [p, end), whose four forms depend on request->method, into path and query. *end
 * is SP and bytes up to limit may be read. False if it is none of them.
 */
bool http_target_parse(struct http_request *request, const char *p, const char *end,
                       const char *limit);

/*
 * A Host field's value: uri-host [ ":" port ] (RFC 9110 section 7.2), or empty, which is what a
 * client sends whose target has no authority (RFC 9112 section 3.2). *end is outside every URI, and
 * bytes up to limit may be read.
 */
bool http_host_is_valid(const char *p, const char *end, const char *limit);

#endif
