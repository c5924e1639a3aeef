#include "uring/ring.h"

#include <errno.h>
#include <poll.h>
#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SQ_ENTRIES = 512, BUFFER_GROUP = 0 };

const char ring_library_version[] = LIBURING_VERSION;

/* ---- set-up ---- */

static int open_queues(struct ring *ring, unsigned cq_entries)
{
    struct io_uring_params params = {
        .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE |
                 IORING_SETUP_CLAMP | IORING_SETUP_SUBMIT_ALL,
        .cq_entries = cq_entries,
    };
    unsigned sq_entries = cq_entries < SQ_ENTRIES ? cq_entries : SQ_ENTRIES;

    return io_uring_queue_init_params(sq_entries, &ring->uring, &params);
}

static void add_buffer(struct ring *ring, unsigned short id)
{
    char *buffer = ring->bytes + (size_t)id * ring->buffer_bytes;

    ASAN_POISON_MEMORY_REGION(buffer, ring->buffer_bytes); /* it is the kernel's now */
    io_uring_buf_ring_add(ring->buffers, buffer, ring->buffer_bytes, id,
                          io_uring_buf_ring_mask(ring->buffers_count), 0);
    io_uring_buf_ring_advance(ring->buffers, 1);
}

static void *map_pages(size_t len)
{
    void *pages = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return pages == MAP_FAILED ? NULL : pages;
}

static int open_buffers(struct ring *ring, const struct ring_sizes *sizes)
{
    struct io_uring_buf_reg registration = {
        .ring_entries = sizes->buffers_count,
        .bgid = BUFFER_GROUP,
    };
    size_t table_bytes = sizes->buffers_count * sizeof(struct io_uring_buf);
    int error;

    /* One mapping: the table first, which must begin a page, the buffers behind it. */
    ring->buffers_map_bytes = table_bytes + (size_t)sizes->buffers_count * sizes->buffer_bytes;
    ring->buffers = map_pages(ring->buffers_map_bytes);
    if (!ring->buffers)
        return -ENOMEM;
    ring->bytes = (char *)ring->buffers + table_bytes;
    ring->buffers_count = sizes->buffers_count;
    ring->buffer_bytes = sizes->buffer_bytes;
    registration.ring_addr = (uintptr_t)ring->buffers;
    error = io_uring_register_buf_ring(&ring->uring, &registration, 0);
    if (error) {
        munmap(ring->buffers, ring->buffers_map_bytes);
        return error;
    }
    io_uring_buf_ring_init(ring->buffers);
    for (unsigned id = 0; id < sizes->buffers_count; id++)
        add_buffer(ring, (unsigned short)id);
    return 0;
}

int ring_open(struct ring *ring, const struct ring_sizes *sizes)
{
    int error = open_queues(ring, sizes->cq_entries);

    if (error)
        return error;
    error = open_buffers(ring, sizes);
    if (error) {
        io_uring_queue_exit(&ring->uring);
        return error;
    }
    io_uring_register_ring_fd(&ring->uring); /* saves a look-up per call; works without, too */
    return 0;
}

void ring_close(struct ring *ring)
{
    io_uring_queue_exit(&ring->uring);
    ASAN_UNPOISON_MEMORY_REGION(ring->buffers, ring->buffers_map_bytes);
    munmap(ring->buffers, ring->buffers_map_bytes);
}

/* ---- use ---- */

struct io_uring_sqe *ring_sqe(struct ring *ring, uint64_t user_data)
{
    struct io_uring_sqe *sqe;

    while (!(sqe = io_uring_get_sqe(&ring->uring)))
        io_uring_submit(&ring->uring);
    sqe->user_data = user_data; /* the prep functions set everything else */
    return sqe;
}

