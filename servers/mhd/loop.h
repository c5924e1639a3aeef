/*
 * A worker's own thread beside its daemon: it accepts as every model does, through the gate, and
 * hands the sockets to the library; resumes those whose wait is over; and looks after deadlines.
 */
#ifndef MHD_LOOP_H
#define MHD_LOOP_H

#include "core/spare.h"
#include "mhd/arrivals.h"
#include "mhd/peers.h"

struct loop {
    struct worker *worker;
    struct MHD_Daemon *daemon;
    struct answers answers;
    struct peers peers;
    struct arrivals arrivals; /* that are no peers yet */
    struct spare spare;
    uint64_t now_ms, next_sweep_ms;
    int epoll_fd;
    bool is_listening;
    bool has_threads; /* one per connection */
};

/* Returns NULL when memory or files have run out. The daemon is started by the caller. */
struct loop *loop_new(struct worker *worker, const char *server_name);
/* Until the worker is drained: 0, or -errno. */
int loop_run(struct loop *loop);
/* The daemon has been stopped. */
void loop_free(struct loop *loop);

/* To be called when the library tells that a connection is closed: perhaps one that it could not
 * take. */
void loop_closed(void);

#endif
