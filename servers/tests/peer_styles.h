/* What the tests of whole conversations share: cmocka, the
 * answers, and models that lend, send and wait differently. */
#ifndef TESTS_PEER_STYLES_H
#define TESTS_PEER_STYLES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "answers.h"
#include "peer.h"

/* The first is the plainest. */
static const struct peer_style styles[] = {
    {.out_bytes = CONN_OUT_BYTES},
    {.out_bytes = PEER_OUT_LEAST_BYTES},
    {.out_bytes = CONN_OUT_BYTES, .sends_late = true},
    {.out_bytes = PEER_OUT_LEAST_BYTES,
     .sends_late = true,
     .events_early = true,
     .keeps_out = true},
    {.out_bytes = PEER_OUT_LEAST_BYTES + 200, .send_bytes = 7, .events_early = true},
    {.out_bytes = PEER_OUT_LEAST_BYTES, .send_bytes = 100, .sends_late = true},
};

#define EACH_STYLE                                                                                 \
    const struct peer_style *style = styles;                                                       \
    style < styles + sizeof(styles) / sizeof(*styles);                                             \
    style++

/* Time passes, and the model looks at the deadline. */
static inline void advance(struct peer *peer, uint64_t ms)
{
    peer->now_ms += ms;
    peer_expire(peer);
}

#endif
