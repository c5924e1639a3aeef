/*
 * Files of /proc that are read again and again: opened once, read with pread(2) at 0, which makes
 * the kernel write them anew. One at a time into a buffer of the caller.
 */
#ifndef MEASURE_PROCFILE_H
#define MEASURE_PROCFILE_H

#include <stddef.h>
#include <stdint.h>

enum { PROCFILE_BYTES = 65536 };

int procfile_open(const char *format, ...)
    __attribute__((format(printf, 1, 2))); /* -1: not there */
/* The whole text, terminated; NULL if it cannot be read. */
char *procfile_read(int fd, char *text, size_t size);
/* The same of a file that is read this one time. */
char *procfile_read_once(char *text, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The value under a name in the two-line tables of /proc/net/snmp and netstat, "Tcp: Name ...\nTcp:
 * 1 ..."; -1 if it is not there. */
int64_t procfile_counter(const char *text, const char *group, const char *name);
/* The number behind "Key:" at the start of a line; -1 if it is not there. */
int64_t procfile_value(const char *text, const char *key);

#endif
