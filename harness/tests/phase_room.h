/* An experiment of phases for made-up servers, the last of them a ceiling. */
#ifndef TESTS_PHASE_ROOM_H
#define TESTS_PHASE_ROOM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/phases.h"
#include "measure/phase_plan.h"
#include "measure/schedule.h"

enum { ARMS = 4, CEILING = 3, BLOCKS = 2 };

static inline void set_phases(struct result *result, const char *text, unsigned blocks)
{
    struct phase_set *set = &result->experiment.phases;
    char *error = NULL;

    if (phases_read(&set->phases, text, &error))
        fail_msg("%s", error);
    set->set.blocks = blocks;
    set->set.warmup_s = 1;
    set->set.window_s = phases_seconds(&set->phases);
}

static inline void make_phased(struct result *result)
{
    static const char *const names[ARMS] = {"thread", "epoll", "uring", "ceiling"};

    result_init(result);
    result->seed = 42;
    result->experiment.name = xstrdup("consistency");
    result->experiment.reference = xstrdup("epoll");
    struct workload *workload = &result_add_workload(result)->workload;
    workload->name = xstrdup("plaintext");
    workload->route = xstrdup("plaintext");
    for (size_t i = 0; i < ARMS; i++)
        server_info_init(&result_add_arm(result, names[i])->server, names[i], "/bin/false");
    result->arms[CEILING].server.ceiling = true;
    strings_add(&result->experiment.ceilings, "plaintext");
    strings_add(&result->experiment.phases.set.workloads, "plaintext");
    result->experiment.phases.rate_rps = 1000;
    set_phases(result, "idle 2s, load 60s, burst 2s, close 3s, load 60s", BLOCKS);
}

#endif
