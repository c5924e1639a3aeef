/*
 * A small HTTP server with one defect, for the tests of the conformance driver. It is named server-DEFECT, by a link;
 * server-none has no defect. One poll(2) loop; it serves /plaintext, /json, /bytes/N, /echo
 * (Content-Length only) and /wait/MS, and refuses a few malformed heads: what the chosen cases ask, no more. Own code: it must not share a
 * mistake with the servers it stands in for.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    CLIENTS = 512,
    IN_BYTES = 64 * 1024,
    HEAD_BYTES = 8192,
    BODY_BYTES = 1 << 20,
    DRAIN_MS = 1800,
    LINGER_MS = 2000,
    FIN_MS = 200
};

/* clang-format off */
static const char *const defects[] = {
    "none", "wrong-order", "stale-date", "bad-date", "no-date", "accepts-lf", "accepts-cl-te", "no-linger",
    "mixed-clients", "wrong-body", "wrong-octet", "wrong-length", "extra-field", "head-with-body", "keeps-open",
    "early-wait", "silent-expect", "loses-pipelined", "drops-half-closed", "answers-cut", "surplus", "dies",
    "no-drain", "late-exit", "exit-code", "drops-busy", "keeps-listening", "no-limit", "mute", "hangs-up", "hushed",
    "leaves-child",
};
/* clang-format on */

static const char *defect;
static volatile sig_atomic_t stopping;

static bool is(const char *name)
{
    return strcmp(defect, name) == 0;
}

static int64_t now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

struct client {
    int fd;
    char *in, *out;
    size_t in_len, out_len;
    int64_t wait_until_ms, linger_until_ms; /* 0: none */
    bool closing, ended, continued, head_only;
    bool served, close_asked;
};

static struct client *clients[CLIENTS];
static size_t client_count;
static char last_body[IN_BYTES]; /* of whoever came last: the defect mixed-clients hands it out */
static size_t last_body_len;

/* ---- answers ---- */

static void put(struct client *client, const void *bytes, size_t len)
{
    if (len == 0)
        return;
    client->out = realloc(client->out, client->out_len + len);
    memcpy(client->out + client->out_len, bytes, len);
    client->out_len += len;
}

static void date_text(char *text, size_t size)
{
    time_t now = time(NULL) - (is("stale-date") ? 10 : 0);
    strftime(text, size, is("bad-date") ? "%a, %d-%b-%y %H:%M:%S GMT" : "%a, %d %b %Y %H:%M:%S GMT",
             gmtime(&now));
}

struct answer {
    const char *status, *type;
    const void *body;
    size_t len;
    bool close;
};

static void put_answer(struct client *client, const struct answer *answer)
{
    char head[1024], date[64];
    size_t length = answer->len + (is("wrong-length") && answer->len == 13);
    date_text(date, sizeof(date));
    int n = snprintf(head, sizeof(head), "HTTP/1.1 %s\r\nServer: backbench-%s\r\n", answer->status,
                     defect);
    if (!is("no-date"))
        n += snprintf(head + n, sizeof(head) - (size_t)n, "Date: %s\r\n", date);
    if (answer->type != NULL)
        n += snprintf(head + n, sizeof(head) - (size_t)n,
                      "Content-Type: %s\r\nContent-Length: %zu\r\n", answer->type, length);
    if (is("extra-field"))
        n += snprintf(head + n, sizeof(head) - (size_t)n, "X-Powered-By: nobody\r\n");
    bool close_said = answer->close || stopping || client->close_asked;
    n += snprintf(head + n, sizeof(head) - (size_t)n, "%s\r\n",
                  close_said ? "Connection: close\r\n" : "");
    put(client, head, (size_t)n);
    if (!client->head_only || is("head-with-body"))
        put(client, answer->body, answer->len);
    if (is("surplus") && answer->close)
        put(client, "\r\n", 2);
    client->closing |= close_said;
}

static void put_text(struct client *client, const char *status, const char *body, bool close_after)
{
    put_answer(client, &(struct answer){status, "text/plain", body, strlen(body), close_after});
}

static void refuse(struct client *client)
{
    put_text(client, "400 Bad Request", "400 Bad Request\n", true);
}

static void put_octets(struct client *client, size_t count)
{
    char *octets = malloc(count + 1);
    for (size_t i = 0; i < count; i++)
        octets[i] = (char)(i % 251);
    if (is("wrong-octet") && count > 0)
        octets[count - 1] ^= 1;
    put_answer(client,
               &(struct answer){"200 OK", "application/octet-stream", octets, count, false});
    free(octets);
}

