/* What the summary is as text and as JSON, in memory. */
#ifndef TESTS_PRESENT_TEXT_H
#define TESTS_PRESENT_TEXT_H

#include "tests/present_room.h"

static inline char *capture(void (*write)(FILE *))
{
    static char
        *text; /* static: gcc 12 takes a memstream's buffer for the variable that points to it */
    static size_t size;
    FILE *out = open_memstream(&text, &size);
    write(out);
    fclose(out);
    return text;
}

static unsigned text_width = 100;

static inline void write_text(FILE *out)
{
    present_text(out, &s.result, &summary, text_width, false);
}

static inline void write_json(FILE *out)
{
    present_json(out, &s.result, &summary);
}

#endif
