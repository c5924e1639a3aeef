#include "cmd/cmd.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

volatile bool interrupted;

static void interrupt(int signal_number)
{
    if (interrupted)
        _exit(EXIT_INTERRUPTED); /* children die with us: PR_SET_PDEATHSIG */
    interrupted = true;
    (void)signal_number;
}

void interrupt_watch(void)
{
    struct sigaction action = {.sa_handler =
                                   interrupt}; /* no SA_RESTART: sleeps and polls return at once */
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ,
           SIG_IGN); /* a file size limit is then an error of write(2), told in a sentence */
}

int fail(enum exit_code code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("backbench: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return code;
}

int fail_with(enum exit_code code, char *sentence)
{
    fail(code, "%s", sentence ? sentence : strerror(errno));
    free(sentence);
    return code;
}

int find_paths(struct paths *paths)
{
    char *error = NULL;
    return paths_find(paths, &error) < 0 ? fail_with(EXIT_ENVIRONMENT, error) : 0;
}
