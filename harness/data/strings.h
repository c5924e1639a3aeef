/*
 * Lists of words, formatted text and memory, all owned by the caller. Running out of memory ends
 * the process with one line and exit code 5: a harness without memory has nothing true to say. A
 * zeroed struct strings is an empty list.
 */
#ifndef DATA_STRINGS_H
#define DATA_STRINGS_H

#include <stdbool.h>
#include <stddef.h>

struct strings {
    char **items;
    size_t count;
};

void strings_add(struct strings *list, const char *text); /* a copy of text */
bool strings_contain(const struct strings *list, const char *text);
/* Splits at blanks and commas, appending; empty words are dropped. */
void strings_split(struct strings *list, const char *text);
/* The words with separator between them, "" for an empty list; the caller frees. */
char *strings_join(const struct strings *list, const char *separator);
/* Appends copies of from's words. */
void strings_copy(struct strings *to, const struct strings *from);
/* Copies of them with a NULL behind the last, as a program is given its words: getopt_long(3) may
 * permute those. The caller frees with strings_free_words. */
char **strings_words(const struct strings *list);
void strings_free_words(char **words);
void strings_release(struct strings *list); /* leaves an empty list */

/* The word nearest to text by edit distance, without regard to case, or NULL if no word is within a
 * third of the longer length: for "did you mean". Of equally near ones the first. Borrowed from
 * list. */
const char *strings_nearest(const struct strings *list, const char *text);

/* The caller frees. */
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Sets *error, owned by the caller, and returns -1: the last line of whatever can fail with a
 * sentence. */
int text_error(char **error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What to say of an unknown word: "did you mean \"epoll\"?", or "known are thread, epoll". The
 * caller frees. */
char *text_suggest(const char *const *words, size_t count, const char *text);
/* Is text a plain decimal number from least to most? Sets *number only if so. */
bool text_number(unsigned *number, const char *text, unsigned least, unsigned most);
/* The file's name without folder and last suffix: "json" of "workloads/json.lua". The caller frees.
 */
char *text_stem(const char *path);

void *xcalloc(size_t count, size_t size);
void *xreallocarray(void *ptr, size_t count, size_t size);
char *xstrdup(const char *text); /* NULL for NULL */

/* A word as a shell takes it back: in quotes where it would
 * not be taken as it is. The caller frees. */
char *text_for_shell(const char *word);

#endif
