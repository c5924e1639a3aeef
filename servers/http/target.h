/* Request targets and hosts, by the grammar of RFC 3986 and RFC 9112 section 3.2. A part of
 * request.c. */
#ifndef HTTP_TARGET_H
#define HTTP_TARGET_H

#include <stdbool.h>

#include "http/request.h"

/*
 * Parses the target at p, whose four forms depend on request->method, into path and query. Returns
 * its end, where SP must follow; NULL if there is none of these forms, or no end before limit.
 */
const char *http_target_parse(struct http_request *request, const char *p, const char *limit);

/*
 * A Host field's value: uri-host [ ":" port ] (RFC 9110 section 7.2), or empty, which is what a
 * client sends whose target has no authority (RFC 9112 section 3.2).
 */
bool http_host_is_valid(struct slice value);

#endif
