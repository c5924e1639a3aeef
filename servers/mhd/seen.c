#include "mhd/seen.h"

#include <string.h>

enum { CRLF_BYTES = 2 };

bool seen_knows_places(const char *version)
{
    return strcmp(version, "0.9.75") == 0;
}

static void put(struct seen *seen, struct slice bytes)
{
    seen->is_too_large |= bytes.len > seen->cap - seen->len;
    if (seen->is_too_large)
        return;
    memcpy(seen->out + seen->len, bytes.ptr, bytes.len);
    seen->len += bytes.len;
}

static void put_text(struct seen *seen, const char *text)
{
    put(seen, (struct slice){text, strlen(text)});
}

/* Puts a string of the library, which must lie `gap` bytes behind the one before. */
static void put_behind(struct seen *seen, struct slice bytes, uintptr_t gap)
{
    if (seen->looks_at_places && (uintptr_t)bytes.ptr - (uintptr_t)seen->end != gap)
        seen->is_malformed = true;
    seen->end = bytes.ptr + bytes.len;
    put(seen, bytes);
}

void seen_init(struct seen *seen, char *out, size_t cap, bool looks_at_places)
{
    *seen = (struct seen){.out = out, .cap = cap, .looks_at_places = looks_at_places};
}

void seen_line(struct seen *seen, struct slice method, struct slice target,
               const char *target_place, struct slice version)
{
    seen->first = seen->end = method.ptr;
    put_behind(seen, method, 0);
    put_text(seen, " ");
    if (seen->looks_at_places && target_place != seen->end + 1)
        seen->is_malformed = true;
    seen->end = target_place + target.len;
    put(seen, target);
    put_text(seen, " ");
    put_behind(seen, version, 1);
    put_text(seen, "\r\n");
}

/* What stands between a name's colon and its value: the
 * library skips more than HTTP's white space. */
static void put_space(struct seen *seen, const char *value)
{
    const char *space = seen->end + 1;
    uintptr_t len = (uintptr_t)value - (uintptr_t)space;

    if (seen->looks_at_places && len <= HTTP_HEAD_LIMIT_BYTES && !seen->is_malformed)
        put(seen, (struct slice){space, len});
    else
        seen->is_malformed |= seen->looks_at_places;
    seen->end = value;
}

void seen_field(struct seen *seen, struct slice name, struct slice value)
{
    put_behind(seen, name, CRLF_BYTES);
    put_text(seen, ":");
    put_space(seen, value.ptr);
    put_behind(seen, value, 0);
    put_text(seen, "\r\n");
}

int seen_judge(struct seen *seen, size_t head_bytes, struct http_request *request)
{
    size_t scanned = 0;
    size_t shown_bytes = (size_t)((uintptr_t)seen->end - (uintptr_t)seen->first);
    int taken;

    put_text(seen, "\r\n");
    if (seen->looks_at_places && shown_bytes + CRLF_BYTES + CRLF_BYTES != head_bytes)
        seen->is_malformed = true;
    taken = http_request_parse(request, seen->out, seen->len, &scanned);
    if (seen->is_malformed)
        return -400;
    if (taken < 0)
        return taken;
    if (seen->is_too_large || head_bytes > HTTP_HEAD_LIMIT_BYTES)
        return -431;
    return taken > 0 ? 0 : -400;
}

/* ---- trailers ---- */

/* Before the first trailer the library (0.9.75) may show the head's last field once more. */
static bool is_of_head(const struct seen *seen, const char *name)
{
    return seen->looks_at_places && (uintptr_t)name < (uintptr_t)seen->head_end;
}

void seen_trailer(struct seen *seen, struct slice name, struct slice value)
{
    if (is_of_head(seen, name.ptr))
        return;
    seen->end = name.ptr - CRLF_BYTES; /* the buffer may have been moved since the one before */
    seen_field(seen, name, value);
}

/* Fed to the decoder of chunked bodies behind a last chunk. */
int seen_judge_trailers(struct seen *seen)
{
    struct http_chunked chunked;
    struct slice in = {"0\r\n", 3}, data;
    size_t taken;
    int event;

    put_text(seen, "\r\n");
    if (seen->is_malformed || seen->is_too_large)
        return seen->is_malformed ? -400 : -431;
    http_chunked_init(&chunked);
    http_chunked_decode(&chunked, in, &taken, &data);
    in = (struct slice){seen->out, seen->len};
    event = http_chunked_decode(&chunked, in, &taken, &data);
    if (event < 0)
        return event;
    return event == HTTP_CHUNKED_DONE && taken == seen->len ? 0 : -400;
}
