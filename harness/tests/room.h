/*
 * What the tests with broken_server.c share: a folder of their own with links named server-DEFECT
 * to it, and how a defect is described. Needs cmocka.h before it.
 */
#ifndef TESTS_ROOM_H
#define TESTS_ROOM_H

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "data/strings.h"

/* A defect, the case (or check) that must name it, and words of what it says. */
struct defect {
    const char *sentence, *name, *caught_by, *says;
};

static char room[PATH_MAX];

static char *in_room(const char *folder, const char *prefix, const char *name, const char *suffix)
{
    return text_format("%s%s/%s%s%s", room, folder, prefix, name, suffix);
}

/* Where the test programs are: run-tests says so; started by hand, beside this one. */
static char *tool_path(const char *name)
{
    char self[PATH_MAX] = "";
    const char *tools = getenv("BACKBENCH_TOOLS");
    if (tools == NULL && readlink("/proc/self/exe", self, sizeof(self) - 1) > 0)
        tools = dirname(self);
    return text_format("%s/%s", tools, name);
}

static void link_once(const char *target, const char *path)
{
    assert_int_equal(access(target, F_OK), 0);
    if (access(path, F_OK) < 0)
        assert_int_equal(symlink(target, path), 0);
}

static char *server_link(const char *defect)
{
    char *tool = tool_path("broken_server"), *path = in_room("", "server-", defect, "");
    link_once(tool, path);
    free(tool);
    return path;
}

static int make_room(void **state)
{
    (void)state;
    const char *parent = getenv("TMPDIR");
    snprintf(room, sizeof(room), "%s/check.XXXXXX", parent ? parent : "/tmp");
    assert_non_null(mkdtemp(room));
    return 0;
}

static int remove_room(void **state)
{
    (void)state;
    char *command = text_format("rm -rf '%s'", room);
    int status = system(command);
    free(command);
    return status;
}

static void print_all(const struct strings *list)
{
    for (size_t i = 0; i < list->count; i++)
        print_message("# %s\n", list->items[i]);
}

#endif
