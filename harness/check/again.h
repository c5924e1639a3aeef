/*
 * Cases that failed by time alone, asked again before a server is called wrong: each alone (clients
 * that may cross: together, and nobody else), of a server started for it, and with more time. On a
 * busy machine what is asked side by side comes late; a server that hangs is late again.
 */
#ifndef CHECK_AGAIN_H
#define CHECK_AGAIN_H

#include "check/instance.h"

enum {
    AGAIN_MS = 12000, /* for a case, its own pauses apart */
    /* Times that: after this long no more is asked again, and what is left stays wrong. */
    AGAIN_MOST = 5,
};

/* Of the exchanges of a passage that has been played, those
 * that would accuse its server. Its server has ended. */
void again_play(struct instance *instance);
/* Adds to the finding of one that failed by time alone that
 * the check itself had no CPU meanwhile, if that was so. */
void again_excuse(struct exchange *exchange, unsigned starved_percent);

#endif
