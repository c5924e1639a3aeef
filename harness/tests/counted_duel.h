/* A duel's record of two programs on one workload, whose instructions can be counted: for what
 * counts them again and again, and for the tests of counting. */
#ifndef TESTS_COUNTED_DUEL_H
#define TESTS_COUNTED_DUEL_H

#include <stdlib.h>
#include <string.h>

#include "analyse/instructions.h"
#include "cmd/duel_counts.h"

struct duel_run {
    struct result result;
    struct journal journal;
    char *bytes[1];
    size_t lens[1];
    struct experiment_run run;
    struct gate gate;
};

static inline void duel_run_add_arm(struct result *result, const char *id, const char *path)
{
    struct arm *arm = result_add_arm(result, id);
    server_info_init(&arm->server, "epoll", path);
    strings_add(&arm->argv, path);
}

/* Its record is begun in this directory. NULL, or a sentence, which the caller frees. */
static inline char *duel_run_open(struct duel_run *run, const char *directory, const char *base,
                                  const char *head)
{
    static char request[] = "GET /plaintext HTTP/1.1\r\nHost: localhost\r\n\r\n";
    static const volatile bool never;
    char *error = NULL;
    result_init(&run->result);
    gate_init(&run->gate);
    run->result.experiment.name = xstrdup("duel");
    duel_run_add_arm(&run->result, "base", base);
    duel_run_add_arm(&run->result, "head", head);
    struct workload *workload = &result_add_workload(&run->result)->workload;
    workload->name = xstrdup("plaintext");
    workload->expect_status = 200;
    workload->expect_type = xstrdup("text/plain");
    workload->expect_body = xstrdup("Hello, World!");
    run->bytes[0] = request;
    run->lens[0] = strlen(request);
    run->run = (struct experiment_run){.result = &run->result,
                                       .journal = &run->journal,
                                       .request_bytes = run->bytes,
                                       .request_lens = run->lens,
                                       .interrupted = &never};
    return journal_open(&run->journal, directory, &run->result, &error) < 0 ? error : NULL;
}

static inline void duel_run_close(struct duel_run *run)
{
    journal_abandon(&run->journal);
    result_release(&run->result);
    gate_release(&run->gate);
}

/* 0, or an exit code after a sentence. */
static inline int duel_run_count(struct duel_run *run)
{
    static const size_t arms[2] = {0, 1};
    return duel_count(&run->result, &run->journal, &run->run, arms);
}

/* What the gate makes of the counts: a decision of one row, which the caller releases
 * before the run is closed. */
static inline void duel_run_decide(const struct duel_run *run, struct decision *decision)
{
    decision_init(decision, "base", "head", &run->gate);
    instructions_add_row(decision, "epoll", &run->result, 0, 1, 0);
}

#endif