static void put_echo(struct client *client, const char *body, size_t len)
{
    const char *given = body;
    size_t given_len = len;
    if (is("mixed-clients") && last_body_len > 0) {
        given = last_body;
        given_len = last_body_len;
    }
    put_answer(client,
               &(struct answer){"200 OK", "application/octet-stream", given, given_len, false});
    memcpy(last_body, body, len);
    last_body_len = len;
}

/* ---- requests ---- */

/* The value of a field within the head, or NULL. */
static const char *field(const char *head, const char *name)
{
    const char *p = strcasestr(head, name);
    return p ? p + strlen(name) + strspn(p + strlen(name), " ") : NULL;
}

static bool is_malformed(const char *head)
{
    if (!is("accepts-lf"))
        for (const char *p = head; (p = strchr(p, '\n')) != NULL; p++)
            if (p == head || p[-1] != '\r')
                return true;
    bool both = field(head, "\r\nContent-Length:") && field(head, "\r\nTransfer-Encoding:");
    return (both && !is("accepts-cl-te")) || (!field(head, "\nHost:"));
}

/* One request: its head, terminated, and its body. */
static void serve(struct client *client, const char *head, const char *body, size_t len)
{
    static const char json[] = "{\"message\":\"Hello, World!\"}";
    client->head_only = strncmp(head, "HEAD ", 5) == 0;
    const char *path = strchr(head, ' ');
    if (path == NULL || is_malformed(head)) {
        refuse(client);
        return;
    }
    path++;
    client->close_asked |= field(head, "\r\nConnection: close") != NULL;
    if (strncmp(path, "/plaintext ", 11) == 0)
        put_text(client, "200 OK", is("wrong-body") ? "Hello, world!" : "Hello, World!", false);
    else if (strncmp(path, "/json ", 6) == 0)
        put_answer(client,
                   &(struct answer){"200 OK", "application/json", json, sizeof(json) - 1, false});
    else if (strncmp(path, "/bytes/", 7) == 0)
        put_octets(client, strtoul(path + 7, NULL, 10));
    else if (strncmp(path, "/echo ", 6) == 0)
        put_echo(client, body, len);
    else if (strncmp(path, "/wait/", 6) == 0)
        client->wait_until_ms = now_ms() + (is("early-wait") ? 0 : strtol(path + 6, NULL, 10)) + 1;
    else
        put_text(client, "404 Not Found", "404 Not Found\n", false);
}

static size_t head_len(const struct client *client)
{
    const char *end = memmem(client->in, client->in_len, "\r\n\r\n", 4);
    if (end != NULL)
        return (size_t)(end - client->in) + 4;
    end = memmem(client->in, client->in_len, "\n\n", 2);
    if (end == NULL)
        end = memmem(client->in, client->in_len, "\r\n\n", 3);
    return end ? (size_t)(end - client->in) + (end[0] == '\r' ? 3 : 2) : 0;
}

static void consume(struct client *client, size_t len)
{
    memmove(client->in, client->in + len, client->in_len - len);
    client->in_len -= len;
}

/* Serves the next request if it is all here. */
static bool serve_next(struct client *client)
{
    static unsigned served;
    if (is("mute") || is("hangs-up") || (is("hushed") && served > 60))
        return false;
    size_t len = head_len(client);
    if (len == 0 || client->closing || client->wait_until_ms || client->linger_until_ms)
        return false;
    char head[HEAD_BYTES];
    len = len < HEAD_BYTES ? len : HEAD_BYTES - 1;
    memcpy(head, client->in, len);
    head[len] = '\0';
    const char *length = field(head, "\r\nContent-Length:");
    size_t body_len = length ? strtoul(length, NULL, 10) : 0;
    if (body_len > BODY_BYTES) {
        put_text(client, "413 Content Too Large", "413 Content Too Large\n", true);
        return true;
    }
    if (client->in_len < len + body_len && !is_malformed(head)) {
        if (field(head, "\r\nExpect:") && client->in_len == len && !client->continued &&
            !is("silent-expect"))
            put(client, "HTTP/1.1 100 Continue\r\n\r\n", 25);
        client->continued = true;
        return false;
    }
    client->continued = false;
    client->served = true;
    served++;
    serve(client, head, client->in + len, body_len);
    consume(client, client->closing || is("loses-pipelined") ? client->in_len : len + body_len);
    return true;
}

