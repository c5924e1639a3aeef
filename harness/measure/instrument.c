/* Counting by valgrind and strace; see instrument.h. One count is:
 * start the server under the program, play, end it, read what the
 * program has written into a folder that is gone afterwards. */
#include "measure/instrument.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "data/catalog.h"
#include "data/strings.h"
#include "data/tool_output.h"
#include "measure/clock.h"
#include "measure/process.h"
#include "measure/process_tree.h"

/* START, STOP: valgrind reads the debugging information of
 * every library first, and writes its file last. */
enum { START_TIMEOUT_MS = 60000, STOP_TIMEOUT_MS = 30000, POLL_MS = 5 };
enum { VERSION_TIMEOUT_MS = 10000, VERSION_BYTES = 256 };

static const struct {
    const char *program;
    /* --quiet: its own words would stand in the server's log. -I
     * 2: with -o strace would let SIGTERM pass. */
    const char *words[8];
    const char *output; /* before the file's name, NULL: it is a word of its own */
    int (*read)(struct counts *counts, char *text, char **error);
} table[INSTRUMENTS] = {
    [INSTRUMENT_INSTRUCTIONS] = {"valgrind",
                                 {"valgrind", "--quiet", "--vgdb=no", "--tool=callgrind"},
                                 "--callgrind-out-file=",
                                 callgrind_read},
    [INSTRUMENT_CALLS] = {"strace", {"strace", "-f", "-c", "-I", "2", "-o"}, NULL, strace_read},
};

const char *instrument_program(enum instrument instrument)
{
    return table[instrument].program;
}

/* The first line of what it prints, without "-- version" as strace has it. */
static char *version_of(char *text)
{
    text[strcspn(text, "\n")] = '\0';
    char *filler = strstr(text, " -- version");
    if (filler != NULL)
        memmove(filler, filler + strlen(" -- version"), strlen(filler + strlen(" -- version")) + 1);
    return xstrdup(text);
}

char *instrument_version(enum instrument instrument)
{
    struct process process;
    const char *argv[] = {table[instrument].program, "--version", NULL};
    char text[VERSION_BYTES];
    size_t len = 0;
    int status = 0;
    if (process_start(&process, &(struct process_options){.argv = argv}) != 0)
        return NULL;
    int64_t deadline_ns = monotonic_ns() + VERSION_TIMEOUT_MS * NS_PER_MS;
    while (process_drain(process.out_fd, text, sizeof(text) - 1, &len) &&
           monotonic_ns() < deadline_ns) {
        struct pollfd fd = {process.out_fd, POLLIN, 0};
        poll(&fd, 1, POLL_MS);
    }
    process_kill_tree(process.pid, &status);
    close(process.out_fd);
    close(process.err_fd);
    text[len] = '\0';
    return len > 0 ? version_of(text) : NULL;
}

void instrument_settle(void)
{
    cpu_set_t all, last;
    if (sched_getaffinity(0, sizeof(all), &all) < 0)
        return;
    CPU_ZERO(&last);
    for (int cpu = CPU_SETSIZE - 1; cpu >= 0 && CPU_COUNT(&last) == 0; cpu--)
        if (CPU_ISSET(cpu, &all))
            CPU_SET(cpu, &last);
    sched_setaffinity(0, sizeof(last), &last);
}

/* Children begin as their parent is, and threads as the one that makes them: so the server is
 * SCHED_BATCH from its first instruction on. Waiting for `ready` as such does no harm. */
static enum server_result start(struct server *server, enum instrument instrument, const char *path,
                                const char *output, const volatile bool *interrupted, char *error,
                                size_t size)
{
    const char *under[sizeof(table[0].words) / sizeof(table[0].words[0]) + 2] = {0};
    size_t count = 0;
    while (table[instrument].words[count] != NULL) {
        under[count] = table[instrument].words[count];
        count++;
    }
    const char *prefix = table[instrument].output;
    char *word = text_format("%s%s", prefix != NULL ? prefix : "", output);
    under[count] = word;
    struct server_options options = {
        .path = path,
        .under = under,
        .address = "127.0.0.1",
        .workers = 1,
        .start_timeout_ms = START_TIMEOUT_MS,
        .interrupted = interrupted,
    };
    sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){0});
    enum server_result result = server_start(server, &options, error, size);
    sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){0});
    free(word);
    return result;
}

