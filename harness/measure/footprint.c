#include "measure/footprint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/result.h"
#include "measure/procfile.h"

enum { KIB = 1024, TEXT_BYTES = 8192 };

/* What a file that was read says is no error of the system's. */
static bool is_odd(void)
{
    errno = EPROTO;
    return false;
}

/* A process that has ended since it was found has no memory: without it the sum is the others'.
 * Until it is waited for, what needs its memory is ESRCH. */
static bool has_gone(void)
{
    return errno == ENOENT || errno == ESRCH;
}

/* Of none there is no sum. */
static bool is_of_any(size_t count)
{
    if (count == 0)
        errno = ESRCH;
    return count > 0;
}

/* Swapped out is allocated all the same. */
static int64_t anon_bytes(const char *text)
{
    static const char *const keys[] = {"Pss_Anon", "Pss_Shmem", "SwapPss"};
    int64_t bytes = 0;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        int64_t value = procfile_value(text, keys[i]);
        if (value < 0)
            return MISSING;
        bytes += value * KIB;
    }
    return bytes;
}

bool footprint_add_resident(struct footprint_resident *resident, const char *text)
{
    int64_t rss = procfile_value(text, "Rss"), pss = procfile_value(text, "Pss"),
            clean = procfile_value(text, "Private_Clean"),
            dirty = procfile_value(text, "Private_Dirty"), anon = anon_bytes(text);
    if (rss < 0 || pss < 0 || clean < 0 || dirty < 0)
        return is_odd();
    resident->rss_bytes += rss * KIB;
    resident->pss_bytes += pss * KIB;
    resident->uss_bytes += (clean + dirty) * KIB;
    resident->anon_bytes =
        anon == MISSING || resident->anon_bytes == MISSING ? MISSING : resident->anon_bytes + anon;
    return true;
}

bool footprint_read_resident(const pid_t *pids, size_t count, struct footprint_resident *resident)
{
    char text[TEXT_BYTES];
    size_t read = 0;
    *resident = (struct footprint_resident){0};
    for (size_t i = 0; i < count; i++) {
        if (procfile_read_once(text, sizeof(text), "/proc/%d/smaps_rollup", (int)pids[i]) == NULL) {
            if (has_gone())
                continue;
            return false;
        }
        if (!footprint_add_resident(resident, text))
            return false;
        read++;
    }
    return is_of_any(read);
}

bool footprint_reset_peak(const pid_t *pids, size_t count)
{
    bool done = count > 0;
    for (size_t i = 0; i < count; i++) {
        char path[64];
        snprintf(path, sizeof(path), "/proc/%d/clear_refs", (int)pids[i]);
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        done = ((fd >= 0 && write(fd, "5", 1) == 1) || has_gone()) && done;
        if (fd >= 0)
            close(fd);
    }
    return done;
}

/* The sum of what the processes' status says under key, in kB. */
static bool sum_of_status(const pid_t *pids, size_t count, const char *key, int64_t *bytes)
{
    char text[TEXT_BYTES];
    size_t read = 0;
    *bytes = 0;
    for (size_t i = 0; i < count; i++) {
        if (procfile_read_once(text, sizeof(text), "/proc/%d/status", (int)pids[i]) == NULL) {
            if (has_gone())
                continue;
            return false;
        }
        if (strstr(text, "\nState:\tZ") != NULL || strstr(text, "\nState:\tX") != NULL)
            continue;
        int64_t value = procfile_value(text, key);
        if (value < 0)
            return is_odd();
        *bytes += value * KIB;
        read++;
    }
    return is_of_any(read);
}

bool footprint_peak(const pid_t *pids, size_t count, int64_t *peak_bytes)
{
    return sum_of_status(pids, count, "VmHWM", peak_bytes);
}

bool footprint_page_tables(const pid_t *pids, size_t count, int64_t *bytes)
{
    return sum_of_status(pids, count, "VmPTE", bytes);
}

/* "7f..-7f.. rw-s 00000000 00:0e 1054  anon_inode:[io_uring]" */
static int64_t ring_bytes(const char *line)
{
    unsigned long from, to;
    return strstr(line, " anon_inode:[io_uring]") != NULL &&
                   sscanf(line, "%lx-%lx", &from, &to) == 2
               ? (int64_t)(to - from)
               : 0;
}

static bool add_rings(pid_t pid, int64_t *bytes)
{
    char path[64], *line = NULL;
    size_t size = 0;
    snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
    FILE *maps = fopen(path, "re");
    if (maps == NULL)
        return false;
    while (getline(&line, &size, maps) > 0)
        *bytes += ring_bytes(line);
    free(line);
    fclose(maps);
    return true;
}

bool footprint_rings(const pid_t *pids, size_t count, int64_t *bytes)
{
    size_t read = 0;
    *bytes = 0;
    for (size_t i = 0; i < count; i++)
        if (add_rings(pids[i], bytes))
            read++;
        else if (!has_gone())
            return false;
    return is_of_any(read);
}

/* "TCP: inuse 5 orphan 0 tw 0 alloc 7 mem 3", in pages. Of IPv6, too: the two share one account. */
static int64_t tcp_bytes(void)
{
    char text[TEXT_BYTES];
    long long pages;
    const char *line = procfile_read_once(text, sizeof(text), "/proc/net/sockstat") != NULL
                           ? strstr(text, "TCP: ")
                           : NULL;
    if (line == NULL ||
        sscanf(line, "TCP: inuse %*d orphan %*d tw %*d alloc %*d mem %lld", &pages) != 1)
        return -1;
    return pages * sysconf(_SC_PAGESIZE);
}

bool footprint_read_kernel(struct footprint_kernel *kernel)
{
    char text[TEXT_BYTES];
    if (procfile_read_once(text, sizeof(text), "/proc/meminfo") == NULL)
        return false;
    int64_t stacks = procfile_value(text, "KernelStack"),
            page_tables = procfile_value(text, "PageTables"),
            slab = procfile_value(text, "SUnreclaim");
    *kernel = (struct footprint_kernel){.stacks = stacks * KIB,
                                        .page_tables = page_tables * KIB,
                                        .slab = slab * KIB,
                                        .tcp = tcp_bytes()};
    return stacks >= 0 && page_tables >= 0 && slab >= 0 && kernel->tcp >= 0;
}

int64_t footprint_kernel_sum(const struct footprint_kernel *kernel)
{
    return kernel->stacks + kernel->page_tables + kernel->slab + kernel->tcp;
}
