/*
 * The sockets of the port first, by their inodes; then the files of each process and of its
 * children, which are found among all processes by their parent.
 */
#include "pace/owner.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/strings.h"

enum { PROCESSES_MOST = 4096 };

struct inodes {
    unsigned long *items;
    size_t count;
};

struct family {
    pid_t pids[PROCESSES_MOST];
    size_t count;
};

/* A line of proc(5)'s net/tcp: number, local address:port,
 * remote one, five words more, uid, timeout, inode. */
static void add_inode(struct inodes *inodes, const char *line, uint16_t port)
{
    unsigned local;
    unsigned long inode;

    if (sscanf(line, " %*u: %*[0-9A-Fa-f]:%x %*s %*s %*s %*s %*s %*u %*u %lu", &local, &inode) !=
            2 ||
        local != port || inode == 0)
        return;
    inodes->items = xreallocarray(inodes->items, inodes->count + 1, sizeof *inodes->items);
    inodes->items[inodes->count++] = inode;
}

/* False: the file cannot be read. One that is not there, as tcp6 without IPv6, has no sockets. */
static bool read_table(struct inodes *inodes, const char *path, uint16_t port)
{
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t size = 0;

    if (!file)
        return access(path, F_OK) != 0;
    while (getline(&line, &size, file) >= 0)
        add_inode(inodes, line, port);
    free(line);
    fclose(file);
    return true;
}

/* In the namespace of this process. */
static bool sockets_of_port(struct inodes *inodes, uint16_t port)
{
    return access("/proc/self/net/tcp", R_OK) == 0 &&
           read_table(inodes, "/proc/self/net/tcp", port) &&
           read_table(inodes, "/proc/self/net/tcp6", port);
}

static bool is_of_inodes(const struct inodes *inodes, const char *link)
{
    unsigned long inode;

    if (sscanf(link, "socket:[%lu]", &inode) != 1)
        return false;
    for (size_t i = 0; i < inodes->count; i++)
        if (inodes->items[i] == inode)
            return true;
    return false;
}

/* All of its descriptors. */
static enum owner look_into(pid_t pid, const struct inodes *inodes)
{
    char path[64], link[64];
    enum owner found = OWNER_LACKS;
    struct dirent *entry;

    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *folder = opendir(path);
    if (!folder)
        return access(path, F_OK) == 0 ? OWNER_UNKNOWN : OWNER_LACKS; /* it may have ended */
    while (found == OWNER_LACKS && (entry = readdir(folder))) {
        ssize_t length = readlinkat(dirfd(folder), entry->d_name, link, sizeof link - 1);
        link[length > 0 ? length : 0] = '\0';
        if (is_of_inodes(inodes, link))
            found = OWNER_HOLDS;
    }
    closedir(folder);
    return found;
}

/* 0 where it is not known. */
static pid_t parent_of(pid_t pid)
{
    char path[64], text[512] = "";
    int parent;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    const char *name_end = strrchr(text, ')'); /* a name may hold anything */
    return name_end && sscanf(name_end, ") %*c %d", &parent) == 1 ? (pid_t)parent : 0;
}

static bool has(const struct family *family, pid_t pid)
{
    for (size_t i = 0; i < family->count; i++)
        if (family->pids[i] == pid)
            return true;
    return false;
}

/* Adds who descends from them. Children may stand before their
 * parents in the list: again, until nobody comes. */
static void add_children(struct family *family)
{
    size_t before;

    do {
        DIR *folder = opendir("/proc");
        struct dirent *entry;
        before = family->count;
        while (folder && family->count < PROCESSES_MOST && (entry = readdir(folder))) {
            pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
            if (pid > 0 && !has(family, pid) && has(family, parent_of(pid)))
                family->pids[family->count++] = pid;
        }
        if (folder)
            closedir(folder);
    } while (family->count > before);
}

/* Network namespaces are the same where their files are (namespaces(7)). */
static bool is_elsewhere(pid_t pid)
{
    char path[64];
    struct stat ours, theirs;

    snprintf(path, sizeof path, "/proc/%d/ns/net", (int)pid);
    return stat("/proc/self/ns/net", &ours) != 0 || stat(path, &theirs) != 0 ||
           ours.st_ino != theirs.st_ino || ours.st_dev != theirs.st_dev;
}

/* The first `named` of the family are not children. */
static enum owner look_into_all(const struct family *family, size_t named,
                                const struct inodes *inodes, pid_t *child)
{
    enum owner all = OWNER_LACKS;

    for (size_t i = 0; i < family->count; i++) {
        enum owner one = look_into(family->pids[i], inodes);
        if (one == OWNER_HOLDS && i < named)
            return OWNER_HOLDS;
        if (one == OWNER_HOLDS) {
            *child = family->pids[i];
            return all == OWNER_LACKS ? OWNER_CHILD : OWNER_UNKNOWN;
        }
        if (one == OWNER_UNKNOWN || is_elsewhere(family->pids[i]))
            all = OWNER_UNKNOWN;
    }
    return all;
}

enum owner owner_of_port(const pid_t *pids, unsigned count, uint16_t port, pid_t *child)
{
    struct family *family = xcalloc(1, sizeof *family);
    struct inodes inodes = {0};
    enum owner owner = OWNER_UNKNOWN;

    for (unsigned i = 0; i < count; i++)
        family->pids[family->count++] = pids[i];
    if (sockets_of_port(&inodes, port)) {
        add_children(family);
        owner = look_into_all(family, count, &inodes, child);
    }
    free(inodes.items);
    free(family);
    return owner;
}

char *owner_doubt(const pid_t *pids, unsigned count, const struct url *url)
{
    unsigned port = url->port;
    pid_t child;

    if (count == 0)
        return NULL;
    switch (owner_of_port(pids, count, url->port, &child)) {
    case OWNER_CHILD:
        return text_format("--pid %d: process %d, which descends from it, holds the sockets of "
                           "port %u, and only the CPU time of processes that are named is read",
                           (int)pids[0], (int)child, port);
    case OWNER_LACKS:
        return text_format("--pid %d: it holds no socket of port %u, nor does a child; is that "
                           "the server of %s?",
                           (int)pids[0], port, url->text);
    default:
        return NULL;
    }
}