/* The answers before and behind the offset first change places. */
static void swap_answers(struct client *client, size_t first)
{
    size_t second = client->out_len - first;
    char *swapped = malloc(client->out_len);
    memcpy(swapped, client->out + first, second);
    memcpy(swapped + second, client->out, first);
    memcpy(client->out, swapped, client->out_len);
    free(swapped);
}

static void serve_all(struct client *client)
{
    size_t first = 0;
    unsigned answers = 0;
    while (serve_next(client))
        if (++answers == 1)
            first = client->out_len;
    if (is("wrong-order") && answers > 1)
        swap_answers(client, first);
    if (is("answers-cut") && client->ended && client->in_len > 0 && !client->closing)
        refuse(client);
}

/* ---- connections ---- */

static void drop(size_t i, bool reset)
{
    struct linger linger = {.l_onoff = 1};
    if (reset)
        setsockopt(clients[i]->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    close(clients[i]->fd);
    free(clients[i]->in);
    free(clients[i]->out);
    free(clients[i]);
    clients[i] = clients[--client_count];
}

static void accept_all(int listener, size_t limit)
{
    while (client_count < limit) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
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
        serve_all(client);
}

static void write_client(struct client *client)
{
    ssize_t n = send(client->fd, client->out, client->out_len, MSG_NOSIGNAL);
    if (n > 0) {
        client->out_len -= (size_t)n;
        memmove(client->out, client->out + n, client->out_len);
    }
}

static void end_wait(struct client *client)
{
    client->wait_until_ms = 0;
    put_answer(client, &(struct answer){.status = "204 No Content"});
    serve_all(client);
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
    if (client->out_len > 0 || client->wait_until_ms)
        return client->ended && is("drops-half-closed");
    if (client->closing && is("no-linger"))
        return true;
    if (client->closing && !is("keeps-open"))
        linger(client, LINGER_MS);
    else if (stopping && client->served)
        linger(client, FIN_MS);
    return client->ended;
}

static void turn(int listener, size_t limit)
{
    struct pollfd polled[CLIENTS + 1] = {
        {.fd = client_count < limit ? listener : -1, .events = POLLIN}};
    size_t count = client_count;
    for (size_t i = 0; i < count; i++)
        polled[i + 1] = (struct pollfd){
            clients[i]->fd,
            (short)((clients[i]->ended ? 0 : POLLIN) | (clients[i]->out_len ? POLLOUT : 0)), 0};
    poll(polled, count + 1, 5);
    for (size_t i = 0; i < count; i++) {
        struct client *client = clients[i];
        if (polled[i + 1].revents & (POLLIN | POLLERR | POLLHUP) && !client->ended)
            read_client(client);
        if (client->wait_until_ms && now_ms() >= client->wait_until_ms)
            end_wait(client);
        if (client->out_len > 0)
            write_client(client);
    }
    for (size_t i = count; i-- > 0;)
        if (is_over(clients[i]))
            drop(i, false);
    if (polled[0].revents & POLLIN)
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
           "routes plaintext json bytes echo wait\ncore backbench\n",
           defect, defect);
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

static bool choose_defect(const char *program)
{
    const char *name = strrchr(program, '/') ? strrchr(program, '/') + 1 : program;
    name = strncmp(name, "server-", 7) == 0 ? name + 7 : name;
    for (size_t i = 0; i < sizeof(defects) / sizeof(defects[0]); i++)
        if (strcmp(name, defects[i]) == 0)
            defect = defects[i];
    return defect != NULL;
}

int main(int argc, char **argv)
{
    size_t limit = CLIENTS;
    uint16_t port;
    if (!choose_defect(argv[0])) {
        fprintf(stderr, "broken_server: is to be started as server-DEFECT\n");
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--describe") == 0)
            return describe();
        if (strcmp(argv[i], "--max-connections") == 0 && i + 1 < argc && !is("no-limit"))
            limit = strtoul(argv[i + 1], NULL, 10);
    }
    int listener = listen_on(&port);
    if (listener < 0)
        return 1;
    signal(SIGTERM, on_term);
    if (is("leaves-child"))
        leave_child();
    printf("ready %u\n", port);
    fflush(stdout);
    while (!stopping && !(is("dies") && client_count > 3))
        turn(listener, limit);
    return is("dies") ? 9 : drain(listener);
}
