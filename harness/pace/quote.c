/* Text within a sentence. */
#include "pace/quote.h"

#include <stdbool.h>
#include <stdio.h>

#include "data/strings.h"

static bool is_shown(unsigned char c)
{
    return c >= 0x20 && c < 0x7f;
}

/* How many bytes of text have room. */
static size_t count_shown(const char *text, size_t len)
{
    size_t shown = 0, width = 0;

    for (; shown < len; shown++) {
        width += is_shown((unsigned char)text[shown]) ? 1 : sizeof "\\x00" - 1;
        if (width > QUOTE_MOST)
            break;
    }
    return shown;
}

char *quote(const char *text, size_t len)
{
    size_t shown = count_shown(text, len);
    char *quoted = xcalloc(QUOTE_MOST + sizeof "\"...\"", 1), *end = quoted;

    *end++ = '"';
    for (size_t i = 0; i < shown; i++) {
        unsigned char c = (unsigned char)text[i];
        end += sprintf(end, is_shown(c) ? "%c" : "\\x%02x", c);
    }
    sprintf(end, "%s\"", shown < len ? "..." : "");
    return quoted;
}
