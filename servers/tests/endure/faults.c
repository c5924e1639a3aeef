/*
 * Faults from below: a library for LD_PRELOAD that lies between a server and libc, and makes system
 * calls do what they may do but hardly ever do where tests run: move a few bytes only, be
 * interrupted, find no descriptor, no memory or no thread, or a clock that was set.
 *
 * The environment's FAULTS names a file of struct plan. It is mapped by the server and by the test
 * that has started it, so that faults come and go, and are counted, while the server runs. Without
 * it every call goes through.
 *
 * A call is changed only to what Linux may answer it. Bytes that a short read leaves
 * look as if they had come later: whoever waits for edges (epoll(7), question 9) is
 * given a new one by registering the socket anew, and so after a short write and an
 * EAGAIN. Only sockets that were accepted or connected are touched. io_uring does
 * not pass through here, but what its server takes from libc does.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { FILES_LIMIT = 65536, PIECES_LIMIT = 64, RANDOM_BITS = 16 };

/* Which calls of a kind fail, counted from 0 since `calls` was set to that. */
struct fault {
    _Atomic int64_t error; /* errno; 0: none fails */
    _Atomic int64_t after; /* so many go well first */
    _Atomic int64_t every; /* then each so-manieth fails; -n: one in n, by chance */
    _Atomic int64_t times; /* at most; 0: no bound */
    /* The most that a call moves; 0: no bound; -1: by chance, below 64 KiB. */
    _Atomic int64_t bytes;
    _Atomic int64_t calls, failed, cut; /* counted: those that might have failed, did, were short */
};

/* What the test and the server share: 64-bit numbers, in this order. */
struct plan {
    _Atomic int64_t seed;         /* of chance */
    _Atomic int64_t clock_step_s; /* how far CLOCK_REALTIME has been set ahead */
    struct fault receive, send, accept, memory, thread;
    struct fault watch; /* EPOLL_CTL_ADD */
};

struct file {
    struct epoll_event event;
    int epoll_fd; /* 0: it is in none */
    bool is_socket;
};

static struct plan *plan;
static struct file files[FILES_LIMIT];

/* ---- what lies below ---- */

struct below {
    __typeof__(malloc) *malloc;
    __typeof__(calloc) *calloc;
    __typeof__(realloc) *realloc;
    __typeof__(mmap) *mmap;
    __typeof__(recv) *recv;
    __typeof__(read) *read;
    __typeof__(send) *send;
    __typeof__(write) *write;
    __typeof__(writev) *writev;
    __typeof__(sendmsg) *sendmsg;
    __typeof__(accept4) *accept4;
    __typeof__(connect) *connect;
    __typeof__(epoll_ctl) *epoll_ctl;
    __typeof__(pthread_create) *pthread_create;
    int (*clock_gettime)(clockid_t, struct timespec *);
    time_t (*time)(time_t *);
};

/* In the order of the members, of which the first are needed soonest. */
static const char *const names[] = {
    "malloc",    "calloc",         "realloc",       "mmap",    "recv",    "read",
    "send",      "write",          "writev",        "sendmsg", "accept4", "connect",
    "epoll_ctl", "pthread_create", "clock_gettime", "time",
};

static const struct below *below(void)
{
    static union {
        struct below calls;
        void *symbols[sizeof names / sizeof *names];
    } found;
    static atomic_bool is_complete;

    _Static_assert(sizeof found.calls == sizeof found.symbols, "a name for each member");
    if (atomic_load(&is_complete))
        return &found.calls;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        found.symbols[i] = dlsym(RTLD_NEXT, names[i]);
    atomic_store(&is_complete, true);
    return &found.calls;
}

