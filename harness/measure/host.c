/*
 * Reading the facts; see host.h. Each fact is one line of the table below: its key, how it is read,
 * from where, and whether it must agree for absolute numbers of two runs to be comparable.
 */
#include "measure/host.h"

#include <ctype.h>
#include <dirent.h>
#include <gnu/libc-version.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "data/catalog.h"
#include "data/strings.h"
#include "measure/clock.h"
#include "measure/placement.h"
#include "measure/process.h"
#include "measure/process_tree.h"
#include "measure/procfile.h"

#ifndef BACKBENCH_CFLAGS
#define BACKBENCH_CFLAGS "unknown"
#endif
#ifndef BACKBENCH_REVISION
#define BACKBENCH_REVISION ""
#endif

enum { TEXT_BYTES = 16384 };

/* A reader returns owned text, or NULL where there is none. */
struct fact_source {
    const char *key;
    char *(*read)(const char *from);
    const char *from;
    bool fingerprint;
};

static char *trimmed(char *text)
{
    size_t len = strlen(text);
    while (len > 0 && isspace((unsigned char)text[len - 1]))
        text[--len] = '\0';
    while (isspace((unsigned char)*text))
        text++;
    for (char *c = text; *c != '\0'; c++)
        if (*c == '\n' || *c == '\t')
            *c = ' ';
    return *text != '\0' ? xstrdup(text) : NULL;
}

static char *whole_file(const char *path)
{
    char text[TEXT_BYTES];
    return procfile_read_once(text, sizeof(text), "%s", path) != NULL ? trimmed(text) : NULL;
}

static char *read_presence(const char *path)
{
    return access(path, R_OK) == 0 ? xstrdup("readable") : NULL;
}

/* The word in [brackets], which is the chosen one. */
static char *read_choice(const char *path)
{
    char *text = whole_file(path);
    char *open = text != NULL ? strchr(text, '[') : NULL,
         *close = open != NULL ? strchr(open, ']') : NULL;
    if (close == NULL)
        return text;
    *close = '\0';
    char *choice = xstrdup(open + 1);
    free(text);
    return choice;
}

/* The value of the first "name : value" line in a file; from is "FILE name". */
static char *read_line(const char *from)
{
    char path[128];
    snprintf(path, sizeof(path), "%.*s", (int)strcspn(from, " "), from);
    const char *name = from + strlen(path) + 1;
    size_t name_len = strlen(name);
    FILE *file = fopen(path, "re");
    char line[1024], *value = NULL;
    while (file != NULL && value == NULL && fgets(line, sizeof(line), file) != NULL) {
        char *colon = strchr(line, ':');
        if (colon != NULL && strncmp(line, name, name_len) == 0)
            value = trimmed(colon + 1);
    }
    if (file != NULL)
        fclose(file);
    return value;
}

/* Intel says when turbo is off, the others when boost is on. */
static char *read_turbo(const char *from)
{
    (void)from;
    char *off = whole_file("/sys/devices/system/cpu/intel_pstate/no_turbo");
    char *on = off == NULL ? whole_file("/sys/devices/system/cpu/cpufreq/boost") : NULL;
    const char *word = off != NULL  ? (off[0] == '0' ? "on" : "off")
                       : on != NULL ? (on[0] == '1' ? "on" : "off")
                                    : NULL;
    free(off);
    free(on);
    return word != NULL ? xstrdup(word) : NULL;
}

static char *read_kernel(const char *from)
{
    (void)from;
    struct utsname name;
    return uname(&name) == 0 ? text_format("%s %s", name.release, name.version) : NULL;
}

static char *read_machine(const char *from)
{
    (void)from;
    struct utsname name;
    return uname(&name) == 0 ? xstrdup(name.machine) : NULL;
}

static int compare_words(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

/* "name: text" of each file in a folder, in the order of names. */
static char *read_folder(const char *path)
{
    struct strings list = {0};
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        char *file = text_format("%s/%s", path, entry->d_name);
        char *text = entry->d_name[0] != '.' ? whole_file(file) : NULL;
        if (text != NULL && strcmp(text, "Not affected") != 0) {
            char *item = text_format("%s: %s", entry->d_name, text);
            strings_add(&list, item);
            free(item);
        }
        free(text);
        free(file);
    }
    bool readable = folder != NULL;
    if (folder != NULL)
        closedir(folder);
    if (list.count > 1)
        qsort(list.items, list.count, sizeof(*list.items), compare_words);
    char *all = list.count > 0 ? strings_join(&list, "; ")
                : readable     ? xstrdup("none needed")
                               : NULL;
    strings_release(&list);
    return all;
}

