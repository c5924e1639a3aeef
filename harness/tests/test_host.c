/* Hashes, facts, findings; and the readers of /proc below them. */
#include "measure/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "measure/procfile.h"
#include "measure/surroundings.h"

static void hashes_are_sha256(void **state)
{
    (void)state;
    /* FIPS 180-2, appendix B.1 */
    static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    char path[] = "/tmp/backbench-hash-XXXXXX";
    char *hash = bytes_sha256("abc", 3);
    assert_string_equal(hash, abc);
    free(hash);
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "abc", 3), 3);
    close(fd);
    hash = file_sha256(path);
    unlink(path);
    assert_string_equal(hash, abc);
    free(hash);
    assert_null(file_sha256("/nowhere/file"));
    assert_null(file_sha256("/")); /* opens, but cannot be read */
}

static const char *fact(const struct result *result, const char *key)
{
    for (size_t i = 0; i < result->fact_count; i++)
        if (strcmp(result->facts[i].key, key) == 0)
            return result->facts[i].value;
    return NULL;
}

static void the_same_machine_has_the_same_fingerprint(void **state)
{
    (void)state;
    struct result one, other;
    result_init(&one);
    result_init(&other);
    host_read(&one, "/nowhere/wrk");
    host_read(&other, "/nowhere/wrk");
    host_read(&other, "/nowhere/wrk"); /* again replaces */
    assert_int_equal(one.fact_count, other.fact_count);
    assert_string_equal(one.host_fingerprint, other.host_fingerprint);
    assert_int_equal(strlen(one.host_fingerprint), 64);
    assert_null(one.generator);
    assert_null(fact(&one, "generator_sha256"));
    assert_non_null(one.host_name);
    assert_non_null(one.revision);
    assert_non_null(fact(&one, "kernel"));
    assert_non_null(fact(&one, "compiler"));
    assert_true(atoi(fact(&one, "cpus_usable")) >= 1);
    const char *cgroup = fact(&one, "cgroup"); /* that there is one, not whose */
    assert_true(cgroup == NULL || strchr(cgroup, '/') == NULL);
    result_release(&one);
    result_release(&other);
}

static const struct {
    const char *name, *key, *value;
    enum finding_level level;
    const char *subject; /* NULL: nothing above "ok" is found */
    bool remedy;
} machines[] = {
    {"a quiet machine", "load_average", "0.10 0.2 0.3 1/90 5", FINDING_OK, NULL, false},
    {"a busy machine", "load_average", "2.50 1.0 1.0 3/90 5", FINDING_WARNING, "load", false},
    {"one CPU", "cpus_usable", "1", FINDING_WARNING, "CPUs", false},
    {"two CPUs", "cpus_usable", "2", FINDING_NOTE, "CPUs", false},
    {"a quota", "cpu_quota", "1.50 CPUs", FINDING_WARNING, "CPU quota", true},
    {"a slow governor", "governor", "powersave", FINDING_WARNING, "governor", true},
    {"a good governor", "governor", "performance", FINDING_OK, NULL, false},
    {"turbo", "turbo", "on", FINDING_NOTE, "turbo", true},
    {"a slow clock", "clocksource", "hpet", FINDING_WARNING, "clock", true},
    {"a virtual machine", "virtualisation", "virtual machine, X", FINDING_NOTE, "virtualisation",
     false},
    {"huge pages", "transparent_hugepage", "always", FINDING_NOTE, "huge pages", true},
    {"few open files", "open_files_limit", "1024 of 4096", FINDING_WARNING, "open files", true},
    {"enough open files", "open_files_limit", "1024 of 20000", FINDING_OK, NULL, false},
    {"a short backlog", "somaxconn", "128", FINDING_WARNING, "backlog", true},
    {"few ports", "port_range", "50000 60999", FINDING_WARNING, "ports", true},
    {"an old kernel", "kernel", "5.15.0-1 #1 SMP", FINDING_WARNING, "io_uring", false},
    {"io_uring switched off", "io_uring_disabled", "2", FINDING_WARNING, "io_uring", true},
    {"a seccomp filter", "seccomp", "filter", FINDING_NOTE, "io_uring", true},
};

