/*
 * A command run to its end, with nothing on its stdin. It leads a process group,
 * dies with the harness, and ends within a second of an interrupt; what it leaves
 * running is killed, so that nothing of a build is beside a measurement. Of the
 * environment it lacks what would steer it from above: make's own variables, and
 * git's, as a hook has them. To be called when the harness has no other child.
 */
#ifndef SOURCES_COMMAND_H
#define SOURCES_COMMAND_H

#include <stdbool.h>

enum { COMMAND_ADDITIONS = 8 };

struct command {
    const char *const *argv;
    const char *folder;                             /* it begins there; NULL: in the current one */
    const char *environment[COMMAND_ADDITIONS + 1]; /* further "NAME=value", NULL-terminated */
    int log_fd;                       /* where what it prints goes, as it comes; 0: it is kept */
    const volatile bool *interrupted; /* NULL: never */
};

/* What it printed, as far as it was kept: the first quarter of
 * a megabyte, of whole lines. Owned. */
struct command_output {
    char *out, *err;
};

/* Its exit status, 128 and the signal's number where one ended it;
 * -EINTR: interrupted; another -errno: it was not started. output is
 * initialised here, NULL: nobody asks; release it in any case. */
int command_run(const struct command *command, struct command_output *output);
void command_output_release(struct command_output *output);

#endif
