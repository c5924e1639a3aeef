/*
 * A small HTTP server with one defect, for the tests of the conformance driver. It is
 * named server-DEFECT, by a link; server-none has no defect. One poll(2) loop; it
 * serves /plaintext, /json, /bytes/N, /echo (Content-Length only), /wait/MS and
 * /proxy/PATH, and refuses a few malformed heads: what the chosen cases ask, no more.
 * Own code: it must not share a mistake with the servers it stands in for. Here are its
 * connections and the process; broken/ has the defects' names, requests and answers.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/broken/client.h"
#include "tests/broken/defect.h"
#include "tests/broken/proxy.h"

enum {
    CLIENTS = 512,
    DRAIN_MS = 1800,
    LINGER_MS = 2000,
    FIN_MS = 200,
    PAUSE_MS = 100,
    /* poll(2) takes no more entries than RLIMIT_NOFILE, which the check lowers. */
    SPARE_FILES = 200,
};

volatile sig_atomic_t stopping;
bool slow;
static struct client *clients[CLIENTS];
static size_t client_count;
static int64_t paused_until_ms; /* out of descriptors */
static bool starving;           /* the last accept found no descriptor */
static int reserve_fd = -1;     /* to be given up for a client that is then refused */

int64_t now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* ---- connections ---- */

static void drop(size_t i, bool reset)
{
    struct linger linger = {.l_onoff = 1};
    if (reset)
        setsockopt(clients[i]->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    close(clients[i]->fd);
    proxy_abandon(clients[i]);
    free(clients[i]->in);
    free(clients[i]->out);
    free(clients[i]);
    clients[i] = clients[--client_count];
}

static int open_spare(void)
{
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* A client that must wait is accepted, and sent away with a reset. */
static void refuse_one(int listener)
{
    struct linger linger = {.l_onoff = 1};
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    close(fd);
}

/* accept(2) has found no free descriptor. A right server
 * leaves the client where it is and tries again later. */
static void without_files(int listener)
{
    if (is("dies-without-files"))
        _exit(1);
    if (is("refuses-without-files")) {
        close(reserve_fd);
        refuse_one(listener);
        reserve_fd = open_spare();
    }
    if (!is("spins-without-files"))
        paused_until_ms = now_ms() + PAUSE_MS;
    if (is("deaf-without-files") || is("waits-for-a-leaver"))
        paused_until_ms = INT64_MAX;
}

static void accept_all(int listener, size_t limit)
{
    while (client_count < limit) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        starving = fd < 0 && errno == EMFILE;
        if (starving)
            without_files(listener);
        if (fd < 0)
            return;
        int yes = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
        clients[client_count] = calloc(1, sizeof(struct client));
        clients[client_count]->in = malloc(IN_BYTES);
        clients[client_count++]->fd = fd;
    }
}

static void read_client(struct client *client)
{
    ssize_t n = recv(client->fd, client->in + client->in_len, IN_BYTES - client->in_len, 0);
    if (n > 0)
        client->in_len += (size_t)n;
    client->ended |= n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
    if (client->linger_until_ms)
        client->in_len = 0;
    else
        client_serve(client);
}

static void write_client(struct client *client)
{
    ssize_t n = send(client->fd, client->out, client->out_len, MSG_NOSIGNAL);
    if (n > 0) {
        client->out_len -= (size_t)n;
        memmove(client->out, client->out + n, client->out_len);
    }
}

static void linger(struct client *client, int ms)
{
    shutdown(client->fd, SHUT_WR);
    client->linger_until_ms = now_ms() + ms;
    client->in_len = 0;
}

/* Is the connection over? May begin to linger. */
static bool is_over(struct client *client)
{
    if (client->linger_until_ms)
        return client->ended || now_ms() >= client->linger_until_ms;
    if (is("hangs-up"))
        return client->in_len > 0 || client->served || client->ended;
    if (client->fetch && client->ended &&
        (is("proxy-pools-abandoned") || is("proxy-leaks-abandoned")))
        return true;
    if (client->out_len > 0 || client->wait_until_ms || client->fetch)
        return client->ended && is("drops-half-closed");
    if (client->closing && is("no-linger"))
        return true;
    if (client->closing && !is("keeps-open"))
        linger(client, LINGER_MS);
    else if (stopping && client->served)
        linger(client, FIN_MS);
    return client->ended;
}

/* Is it time to look at the listener? */
static bool is_listening(size_t limit)
{
    static bool was_full;
    bool full = client_count >= limit;
    was_full |= full;
    if (is("resets-beyond-limit"))
        return true;
    return !full && !(was_full && is("forgets-waiting")) && now_ms() >= paused_until_ms;
}

/* Is this one of those that a server at its limit, or out of files, forgets? */
static bool is_neglected(const struct client *client, size_t limit)
{
    bool stuck = (is("stalls-at-limit") && client_count >= limit) ||
                 (is("stalls-without-files") && starving);
    return client->served && stuck;
}

static void turn(int listener, size_t limit)
{
    struct pollfd polled[CLIENTS + 1] = {
        {.fd = is_listening(limit) ? listener : -1, .events = POLLIN}};
    size_t count = client_count;
    for (size_t i = 0; i < count; i++)
        polled[i + 1] = (struct pollfd){
            is_neglected(clients[i], limit) ? -1 : clients[i]->fd,
            (short)((clients[i]->ended ? 0 : POLLIN) | (clients[i]->out_len ? POLLOUT : 0)), 0};
    poll(polled, count + 1, is("spins-at-limit") && count >= limit ? 0 : 5);
    for (size_t i = 0; i < count; i++) {
        struct client *client = clients[i];
        if (polled[i + 1].revents & (POLLIN | POLLERR | POLLHUP) && !client->ended)
            read_client(client);
        if (client->wait_until_ms && now_ms() >= client->wait_until_ms)
            client_end_wait(client);
        if (client->fetch)
            proxy_pump(client);
        if (client->out_len > 0)
            write_client(client);
    }
    for (size_t i = count; i-- > 0;)
        if (is_over(clients[i])) {
            drop(i, false);
            if (!is("deaf-without-files"))
                paused_until_ms = 0;
        }
    if (polled[0].revents & POLLIN && client_count >= limit)
        refuse_one(listener);
    else if (polled[0].revents & POLLIN)
        accept_all(listener, limit);
}

static int drain(int listener)
{
    int64_t until_ms = now_ms() + (is("late-exit") ? 10000 : DRAIN_MS);
    if (!is("no-drain"))
        accept_all(listener, CLIENTS);
    if (!is("keeps-listening"))
        close(listener);
    while (client_count > 0 && now_ms() < until_ms && !is("no-drain")) {
        if (is("drops-busy"))
            for (size_t i = client_count; i-- > 0;)
                if (clients[i]->wait_until_ms)
                    drop(i, true);
        turn(-1, 0);
    }
    while (is("proxy-waits-at-term") && client_count > 0)
        turn(-1, 0);
    while (client_count > 0)
        drop(client_count - 1, true);
    return is("exit-code") ? 3 : 0;
}

/* ---- process ---- */

static void on_term(int number)
{
    (void)number;
    stopping = 1;
}

static int describe(void)
{
    printf("name %s\nmodel test\nsummary a server with the defect %s\nlanguage C\n"
           "routes plaintext json bytes echo wait%s\ncore backbench\n",
           defect, defect, is("none") || strncmp(defect, "proxy-", 6) == 0 ? " proxy" : "");
    return 0;
}

static int listen_on(uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (bind(fd, (struct sockaddr *)&address, len) < 0 || listen(fd, 1024) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) < 0)
        return -1;
    *port = ntohs(address.sin_port);
    return fd;
}

