/* The readable form of bytes in a case: escapes, repetitions and wildcards. */
#ifndef CHECK_CASE_TEXT_H
#define CHECK_CASE_TEXT_H

#include "check/case.h"

/*
 * Appends what text says to step:
 *   \r \n \t \0 \\ \{ \xHH   one byte
 *   {TEXT*N}                 TEXT (escapes, no braces) N times
 *   {octets N}               N octets, octet i is i mod 251
 *   {date} {server}          in answers: an IMF-fixdate of now, the server's name
 * Any other printable ASCII character is itself. NULL, or what is wrong.
 */
const char *case_text_append(struct step *step, const char *text);

/* Bytes as text for a sentence: in double quotes, escaped, at
 * most limit bytes of them. The caller frees. */
char *case_text_escape(const char *bytes, size_t len, size_t limit);

#endif
