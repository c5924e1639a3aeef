/*
 * What known_server does, chosen once at its start: how long it works
 * for an answer, when it stands still, and which one thing it does wrong
 * at which answer. All of it is arithmetic that a test can do too.
 */
#ifndef TESTS_KNOWN_BEHAVIOUR_H
#define TESTS_KNOWN_BEHAVIOUR_H

#include <stdbool.h>
#include <stdint.h>

enum fault {
    FAULT_NOT,
    FAULT_SILENCE,    /* no answer */
    FAULT_DEATH,      /* the process ends at once */
    FAULT_RESET,      /* the connection is reset instead */
    FAULT_STALE,      /* what was right once is sent: whole, of the right length, and old */
    FAULT_UNASKED,    /* the answer is sent twice */
    FAULT_CLOSE,      /* not wrong: the answer says `Connection: close`, and is the last */
    FAULT_ALERT,      /* a TLS alert, and the end */
    FAULT_GARBAGE,    /* bytes that are no HTTP */
    FAULT_STATUS,     /* 503 */
    FAULT_SHORT_BODY, /* a whole answer with a shorter body */
    FAULT_CUT,        /* half an answer, and the end */
    FAULT_LATE,       /* LATE_NS later, while others are served */
    FAULT_AGAIN,      /* when it is due, and LATE_NS later once more */
};
enum { LATE_NS = 100000000 };

enum counted { COUNT_ANSWERS, COUNT_ANSWERS_OF_CONNECTION, COUNT_CONNECTIONS };

struct behaviour {
    int64_t service_ns;          /* for each request, one after the other */
    bool spins;                  /* throughout; else it naps */
    int64_t stall_ns, period_ns; /* it stands still in the last stall_ns of each period; 0: never */
    enum fault fault;
    enum counted counted;
    uint64_t after, every; /* of what is counted, the first `after` are right, then each every-th
                              is struck */
    int64_t death_ns;      /* from its start; 0: it lives */
    const char *journal;   /* file; NULL: none is kept */
};

/* Reads the command line; a usage error says so and ends the process with 2. */
void behaviour_read(struct behaviour *behaviour, int argc, char **argv);
/* Is the number-th (from 1) of what is counted struck? */
bool behaviour_strikes(const struct behaviour *behaviour, uint64_t number);
/* When work that may begin at start_ns is done; origin_ns is the start of the first period. */
int64_t behaviour_done_ns(const struct behaviour *behaviour, int64_t origin_ns, int64_t start_ns);

#endif
