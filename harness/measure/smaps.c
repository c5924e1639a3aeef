/* See smaps.h. */
#include "measure/smaps.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "data/strings.h"
#include "measure/procfile.h"

enum { KIB = 1024, SYSCALL_BYTES = 256 };
/* A guard is a page, or a few (pthread_attr_setguardsize(3));
 * what an arena of malloc has reserved is megabytes. */
enum { GUARD_MOST_BYTES = 64 * 1024 };

/* ---- one mapping ---- */

struct mapping {
    uint64_t from, to;
    char flags[5]; /* "rw-p" */
    unsigned long inode;
    const char *name; /* in the line; "" */
};

struct reading {
    const uint64_t *pointers;
    size_t count;
    struct kind_bytes *sums;
    uint64_t guard_end; /* of a guard just below; 0 */
    enum memory_kind kind;
    bool has_rss, has_pss; /* of the mapping that is being read */
    bool is_any;
};

/* "7f0c-7f0e rw-p 00000000 00:00 0    [heap]"; the lines below it begin with a word and a colon. */
static bool take_head(struct mapping *mapping, char *line)
{
    int end = 0;
    unsigned long from, to;
    line[strcspn(line, "\n")] = '\0';
    if (sscanf(line, "%lx-%lx %4s %*x %*x:%*x %lu %n", &from, &to, mapping->flags, &mapping->inode,
               &end) != 4 ||
        end == 0 || strlen(mapping->flags) != 4 || from >= to)
        return false;
    mapping->from = from;
    mapping->to = to;
    mapping->name = line + end;
    return true;
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool begins_one_of(const char *text, const char *const *with)
{
    for (; *with != NULL; with++)
        if (begins(text, *with))
            return true;
    return false;
}

static bool holds_pointer(const struct reading *reading, const struct mapping *mapping)
{
    size_t low = 0, high = reading->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (reading->pointers[middle] < mapping->from)
            low = middle + 1;
        else
            high = middle;
    }
    return low < reading->count && reading->pointers[low] < mapping->to;
}

static bool is_stack(const struct reading *reading, const struct mapping *mapping)
{
    return begins(mapping->flags, "rw") && mapping->flags[3] == 'p' &&
           (holds_pointer(reading, mapping) || mapping->from == reading->guard_end);
}

/* Names of the kernel's, and of glibc's where it was told to
 * give them (glibc.mem.decorate_maps). */
static enum memory_kind kind_of_bracketed(const char *name)
{
    static const char *const heaps[] = {"[heap]", "[anon: glibc: malloc",
                                        "[anon: glibc: loader malloc", NULL};
    static const char *const stacks[] = {"[stack", "[anon: glibc: pthread",
                                         "[anon: glibc: unused stack", NULL};
    if (begins_one_of(name, heaps))
        return MEMORY_HEAP;
    if (begins_one_of(name, stacks))
        return MEMORY_STACKS;
    if (begins(name, "[anon_shmem:"))
        return MEMORY_SHARED;
    return begins(name, "[anon:") ? MEMORY_NAMED : MEMORY_OTHER;
}

/* Files that are nothing but memory; the first is what a shared anonymous mapping is called. */
static enum memory_kind kind_of_path(const char *path)
{
    static const char *const shared[] = {"/dev/zero", "/memfd:", "/SYSV", "/dev/shm/", NULL};
    if (begins(path, "anon_inode:[io_uring]"))
        return MEMORY_RINGS;
    if (begins_one_of(path, shared))
        return MEMORY_SHARED;
    return begins(path, "/dev/") || begins(path, "anon_inode:") ? MEMORY_OTHER : MEMORY_FILES;
}

/* A stack may have a name that its program gave it; it is no less a stack. */
static enum memory_kind kind_of(const struct reading *reading, const struct mapping *mapping)
{
    enum memory_kind kind = MEMORY_ANONYMOUS;
    if (mapping->name[0] == '[')
        kind = kind_of_bracketed(mapping->name);
    else if (mapping->name[0] != '\0' || mapping->inode != 0)
        kind = kind_of_path(mapping->name);
    bool may_be_stack = kind == MEMORY_ANONYMOUS || kind == MEMORY_NAMED;
    return may_be_stack && is_stack(reading, mapping) ? MEMORY_STACKS : kind;
}

/* ---- all of them ---- */

static bool is_whole(const struct reading *reading)
{
    return !reading->is_any || (reading->has_rss && reading->has_pss);
}