__attribute__((constructor)) static void open_plan(void)
{
    const char *path = getenv("FAULTS");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *shared;

    if (fd < 0)
        return;
    shared = below()->mmap(NULL, sizeof *plan, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (shared != MAP_FAILED)
        plan = shared;
}

/* ---- what happens when ---- */

/* The same for the same seed and number (Steele, Lea and Flood, OOPSLA 2014: SplitMix64). */
static uint64_t chance(int64_t number)
{
    uint64_t z =
        ((uint64_t)plan->seed << 32) + (uint64_t)(number + 1) * UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static bool is_hit(const struct fault *fault, int64_t call)
{
    int64_t every = fault->every;

    if (call < fault->after || every == 0)
        return false;
    return every > 0 ? (call - fault->after) % every == 0 : chance(call) % (uint64_t)-every == 0;
}

/* The errno with which this call is to fail, or 0. */
static int fate(struct fault *fault)
{
    if (!plan || !fault->error || !is_hit(fault, fault->calls++))
        return 0;
    if (fault->times && fault->failed >= fault->times)
        return 0;
    fault->failed++;
    return (int)fault->error;
}

/* Whether the call fails, errno then set. */
static bool fails(struct fault *fault)
{
    int error = fate(fault);

    if (error)
        errno = error;
    return error;
}

/* How many of len bytes this call moves at most. */
static size_t share(const struct fault *fault, size_t len)
{
    static _Atomic int64_t asked;
    int64_t bytes = fault->bytes;
    uint64_t any;

    if (bytes < 0) { /* any order of magnitude is as likely as another */
        any = chance(asked++);
        bytes = (int64_t)(any % (UINT64_C(2) << any / 65536 % RANDOM_BITS)) + 1;
    }
    return bytes && (size_t)bytes < len ? (size_t)bytes : len;
}

static struct file *file(int fd)
{
    return plan && fd >= 0 && fd < FILES_LIMIT && files[fd].is_socket ? &files[fd] : NULL;
}

/* What is ready is reported again. */
static void give_edge(int fd)
{
    struct file *of = file(fd);
    int error = errno;

    if (of && of->epoll_fd)
        below()->epoll_ctl(of->epoll_fd, EPOLL_CTL_MOD, fd, &of->event);
    errno = error;
}

/* A call that was let through has moved `moved` of len bytes; it was given `given`. */
static ssize_t shortened(struct fault *fault, int fd, ssize_t moved, size_t given, size_t len)
{
    if (given < len && moved == (ssize_t)given) {
        fault->cut++;
        give_edge(fd);
    }
    return moved;
}

/* Whether a call on a socket fails, errno then set. */
static bool transfer_fails(struct fault *fault, int fd)
{
    if (!fails(fault))
        return false;
    if (errno == EAGAIN)
        give_edge(fd);
    return true;
}

/* ---- bytes ---- */

ssize_t recv(int fd, void *bytes, size_t len, int flags)
{
    size_t given;

    if (!file(fd) || len == 0)
        return below()->recv(fd, bytes, len, flags);
    if (transfer_fails(&plan->receive, fd))
        return -1;
    given = share(&plan->receive, len);
    return shortened(&plan->receive, fd, below()->recv(fd, bytes, given, flags), given, len);
}

ssize_t read(int fd, void *bytes, size_t len)
{
    return file(fd) ? recv(fd, bytes, len, 0) : below()->read(fd, bytes, len);
}

ssize_t send(int fd, const void *bytes, size_t len, int flags)
{
    size_t given;

    if (!file(fd))
        return below()->send(fd, bytes, len, flags);
    if (transfer_fails(&plan->send, fd))
        return -1;
    given = share(&plan->send, len);
    return shortened(&plan->send, fd, below()->send(fd, bytes, given, flags), given, len);
}

ssize_t write(int fd, const void *bytes, size_t len)
{
    return file(fd) ? send(fd, bytes, len, 0) : below()->write(fd, bytes, len);
}

static size_t pieces_bytes(const struct iovec *pieces, size_t count)
{
    size_t len = 0;

    for (size_t i = 0; i < count; i++)
        len += pieces[i].iov_len;
    return len;
}

/* The first `given` bytes of the pieces, in `first`, which
 * holds PIECES_LIMIT. Returns their number. */
static size_t pieces_first(struct iovec *first, const struct iovec *pieces, size_t count,
                           size_t given)
{
    size_t i = 0;

    for (; i < count && i < PIECES_LIMIT && given > 0; i++) {
        first[i] = pieces[i];
        if (first[i].iov_len > given)
            first[i].iov_len = given;
        given -= first[i].iov_len;
    }
    return i;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    struct iovec first[PIECES_LIMIT];
    struct msghdr part = *message;
    size_t len = pieces_bytes(message->msg_iov, message->msg_iovlen), given;

    if (!file(fd))
        return below()->sendmsg(fd, message, flags);
    if (transfer_fails(&plan->send, fd))
        return -1;
    given = share(&plan->send, len);
    part.msg_iov = first;
    part.msg_iovlen = pieces_first(first, message->msg_iov, message->msg_iovlen, given);
    given = pieces_bytes(first, part.msg_iovlen);
    return shortened(&plan->send, fd, below()->sendmsg(fd, &part, flags), given, len);
}

ssize_t writev(int fd, const struct iovec *pieces, int count)
{
    const struct msghdr message = {.msg_iov = (struct iovec *)pieces, .msg_iovlen = (size_t)count};

    return file(fd) ? sendmsg(fd, &message, 0) : below()->writev(fd, pieces, count);
}

/* ---- descriptors ---- */

static void note_socket(int fd)
{
    if (fd >= 0 && fd < FILES_LIMIT)
        files[fd] = (struct file){.is_socket = true};
}

int accept4(int listener_fd, struct sockaddr *address, socklen_t *len, int flags)
{
    int fd;

    if (plan && fails(&plan->accept))
        return -1;
    fd = below()->accept4(listener_fd, address, len, flags);
    note_socket(fd);
    return fd;
}

int connect(int fd, const struct sockaddr *address, socklen_t len)
{
    note_socket(fd);
    return below()->connect(fd, address, len);
}

int epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event)
{
    struct file *of = file(fd);
    int result;

    if (operation == EPOLL_CTL_ADD && plan && fails(&plan->watch))
        return -1;
    result = below()->epoll_ctl(epoll_fd, operation, fd, event);
    if (of && result == 0) {
        of->epoll_fd = operation == EPOLL_CTL_DEL ? 0 : epoll_fd;
        if (event)
            of->event = *event;
    }
    return result;
}

/* ---- memory and threads ---- */

/* While dlsym(3) looks for it, it is not there yet. */
void *malloc(size_t len)
{
    if (!below()->malloc || (plan && fails(&plan->memory)))
        return NULL;
    return below()->malloc(len);
}

void *calloc(size_t count, size_t len)
{
    if (!below()->calloc || (plan && fails(&plan->memory)))
        return NULL;
    return below()->calloc(count, len);
}

void *realloc(void *memory, size_t len)
{
    if (!below()->realloc || (plan && fails(&plan->memory)))
        return NULL;
    return below()->realloc(memory, len);
}

void *mmap(void *address, size_t len, int protection, int flags, int fd, off_t offset)
{
    if (plan && fails(&plan->memory))
        return MAP_FAILED;
    return below()->mmap(address, len, protection, flags, fd, offset);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*begin)(void *),
                   void *argument)
{
    int error = plan ? fate(&plan->thread) : 0;

    return error ? error : below()->pthread_create(thread, attributes, begin, argument);
}

/* ---- the clock ---- */

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = below()->clock_gettime(clock, now);

    if (plan && result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += plan->clock_step_s;
    return result;
}

time_t time(time_t *now)
{
    time_t result = below()->time(NULL) + (plan ? plan->clock_step_s : 0);

    if (now)
        *now = result;
    return result;
}
