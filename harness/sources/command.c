/* Running a command to its end; see command.h. */
#include "sources/command.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "data/strings.h"
#include "measure/process.h"
#include "measure/process_tree.h"
#include "measure/server.h"

enum { KEPT_BYTES = 256 << 10, POLL_MS = 20, STREAMS = 2 };
/* More than a pipe holds; who prints without end does not keep from looking at an interrupt. */
enum { BLOCK_BYTES = 16 << 10, BLOCKS_AT_ONCE = 16 };
enum { SIGNALLED = 128 };

_Static_assert((int)COMMAND_ADDITIONS == (int)PROCESS_ADDITIONS, "they are passed on as they are");

static const char *const steering[] = {
    "GIT_*",         "MAKEFLAGS", "MFLAGS",       "MAKELEVEL",    "GNUMAKEFLAGS",
    "MAKEOVERRIDES", "MAKEFILES", "MAKE_TERMOUT", "MAKE_TERMERR", NULL};

/* One of its two outputs, until it is closed. */
struct stream {
    int fd, log_fd;
    char *kept; /* NULL: it goes to the log */
    size_t len;
    bool open;
};

static void write_all(int fd, const char *bytes, size_t len)
{
    for (ssize_t put; len > 0; bytes += put, len -= (size_t)put) {
        put = write(fd, bytes, len);
        if (put < 0 && errno == EINTR)
            put = 0;
        else if (put <= 0)
            return; /* a full disk: the build itself will say so */
    }
}

static void log_what_is_there(struct stream *stream)
{
    char block[BLOCK_BYTES];
    for (unsigned n = 0; n < BLOCKS_AT_ONCE; n++) {
        ssize_t got = read(stream->fd, block, sizeof(block));
        if (got > 0)
            write_all(stream->log_fd, block, (size_t)got);
        else if (got == 0 || (errno != EINTR && errno != EAGAIN))
            stream->open = false;
        if (got == 0 || (got < 0 && errno != EINTR))
            return;
    }
}

static void take(struct stream *stream)
{
    if (!stream->open)
        return;
    if (stream->kept != NULL)
        stream->open = process_drain(stream->fd, stream->kept, KEPT_BYTES, &stream->len);
    else
        log_what_is_there(stream);
}

static void wait_for_output(const struct stream *streams)
{
    struct pollfd fds[STREAMS];
    for (size_t i = 0; i < STREAMS; i++)
        fds[i] = (struct pollfd){streams[i].open ? streams[i].fd : -1, POLLIN, 0};
    poll(fds, STREAMS, POLL_MS);
}

/* Until the command itself has ended: what it left running may hold the other ends for ever. */
static bool follow(pid_t pid, struct stream *streams, const volatile bool *interrupted)
{
    for (int status; !process_ended(pid, &status);) {
        if (interrupted != NULL && *interrupted)
            return false;
        wait_for_output(streams);
        for (size_t i = 0; i < STREAMS; i++)
            take(&streams[i]);
    }
    return true;
}

/* A line that was cut off could be taken for another. */
static char *whole_lines(struct stream *stream)
{
    size_t len = stream->len;
    bool may_be_cut = len == KEPT_BYTES;
    while (may_be_cut && len > 0 && stream->kept[len - 1] != '\n')
        len--;
    stream->kept[len] = '\0';
    return stream->kept;
}

static void open_streams(struct stream *streams, const struct process *process, int log_fd)
{
    const int fds[STREAMS] = {process->out_fd, process->err_fd};
    for (size_t i = 0; i < STREAMS; i++)
        streams[i] = (struct stream){.fd = fds[i],
                                     .log_fd = log_fd,
                                     .kept = log_fd > 0 ? NULL : xcalloc(KEPT_BYTES + 1, 1),
                                     .open = true};
}

static void close_streams(struct stream *streams, struct command_output *output)
{
    char **const kept[STREAMS] = {&output->out, &output->err};
    for (size_t i = 0; i < STREAMS; i++) {
        take(&streams[i]);
        close(streams[i].fd);
        if (streams[i].kept != NULL)
            *kept[i] = whole_lines(&streams[i]);
    }
}

static int run(const struct process_options *options, const struct command *command,
               struct command_output *output)
{
    struct process process;
    struct stream streams[STREAMS];
    int status = 0, result = process_start(&process, options);
    if (result < 0)
        return result;
    open_streams(streams, &process, command->log_fd);
    bool ended = follow(process.pid, streams, command->interrupted);
    process_kill_tree(process.pid, &status);
    process_kill_strays();
    close_streams(streams, output);
    if (!ended)
        return -EINTR;
    return WIFEXITED(status) ? WEXITSTATUS(status) : SIGNALLED + WTERMSIG(status);
}

int command_run(const struct command *command, struct command_output *output)
{
    struct command_output unasked = {0};
    struct process_options options = {
        .argv = command->argv, .folder = command->folder, .without = steering};
    memcpy(options.environment, command->environment, sizeof(options.environment));
    server_become_reaper(); /* what a build detaches comes back, and is ended */
    if (output != NULL)
        *output = (struct command_output){0};
    int result = run(&options, command, output != NULL ? output : &unasked);
    command_output_release(&unasked);
    return result;
}

void command_output_release(struct command_output *output)
{
    free(output->out);
    free(output->err);
    *output = (struct command_output){0};
}
