/*
 * What doctor finds, from the facts alone: one function a
 * question, each adding at most one finding. See host.h.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/strings.h"
#include "measure/host.h"

/* What a run needs, and what makes numbers doubtful. */
enum {
    CONNECTIONS_MAX = 10000, /* a server's default limit */
    SPARE_FILES = 64,
    BACKLOG_WANTED = 1024,
    PORTS_WANTED = 20000,
    KERNEL_URING_MAJOR = 6, /* the uring model's floor is 6.1 */
    KERNEL_URING_MINOR = 1,
};
static const double LOAD_BUSY = 0.5;

struct examination {
    const struct result *facts;
    struct finding *findings;
    size_t count;
};

static void add(struct examination *examination, enum finding_level level, const char *subject,
                const char *remedy, const char *format, ...) __attribute__((format(printf, 5, 6)));

static void add(struct examination *examination, enum finding_level level, const char *subject,
                const char *remedy, const char *format, ...)
{
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    examination->findings = xreallocarray(examination->findings, examination->count + 1,
                                          sizeof(*examination->findings));
    examination->findings[examination->count++] = (struct finding){
        level, xstrdup(subject), xstrdup(text), remedy != NULL ? xstrdup(remedy) : NULL};
}

/* NULL: could not be read. */
static const char *fact(const struct examination *examination, const char *key)
{
    for (size_t i = 0; i < examination->facts->fact_count; i++)
        if (strcmp(examination->facts->facts[i].key, key) == 0)
            return examination->facts->facts[i].value;
    return NULL;
}

static void look_at_generator(struct examination *examination)
{
    if (examination->facts->generator == NULL)
        add(examination, FINDING_PROBLEM, "generator", "apt-get install wrk",
            "wrk cannot be started: nothing can be loaded");
    else
        add(examination, FINDING_OK, "generator", NULL, "%s", examination->facts->generator);
}

static void look_at_cpus(struct examination *examination)
{
    const char *text = fact(examination, "cpus_usable"), *model = fact(examination, "cpu_model");
    long cpus = text != NULL ? atol(text) : 0;
    if (cpus == 1)
        add(examination, FINDING_WARNING, "CPUs", NULL,
            "one: server and generator share it, so throughput is only a bound");
    else if (cpus < 4)
        add(examination, FINDING_NOTE, "CPUs", NULL,
            "%ld (%s): one for the server, one for the generator; wrk is often the limit, so rank "
            "by cost",
            cpus, model != NULL ? model : "unknown model");
    else
        add(examination, FINDING_OK, "CPUs", NULL, "%ld (%s)", cpus,
            model != NULL ? model : "unknown model");
}

static void look_at_quota(struct examination *examination)
{
    const char *quota = fact(examination, "cpu_quota"), *cpus = fact(examination, "cpus_usable");
    if (quota != NULL && cpus != NULL && strcmp(quota, "none") != 0 && atof(quota) < atof(cpus))
        add(examination, FINDING_WARNING, "CPU quota",
            "run it outside of the limit, or pin whole CPUs (cpuset)",
            "the control group is limited to %s of %s: throttling comes in bursts", quota, cpus);
}

static void look_at_frequency(struct examination *examination)
{
    const char *governor = fact(examination, "governor"), *turbo = fact(examination, "turbo");
    if (governor != NULL && strcmp(governor, "performance") != 0)
        add(examination, FINDING_WARNING, "governor", "cpupower frequency-set -g performance",
            "\"%s\" changes the clock with the load, so cost depends on what ran before", governor);
    else if (governor != NULL)
        add(examination, FINDING_OK, "governor", NULL, "%s", governor);
    if (turbo != NULL && strcmp(turbo, "on") == 0)
        add(examination, FINDING_NOTE, "turbo",
            "echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo",
            "on: absolute numbers move with the temperature; paired ratios do not");
}

static void look_at_clock(struct examination *examination)
{
    static const char *const fast[] = {"tsc", "kvm-clock", "arch_sys_counter",
                                       "hyperv_clocksource_tsc_page"};
    const char *source = fact(examination, "clocksource");
    for (size_t i = 0; source != NULL && i < sizeof(fast) / sizeof(fast[0]); i++)
        if (strcmp(source, fast[i]) == 0) {
            add(examination, FINDING_OK, "clock", NULL, "%s", source);
            return;
        }
    if (source != NULL)
        add(examination, FINDING_WARNING, "clock", "boot with clocksource=tsc",
            "%s needs a system call for each reading: servers that look at the time pay for it",
            source);
}

static void look_at_virtualisation(struct examination *examination)
{
    const char *text = fact(examination, "virtualisation");
    if (text != NULL && strncmp(text, "virtual", strlen("virtual")) == 0)
        add(examination, FINDING_NOTE, "virtualisation", NULL,
            "%s: neighbours may take time (steal is recorded); trust ratios from paired rounds",
            text);
}