/* SIGTERM ends the server under valgrind, and under strace strace itself, which passes it on and
 * writes its table. False: it had to be killed. */
static bool stop(struct server *server, struct turns *turns)
{
    int64_t deadline_ns = monotonic_ns() + STOP_TIMEOUT_MS * NS_PER_MS;
    kill(server->pid, SIGTERM);
    turns_end(turns, server, deadline_ns);
    while (!server_ended(server) && monotonic_ns() < deadline_ns && !*server->interrupted)
        poll(NULL, 0, POLL_MS);
    bool ended = server->ended;
    server_kill(server);
    return ended;
}

static char *read_whole(const char *path)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return NULL;
    ssize_t len = getdelim(&text, &size, '\0', file);
    fclose(file);
    if (len > 0)
        return text;
    free(text);
    return NULL;
}

static int read_counts(struct counts *counts, enum instrument instrument, const char *output,
                       char *error, size_t size)
{
    char *text = read_whole(output), *sentence = NULL;
    if (text == NULL) {
        snprintf(error, size, "%s wrote nothing", table[instrument].program);
        return -1;
    }
    int result = table[instrument].read(counts, text, &sentence);
    if (result < 0)
        snprintf(error, size, "%s", sentence);
    free(sentence);
    free(text);
    return result;
}

/* Why a server ended too early stands on its stderr; so does what the program has to say. */
static void add_last_words(const struct server *server, char *error, size_t size)
{
    size_t len = strlen(error), words = 0;
    while (words < server->log_len && server->log[words] != '\n')
        words++;
    if (words > 0)
        snprintf(error + len, size - len, "; it ended: %.*s", (int)words, server->log);
}

static int play(struct server *server, const struct turns_options *options, unsigned count,
                uint64_t *requests, char *error, size_t size)
{
    struct turns turns;
    int result = turns_open(&turns, options, server, error, size);
    if (result == 0)
        result = turns_play(&turns, count, error, size);
    if (result == 0)
        turns_leave(&turns);
    if (result == 0 && !stop(server, &turns)) {
        snprintf(error, size, "it did not end after SIGTERM");
        result = -1;
    }
    *requests = turns.answers;
    turns_close(&turns);
    if (result < 0 && server_ended(server))
        add_last_words(server, error, size);
    server_kill(server);
    return result;
}

enum instrument_result instrument_count(struct counts *counts, enum instrument instrument,
                                        const char *path, const struct turns_options *options,
                                        unsigned turns, uint64_t *requests, char *error,
                                        size_t size)
{
    const char *top = getenv("TMPDIR");
    char *folder = text_format("%s/backbench-profile-XXXXXX", top != NULL && *top ? top : "/tmp");
    if (mkdtemp(folder) == NULL) {
        snprintf(error, size, "cannot make a folder %s: %s", folder, strerror(errno));
        free(folder);
        return INSTRUMENT_FAILED;
    }
    char *output = text_format("%s/out", folder);
    struct server server;
    enum instrument_result result = INSTRUMENT_FAILED;
    enum server_result started =
        start(&server, instrument, path, output, options->interrupted, error, size);
    if (started == SERVER_UNAVAILABLE)
        result = INSTRUMENT_UNAVAILABLE;
    else if (started == SERVER_OK && play(&server, options, turns, requests, error, size) == 0 &&
             read_counts(counts, instrument, output, error, size) == 0)
        result = INSTRUMENT_COUNTED;
    unlink(output);
    rmdir(folder);
    free(output);
    free(folder);
    return result;
}
