/* The commands of backbench, one file each, and what they share: exit codes and the interrupt. */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <stdbool.h>

#include "data/catalog.h"
#include "data/strings.h"

enum exit_code {
    EXIT_DONE = 0,        /* done, at least one usable row, no gate failed */
    EXIT_FAILED = 1,      /* a failed check, a confirmed regression */
    EXIT_USAGE = 2,       /* bad option, rate, script or ini */
    EXIT_UNDECIDED = 3,   /* no usable row */
    EXIT_UNREADABLE = 4,  /* unreadable, incomparable or self-disagreeing result */
    EXIT_ENVIRONMENT = 5, /* missing tool, unsupported system, not permitted, disk full */
    EXIT_INTERRUPTED = 130,
};

int cmd_run(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_profile(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_duel(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_list(int argc, char **argv);

/* Becomes true at SIGINT or SIGTERM once interrupt_watch was called; a second signal ends the
 * process. */
extern volatile bool interrupted;
void interrupt_watch(void);

/* "backbench: " and the sentence on stderr; returns code, so that a command can `return fail(...)`.
 */
int fail(enum exit_code code, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same with a sentence that is freed. */
int fail_with(enum exit_code code, char *sentence);

/* The catalog's own folders, or exit code EXIT_ENVIRONMENT said; 0 on success. */
int find_paths(struct paths *paths);

#endif
