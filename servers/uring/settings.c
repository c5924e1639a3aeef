#include "uring/settings.h"

struct uring_settings uring_settings = {
    .ring = {.cq_entries = 4096, .buffers_count = 128, .buffer_bytes = 8192},
    .send_bytes = 256 * 1024,
};

const struct option_number uring_options[] = {
    {"ring-buffers", "receive buffers, a power of two", &uring_settings.ring.buffers_count, 1,
     32768},
    {"ring-buffer-bytes", "of each", &uring_settings.ring.buffer_bytes, 1, 65536},
    {"cq-entries", "of the completion queue", &uring_settings.ring.cq_entries, 2, 65536},
    {"send-bytes", "at most in one submission", &uring_settings.send_bytes, 1, 1024 * 1024},
    {0},
};