/* A machine at which there is nothing to find, but for one fact. */
static void make_machine(struct result *result, struct fact *facts, const char *key,
                         const char *value)
{
    static const struct {
        const char *key, *value;
    } quiet[] = {{"cpus_usable", "8"},       {"cpu_quota", "none"}, {"kernel", "6.1.0-18 #1"},
                 {"io_uring_disabled", "0"}, {"seccomp", "off"},    {"clocksource", "tsc"},
                 {"schedstat", "readable"}};
    static char generator[] = "wrk 4.1.0";
    *result = (struct result){.facts = facts, .generator = generator};
    for (size_t i = 0; i < sizeof(quiet) / sizeof(quiet[0]); i++)
        if (strcmp(quiet[i].key, key) != 0)
            facts[result->fact_count++] =
                (struct fact){(char *)quiet[i].key, (char *)quiet[i].value};
    facts[result->fact_count++] = (struct fact){(char *)key, (char *)value};
}

static void each_finding_comes_from_its_fact(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
        struct result result;
        struct fact facts[16];
        struct finding *findings, *found = NULL;
        unsigned above = 0;
        make_machine(&result, facts, machines[i].key, machines[i].value);
        size_t count = host_findings(&findings, &result);
        for (size_t j = 0; j < count; j++)
            if (findings[j].level > FINDING_OK) {
                found = &findings[j];
                above++;
            }
        if (above != (machines[i].subject != NULL ? 1 : 0))
            fail_msg("%s: %u findings", machines[i].name, above);
        if (found != NULL &&
            (strcmp(found->subject, machines[i].subject) != 0 ||
             found->level != machines[i].level || (found->remedy != NULL) != machines[i].remedy))
            fail_msg("%s: %s, level %d", machines[i].name, found->subject, found->level);
        findings_release(findings, count);
    }
}

static void without_a_generator_nothing_can_be_measured(void **state)
{
    (void)state;
    struct result result;
    struct fact facts[16];
    struct finding *findings;
    make_machine(&result, facts, "load_average", "0");
    result.generator = NULL;
    size_t count = host_findings(&findings, &result);
    assert_int_equal(findings[0].level, FINDING_PROBLEM);
    assert_string_equal(findings[0].remedy, "apt-get install wrk");
    findings_release(findings, count);
}

static void counters_are_found_by_group_and_name(void **state)
{
    (void)state;
    static const char text[] = "TcpExt: SyncookiesSent InOctets\nTcpExt: 1 2\nIpExt: InNoRoutes "
                               "InOctets OutOctets\nIpExt: 3 44 5\n";
    assert_int_equal(procfile_counter(text, "IpExt", "InOctets"), 44);
    assert_int_equal(procfile_counter(text, "TcpExt", "InOctets"), 2);
    assert_int_equal(procfile_counter(text, "IpExt", "InNoRoutes"), 3);
    assert_int_equal(procfile_counter(text, "IpExt", "Octets"), -1);
    assert_int_equal(procfile_counter(text, "Ip", "InOctets"), -1);
    assert_int_equal(procfile_counter("IpExt: InOctets", "IpExt", "InOctets"), -1);
    assert_int_equal(procfile_counter("", "IpExt", "InOctets"), -1);
}

static void values_are_found_at_the_start_of_lines(void **state)
{
    (void)state;
    static const char text[] =
        "00400000-7ffd rollup\nRss:     8 kB\nPss:      12 kB\nPss_Dirty: 3 kB\n";
    assert_int_equal(procfile_value(text, "Pss"), 12);
    assert_int_equal(procfile_value(text, "Pss_Dirty"), 3);
    assert_int_equal(procfile_value(text, "ss"), -1);
}