static char *read_virtualisation(const char *from)
{
    (void)from;
    char *flags = read_line("/proc/cpuinfo flags"),
         *vendor = whole_file("/sys/class/dmi/id/sys_vendor");
    bool guest = flags != NULL && strstr(flags, " hypervisor") != NULL;
    bool container = access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0;
    char *text = text_format("%s%s%s%s",
                             guest           ? "virtual machine"
                             : flags != NULL ? "none seen"
                                             : "not known",
                             guest && vendor != NULL ? ", " : "",
                             guest && vendor != NULL ? vendor : "", container ? ", container" : "");
    free(flags);
    free(vendor);
    return text;
}

/* Whether we are in a control group below the root's. Its path may name users and hosts, so it is
 * not kept: cgroups(7), a line is "ID:CONTROLLERS:PATH". */
static char *read_cgroup(const char *path)
{
    char line[1024];
    bool root = true, any = false;
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        const char *slash = strchr(line, '/');
        root = root && (slash == NULL || slash[1] == '\n');
        any = true;
    }
    if (file != NULL)
        fclose(file);
    return any ? xstrdup(root ? "the root" : "one below the root") : NULL;
}

static unsigned distinct(const int *values, unsigned count)
{
    unsigned found = 0;
    for (unsigned i = 0; i < count; i++) {
        bool seen = false;
        for (unsigned j = 0; j < i; j++)
            seen = seen || values[j] == values[i];
        found += !seen;
    }
    return found;
}

/* "cpus", "cores", "nodes", "quota" of what we may use. */
static char *read_topology(const char *what)
{
    struct topology topology;
    if (topology_read(&topology) != 0)
        return NULL;
    if (strcmp(what, "quota") == 0)
        return topology.quota > 0 ? text_format("%.2f CPUs", topology.quota) : xstrdup("none");
    if (strcmp(what, "cores") == 0)
        return text_format("%u", distinct(topology.core, topology.count));
    if (strcmp(what, "nodes") == 0)
        return text_format("%u", distinct(topology.node, topology.count));
    return text_format("%u", topology.count);
}

static char *read_nofile(const char *from)
{
    (void)from;
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) == 0
               ? text_format("%llu of %llu", (unsigned long long)limit.rlim_cur,
                             (unsigned long long)limit.rlim_max)
               : NULL;
}

static char *read_seccomp(const char *from)
{
    char *mode = read_line(from); /* proc(5): 0 disabled, 1 strict, 2 filter */
    if (mode == NULL || mode[0] < '0' || mode[0] > '2')
        return mode;
    static const char *const words[] = {"off", "strict", "filter"};
    const char *word = words[mode[0] - '0'];
    free(mode);
    return xstrdup(word);
}

static char *read_compiler(const char *from)
{
    (void)from;
#ifdef __clang__
    return xstrdup(__VERSION__);
#else
    return xstrdup("gcc " __VERSION__);
#endif
}

static char *read_libraries(const char *from)
{
    (void)from;
    return text_format("glibc %s, jansson %s, %s", gnu_get_libc_version(), jansson_version_str(),
                       OpenSSL_version(OPENSSL_VERSION));
}

static char *read_constant(const char *from)
{
    return xstrdup(from);
}

char *host_build(void)
{
    char *compiler = read_compiler(NULL);
    char *build =
        text_format("%s %s, glibc %s", compiler, BACKBENCH_CFLAGS, gnu_get_libc_version());
    free(compiler);
    return build;
}

