/*
 * Finds one side of a duel and prints what it is, for the tests of that:
 *
 *   find_side [word=WORD] [role=base] [repo=DIR] [build=COMMAND]
 *     [server=PATH] [work=work] [catalog=DIR]
 *
 * catalog: a folder with server-NAME in it. Each member is a line "key=value"; what is told goes to
 * stderr, each line after "says: ". SIGINT interrupts it. Ends with enum side_end.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sources/side.h"

static volatile bool interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = true;
}

static const char *value_of(int argc, char **argv, const char *key, const char *otherwise)
{
    size_t length = strlen(key);
    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], key, length) == 0 && argv[i][length] == '=')
            return argv[i] + length + 1;
    return otherwise;
}

static void tell(void *argument, const char *sentence)
{
    fprintf(argument, "says: %s\n", sentence);
}

static void print(const char *key, const char *value)
{
    printf("%s=%s\n", key, value ? value : "NULL");
}

static void print_side(const struct side *side)
{
    static const char *const kinds[] = {
        [SIDE_EXECUTABLE] = "executable", [SIDE_CATALOG] = "catalog", [SIDE_TREE] = "tree"};
    print("kind", kinds[side->kind]);
    print("label", side->label);
    print("revision", side->revision);
    print("path", side->path);
    print("relinked", side->relinked);
    print("name", side->name);
}

int main(int argc, char **argv)
{
    struct side side;
    char *error = NULL, *catalog = (char *)value_of(argc, argv, "catalog", NULL);
    struct paths paths = {.servers = catalog};
    struct side_request request = {
        .role = value_of(argc, argv, "role", "base"),
        .word = value_of(argc, argv, "word", NULL),
        .repo = value_of(argc, argv, "repo", NULL),
        .build = value_of(argc, argv, "build", NULL),
        .server = value_of(argc, argv, "server", NULL),
        .work = value_of(argc, argv, "work", "work"),
        .paths = catalog ? &paths : NULL,
        .interrupted = &interrupted,
        .says = tell,
        .argument = stderr,
    };
    sigaction(SIGINT, &(struct sigaction){.sa_handler = on_signal}, NULL);
    enum side_end end = side_find(&side, &request, &error);
    if (end == SIDE_FOUND)
        print_side(&side);
    else
        print("error", error);
    side_release(&side);
    free(error);
    return (int)end;
}
