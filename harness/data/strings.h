/* Lists of words and formatted strings, owned; allocation failure ends the process (a harness without memory
 * has nothing true to say). */
#ifndef DATA_STRINGS_H
#define DATA_STRINGS_H

#include <stdbool.h>
#include <stddef.h>

struct strings {
    char **items;
    size_t count;
};

void strings_add(struct strings *list, const char *text);
bool strings_contain(const struct strings *list, const char *text);
/* Splits at blanks and commas, appending. */
void strings_split(struct strings *list, const char *text);
/* The words with separator between them; the caller frees. */
char *strings_join(const struct strings *list, const char *separator);
void strings_copy(struct strings *to, const struct strings *from);
void strings_release(struct strings *list);

char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The item nearest to text by edit distance, or NULL if nothing is near: for "did you mean". */
const char *strings_nearest(const struct strings *list, const char *text);

void *xcalloc(size_t count, size_t size);
void *xreallocarray(void *ptr, size_t count, size_t size);
char *xstrdup(const char *text);

#endif
