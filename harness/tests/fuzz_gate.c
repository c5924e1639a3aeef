/*
 * Any bytes as a file that says what gates, and as one that says what
 * is accepted. Either it is refused with one sentence on one line that
 * names the file, or what it holds is within what data/gate.h promises.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "data/gate.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_sentence(const char *error, const char *path)
{
    assert(error && strncmp(error, path, strlen(path)) == 0);
    assert(strlen(error) > strlen(path) + strlen(": ") && !strchr(error, '\n'));
}

static void check_word(const char *word)
{
    assert(*word && !strpbrk(word, " \t\r\n,"));
}

static void check_gate(const struct gate *gate)
{
    for (int i = 0; i < METRICS; i++)
        assert(gate->margins[i] >= .001 && gate->margins[i] <= 1);
    for (size_t i = 0; i < gate->workloads.count; i++) {
        check_word(gate->workloads.items[i]);
        assert(gate_takes(gate, METRIC_COST, gate->workloads.items[i]) == gate->gates[METRIC_COST]);
    }
}

/* The C library's calendar makes of a day that does not exist another one. */
static void check_day(const char *until)
{
    struct tm day = {0};
    char again[32];

    assert(strlen(until) == GATE_DAY_SIZE - 1);
    assert(sscanf(until, "%4d-%2d-%2d", &day.tm_year, &day.tm_mon, &day.tm_mday) == 3);
    day.tm_year -= 1900;
    day.tm_mon--;
    timegm(&day);
    snprintf(again, sizeof again, "%04d-%02d-%02d", day.tm_year + 1900, day.tm_mon + 1,
             day.tm_mday);
    assert(strcmp(again, until) == 0);
}

static void check_acceptances(const struct acceptances *accepted)
{
    for (size_t i = 0; i < accepted->count; i++) {
        const struct acceptance *one = &accepted->items[i];
        check_word(one->server);
        check_word(one->workload);
        check_day(one->until);
        assert(one->metric < METRICS && *one->reason);
        assert(one->line > (i > 0 ? one[-1].line : 0));
        for (size_t j = 0; j < i; j++)
            assert(one->metric != accepted->items[j].metric ||
                   strcmp(one->server, accepted->items[j].server) != 0 ||
                   strcmp(one->workload, accepted->items[j].workload) != 0);
    }
}

static void read_gate(const char *path)
{
    struct gate gate;
    char *error = NULL;

    gate_init(&gate);
    if (gate_read(&gate, path, &error) == 0) {
        assert(!error);
        check_gate(&gate);
    } else {
        check_sentence(error, path);
    }
    gate_release(&gate);
    free(error);
}

static void read_acceptances(const char *path)
{
    struct acceptances accepted;
    char *error = NULL;

    if (acceptances_read(&accepted, path, &error) == 0) {
        assert(!error);
        check_acceptances(&accepted);
    } else {
        check_sentence(error, path);
    }
    acceptances_release(&accepted);
    free(error);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    char path[32];
    int fd = memfd_create("backbench.ini", MFD_CLOEXEC);

    assert(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    read_gate(path);
    read_acceptances(path);
    close(fd);
    return 0;
}
