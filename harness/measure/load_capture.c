/*
 * What a workload sends: a listener of our own takes it from a short-lived wrk; see load.h. wrk
 * first tries the address with a connection that it closes at once; the bytes come on the next one.
 */
#include "measure/load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "data/strings.h"
#include "measure/clock.h"

/* QUIET_MS: wrk writes one script request at once and then waits for answers, so a silence that
 * long is its end. */
enum { CAPTURE_TIMEOUT_MS = 3000, QUIET_MS = 60, SLICE_MS = 20, CAPTURE_BYTES = 4 << 20 };

static int listen_on_loopback(uint16_t *port)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(name);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    if (bind(fd, (struct sockaddr *)&name, len) != 0 || listen(fd, 16) != 0 ||
        getsockname(fd, (struct sockaddr *)&name, &len) != 0) {
        int result = -errno;
        close(fd);
        return result;
    }
    *port = ntohs(name.sin_port);
    return fd;
}

struct capture {
    int listener, connection; /* connection 0: none yet */
    char *bytes;
    size_t len;
    int64_t last_ns; /* when the last bytes came */
};

/* Takes what the connection has. One that ends without a byte was wrk's probe. */
static void capture_read(struct capture *capture)
{
    ssize_t got = recv(capture->connection, capture->bytes + capture->len,
                       CAPTURE_BYTES - capture->len, MSG_DONTWAIT);
    if (got > 0) {
        capture->len += (size_t)got;
        capture->last_ns = monotonic_ns();
    } else if (got == 0 && capture->len == 0) {
        close(capture->connection);
        capture->connection = 0;
    }
}

static bool capture_whole(const struct capture *capture)
{
    return capture->len == CAPTURE_BYTES ||
           (capture->len > 0 && monotonic_ns() - capture->last_ns > QUIET_MS * NS_PER_MS);
}

static void capture_run(struct capture *capture, struct load *load)
{
    int64_t deadline_ns = monotonic_ns() + CAPTURE_TIMEOUT_MS * NS_PER_MS;
    while (monotonic_ns() < deadline_ns && !capture_whole(capture) && !load_poll(load)) {
        bool connected = capture->connection > 0;
        struct pollfd fd = {connected ? capture->connection : capture->listener, POLLIN, 0};
        poll(&fd, 1, SLICE_MS);
        if (connected) {
            capture_read(capture);
            continue;
        }
        int accepted = accept4(capture->listener, NULL, NULL, SOCK_CLOEXEC);
        capture->connection = accepted > 0 ? accepted : 0;
    }
}

static int capture_result(const struct capture *capture, const struct load *load, char *error,
                          size_t size)
{
    if (load->err_len > 0)
        snprintf(error, size, "its script fails in wrk: %.*s", (int)strcspn(load->err, "\n"),
                 load->err);
    else if (capture->len == 0)
        snprintf(error, size, "wrk sent nothing under it within %d ms", CAPTURE_TIMEOUT_MS);
    else
        return 0;
    return -1;
}

int load_capture(const struct load_options *options, char **bytes, size_t *len, char *error,
                 size_t size)
{
    struct load_options own = *options;
    own.address = "127.0.0.1";
    own.connections = own.threads = own.duration_s = 1;
    struct capture capture = {.listener = listen_on_loopback(&own.port)};
    if (capture.listener < 0) {
        snprintf(error, size, "cannot listen on 127.0.0.1: %s", strerror(-capture.listener));
        return -1;
    }
    capture.bytes = xcalloc(CAPTURE_BYTES, 1);
    struct load load;
    int result = load_start(&load, &own, error, size);
    if (result == 0) {
        capture_run(&capture, &load);
        load_kill(&load);
        result = capture_result(&capture, &load, error, size);
        load_release(&load);
    }
    if (capture.connection > 0)
        close(capture.connection);
    close(capture.listener);
    if (result != 0) {
        free(capture.bytes);
        return -1;
    }
    *bytes = xreallocarray(capture.bytes, capture.len, 1);
    *len = capture.len;
    return 0;
}