static void foreign_time_is_what_others_used_between_two_readings(void **state)
{
    (void)state;
    int64_t tick_ns = 1000000000 / sysconf(_SC_CLK_TCK);
    enum { HERE, ELSEWHERE };
    /* pid, parent, cpu, own ticks, ticks of reaped children */
    static const struct {
        const char *name;
        struct bystander before[3], after[3];
        size_t before_count, after_count;
        int ticks;
    } table[] = {
        {"a survivor", {{1, 0, HERE, 10, 0}}, {{1, 0, HERE, 15, 0}}, 1, 1, 5},
        {"a survivor elsewhere", {{1, 0, HERE, 10, 0}}, {{1, 0, ELSEWHERE, 15, 0}}, 1, 1, 0},
        {"one that moved here is not charged its life",
         {{1, 0, ELSEWHERE, 9000, 800}},
         {{1, 0, HERE, 9002, 800}},
         1,
         1,
         2},
        {"a newcomer", {{1, 0, HERE, 10, 0}}, {{1, 0, HERE, 10, 0}, {9, 1, HERE, 4, 0}}, 1, 2, 4},
        {"a newcomer elsewhere",
         {{1, 0, HERE, 10, 0}},
         {{1, 0, HERE, 10, 0}, {9, 1, ELSEWHERE, 4, 0}},
         1,
         2,
         0},
        {"one that ended had 7 before and 9 at its end",
         {{1, 0, HERE, 10, 0}, {2, 1, HERE, 7, 0}},
         {{1, 0, HERE, 10, 9}},
         2,
         1,
         2},
        {"one that ended here, of a parent elsewhere",
         {{1, 0, ELSEWHERE, 10, 0}, {2, 1, HERE, 7, 0}},
         {{1, 0, ELSEWHERE, 10, 9}},
         2,
         1,
         2},
        {"one that ended elsewhere, of a parent here",
         {{1, 0, HERE, 10, 0}, {2, 1, ELSEWHERE, 7, 0}},
         {{1, 0, HERE, 10, 900}},
         2,
         1,
         0},
        {"one that ended with its parent",
         {{1, 0, HERE, 10, 0}, {2, 1, HERE, 7, 0}, {3, 2, HERE, 500, 0}},
         {{1, 0, HERE, 10, 510}},
         3,
         1,
         3},
        {"one that came and ended", {{1, 0, HERE, 10, 3}}, {{1, 0, HERE, 10, 8}}, 1, 1, 5},
        {"one that ended and nobody reaped",
         {{1, 0, HERE, 10, 0}, {2, 1, HERE, 7, 0}},
         {{1, 0, HERE, 12, 0}},
         2,
         1,
         2},
        {"a pid that was used again", {{2, 0, HERE, 50, 0}}, {{2, 0, HERE, 3, 0}}, 1, 1, 0},
    };
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(HERE, &cpus);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct surroundings before = {.all = (struct bystander *)table[i].before,
                                      .count = table[i].before_count,
                                      .steal_ticks = 5,
                                      .passive_opens = 100};
        struct surroundings after = {.at_ns = 77,
                                     .all = (struct bystander *)table[i].after,
                                     .count = table[i].after_count,
                                     .steal_ticks = 8,
                                     .passive_opens = 165};
        struct surroundings_change change = surroundings_between(&before, &after, &cpus);
        if (change.foreign_cpu_ns != table[i].ticks * tick_ns)
            fail_msg("%s: %lld ns", table[i].name, (long long)change.foreign_cpu_ns);
        assert_int_equal(change.steal_ns, 3 * tick_ns);
        assert_int_equal(change.passive_opens, 65);
        assert_int_equal(change.wall_ns, 77);
    }
    struct surroundings unread = {.steal_ticks = -1, .passive_opens = -1};
    struct surroundings_change change = surroundings_between(&unread, &unread, &cpus);
    assert_int_equal(change.foreign_cpu_ns, MISSING);
    assert_int_equal(change.steal_ns, MISSING);
    assert_int_equal(change.passive_opens, MISSING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_sha256),
        cmocka_unit_test(the_same_machine_has_the_same_fingerprint),
        cmocka_unit_test(each_finding_comes_from_its_fact),
        cmocka_unit_test(without_a_generator_nothing_can_be_measured),
        cmocka_unit_test(counters_are_found_by_group_and_name),
        cmocka_unit_test(values_are_found_at_the_start_of_lines),
        cmocka_unit_test(foreign_time_is_what_others_used_between_two_readings),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