static void look_at_memory(struct examination *examination)
{
    const char *pages = fact(examination, "transparent_hugepage");
    if (pages != NULL && strcmp(pages, "always") == 0)
        add(examination, FINDING_NOTE, "huge pages",
            "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled",
            "always: RSS may grow in steps of 2 MiB that no server asked for");
}

static void look_at_files(struct examination *examination)
{
    const char *limit = fact(examination, "open_files_limit");
    const char *hard = limit != NULL ? strstr(limit, " of ") : NULL;
    long long files = hard != NULL ? atoll(hard + strlen(" of ")) : -1;
    if (files >= 0 && files < CONNECTIONS_MAX + SPARE_FILES)
        add(examination, FINDING_WARNING, "open files", "ulimit -Hn 65536",
            "the hard limit is %lld: a server cannot hold %d connections", files, CONNECTIONS_MAX);
}

static void look_at_network(struct examination *examination)
{
    const char *backlog = fact(examination, "somaxconn"), *range = fact(examination, "port_range");
    int first, last;
    if (backlog != NULL && atol(backlog) < BACKLOG_WANTED)
        add(examination, FINDING_WARNING, "backlog", "sysctl -w net.core.somaxconn=4096",
            "net.core.somaxconn is %s: connects that come together are refused or late", backlog);
    if (range != NULL && sscanf(range, "%d %d", &first, &last) == 2 && last - first < PORTS_WANTED)
        add(examination, FINDING_WARNING, "ports",
            "sysctl -w net.ipv4.ip_local_port_range='1024 65535'",
            "only %d local ports: connections in TIME_WAIT may use them up", last - first + 1);
}

static void look_at_uring(struct examination *examination)
{
    const char *disabled = fact(examination, "io_uring_disabled"),
               *kernel = fact(examination, "kernel");
    const char *seccomp = fact(examination, "seccomp");
    int major = 0, minor = 0;
    if (kernel != NULL && sscanf(kernel, "%d.%d", &major, &minor) == 2 &&
        (major < KERNEL_URING_MAJOR || (major == KERNEL_URING_MAJOR && minor < KERNEL_URING_MINOR)))
        add(examination, FINDING_WARNING, "io_uring", NULL,
            "kernel %d.%d: the uring server needs 6.1", major, minor);
    else if (disabled != NULL && (disabled[0] == '2' || (disabled[0] == '1' && geteuid() != 0)))
        add(examination, FINDING_WARNING, "io_uring", "sysctl -w kernel.io_uring_disabled=0",
            "kernel.io_uring_disabled is %s: the uring servers are skipped", disabled);
    else if (seccomp != NULL && strcmp(seccomp, "filter") == 0)
        add(examination, FINDING_NOTE, "io_uring", "docker run --security-opt seccomp=unconfined",
            "a seccomp filter is set: where it denies io_uring_setup, the uring servers are "
            "skipped");
}

static void look_at_sources(struct examination *examination)
{
    const char *paranoid = fact(examination, "perf_event_paranoid");
    if (fact(examination, "schedstat") == NULL)
        add(examination, FINDING_WARNING, "run delay", NULL,
            "the kernel keeps no schedstat: whether the generator had to wait for a CPU stays "
            "unknown");
    if (paranoid != NULL && atoi(paranoid) > 2 && geteuid() != 0)
        add(examination, FINDING_NOTE, "performance counters",
            "sysctl -w kernel.perf_event_paranoid=2",
            "kernel.perf_event_paranoid is %s: no counters", paranoid);
}

static void look_at_load(struct examination *examination)
{
    const char *average = fact(examination, "load_average");
    double busy = average != NULL ? atof(average) : 0;
    if (busy > LOAD_BUSY)
        add(examination, FINDING_WARNING, "load", NULL,
            "%.2f processes ran on average in the last minute: wait for a quiet machine, or expect "
            "INTERFERED rounds",
            busy);
    else if (average != NULL)
        add(examination, FINDING_OK, "load", NULL, "%.2f: the machine is quiet", busy);
}

size_t host_findings(struct finding **findings, const struct result *facts)
{
    struct examination examination = {.facts = facts};
    look_at_generator(&examination);
    look_at_cpus(&examination);
    look_at_quota(&examination);
    look_at_frequency(&examination);
    look_at_clock(&examination);
    look_at_virtualisation(&examination);
    look_at_memory(&examination);
    look_at_files(&examination);
    look_at_network(&examination);
    look_at_uring(&examination);
    look_at_sources(&examination);
    look_at_load(&examination);
    *findings = examination.findings;
    return examination.count;
}

void findings_release(struct finding *findings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(findings[i].subject);
        free(findings[i].text);
        free(findings[i].remedy);
    }
    free(findings);
}
