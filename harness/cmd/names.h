/* Names that a person types, held against those that are known. */
#ifndef CMD_NAMES_H
#define CMD_NAMES_H

#include "data/strings.h"

/* Refuses a name, with the nearest known one: "no WHAT "NAME": did you mean ...". EXIT_USAGE. */
int names_unknown(const char *what, const char *name, const struct strings *known);
/* 0, or EXIT_USAGE after refusing the first that is unknown. */
int names_check(const char *what, const struct strings *names, const struct strings *known);

#endif
