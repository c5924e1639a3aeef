/*
 * Request targets (RFC 9112 section 3.2) and hosts (RFC 3986 section 3.2.2). Both are checked by
 * the full grammar: a raw '|', '\', '"' or '[', a fragment and a '%' without two hex digits are in
 * no URI, and whoever repairs them reads another target than the next one does.
 */
#include "http/target.h"

#include <arpa/inet.h>
#include <strings.h>

#include "http/scan.h"

/* Skips bytes of class and pct-encoded triplets. */
static const char *skip_encoded(const char *p, const char *limit, unsigned class)
{
    for (;;) {
        p = scan_class(p, limit, class);
        if (limit - p < 3 || *p != '%' || !scan_is(p[1], HTTP_HEX) || !scan_is(p[2], HTTP_HEX))
            return p;
        p += 3;
    }
}

/* IPv6address of RFC 3986: inet_pton(3) reads just that, without zones and short forms of IPv4, but
 * only up to a NUL. */
static bool is_ipv6(const char *p, const char *end)
{
    char text[INET6_ADDRSTRLEN];
    unsigned char address[16];
    size_t len = (size_t)(end - p);
    if (len >= sizeof(text) || memchr(p, '\0', len))
        return false;
    memcpy(text, p, len);
    text[len] = '\0';
    return inet_pton(AF_INET6, text, address) == 1;
}

/* IPvFuture = "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" ), and *end is ']'. */
static bool is_ip_future(const char *p, const char *end)
{
    const char *version = ++p;
    while (scan_is(*p, HTTP_HEX))
        p++;
    if (p == version || *p++ != '.' || p == end)
        return false;
    while (*p == ':' || scan_is(*p, HTTP_REG_NAME))
        p++;
    return p == end;
}

/* Skips "[" ... "]"; NULL if that is no IP-literal. Rare, and
 * not to take registers from the path of every request. */
static __attribute__((noinline)) const char *skip_ip_literal(const char *p, const char *limit)
{
    const char *close = memchr(p, ']', (size_t)(limit - p));
    if (!close)
        return NULL;
    p++;
    bool valid = (*p | 0x20) == 'v' ? is_ip_future(p, close) : is_ipv6(p, close);
    return valid ? close + 1 : NULL;
}

/* Skips a host that is not empty; NULL if there is none. */
static const char *skip_host(const char *p, const char *limit)
{
    if (p < limit && *p == '[')
        return skip_ip_literal(p, limit);
    const char *end = skip_encoded(p, limit, HTTP_REG_NAME);
    return end > p ? end : NULL;
}

/* Skips ":" *DIGIT if it is there. */
static const char *skip_port(const char *p, const char *limit)
{
    if (p < limit && *p == ':')
        do
            p++;
        while (p < limit && scan_is(*p, HTTP_DIGIT));
    return p;
}

bool http_host_is_valid(struct slice value)
{
    const char *end = value.ptr + value.len;
    const char *p = value.len > 0 ? skip_host(value.ptr, end) : end;
    return p && skip_port(p, end) == end;
}

/* Skips [ path ] [ "?" query ]. */
static const char *path_parse(struct http_request *request, const char *p, const char *limit)
{
    const char *end = skip_encoded(p, limit, HTTP_PATH);
    request->path = (struct slice){p, (size_t)(end - p)};
    if (end == limit || *end != '?')
        return end;
    const char *query = end + 1;
    end = skip_encoded(query, limit, HTTP_QUERY);
    request->query = (struct slice){query, (size_t)(end - query)};
    return end;
}

/*
 * "http://" authority path [ "?" query ]. Its authority replaces the one of Host; here, without
 * virtual hosts, it only has to be one that an http URI can have: not empty (RFC 9110
 * section 4.2.1), and no userinfo, which a recipient should treat as an error (section 4.2.4).
 */
static const char *absolute_form_parse(struct http_request *request, const char *p,
                                       const char *limit)
{
    static const char scheme[] = "http://";
    const size_t scheme_len = sizeof(scheme) - 1;
    if ((size_t)(limit - p) <= scheme_len || strncasecmp(p, scheme, scheme_len) != 0)
        return NULL;
    const char *authority = p + scheme_len;
    const char *path = skip_host(authority, limit);
    if (!path)
        return NULL;
    path = skip_port(path, limit);
    if (path == limit || (*path != '/' && *path != '?' && *path != ' '))
        return NULL;
    const char *end = path_parse(request, path, limit);
    /* An empty path means "/" (RFC 9110 section 4.2.3), for which that of "http://" will do; but
     * to OPTIONS it means "*" (RFC 9112 section 3.2.4). */
    if (request->path.len == 0 && (request->method != HTTP_OPTIONS || end > path))
        request->path = (struct slice){authority - 1, 1};
    return end;
}

/* uri-host ":" port, and the port must not be empty (RFC 9110 section 9.3.6). */
static const char *authority_form_parse(struct http_request *request, const char *p,
                                        const char *limit)
{
    const char *colon = skip_host(p, limit);
    if (!colon || colon == limit || *colon != ':')
        return NULL;
    const char *end = skip_port(colon, limit);
    request->path = (struct slice){p, (size_t)(end - p)};
    return end > colon + 1 ? end : NULL;
}

const char *http_target_parse(struct http_request *request, const char *p, const char *limit)
{
    if (request->method == HTTP_CONNECT)
        return authority_form_parse(request, p, limit);
    if (*p == '/')
        return path_parse(request, p, limit);
    if (*p == '*') {
        request->path = (struct slice){p, 1};
        return request->method == HTTP_OPTIONS ? p + 1 : NULL;
    }
    return absolute_form_parse(request, p, limit);
}
