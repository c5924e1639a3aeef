/* Strings: UTF-8 passes through as it is; only '"', '\' and control characters are escaped. */
#include "app/json.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

static void put(struct json *json, const char *bytes, size_t len)
{
    assert((size_t)(json->end - json->next) >= len);
    memcpy(json->next, bytes, len);
    json->next += len;
}

void json_raw(struct json *json, char byte)
{
    assert(json->next < json->end);
    *json->next++ = byte;
}

static bool must_escape(char byte)
{
    return (unsigned char)byte < 0x20 || byte == '"' || byte == '\\';
}

static void put_escaped(struct json *json, char byte)
{
    static const char hex[] = "0123456789abcdef";
    const char pair[] = {'\\', byte};
    const char code[] = {'\\', 'u', '0', '0', hex[byte >> 4 & 15], hex[byte & 15]};
    if ((unsigned char)byte < 0x20)
        put(json, code, sizeof(code));
    else
        put(json, pair, sizeof(pair));
}

void json_string(struct json *json, struct slice text)
{
    const char *p = text.ptr, *end = p + text.len;
    json_raw(json, '"');
    while (p < end) {
        const char *plain = p;
        while (p < end && !must_escape(*p))
            p++;
        put(json, plain, (size_t)(p - plain));
        if (p < end)
            put_escaped(json, *p++);
    }
    json_raw(json, '"');
}
