/*
 * Any bytes as a stored result, line by line (rounds.jsonl) or whole (result.json): the first byte
 * says which. What is read must be summed up, compared with itself and with a sound run, and
 * released, without a fault; what is not read must come with a sentence.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyse/compare.h"
#include "analyse/summary.h"
#include "tests/synthetic_runs.h"

/* In memory, where the kernel has such a folder. */
static const char *file_of(bool in_lines)
{
    static char names[2][64];
    char *name = names[in_lines];
    if (!*name)
        snprintf(name, sizeof names[0], "%s/backbench-fuzz-%d.%s",
                 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", (int)getpid(),
                 in_lines ? "jsonl" : "json");
    return name;
}

static void remove_files(void)
{
    unlink(file_of(false));
    unlink(file_of(true));
}

static const struct result *sound_run(void)
{
    static struct synthetic s;
    if (s.result.arm_count == 0) {
        synthetic_run(&s, &(struct synthetic_run){1, 1, 1, NULL});
        atexit(remove_files);
    }
    return &s.result;
}

static void write_file(const char *path, const uint8_t *data, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert(fd >= 0 && write(fd, data, size) == (ssize_t)size && close(fd) == 0);
}

static void look(const struct result *result)
{
    struct summary summary;
    summary_make(&summary, result);
    summary_release(&summary);
}

static void compare(const struct result *base, const struct result *head)
{
    struct decision decision;
    struct gate gate;
    gate_init(&gate);
    decision_init(&decision, "base", "head", &gate);
    compare_results(&decision, base, head, base, 1);
    decision_conclude(&decision, true);
    assert(decision.headline && decision.exit_code <= 4);
    decision_release(&decision);
    gate_release(&gate);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct result *sound = sound_run();
    struct result result;
    char *error = NULL;
    if (size == 0)
        return 0;
    const char *path = file_of(data[0] & 1);
    write_file(path, data + 1, size - 1);
    if (result_load(&result, path, &error) == 0) {
        look(&result);
        compare(sound, &result);
        compare(&result, sound);
    } else {
        assert(error && *error);
    }
    free(error);
    result_release(&result);
    return 0;
}
