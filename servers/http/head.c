/*
 * What of a head is not on the plain path: names and values with bytes that blocks do not know, and
 * the list of connection options.
 */
#include "http/head.h"

const char *head_name_end(const char *p, const char *limit)
{
    const char *end = scan_class(p, limit, HTTP_TCHAR);
    return end < limit && *end == ':' ? end : NULL;
}

const char *head_value_end(const char *p, const char *limit)
{
    const char *end = scan_control(p, limit);
    return is_line_end(end, limit) ? end : NULL;
}

static inline void connection_option(unsigned *notes, const char *p, size_t len)
{
    if (len == 5 && lower4(p) == load4("clos") && lower4(p + 1) == load4("lose"))
        *notes |= NOTE_CLOSE;
    else if (len == 10 && is_name(p, "keep-alive", 10))
        *notes |= NOTE_KEEP_ALIVE;
}

bool head_connection_parse(unsigned *notes, struct slice value, const char *limit)
{
    const char *p = value.ptr, *end = p + value.len;
    while (p < end) {
        const char *option = p;
        p = scan_class(p, limit, HTTP_TCHAR);
        connection_option(notes, option, (size_t)(p - option));
        while (p < end && is_space(*p))
            p++;
        if (p == end)
            return true;
        if (*p++ != ',')
            return false;
        while (p < end && is_space(*p))
            p++;
    }
    return true;
}
