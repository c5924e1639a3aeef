/* Names for the tools of the tests: a link whose name says how
 * the tool behaves, in a folder of its own. */
#ifndef TESTS_TOOLS_H
#define TESTS_TOOLS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/strings.h"

/* Where this test and its tools were built. The caller frees. */
static inline char *tools_built(const char *name)
{
    char self[4096];
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    self[len > 0 ? len : 0] = '\0';
    char *slash = strrchr(self, '/');
    return text_format("%.*s/%s", (int)(slash - self), self, name);
}

struct tools {
    char folder[64];
    struct strings links;
};

static inline void tools_open(struct tools *tools)
{
    *tools = (struct tools){.folder = "/tmp/backbench-tools-XXXXXX"};
    if (mkdtemp(tools->folder) == NULL)
        abort();
}

/* FOLDER/tool-way, borrowed until tools_close. */
static inline const char *tools_link(struct tools *tools, const char *tool, const char *way)
{
    char *target = tools_built(tool), *link = text_format("%s/%s-%s", tools->folder, tool, way);
    if (access(link, F_OK) != 0) {
        if (symlink(target, link) != 0)
            abort();
        strings_add(&tools->links, link);
    }
    free(target);
    size_t i = 0;
    while (strcmp(tools->links.items[i], link) != 0)
        i++;
    free(link);
    return tools->links.items[i];
}

static inline void tools_close(struct tools *tools)
{
    for (size_t i = 0; i < tools->links.count; i++)
        unlink(tools->links.items[i]);
    rmdir(tools->folder);
    strings_release(&tools->links);
}

#endif
