/*
 * Connections that were handed to the library, until it tells of them. It takes them up in a thread
 * of its own; and if memory runs out there it closes the socket without a word (0.9.75,
 * new_connection_process_), so that its place would be taken for ever. Therefore the worker looks
 * now and then whether those descriptors are still what they were.
 */
#ifndef MHD_ARRIVALS_H
#define MHD_ARRIVALS_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

struct arrival {
    int fd;
    ino_t socket; /* which the fd was */
};

struct arrivals {
    pthread_mutex_t lock; /* for what follows */
    struct arrival *list; /* in the order in which they came */
    unsigned count, capacity;
};

void arrivals_init(struct arrivals *arrivals);
void arrivals_release(struct arrivals *arrivals);

/* It is about to be handed over. False: no memory. */
bool arrivals_add(struct arrivals *arrivals, int fd);
/* The library has told of it, or refused it. Nothing happens if it is not in. */
void arrivals_remove(struct arrivals *arrivals, int fd);
/* Forgets those that the library has closed; returns how many. */
unsigned arrivals_lost(struct arrivals *arrivals);

#endif
