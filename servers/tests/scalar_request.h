/*
 * The parser as it is built where there is no SSE2, beside the one that this machine has: the same
 * sources under another name. The SSE2 headers are never seen here, so the two share nothing.
 */
#ifndef TESTS_SCALAR_REQUEST_H
#define TESTS_SCALAR_REQUEST_H

#undef __SSE2__
#define http_class            scalar_http_class
#define scan_class            scalar_scan_class
#define scan_control          scalar_scan_control
#define http_request_parse    scalar_http_request_parse
#define head_name_end         scalar_head_name_end
#define head_value_end        scalar_head_value_end
#define head_connection_parse scalar_head_connection_parse
#define http_field_parse      scalar_http_field_parse
#define http_plain_host_parse scalar_http_plain_host_parse
#define http_target_parse     scalar_http_target_parse
#define http_host_is_valid    scalar_http_host_is_valid
#include "http/scan.c"
#include "http/target.c"
#include "http/head.c"
#include "http/field.c"
#include "http/request.c"
#undef http_class
#undef scan_class
#undef scan_control
#undef http_request_parse
#undef head_name_end
#undef head_value_end
#undef head_connection_parse
#undef http_field_parse
#undef http_plain_host_parse
#undef http_target_parse
#undef http_host_is_valid

/* request.h has declared the other one by the name of this. */
int http_request_parse(struct http_request *request, const char *buf, size_t len, size_t *scanned);

#endif
