/* The engines of the ceiling: each the hooks of a struct model (core/server.h). */
#ifndef CEILING_CEILING_H
#define CEILING_CEILING_H

#include <stddef.h>

struct worker;

int ceiling_epoll_start(struct worker *worker);
int ceiling_epoll_run(struct worker *worker);

/* Weak: absent, and then NULL, where the suite was built without liburing. */
int ceiling_uring_probe(char *reason, size_t reason_size) __attribute__((weak));
int ceiling_uring_start(struct worker *worker) __attribute__((weak));
int ceiling_uring_run(struct worker *worker) __attribute__((weak));
extern const char ring_library_version[] __attribute__((weak)); /* uring/ring.h */

#endif
