/*
 * One server process under the process contract; see server.h. Starting is: spawn, read stdout
 * until `ready PORT`, look up who owns the listening socket. Stopping is: TERM to the root alone (a
 * supervisor maps it), wait, KILL to the tree.
 */
#include "measure/server.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "data/strings.h"
#include "measure/clock.h"
#include "measure/listener.h"
#include "measure/process.h"
#include "measure/process_tree.h"

/* WAIT_SLICE_MS: how late an interrupt or an exit is noticed.
 * INTERRUPT_GRACE_MS: who has been interrupted still lets a server take its
 * files away; both of a pair within the second that Ctrl-C may take. */
enum { WAIT_SLICE_MS = 20, INTERRUPT_GRACE_MS = 300, READY_BYTES = 64 };
enum { CONTRACT_WORDS = 12, UNDER_WORDS = 16 }; /* of a command line */

void server_become_reaper(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static bool is_interrupted(const volatile bool *flag)
{
    return flag != NULL && *flag;
}

/* The first line of a text, fit for a sentence; returns how long it is. */
static size_t first_line(const char *text, size_t text_len, char *line, size_t size)
{
    size_t len = 0;
    while (len < text_len && text[len] != '\n' && len + 1 < size)
        len++;
    memcpy(line, text, len);
    line[len] = '\0';
    for (size_t i = 0; i < len; i++)
        if (!isprint((unsigned char)line[i]))
            line[i] = '?';
    return len;
}

/* Of what the server said on stderr. */
static const char *log_line(const struct server *server, char *line, size_t size)
{
    return first_line(server->log, server->log_len, line, size) > 0 ? line : "nothing on stderr";
}

/* Takes its log; what it says on stdout is for the caller. */
static bool is_gone(struct server *server)
{
    if (server->stderr_fd > 0)
        process_drain(server->stderr_fd, server->log, sizeof(server->log), &server->log_len);
    if (!server->ended)
        server->ended = process_ended(server->pid, &server->exit_status);
    return server->ended;
}

bool server_ended(struct server *server)
{
    if (server->pid == 0)
        return true;
    char none[1];
    size_t nothing = 0;
    if (server->stdout_fd > 0)
        process_drain(server->stdout_fd, none, 0, &nothing);
    return is_gone(server);
}

bool server_ends_within(struct server *server, int ms)
{
    int64_t deadline_ns = monotonic_ns() + ms * NS_PER_MS;
    while (!server_ended(server) && monotonic_ns() < deadline_ns)
        sleep_until_ns(monotonic_ns() + NS_PER_MS);
    return server->ended;
}

/* Whatever happened before: nothing of the tree lives on, and the last of its stderr is kept. */
void server_kill(struct server *server)
{
    if (server->pid == 0)
        return;
    process_kill_tree(server->pid, &server->exit_status);
    server->ended = true;
    server_ended(server);
    close(server->stdout_fd);
    close(server->stderr_fd);
    server->pid = 0;
    server->stdout_fd = server->stderr_fd = 0;
}

int server_stop(struct server *server)
{
    if (server->pid == 0)
        return 0;
    int64_t start_ns = monotonic_ns(), deadline_ns = start_ns + SERVER_STOP_TIMEOUT_MS * NS_PER_MS;
    int64_t grace_ns = start_ns + INTERRUPT_GRACE_MS * NS_PER_MS;
    kill(server->pid, SIGTERM);
    while (!server_ended(server) && monotonic_ns() < deadline_ns &&
           !(is_interrupted(server->interrupted) && monotonic_ns() >= grace_ns))
        sleep_until_ns(monotonic_ns() + NS_PER_MS);
    int took_ms = server->ended ? (int)((monotonic_ns() - start_ns) / NS_PER_MS) : -1;
    server_kill(server); /* also what a server left behind of its tree */
    return took_ms;
}

void server_tell_end(const struct server *server, char *text, size_t size)
{
    char line[160];
    log_line(server, line, sizeof(line));
    const char *said = server->log_len > 0 ? line : "nothing on stderr";
    if (WIFSIGNALED(server->exit_status))
        snprintf(text, size, "was killed by signal %d (%s)", WTERMSIG(server->exit_status), said);
    else
        snprintf(text, size, "ended with %d (%s)", WEXITSTATUS(server->exit_status), said);
}

enum ready { READY_WAIT, READY_YES, READY_GARBAGE };

/* stdout carries exactly one line, "ready PORT". */
static enum ready parse_ready(const char *text, size_t len, uint16_t *port)
{
    char line[READY_BYTES + 1];
    memcpy(line, text, len);
    line[len] = '\0';
    char *newline = strchr(line, '\n');
    if (newline == NULL)
        return len == READY_BYTES ? READY_GARBAGE : READY_WAIT;
    *newline = '\0';
    int end = 0;
    unsigned number = 0;
    if (sscanf(line, "ready %5u%n", &number, &end) != 1 || line[end] != '\0' || number == 0 ||
        number > UINT16_MAX)
        return READY_GARBAGE;
    *port = (uint16_t)number;
    return READY_YES;
}

static enum server_result fail(struct server *server, char *error, size_t size, const char *what)
{
    server_kill(server);
    snprintf(error, size, "%s", what);
    return SERVER_FAILED;
}

static enum server_result fail_garbage(struct server *server, const char *text, size_t len,
                                       char *error, size_t size)
{
    char line[READY_BYTES], what[160];
    first_line(text, len, line, sizeof(line));
    snprintf(what, sizeof(what), "its stdout says \"%s\" where the one line `ready PORT` must be",
             line);
    return fail(server, error, size, what);
}

static enum server_result fail_ended(struct server *server, char *error, size_t size)
{
    bool unavailable =
        WIFEXITED(server->exit_status) && WEXITSTATUS(server->exit_status) == SERVER_CANNOT_RUN;
    server_kill(server);
    if (unavailable) {
        log_line(server, error, size);
        if (server->log_len == 0)
            snprintf(error, size, "cannot run here (exit 77) and gives no reason");
        return SERVER_UNAVAILABLE;
    }
    char how[256];
    server_tell_end(server, how, sizeof(how));
    snprintf(error, size, "%s before it was ready", how);
    return SERVER_FAILED;
}

static enum server_result await_ready(struct server *server, const struct server_options *options,
                                      char *error, size_t size)
{
    unsigned timeout_ms =
        options->start_timeout_ms ? options->start_timeout_ms : SERVER_START_TIMEOUT_MS;
    int64_t deadline_ns = monotonic_ns() + timeout_ms * NS_PER_MS;
    char text[READY_BYTES];
    size_t len = 0;
    while (monotonic_ns() < deadline_ns) {
        if (is_interrupted(options->interrupted))
            return fail(server, error, size, "interrupted");
        struct pollfd fds[] = {{server->stdout_fd, POLLIN, 0}, {server->stderr_fd, POLLIN, 0}};
        poll(fds, 2, WAIT_SLICE_MS);
        bool open = process_drain(server->stdout_fd, text, sizeof(text), &len);
        enum ready ready = parse_ready(text, len, &server->port);
        if (ready == READY_YES)
            return SERVER_OK;
        if (ready == READY_GARBAGE)
            return fail_garbage(server, text, len, error, size);
        if (is_gone(server)) /* not server_ended, which would lose a line that has come meanwhile */
            return fail_ended(server, error, size);
        if (!open) /* closed its stdout but lives: do not spin on the hang-up */
            sleep_until_ns(monotonic_ns() + WAIT_SLICE_MS * NS_PER_MS);
    }
    char what[128];
    snprintf(what, sizeof(what), "not ready within %u ms: its stdout does not say `ready PORT`",
             timeout_ms);
    return fail(server, error, size, what);
}

static enum server_result check_listener(struct server *server, char *error, size_t size)
{
    pid_t pids[PROCESS_TREE];
    size_t count = process_tree(server->pid, pids);
    char what[160];
    switch (listener_check(server->address, server->port, pids, count)) {
    case LISTENER_OURS:
        return SERVER_OK;
    case LISTENER_NONE:
        snprintf(what, sizeof(what), "said ready, but nothing listens on %s port %u",
                 server->address, server->port);
        break;
    case LISTENER_SHARED:
        snprintf(what, sizeof(what),
                 "another process listens on %s port %u too: it would share the load",
                 server->address, server->port);
        break;
    }
    return fail(server, error, size, what);
}

/* argv as the contract says, behind the words of what it runs
 * under; the numbers live in the caller's buffers. */
static void build_arguments(const struct server_options *options, const char **argv,
                            char numbers[2][12])
{
    size_t count = 0;
    while (options->under != NULL && options->under[count] != NULL) {
        argv[count] = options->under[count];
        count++;
    }
    assert(count <= UNDER_WORDS);
    argv[count++] = options->path;
    argv[count++] = "--address";
    argv[count++] = options->address;
    argv[count++] = "--port";
    argv[count++] = "0";
    argv[count++] = "--workers";
    snprintf(numbers[0], sizeof(numbers[0]), "%u", options->workers);
    argv[count++] = numbers[0];
    if (options->max_connections > 0) {
        argv[count++] = "--max-connections";
        snprintf(numbers[1], sizeof(numbers[1]), "%u", options->max_connections);
        argv[count++] = numbers[1];
    }
    if (options->upstream != NULL) {
        argv[count++] = "--upstream";
        argv[count++] = options->upstream;
    }
    argv[count] = NULL;
}

/* "BACKBENCH_PADDING=xxx": moves the initial stack, so that no layout is always lucky (Mytkowicz
 * 2009). */
static char *padding_variable(unsigned bytes)
{
    char *padding = xcalloc(bytes + 1, 1);
    memset(padding, 'x', bytes);
    char *variable = text_format("BACKBENCH_PADDING=%s", padding);
    free(padding);
    return variable;
}

enum server_result server_start(struct server *server, const struct server_options *options,
                                char *error, size_t size)
{
    *server = (struct server){.interrupted = options->interrupted};
    snprintf(server->address, sizeof(server->address), "%s", options->address);
    const char *argv[UNDER_WORDS + CONTRACT_WORDS];
    char numbers[2][12];
    build_arguments(options, argv, numbers);
    char *padding = padding_variable(options->environment_padding_bytes);
    struct process_options start = {.argv = argv, .cpus = options->cpus, .environment = {padding}};
    struct process process;
    int result = process_start(&process, &start);
    free(padding);
    if (result != 0) {
        snprintf(error, size, "cannot start %s: %s", options->path, strerror(-result));
        return SERVER_FAILED;
    }
    server->pid = process.pid;
    server->stdout_fd = process.out_fd;
    server->stderr_fd = process.err_fd;
    enum server_result ready = await_ready(server, options, error, size);
    return ready == SERVER_OK ? check_listener(server, error, size) : ready;
}
