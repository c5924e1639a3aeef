/*
 * What a connection costs in memory, from readings of whole
 * processes and of the whole system. Pure.
 *
 * User memory is a slope: what a server needs without a client, and what its first clients make it
 * allocate for all, is in every reading and falls out. What the kernel holds is read for the whole
 * system, so that the client's sockets, which are the same kernel's on loopback, and everything
 * else on the machine are in it: they fall out in the difference to a server that does nothing (the
 * ceiling) with equally many connections.
 */
#ifndef ANALYSE_MEMORY_H
#define ANALYSE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#include "data/result.h"

/* What a thread that has sent over TCP keeps of the kernel's memory until it ends, and
 * no counter of the system shows: the pages that it takes what it sends from
 * (task_frag of struct task_struct, filled by skb_page_frag_refill in net/core/sock.c,
 * which asks for SKB_FRAG_PAGE_ORDER: 32 KiB). A process of one thread has it once; a
 * model with a thread for each connection, once a connection. */
enum { MEMORY_THREAD_FRAGMENT_BYTES = 32 * 1024 };

double memory_known(int64_t bytes); /* MISSING becomes NAN */
/* Of the whole system at that moment, and what the server's
 * threads keep beside it; NAN: some of it was not read. */
double memory_kernel_bytes(const struct phase_mark *mark);
/* The ceiling whose part is taken away: the plain one, where there are two, as what a ceiling on
 * io_uring keeps in the kernel is what is looked for in uring. -1: none takes part. */
int memory_ceiling(const struct result *result);

enum { MEMORY_KERNEL_MIN_N = 3 }; /* fewer readings of the system's memory say nothing */

/* Bytes per connection: of the line through the readings (least squares), so that many connections
 * weigh more than few. NAN without two different numbers of connections. */
double memory_slope(const double *connections, const double *bytes, size_t n);

#endif
