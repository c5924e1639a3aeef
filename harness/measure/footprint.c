#include "measure/footprint.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "measure/procfile.h"

enum { KIB = 1024, TEXT_BYTES = 8192 };

bool footprint_read(const pid_t *pids, size_t count, int64_t *pss_bytes, int64_t *uss_bytes)
{
    char text[TEXT_BYTES];
    *pss_bytes = *uss_bytes = 0;
    for (size_t i = 0; i < count; i++) {
        if (procfile_read_once(text, sizeof(text), "/proc/%d/smaps_rollup", (int)pids[i]) == NULL)
            return false;
        int64_t pss = procfile_value(text, "Pss"), clean = procfile_value(text, "Private_Clean"),
                dirty = procfile_value(text, "Private_Dirty");
        if (pss < 0 || clean < 0 || dirty < 0)
            return false;
        *pss_bytes += pss * KIB;
        *uss_bytes += (clean + dirty) * KIB;
    }
    return count > 0;
}

bool footprint_reset_peak(const pid_t *pids, size_t count)
{
    bool done = count > 0;
    for (size_t i = 0; i < count; i++) {
        char path[64];
        snprintf(path, sizeof(path), "/proc/%d/clear_refs", (int)pids[i]);
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        done = fd >= 0 && write(fd, "5", 1) == 1 && done;
        if (fd >= 0)
            close(fd);
    }
    return done;
}

bool footprint_peak(const pid_t *pids, size_t count, int64_t *peak_bytes)
{
    char text[TEXT_BYTES];
    *peak_bytes = 0;
    for (size_t i = 0; i < count; i++) {
        const char *status =
            procfile_read_once(text, sizeof(text), "/proc/%d/status", (int)pids[i]);
        int64_t peak = status != NULL ? procfile_value(status, "VmHWM") : -1;
        if (peak < 0)
            return false;
        *peak_bytes += peak * KIB;
    }
    return count > 0;
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
