/*
 * Running one wrk; see load.h. Its data come through a pipe of their own, so that neither its text
 * nor a script's prints can be taken for them.
 */
#include "measure/load.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/strings.h"
#include "measure/clock.h"
#include "measure/process.h"
#include "measure/process_tree.h"

enum { READ_BYTES = 65536, STDERR_BYTES = 4096, LOAD_ARGUMENTS = 16 };

/* Owned strings of one command line. */
struct command {
    char *words[LOAD_ARGUMENTS];
    size_t count;
};

static void command_release(struct command *command)
{
    for (size_t i = 0; i < command->count; i++)
        free(command->words[i]);
}

static void command_build(struct command *command, const struct load_options *options)
{
    const char *form = strchr(options->address, ':') != NULL ? "http://[%s]:%u/" : "http://%s:%u/";
    char url[128];
    snprintf(url, sizeof(url), form, options->address, options->port);
    *command = (struct command){
        .words = {xstrdup(options->wrk), xstrdup("-t"), text_format("%u", options->threads),
                  xstrdup("-c"), text_format("%u", options->connections), xstrdup("-d"),
                  text_format("%us", options->duration_s), xstrdup("-s"), xstrdup(options->wrapper),
                  xstrdup(url)},
        .count = 10,
    };
}

static int spawn(struct load *load, const struct load_options *options, int data_write)
{
    struct command command;
    command_build(&command, options);
    char *script = text_format("BACKBENCH_SCRIPT=%s", options->script);
    struct process_options start = {
        .argv = (const char *const *)command.words,
        .cpus = options->cpus,
        .environment = {script, "BACKBENCH_DATA=/dev/fd/3"},
        .third_fd = data_write,
    };
    struct process process;
    int result = process_start(&process, &start);
    free(script);
    command_release(&command);
    if (result != 0)
        return result;
    load->pid = process.pid;
    load->out_fd = process.out_fd;
    load->err_fd = process.err_fd;
    return 0;
}

int load_start(struct load *load, const struct load_options *options, char *error, size_t size)
{
    *load = (struct load){0};
    int data[2];
    if (pipe2(data, O_CLOEXEC | O_NONBLOCK) != 0) {
        snprintf(error, size, "cannot make a pipe: %s", strerror(errno));
        return -1;
    }
    fcntl(data[1], F_SETFL, 0); /* wrk's end blocks: it may write faster than we look */
    int result = spawn(load, options, data[1]);
    close(data[1]);
    if (result != 0) {
        close(data[0]);
        snprintf(error, size, "cannot start %s: %s", options->wrk, strerror(-result));
        return -1;
    }
    load->data_fd = data[0];
    load->started_ns = monotonic_ns();
    return 0;
}

static void read_data(struct load *load)
{
    for (;;) {
        load->data = xreallocarray(load->data, load->data_len + READ_BYTES + 1, 1);
        ssize_t got = read(load->data_fd, load->data + load->data_len, READ_BYTES);
        if (got < 0 && errno == EINTR)
            continue;
        load->data_len += got > 0 ? (size_t)got : 0;
        load->data[load->data_len] = '\0';
        if (got <= 0)
            return;
    }
}

static void read_texts(struct load *load)
{
    size_t nothing = 0;
    char none[1];
    if (load->out_fd >= 0) /* pace's data are what it prints */
        process_drain(load->out_fd, none, 0, &nothing);
    if (load->err == NULL)
        load->err = xcalloc(STDERR_BYTES + 1, 1);
    process_drain(load->err_fd, load->err, STDERR_BYTES, &load->err_len);
}

bool load_poll(struct load *load)
{
    if (load->pid == 0 || load->ended)
        return true;
    /* look first: what it wrote before its end is then all there to read */
    load->ended = process_ended(load->pid, &load->exit_status);
    read_data(load);
    read_texts(load);
    return load->ended;
}

bool load_reported(const struct load *load)
{
    return load->data != NULL && memchr(load->data, '\n', load->data_len) != NULL;
}

void load_interrupt(const struct load *load)
{
    if (load->pid != 0 && !load->ended)
        kill(load->pid, SIGINT);
}

void load_kill(struct load *load)
{
    if (load->pid == 0 || load->reaped)
        return;
    load_poll(load);
    process_kill_tree(load->pid, &load->exit_status);
    load->ended = load->reaped = true;
}

void load_release(struct load *load)
{
    load_kill(load);
    if (load->pid > 0) {
        if (load->out_fd >= 0)
            close(load->out_fd);
        close(load->err_fd);
        close(load->data_fd);
    }
    free(load->data);
    free(load->err);
    *load = (struct load){.ended = true};
}
