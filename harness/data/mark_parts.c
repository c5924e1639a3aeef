#include "data/mark_parts.h"

#define COUNT(part, member, name, scope_, what_)                                                   \
    [part] = {.key = name,                                                                         \
              .field = "phase_marks." name,                                                        \
              .scope = scope_,                                                                     \
              .offset = offsetof(struct phase_mark, member),                                       \
              .what = what_}
#define PART(part, member, scope_, what_) COUNT(part, member, #member, scope_, what_)

const struct mark_part_about mark_parts[MARK_PARTS] = {
    PART(MARK_RSS, rss_bytes, MARK_OF_SERVER,
         "resident memory, shared pages once for each process"),
    PART(MARK_PSS, pss_bytes, MARK_OF_SERVER, "resident memory, shared pages by their share"),
    PART(MARK_USS, uss_bytes, MARK_OF_SERVER, "resident memory that nobody shares"),
    PART(MARK_PEAK, peak_bytes, MARK_OF_SERVER, "highest resident memory since the mark before"),
    PART(MARK_PAGE_TABLES, page_tables_bytes, MARK_OF_SERVER, "page tables"),
    PART(MARK_RINGS, rings_bytes, MARK_OF_SERVER, "rings of io_uring"),
    COUNT(MARK_DESCRIPTORS, descriptors, "descriptors_count", MARK_OF_SERVER, "open descriptors"),
    COUNT(MARK_THREADS, threads, "threads_count", MARK_OF_SERVER, "threads"),
    PART(MARK_KERNEL_STACKS, kernel_stacks_bytes, MARK_OF_SYSTEM,
         "stacks of threads in the kernel"),
    PART(MARK_KERNEL_PAGE_TABLES, kernel_page_tables_bytes, MARK_OF_SYSTEM,
         "page tables of all processes"),
    PART(MARK_KERNEL_SLAB, kernel_slab_bytes, MARK_OF_SYSTEM,
         "objects of the kernel: sockets, files, tasks"),
    PART(MARK_KERNEL_SOCKETS, kernel_sockets_bytes, MARK_OF_SYSTEM, "what TCP has queued"),
    PART(MARK_CGROUP, cgroup_bytes, MARK_OF_SERVER, "all memory charged to its cgroup"),
    PART(MARK_CGROUP_KERNEL, cgroup_kernel_bytes, MARK_OF_SERVER,
         "the kernel's memory charged to its cgroup"),
};

int64_t *mark_part_of(struct phase_mark *mark, enum mark_part part)
{
    return (int64_t *)((char *)mark + mark_parts[part].offset);
}

void phase_mark_init(struct phase_mark *mark)
{
    mark->at_ns = 0;
    for (int part = 0; part < MARK_PARTS; part++)
        *mark_part_of(mark, (enum mark_part)part) = MISSING;
}
