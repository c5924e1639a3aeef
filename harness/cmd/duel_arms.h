/* The three that take part in a duel: base, head, and the base's copy. */
#ifndef CMD_DUEL_ARMS_H
#define CMD_DUEL_ARMS_H

#include "data/catalog.h"
#include "data/result.h"
#include "sources/side.h"

/* Adds them to the result, whose experiment is there. */
void duel_arms_add(struct result *result, const struct paths *paths, const struct side *base,
                   const struct side *head);
/* How the sides are called, as facts, once the machine's are there. 0, or an exit code and in *why,
 * which the caller frees, which of them cannot run here, or has not the route of a workload. */
int duel_arms_name_sides(struct result *result, const struct side *base, const struct side *head,
                         char **why);
/* Has a record all three? 0, or exit code 4 after saying that it is damaged. */
int duel_arms_check(const struct result *stored);
/* A side as the record of a duel has it: what was built then is not built again. 0, or exit code 4
 * after saying that the record names no program for it. Release it in either case. */
int duel_arms_recall(struct side *side, const struct result *stored, const char *id);
/* How a side is called, from those facts: "main (1a2b3c4d5e6f)", and in rows "epoll". Borrowed. */
const char *duel_arms_label(const struct result *result, const char *id);
const char *duel_arms_name(const struct result *result, const char *id);

/* After the short check: 0; 1 where the head fails it; 4 where the base answers a workload of the
 * duel wrongly; 5 where one cannot run here; and why. */
int duel_arms_judge(const struct result *result, char **why);
/* What it found of the base besides becomes a note. */
void duel_arms_note_differences(struct result *result);
/* Whatever an earlier check found: they are to be checked again. */
void duel_arms_forget_check(struct result *result);

#endif
