/* Which processes a run has alive, and which of an earlier run still are. */
#include "data/running.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "data/journal.h"
#include "data/whole_file.h"

struct process {
    int pid;
    unsigned long long start_ticks;
    char command[64];
};

/* Field 2, the command in parentheses, may hold blanks and parentheses itself, so the rest is
 * counted from the last one. False if there is no such process, or only its zombie. */
static bool process_read(struct process *process, int pid)
{
    char path[64], line[1024];

    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    size_t len = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[len] = '\0';
    char *open = strchr(line, '('), *close = strrchr(line, ')'), state = 'X';
    if (!open || !close)
        return false;
    *close = '\0';
    process->pid = pid;
    snprintf(process->command, sizeof process->command, "%s", open + 1);
    /* Fields 3 (state) and 22; between them 18 that are not wanted. */
    int taken =
        sscanf(close + 1,
               " %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu",
               &state, &process->start_ticks);
    return taken == 2 && state != 'Z' && state != 'X';
}

/* The caller frees. */
static char *processes_text(const int *pids, size_t count)
{
    struct process process;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    for (size_t i = 0; i < count; i++)
        if (process_read(&process, pids[i]))
            fprintf(out, "%d %llu %s\n", process.pid, process.start_ticks, process.command);
    fclose(out);
    return text;
}

/* A kill -9 meanwhile leaves the old list or the new one. */
int running_write(const char *directory, const int *pids, size_t count)
{
    char *path = text_format("%s/running", directory);
    int number = 0;

    if (count == 0) {
        number = unlink(path) < 0 && errno != ENOENT ? errno : 0;
    } else {
        char *text = processes_text(pids, count);
        number = whole_file_write(path, text, false);
        free(text);
    }
    free(path);
    return number;
}

bool running_is_locked(const char *directory)
{
    char *path = text_format("%s/rounds.jsonl", directory);
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    free(path);
    if (fd < 0)
        return false;
    bool locked = flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
    close(fd);
    return locked;
}

static void add_survivor(struct survivor **survivors, size_t *count, const char *directory,
                         const struct process *process)
{
    *survivors = xreallocarray(*survivors, *count + 1, sizeof **survivors);
    (*survivors)[(*count)++] =
        (struct survivor){process->pid, xstrdup(directory), xstrdup(process->command)};
}

static void look_into(struct survivor **survivors, size_t *count, const char *directory)
{
    char *path = text_format("%s/running", directory), line[128];
    FILE *file = fopen(path, "re");
    unsigned long long start_ticks;
    struct process process;
    int pid;

    free(path);
    if (!file)
        return;
    while (!running_is_locked(directory) && fgets(line, sizeof line, file))
        if (sscanf(line, "%d %llu", &pid, &start_ticks) == 2 && process_read(&process, pid) &&
            process.start_ticks == start_ticks)
            add_survivor(survivors, count, directory, &process);
    fclose(file);
}

size_t survivors_find(struct survivor **survivors, const char *parent)
{
    DIR *runs = opendir(parent);
    size_t count = 0;

    *survivors = NULL;
    if (!runs)
        return 0;
    for (struct dirent *entry; (entry = readdir(runs));) {
        if (entry->d_name[0] == '.')
            continue;
        char *directory = text_format("%s/%s", parent, entry->d_name);
        look_into(survivors, &count, directory);
        free(directory);
    }
    closedir(runs);
    return count;
}

void survivors_release(struct survivor *survivors, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(survivors[i].directory);
        free(survivors[i].command);
    }
    free(survivors);
}
