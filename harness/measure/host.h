/*
 * What the machine is: every fact that could explain a difference between two results, as text,
 * NULL where it cannot be read; and a fingerprint over those that must agree for absolute numbers
 * to be comparable. Reading only.
 */
#ifndef MEASURE_HOST_H
#define MEASURE_HOST_H

#include <stdbool.h>
#include <stddef.h>

#include "data/result.h"

void host_read(struct result *result,
               const char *wrk); /* facts, host_name, host_fingerprint, generator, revision */

enum finding_level { FINDING_OK, FINDING_NOTE, FINDING_WARNING, FINDING_PROBLEM };
struct finding {
    enum finding_level level;
    char *subject, *text, *remedy; /* remedy: what to type, or NULL */
};
/* doctor: checks everything and changes nothing. The caller frees with findings_release. */
size_t host_findings(struct finding **findings, const struct result *facts);
void findings_release(struct finding *findings, size_t count);

/* What compiled the suite, how, and the C library it runs on: one line; the caller frees. */
char *host_build(void);

char *file_sha256(const char *path); /* NULL if unreadable */
char *bytes_sha256(const void *bytes, size_t len);

#endif
