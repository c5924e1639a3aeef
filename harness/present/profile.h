/* What a request costs, as text, Markdown and JSON. Only formats;
 * a count that is not there is "n/a" with its reason. */
#ifndef PRESENT_PROFILE_H
#define PRESENT_PROFILE_H

#include <stdio.h>

#include "analyse/profile.h"

/* A row as soon as it is counted: totals, functions, calls. */
void profile_text(FILE *out, const struct profile_row *row);
void profile_json(FILE *out, const struct profile *profile);

/* The table of one server, and the one of all side by side, each with what counted it below; the
 * caller frees. NULL: no such server was counted. */
char *profile_table(const struct profile *profile, const char *server);
char *profile_overview(const struct profile *profile);
/* All of them below headings. */
void profile_markdown(FILE *out, const struct profile *profile);

/* The document with text in place of what stands between the lines `<!-- measured: NAME -->` and
 * `<!-- end -->`; NULL if it has no such lines. The caller frees. */
char *marks_replace(const char *document, const char *name, const char *text);

#endif
