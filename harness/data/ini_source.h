/*
 * An ini file on its way through inih, which calls back without line
 * numbers and is silent on what it passes over: it is fed line by line, so
 * that a sentence can name file and line. The first error ends the reading.
 */
#ifndef DATA_INI_SOURCE_H
#define DATA_INI_SOURCE_H

#include <ini.h>
#include <stdbool.h>
#include <stdio.h>

struct ini_source {
    FILE *file;
    const char *path; /* borrowed */
    unsigned line;    /* the one that was read last */
    bool failed;
    char **error; /* gets the first sentence */
};

/* 0, or -1 with one sentence: then there is nothing to close. */
int ini_source_open(struct ini_source *source, const char *path, char **error);
/* The same of a text that is no file; path is what sentences
 * call it. Both are borrowed until it is closed. */
int ini_source_open_text(struct ini_source *source, const char *text, const char *path,
                         char **error);
/* inih's reader, for a stream that is a struct ini_source. It bounds a line, which inih would
 * otherwise cut in two, and drops a byte order mark, and its indent, which inih would take for the
 * continuation of the value above. */
char *ini_source_line(char *buffer, int size, void *stream);
/* What is between the brackets, if the line is a section's head; the caller
 * frees. NULL: it is none, or has a mistake, which is said. For readers that
 * know their sections by their lines: inih cuts a section's name at 50 bytes,
 * is silent on one without keys, and passes over what is behind it. */
char *ini_source_head(struct ini_source *source, const char *line);
/* "FILE:LINE: sentence", if it is the first; frees sentence. */
void ini_source_fail(struct ini_source *source, char *sentence);
/* Has inih read all of it with these callbacks? 0, or -1 with one
 * sentence. stream is the reader's argument, user the handler's. */
int ini_source_parse(struct ini_source *source, ini_reader read, void *stream, ini_handler handler,
                     void *user);
void ini_source_close(struct ini_source *source);

#endif
