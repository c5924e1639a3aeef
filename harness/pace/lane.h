/*
 * All that concerns one server: its connections, those of them that are idle in the order in which
 * they came to rest, the arrivals that wait for one, and the record of what came of them. An
 * arrival takes the connection that has rested longest, or waits; a connection that becomes free
 * takes at once the one that has waited longest.
 *
 * Each arrival of the window ends in exactly one way: offered
 * = completed + censored + dropped + failed.
 */
#ifndef PACE_LANE_H
#define PACE_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pace/audit.h"
#include "pace/backlog.h"
#include "pace/connection.h"
#include "pace/expectation.h"
#include "pace/target.h"
#include "pace/trial.h"

/* What the lanes of a trial share. */
struct loop {
    struct trial *trial;
    struct watch watch;
    int epoll_fd;
    int64_t start_ns; /* the window's; INT64_MAX until it is known */
    bool is_over;     /* it ended early, for the reason that stands in the trial */
    char *in;         /* LOOP_IN_BYTES, for one recv at a time; owned */
    const struct expectation *expectation;
    struct lens *lens; /* owned */
    const struct connection *under_lens;
};

enum {
    LOOP_IN_BYTES = 65536, /* more would take so long to copy that what is due meanwhile is late */
    LANE_HEAD_BYTES = 1024,
};

/* No more arrivals are taken. The first reason stays; true: it is this one. */
bool loop_end(struct loop *loop, enum trial_end end, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The last head that was read from this server, and what was made of it: the same bytes say the
 * same again. A server's answers to one request have one head, but for the second in its Date. */
struct head_memo {
    char bytes[LANE_HEAD_BYTES];
    size_t len; /* 0: none yet */
    struct answer after;
    enum answer_step step;
    unsigned misses;
};

struct lane {
    struct loop *loop;
    struct trial_target *asked;
    struct record *record;
    struct requests *requests; /* borrowed */
    struct target target;
    struct connection *connections; /* owned */
    unsigned count;
    struct line idle;    /* with a connection or without */
    struct line resting; /* failed just now: they may not connect before some ms are over */
    struct backlog backlog;
    unsigned begun, exercised; /* of the connections made before the window */
    unsigned connected;
    unsigned busy;       /* connections, or places for one, with a request */
    bool is_closing;     /* what becomes idle is closed */
    bool is_full;        /* the backlog was: who waits there is not sent any more */
    bool has_spoken_tls; /* instead of an answer */
    /* Since when it was tried in vain to connect while nothing was connected; 0: it was not. */
    int64_t lost_ns;
    int64_t alone_ns;  /* when the last one that stood ended; 0: none did yet */
    unsigned in_vain;  /* attempts to connect since then that failed */
    uint64_t unlooked; /* answers since one was looked at */
    struct head_memo memo;
};

/* connections and the backlog's capacity are > 0. The target is to be found already. */
void lane_open(struct lane *lane, struct loop *loop, struct trial_target *asked,
               struct requests *requests, size_t backlog_capacity);
/* Begins the next connection before the window and sends a request on it once it stands; fd: one
 * that is connected, or -1. To be called while lane_may_begin. */
void lane_begin(struct lane *lane, int fd);
bool lane_may_begin(const struct lane *lane); /* the one before stands, and there are more */

void lane_arrive(struct lane *lane, int64_t intended_ns, const struct request *request);
void lane_event(struct lane *lane, struct connection *connection, uint32_t events);
void lane_wake(struct lane *lane);           /* those that have rested */
bool lane_is_quiet(const struct lane *lane); /* nothing is on its way, nor will be sent */
/* ending.c: ends the trial, because nobody may wait any more. */
void lane_end_full(struct lane *lane);
/* Ends the trial if for ENGINE_CONNECT_MS no connection could be made, and none is there. */
void lane_check_lost(struct lane *lane);
void lane_close_idle(struct lane *lane);
/* ending.c: the window is over, and the draining: what is
 * unfinished is recorded with its age, and all is closed. */
void lane_end(struct lane *lane);
void lane_release(struct lane *lane);

/* answering.c: takes bytes that came for the connection's request. */
enum taken {
    TAKEN_MORE,  /* it is not at its end */
    TAKEN_WHOLE, /* the last answer to it is there */
    TAKEN_CUT,   /* no more will come, though more is due: *why says so */
    TAKEN_BAD,   /* *why says what is not HTTP about it */
};
enum taken lane_take(struct lane *lane, struct connection *connection, const char *bytes,
                     size_t len, const char **why);
/* The same for the peer's end. */
enum taken lane_take_end(struct lane *lane, struct connection *connection, const char **why);
/* The answer will not come any more. */
void lane_forget_answer(struct lane *lane, struct connection *connection);

/* Something is wrong with the connection's request, said in
 * words. In the warm-up it counts there. */
void lane_fault(struct lane *lane, const struct connection *connection, enum fault fault,
                const char *words);

/* Was the connection's request due in the window? */
bool lane_counts(const struct lane *lane, const struct connection *connection);

#endif
