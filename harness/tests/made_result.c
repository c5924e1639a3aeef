/*
 * Writes a made-up result into a folder, for the tests of commands that read results:
 *
 *   made_result PARENT [uring=1.3] [hour=1] [seed=1]
 *     [started=2025-06-07T08:09:10Z] [host=NAME] [workloads=1] [arms=5]
 *
 * More workloads and arms than there are are copies of the others. Prints the folder that it made.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/journal.h"
#include "tests/synthetic_runs.h"

static const char *value_of(int argc, char **argv, const char *key, const char *otherwise)
{
    size_t length = strlen(key);
    for (int i = 2; i < argc; i++)
        if (strncmp(argv[i], key, length) == 0 && argv[i][length] == '=')
            return argv[i] + length + 1;
    return otherwise;
}

/* Fifteen rounds for each of them and each workload. */
static void enlarge(struct synthetic *s, size_t arms, size_t workloads)
{
    enum { BLOCKS = 15 };
    char name[32];
    for (size_t a = s->result.arm_count; a < arms; a++) {
        snprintf(name, sizeof name, "server-%zu", a);
        synthetic_arm(s, name);
    }
    for (size_t w = s->result.workload_count; w < workloads; w++) {
        snprintf(name, sizeof name, "workload-%zu", w);
        synthetic_workload(s, name, "made up");
        for (size_t a = 0; a < s->result.arm_count; a++)
            for (uint32_t block = 0; !s->result.arms[a].self_check && block < BLOCKS; block++)
                synthetic_solo(s, a, w, block, 4600, 3.4e6);
    }
}

int main(int argc, char **argv)
{
    struct synthetic s;
    struct journal journal;
    char *error = NULL;
    if (argc < 2)
        return 2;
    synthetic_run(&s, &(struct synthetic_run){
                          .uring = atof(value_of(argc, argv, "uring", "1")),
                          .hour = atof(value_of(argc, argv, "hour", "1")),
                          .seed = strtoull(value_of(argc, argv, "seed", "1"), NULL, 10),
                          .started_utc = value_of(argc, argv, "started", NULL),
                      });
    free(s.result.host_fingerprint);
    s.result.host_fingerprint = xstrdup(value_of(argc, argv, "host", "5c0ffee5"));
    enlarge(&s, strtoul(value_of(argc, argv, "arms", "0"), NULL, 10),
            strtoul(value_of(argc, argv, "workloads", "0"), NULL, 10));
    if (journal_open(&journal, argv[1], &s.result, &error) < 0 ||
        journal_add(&journal, &s.result, s.result.rounds, s.result.round_count, &error) < 0 ||
        journal_close(&journal, &s.result, &error) < 0) {
        fprintf(stderr, "made_result: %s\n", error);
        return 1;
    }
    puts(s.result.directory);
    result_release(&s.result);
    return 0;
}
