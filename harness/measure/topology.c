/*
 * Reading the topology: affinity (which a cpuset narrows too) by sched_getaffinity(2), siblings and
 * nodes from /sys/devices/system/cpu, the quota from cgroup v2's cpu.max or v1's cpu.cfs_*; see
 * placement.h.
 */
#include "measure/placement.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/strings.h"

/* The first number in a file, or otherwise. */
static double read_number(const char *path, double otherwise)
{
    double value = otherwise;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return otherwise;
    if (fscanf(file, "%lf", &value) != 1)
        value = otherwise;
    fclose(file);
    return value;
}

/* The lowest of a core's siblings stands for the core: unique over packages. */
static int read_core(int cpu)
{
    char path[96];
    snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list",
             cpu);
    return (int)read_number(path, cpu);
}

static int read_node(int cpu)
{
    char path[64];
    int node = 0;
    snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d", cpu);
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;)
        if (sscanf(entry->d_name, "node%d", &node) == 1)
            break;
    if (folder != NULL)
        closedir(folder);
    return node;
}

/* The tightest cpu.max from our group up to the root; 0: none. */
static double quota_v2(char *group)
{
    double tightest = 0;
    for (;;) {
        char path[512];
        snprintf(path, sizeof(path), "/sys/fs/cgroup%s/cpu.max", group);
        FILE *file = fopen(path, "re");
        double quota_us, period_us;
        if (file != NULL && fscanf(file, "%lf %lf", &quota_us, &period_us) == 2 && period_us > 0 &&
            (tightest == 0 || quota_us / period_us < tightest))
            tightest = quota_us / period_us;
        if (file != NULL)
            fclose(file);
        char *slash = strrchr(group, '/');
        if (slash == NULL)
            return tightest;
        *slash = '\0';
    }
}

static double quota_v1(const char *group)
{
    char path[512];
    snprintf(path, sizeof(path), "/sys/fs/cgroup/cpu%s/cpu.cfs_quota_us", group);
    double quota_us = read_number(path, 0);
    snprintf(path, sizeof(path), "/sys/fs/cgroup/cpu%s/cpu.cfs_period_us", group);
    double period_us = read_number(path, 0);
    return quota_us > 0 && period_us > 0 ? quota_us / period_us : 0;
}

static double read_quota(void)
{
    double tightest = 0;
    char line[512], group[400];
    FILE *file = fopen("/proc/self/cgroup", "re");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        double quota = 0;
        if (sscanf(line, "0::%399s", group) == 1)
            quota = quota_v2(strcmp(group, "/") == 0 ? memset(group, 0, 1) : group);
        else if (sscanf(line, "%*d:cpu:%399s", group) == 1 ||
                 sscanf(line, "%*d:cpu,cpuacct:%399s", group) == 1)
            quota = quota_v1(group);
        if (quota > 0 && (tightest == 0 || quota < tightest))
            tightest = quota;
    }
    if (file != NULL)
        fclose(file);
    return tightest;
}

int topology_read(struct topology *topology)
{
    cpu_set_t allowed;
    *topology = (struct topology){0};
    if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
        return -errno;
    for (int cpu = 0; cpu < CPU_SETSIZE && topology->count < TOPOLOGY_CPUS; cpu++) {
        if (!CPU_ISSET(cpu, &allowed))
            continue;
        topology->cpu[topology->count] = cpu;
        topology->core[topology->count] = read_core(cpu);
        topology->node[topology->count++] = read_node(cpu);
    }
    topology->quota = read_quota();
    return topology->count > 0 ? 0 : -ENODEV;
}
