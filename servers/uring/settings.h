/* The options of server-uring: sizes, which its tests make small so that everything runs out. */
#ifndef URING_SETTINGS_H
#define URING_SETTINGS_H

#include "core/options.h"
#include "uring/ring.h"

struct uring_settings {
    struct ring_sizes ring;
    unsigned send_bytes; /* at most in one submission */
};

extern struct uring_settings uring_settings; /* the defaults, until options_parse */
extern const struct option_number uring_options[];

#endif
