/* Text from outside, made harmless once for all forms. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "present/decision_parts.h"

/* The bytes of the character at text, which is well-formed by
 * table 3-7 of Unicode 15; 0 where it is not. */
static size_t decode(uint32_t *character, const unsigned char *text)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = *text < 0x80 ? 1 : *text < 0xc0 ? 0 : *text < 0xe0 ? 2 : *text < 0xf0 ? 3 : 4;
    if (length == 0 || *text > 0xf4)
        return 0;
    *character = length == 1 ? *text : *text & (0x7fU >> length);
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        *character = *character << 6 | (text[i] & 0x3f);
    }
    if (*character < least[length] || *character > 0x10ffff ||
        (*character >= 0xd800 && *character <= 0xdfff))
        return 0;
    return length;
}

static bool is_harmless(uint32_t character)
{
    return character >= 0x20 && (character < 0x7f || character > 0x9f) && character != 0xfffe &&
           character != 0xffff;
}

char *decision_clean(const char *text, const char *kept)
{
    char *clean = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&clean, &size);
    while (*text) {
        uint32_t character = 0;
        size_t length = decode(&character, (const unsigned char *)text);
        bool keeps = length > 0 &&
                     (is_harmless(character) || (character < 0x20 && strchr(kept, (int)character)));
        if (keeps)
            fwrite(text, 1, length, out);
        else
            putc('?', out);
        text += length > 0 ? length : 1;
    }
    fclose(out);
    return clean;
}
