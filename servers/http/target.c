/*
 * Request targets (RFC 9112 section 3.2) and hosts (RFC 3986 section 3.2.2). Both are checked by
 * the full grammar: a raw '|', '\', '"' or '[', a fragment and a '%' without two hex digits are in
 * no URI, and whoever repairs them reads another target than the next one does.
 */
#include "http/target.h"

#include <arpa/inet.h>
#include <strings.h>

#include "http/scan.h"

/* Skips bytes of class and pct-encoded triplets. Something that is neither lies before limit. */
static const char *skip_encoded(const char *p, const char *limit, unsigned class)
{
    for (;;) {
        p = scan_class(p, limit, class);
        if (*p != '%' || !scan_is(p[1], HTTP_HEX) || !scan_is(p[2], HTTP_HEX))
            return p;
        p += 3;
    }
}

/* IPv6address of RFC 3986: inet_pton(3) reads just that, without zones and short forms of IPv4. */
static bool is_ipv6(const char *p, const char *end)
{
    char text[INET6_ADDRSTRLEN];
    unsigned char address[16];
    size_t len = (size_t)(end - p);
    if (len >= sizeof(text))
        return false;
    memcpy(text, p, len);
    text[len] = '\0';
    return inet_pton(AF_INET6, text, address) == 1;
}

/* IPvFuture = "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" ) */
static bool is_ip_future(const char *p, const char *end)
{
    const char *version = ++p;
    while (scan_is(*p, HTTP_HEX))
        p++;
    if (p == version || *p++ != '.' || p == end)
        return false;
    while (p < end && (*p == ':' || scan_is(*p, HTTP_REG_NAME)))
        p++;
    return p == end;
}

/* Skips "[" ... "]"; NULL if that is no IP-literal. */
static const char *skip_ip_literal(const char *p, const char *end)
{
    const char *close = memchr(p, ']', (size_t)(end - p));
    if (!close)
        return NULL;
    p++;
    bool valid = (*p | 0x20) == 'v' ? is_ip_future(p, close) : is_ipv6(p, close);
    return valid ? close + 1 : NULL;
}

/* Skips a host that is not empty; NULL if there is none. */
static const char *skip_host(const char *p, const char *end, const char *limit)
{
    if (*p == '[')
        return skip_ip_literal(p, end);
    const char *host_end = skip_encoded(p, limit, HTTP_REG_NAME);
    return host_end > p ? host_end : NULL;
}

/* Skips ":" *DIGIT if it is there. */
static const char *skip_port(const char *p)
{
    if (*p == ':')
        for (p++; scan_is(*p, HTTP_DIGIT);)
            p++;
    return p;
}

bool http_host_is_valid(const char *p, const char *end, const char *limit)
{
    if (p == end)
        return true;
    p = skip_host(p, end, limit);
    return p && skip_port(p) == end;
}

/* [ path ] [ "?" query ] up to end. */
static bool path_parse(struct http_request *request, const char *p, const char *end,
                       const char *limit)
{
    const char *path_end = skip_encoded(p, limit, HTTP_PATH);
    request->path = (struct slice){p, (size_t)(path_end - p)};
    if (path_end == end)
        return true;
    if (*path_end != '?')
        return false;
    const char *query = path_end + 1;
    request->query = (struct slice){query, (size_t)(end - query)};
    return skip_encoded(query, limit, HTTP_QUERY) == end;
}

/*
 * "http://" authority path [ "?" query ]. Its authority replaces the one of Host; here, without
 * virtual hosts, it only has to be one that an http URI can have: not empty (RFC 9110
 * section 4.2.1), and no userinfo, which a recipient should treat as an error (section 4.2.4).
 */
static bool absolute_form_parse(struct http_request *request, const char *p, const char *end,
                                const char *limit)
{
    static const char scheme[] = "http://";
    const size_t scheme_len = sizeof(scheme) - 1;
    if ((size_t)(end - p) <= scheme_len || strncasecmp(p, scheme, scheme_len) != 0)
        return false;
    const char *authority = p + scheme_len;
    const char *path = skip_host(authority, end, limit);
    if (!path)
        return false;
    path = skip_port(path);
    if (path != end && *path != '/' && *path != '?')
        return false;
    if (!path_parse(request, path, end, limit))
        return false;
    if (request->method == HTTP_OPTIONS && path == end) /* means "*" (RFC 9112 section 3.2.4) */
        return true;
    if (request->path.len == 0) /* means "/" (RFC 9110 section 4.2.3): that of "http://" will do */
        request->path = (struct slice){authority - 1, 1};
    return true;
}

/* uri-host ":" port, and the port must not be empty (RFC 9110 section 9.3.6). */
static bool authority_form_parse(struct http_request *request, const char *p, const char *end,
                                 const char *limit)
{
    const char *colon = skip_host(p, end, limit);
    if (!colon || *colon != ':' || colon + 1 == end || skip_port(colon) != end)
        return false;
    request->path = (struct slice){p, (size_t)(end - p)};
    return true;
}

bool http_target_parse(struct http_request *request, const char *p, const char *end,
                       const char *limit)
{
    if (request->method == HTTP_CONNECT)
        return authority_form_parse(request, p, end, limit);
    if (*p == '/')
        return path_parse(request, p, end, limit);
    if (*p == '*') {
        request->path = (struct slice){p, 1};
        return p + 1 == end && request->method == HTTP_OPTIONS;
    }
    return absolute_form_parse(request, p, end, limit);
}
