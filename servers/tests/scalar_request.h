/*
 * The parser as it is built where there is no SSE2, beside the one that this machine has: the same
 * sources under another name. The SSE2 headers are never seen here, so the two share nothing but
 * the table of byte classes.
 */
#ifndef TESTS_SCALAR_REQUEST_H
#define TESTS_SCALAR_REQUEST_H

#include "http/request.h"
#include "http/target.h"

int scalar_http_request_parse(struct http_request *request, const char *buf, size_t len,
                              size_t *scanned);
bool scalar_http_target_parse(struct http_request *request, const char *p, const char *end,
                              const char *limit);
bool scalar_http_host_is_valid(const char *p, const char *end, const char *limit);

#undef __SSE2__
#define http_request_parse scalar_http_request_parse
#define http_target_parse  scalar_http_target_parse
#define http_host_is_valid scalar_http_host_is_valid
#include "http/target.c"
#include "http/request.c"
#undef http_request_parse
#undef http_target_parse
#undef http_host_is_valid

#endif
