/* Text within a sentence. */
#include "pace/quote.h"

#include <stdio.h>

#include "data/strings.h"

char *quote(const char *text, size_t len)
{
    size_t shown = len < QUOTE_MOST ? len : QUOTE_MOST;
    char *quoted = xcalloc(4 * shown + sizeof "\"...\"", 1), *end = quoted;

    *end++ = '"';
    for (size_t i = 0; i < shown; i++) {
        unsigned char c = (unsigned char)text[i];
        end += sprintf(end, c >= 0x20 && c < 0x7f ? "%c" : "\\x%02x", c);
    }
    sprintf(end, "%s\"", shown < len ? "..." : "");
    return quoted;
}
