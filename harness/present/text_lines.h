/* Lines on a terminal: how wide a text is, texts that must not drive the terminal, and sentences
 * that are wrapped. UTF-8. Internal to present. */
#ifndef PRESENT_TEXT_LINES_H
#define PRESENT_TEXT_LINES_H

#include <stddef.h>
#include <stdio.h>

/* Columns a text takes: code points; nothing here is double-width or combining. */
int text_columns(const char *text);
/* The bytes of a text's first `columns` columns. */
size_t text_columns_bytes(const char *text, int columns);
/* Control characters become question marks: a hostile name must not drive the terminal. */
void text_put_clean(FILE *out, const char *text);

/* Where a sentence is wrapped, and by how much its lines after the first are indented. */
struct text_lines {
    FILE *out;
    int width, indent;
};
/* first, which is not wrapped, and the text behind it. Breaks at blanks, but not between a figure
 * and its "%", and within a word only where it alone is wider than a line. Ends the line. */
void text_put_wrapped(const struct text_lines *lines, const char *first, const char *text);

#endif