void ring_receive(struct ring *ring, int fd, uint64_t user_data)
{
    struct io_uring_sqe *sqe = ring_sqe(ring, user_data);

    io_uring_prep_recv_multishot(sqe, fd, NULL, 0, 0);
    sqe->flags |= IOSQE_BUFFER_SELECT;
    sqe->buf_group = BUFFER_GROUP;
}

void ring_watch(struct ring *ring, int fd, uint64_t user_data)
{
    io_uring_prep_poll_add(ring_sqe(ring, user_data), fd, POLLIN);
}

struct slice ring_received(const struct ring *ring, const struct io_uring_cqe *cqe)
{
    size_t id = cqe->flags >> IORING_CQE_BUFFER_SHIFT;

    if (!(cqe->flags & IORING_CQE_F_BUFFER))
        return (struct slice){0};
    ASAN_UNPOISON_MEMORY_REGION(ring->bytes + id * ring->buffer_bytes, ring->buffer_bytes);
    return (struct slice){ring->bytes + id * ring->buffer_bytes,
                          cqe->res > 0 ? (size_t)cqe->res : 0};
}

void ring_give_back(struct ring *ring, const struct io_uring_cqe *cqe)
{
    if (cqe->flags & IORING_CQE_F_BUFFER)
        add_buffer(ring, (unsigned short)(cqe->flags >> IORING_CQE_BUFFER_SHIFT));
}

int ring_turn(struct ring *ring, int timeout_ms)
{
    struct __kernel_timespec timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000000LL};
    struct io_uring_cqe *cqe;
    int result = io_uring_submit_and_wait_timeout(&ring->uring, &cqe, 1,
                                                  timeout_ms < 0 ? NULL : &timeout, NULL);

    return result >= 0 || result == -ETIME || result == -EINTR || result == -EBUSY ? 0 : result;
}

/* ---- the probe ---- */

static const char *remedy(int error)
{
    switch (error) {
    case -EPERM:
    case -EACCES:
        return "seccomp or io_uring_disabled=2; in Docker: --security-opt seccomp=unconfined; else "
               "sysctl kernel.io_uring_disabled=0";
    case -ENOSYS:
        return "this kernel is built without io_uring";
    case -ENOMEM:
        return "out of memory, or of locked memory (ulimit -l)";
    default:
        return "kernel 6.1 or newer is needed";
    }
}

static int explain(const char *call, int error, char *reason, size_t reason_size)
{
    snprintf(reason, reason_size, "%s: %s: %s", call, strerrorname_np(-error), remedy(error));
    return error;
}

/* One byte through a multishot receive; it must stay armed. */
static int try_receive(struct ring *ring, int sockets[2])
{
    struct io_uring_cqe *cqe;
    int error;

    ring_receive(ring, sockets[0], 0);
    if (write(sockets[1], "x", 1) != 1)
        return -errno;
    error = ring_turn(ring, 1000);
    if (error)
        return error;
    if (io_uring_peek_cqe(&ring->uring, &cqe) < 0)
        return -ETIME;
    error = cqe->res < 0 ? cqe->res : cqe->flags & IORING_CQE_F_MORE ? 0 : -EINVAL;
    io_uring_cqe_seen(&ring->uring, cqe);
    return error;
}

int ring_probe(char *reason, size_t reason_size)
{
    const struct ring_sizes sizes = {.cq_entries = 8, .buffers_count = 1, .buffer_bytes = 64};
    struct ring ring = {0};
    int sockets[2];
    int error = open_queues(&ring, sizes.cq_entries);

    if (error)
        return explain("io_uring_setup", error, reason, reason_size);
    error = open_buffers(&ring, &sizes);
    if (error) {
        io_uring_queue_exit(&ring.uring);
        return explain("register buffer ring", error, reason, reason_size);
    }
    error = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0 ? -errno : 0;
    if (!error) {
        error = try_receive(&ring, sockets);
        close(sockets[0]);
        close(sockets[1]);
    }
    ring_close(&ring);
    return error ? explain("multishot receive", error, reason, reason_size) : 0;
}