static const struct fact_source sources[] = {
    {"cpu_model", read_line, "/proc/cpuinfo model name", true},
    {"machine", read_machine, NULL, true},
    {"cpus_usable", read_topology, "cpus", true},
    {"cores_usable", read_topology, "cores", true},
    {"cpus_online", whole_file, "/sys/devices/system/cpu/online", true},
    {"cpu_quota", read_topology, "quota", true},
    {"smt", whole_file, "/sys/devices/system/cpu/smt/control", true},
    {"numa_nodes", read_topology, "nodes", true},
    {"governor", whole_file, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", true},
    {"turbo", read_turbo, NULL, true},
    {"clocksource", whole_file, "/sys/devices/system/clocksource/clocksource0/current_clocksource",
     true},
    {"kernel", read_kernel, NULL, true},
    {"mitigations", read_folder, "/sys/devices/system/cpu/vulnerabilities", true},
    {"transparent_hugepage", read_choice, "/sys/kernel/mm/transparent_hugepage/enabled", true},
    {"virtualisation", read_virtualisation, NULL, true},
    {"memory_total", read_line, "/proc/meminfo MemTotal", true},
    {"cgroup", read_cgroup, "/proc/self/cgroup", false},
    {"somaxconn", whole_file, "/proc/sys/net/core/somaxconn", true},
    {"port_range", whole_file, "/proc/sys/net/ipv4/ip_local_port_range", true},
    {"tcp_tw_reuse", whole_file, "/proc/sys/net/ipv4/tcp_tw_reuse", true},
    {"tcp_max_syn_backlog", whole_file, "/proc/sys/net/ipv4/tcp_max_syn_backlog", true},
    {"open_files_limit", read_nofile, NULL, false},
    {"io_uring_disabled", whole_file, "/proc/sys/kernel/io_uring_disabled", false},
    {"seccomp", read_seccomp, "/proc/self/status Seccomp", true},
    {"perf_event_paranoid", whole_file, "/proc/sys/kernel/perf_event_paranoid", false},
    {"load_average", whole_file, "/proc/loadavg", false},
    {"schedstat", read_presence, "/proc/self/schedstat", false},
    {"compiler", read_compiler, NULL, false},
    {"compiler_flags", read_constant, BACKBENCH_CFLAGS, false},
    {"libraries", read_libraries, NULL, false},
};
enum { SOURCES = sizeof(sources) / sizeof(sources[0]) };

static void add_fact(struct result *result, const char *key, char *value)
{
    result->facts = xreallocarray(result->facts, result->fact_count + 1, sizeof(*result->facts));
    result->facts[result->fact_count++] = (struct fact){xstrdup(key), value};
}

/* Of what must agree, "key=value" lines; an unreadable one is a value too. */
static char *fingerprint(const struct result *result)
{
    struct strings lines = {0};
    for (size_t i = 0; i < SOURCES; i++) {
        if (!sources[i].fingerprint)
            continue;
        const char *value = result->facts[i].value;
        char *line = text_format("%s=%s", sources[i].key, value != NULL ? value : "?");
        strings_add(&lines, line);
        free(line);
    }
    char *all = strings_join(&lines, "\n"), *hash = bytes_sha256(all, strlen(all));
    free(all);
    strings_release(&lines);
    return hash;
}

/* The generator's first words: "wrk debian/4.1.0-3+b2"; NULL if it cannot be started. */
static char *ask_version(const char *wrk)
{
    struct process process;
    const char *argv[] = {wrk, "-v", NULL};
    char text[256];
    size_t len = 0;
    int status = 0;
    if (process_start(&process, &(struct process_options){.argv = argv}) != 0)
        return NULL;
    int64_t deadline_ns = monotonic_ns() + NS_PER_S;
    bool open = true;
    while (open && monotonic_ns() < deadline_ns) {
        struct pollfd fd = {process.out_fd, POLLIN, 0};
        poll(&fd, 1, 50);
        open = process_drain(process.out_fd, text, sizeof(text) - 1, &len);
    }
    process_kill_tree(process.pid, &status);
    close(process.out_fd);
    close(process.err_fd);
    text[len] = '\0';
    char *after_name = strchr(text, ' ');
    if (after_name == NULL)
        return trimmed(text);
    after_name[1 + strcspn(after_name + 1, " \n")] = '\0';
    return trimmed(text);
}

static char *read_host_name(void)
{
    char name[256] = "";
    gethostname(name, sizeof(name) - 1);
    return xstrdup(name[0] != '\0' ? name : "unknown");
}

static void replace(char **owned, char *text)
{
    free(*owned);
    *owned = text;
}

void host_read(struct result *result, const char *wrk)
{
    for (size_t i = 0; i < result->fact_count; i++) {
        free(result->facts[i].key);
        free(result->facts[i].value);
    }
    result->fact_count = 0;
    for (size_t i = 0; i < SOURCES; i++)
        add_fact(result, sources[i].key, sources[i].read(sources[i].from));
    replace(&result->host_fingerprint, fingerprint(result));
    replace(&result->host_name, read_host_name());
    replace(&result->generator, ask_version(wrk));
    replace(&result->revision,
            xstrdup(BACKBENCH_REVISION[0] != '\0' ? BACKBENCH_REVISION : BACKBENCH_VERSION));
    char *program = program_find(wrk);
    add_fact(result, "generator_sha256", program != NULL ? file_sha256(program) : NULL);
    free(program);
}
