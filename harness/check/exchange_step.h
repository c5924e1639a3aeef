/* Inside the exchange loop: what one connection does when it is its turn. */
#ifndef CHECK_EXCHANGE_STEP_H
#define CHECK_EXCHANGE_STEP_H

#include "check/exchange.h"

/* Connects; a failure is a verdict at once. False, if it may
 * wait: no descriptor is free, and it has not begun. */
bool exchange_start(struct exchange *exchange, int64_t now_ns, bool may_wait);
/* Reads what is there. */
void exchange_read(struct exchange *exchange, int64_t now_ns);
/* The socket has an error although nothing is read (a reset while stalled). */
void exchange_hang_up(struct exchange *exchange);
/* Plays moves until one has to wait. Sets the verdict when the
 * last has been played or the deadline has passed. */
void exchange_advance(struct exchange *exchange, int64_t now_ns);
/* The poll(2) events to wait for, and the time at which its turn comes in any case. */
short exchange_events(const struct exchange *exchange, int64_t now_ns);
int64_t exchange_wake_ns(const struct exchange *exchange, int64_t now_ns);

#endif