static bool begin_mapping(struct reading *reading, const struct mapping *mapping)
{
    if (!is_whole(reading))
        return false;
    reading->kind = kind_of(reading, mapping);
    bool is_guard = begins(mapping->flags, "---p") && mapping->inode == 0 &&
                    mapping->to - mapping->from <= GUARD_MOST_BYTES;
    reading->guard_end = is_guard ? mapping->to : 0;
    reading->has_rss = reading->has_pss = false;
    reading->is_any = true;
    return true;
}

/* "Rss:     12 kB"; false: the line is damaged. */
static bool take_value(const char *line, const char *key, bool *has, int64_t *sum)
{
    unsigned long long kib;
    char unit[3];
    if (!begins(line, key))
        return true;
    if (*has || sscanf(line + strlen(key), " %llu %2s", &kib, unit) != 2 ||
        strcmp(unit, "kB") != 0 || kib > INT64_MAX / KIB / 1024)
        return false;
    *has = true;
    *sum += (int64_t)kib * KIB;
    return true;
}

static bool take_line(struct reading *reading, char *line)
{
    struct mapping mapping;
    if (take_head(&mapping, line))
        return begin_mapping(reading, &mapping);
    if (!reading->is_any || strchr(line, ':') == NULL)
        return false;
    struct kind_bytes *sum = &reading->sums[reading->kind];
    return take_value(line, "Rss:", &reading->has_rss, &sum->rss_bytes) &&
           take_value(line, "Pss:", &reading->has_pss, &sum->pss_bytes);
}

int smaps_read(FILE *smaps, const uint64_t *pointers, size_t count, struct kind_bytes *sums)
{
    struct reading reading = {.pointers = pointers, .count = count, .sums = sums};
    char *line = NULL;
    size_t size = 0;
    bool good = true;
    errno = 0;
    while (good && getline(&line, &size, smaps) > 0)
        good = take_line(&reading, line);
    int number = ferror(smaps) ? (errno != 0 ? errno : EIO) : 0;
    free(line);
    if (number != 0)
        return -number;
    return good && is_whole(&reading) ? 0 : -EPROTO;
}

/* ---- where its threads stand ---- */

/* "232 0x5 0x7ffc 0x1 ... 0x7ffc1000 0x7f0d2000": number and six arguments, then the stack pointer
 * and where it stands; less of a thread that waits for something else than a system call: "-1
 * 0x7ffc1000 0x7f0d2000"; of one that runs "running". */
static bool read_pointer(pid_t pid, const char *thread, uint64_t *pointer)
{
    char text[SYSCALL_BYTES];
    unsigned long long words[9];
    if (procfile_read_once(text, sizeof(text), "/proc/%d/task/%s/syscall", (int)pid, thread) ==
        NULL)
        return false;
    int count = sscanf(text, "%*d %llx %llx %llx %llx %llx %llx %llx %llx", &words[0], &words[1],
                       &words[2], &words[3], &words[4], &words[5], &words[6], &words[7]);
    if (count != 2 && count != 8)
        return false;
    *pointer = words[count - 2];
    return true;
}

static int compare(const void *a, const void *b)
{
    const uint64_t *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

size_t smaps_stack_pointers(pid_t pid, uint64_t **pointers)
{
    char path[64];
    size_t count = 0, room = 0;
    *pointers = NULL;
    snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        if (count == room) {
            room = room * 2 + 16;
            *pointers = xreallocarray(*pointers, room, sizeof(**pointers));
        }
        count += read_pointer(pid, entry->d_name, &(*pointers)[count]);
    }
    if (folder != NULL)
        closedir(folder);
    if (count > 0)
        qsort(*pointers, count, sizeof(**pointers), compare);
    return count;
}

/* ---- processes ---- */

static bool is_gone(int number)
{
    return number == -ENOENT || number == -ESRCH;
}

static int add_process(pid_t pid, struct kind_bytes *sums)
{
    char path[64];
    uint64_t *pointers;
    snprintf(path, sizeof(path), "/proc/%d/smaps", (int)pid);
    FILE *smaps = fopen(path, "re");
    if (smaps == NULL)
        return -errno;
    size_t count = smaps_stack_pointers(pid, &pointers);
    int number = smaps_read(smaps, pointers, count, sums);
    free(pointers);
    fclose(smaps);
    return number;
}

int smaps_kinds(const pid_t *pids, size_t count, struct kind_bytes *sums)
{
    size_t read = 0;
    memset(sums, 0, MEMORY_KINDS * sizeof(*sums));
    for (size_t i = 0; i < count; i++) {
        int number = add_process(pids[i], sums);
        if (number < 0 && !is_gone(number))
            return number;
        read += number == 0;
    }
    return read > 0 ? 0 : -ESRCH;
}