/* Is this the first process that was started under this name? It leaves a file beside it. */
static bool is_first(const char *program)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s-was-here", program);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* A process that is in nobody's group or tree any more. */
static void leave_child(void)
{
    pid_t child = fork();
    if (child == 0) {
        if (setsid() < 0 || fork() != 0)
            _exit(0);
        for (int fd = 0; fd < 3; fd++)
            close(fd);
        sleep(60);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

int main(int argc, char **argv)
{
    size_t limit = CLIENTS;
    uint16_t port;
    if (!defect_choose(argv[0])) {
        fprintf(stderr, "broken_server: is to be started as server-DEFECT\n");
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--describe") == 0)
            return describe();
        if (strcmp(argv[i], "--max-connections") == 0 && i + 1 < argc && !is("no-limit"))
            limit = strtoul(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "--upstream") == 0 && i + 1 < argc && !proxy_set_upstream(argv[i + 1]))
            return 2;
    }
    int listener = listen_on(&port);
    if (listener < 0)
        return 1;
    reserve_fd = open_spare();
    for (int i = 0; i < SPARE_FILES; i++)
        if (open_spare() < 0)
            return 1;
    if (is("slow-at-first"))
        slow = is_first(argv[0]);
    signal(SIGTERM, on_term);
    if (is("leaves-child"))
        leave_child();
    printf("ready %u\n", port);
    fflush(stdout);
    while (!stopping && !(is("dies") && client_count > 3))
        turn(listener, limit);
    return is("dies") ? 9 : drain(listener);
}
