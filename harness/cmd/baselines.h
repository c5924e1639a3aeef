/* The results in a folder, as a CI cache holds them, and which
 * of them a new one is compared with. */
#ifndef CMD_BASELINES_H
#define CMD_BASELINES_H

#include <stddef.h>

#include "data/result.h"
#include "data/strings.h"

struct baselines {
    struct result *results; /* the earlier first; owned */
    size_t count;
    struct strings notes; /* of those that could not be read, a sentence each */
};

/* All in the folder but head itself: folders with a rounds.jsonl or a result.json, and such files.
 * What is no result is passed over; one that cannot be read is noted. 0, or -1 with a sentence: no
 * folder, or not to be read. Release it in either case. */
int baselines_read(struct baselines *baselines, const char *folder, const struct result *head,
                   char **error);
/* Brings what is comparable with head to the front, and makes the base the last of it: the newest
 * of head's machine, those before it being sessions; else the newest of another machine, alone.
 * Returns how many there are, 0 for none. */
size_t baselines_choose(struct baselines *baselines, const struct result *head);
void baselines_release(struct baselines *baselines);

#endif
