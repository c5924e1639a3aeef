/*
 * What the worker does for the peers of its daemon. Called by its thread alone, but for
 * watch_linger.
 */
#ifndef MHD_WATCH_H
#define MHD_WATCH_H

#include "mhd/peers.h"

/* The descriptor that one waits for has these events: resumes it. */
void peers_wake(struct peers *peers, struct sleeper *sleeper, short revents);
/* Resumes those whose time is over. */
void peers_resume(struct peers *peers, uint64_t now_ms);
/* When the next time is over; UINT64_MAX: nobody waits. */
uint64_t peers_resume_ms(struct peers *peers);
/* Ends those whose deadline has passed, in all ways that one has; once a second, or more often
 * while draining. */
void peers_sweep(struct peers *peers, uint64_t now_ms);
/* Something has come from one that lingers. */
void peer_linger(struct peer *peer);
/* Resets everyone. */
void peers_reset(struct peers *peers);

/* Keeps the socket of a peer that the library is about to close, under a second descriptor; false
 * where there is nothing to wait for. The peers' lock is held. */
bool watch_linger(struct peer *peer);

#endif
