/*
 * What the tests of whole rounds share: one against a null server and a generator that reports at
 * once. Other processes of the machine may disturb it, so the tests ask for the reasons that they
 * provoke and against those that an arm itself would give.
 */
#ifndef TESTS_MEASURE_ROOM_H
#define TESTS_MEASURE_ROOM_H

#include "process_room.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "measure/load.h"
#include "measure/round.h"

static volatile bool interrupted;
static char request[] = "GET /plaintext HTTP/1.1\r\nHost: localhost\r\n\r\n";
static char proxy_request[] = "GET /proxy/plaintext HTTP/1.1\r\nHost: localhost\r\n\r\n";

/* What note_alive was told. */
static size_t most_alive;
static bool last_was_none;

static inline void note_alive(void *argument, const int *pids, size_t count)
{
    (void)argument;
    most_alive = count > most_alive ? count : most_alive;
    last_was_none = count == 0;
    for (size_t i = 0; i < count; i++)
        assert_true(pids[i] > 0);
}

static inline void add_arm(struct result *result, const char *way)
{
    struct arm *arm = &result->arms[result->arm_count++];
    arm->id = xstrdup(way);
    server_info_init(&arm->server, way, tools_link(&tools, "fake_server", way));
    arm->workers = 1;
}

static inline void make_result(struct result *result, const char *subject, const char *reference)
{
    result_init(result);
    result->arms = xcalloc(2, sizeof(*result->arms));
    add_arm(result, subject);
    if (reference != NULL)
        add_arm(result, reference);
    result->workloads = xcalloc(1, sizeof(*result->workloads));
    result->workload_count = 1;
    struct workload *workload = &result->workloads[0].workload;
    workload->name = xstrdup("plaintext");
    workload->path = xstrdup("workloads/plaintext.lua");
    workload->expect_status = 200;
    workload->expect_type = xstrdup("text/plain");
    workload->expect_body = xstrdup("Hello, World!");
    result->experiment.connections_per_worker = 8;
}

static inline void put_behind(struct result *result, const char *upstream)
{
    struct result_workload *workload = &result->workloads[0];
    workload->workload.route = xstrdup("proxy");
    workload->workload.upstream = xstrdup(upstream);
    workload->upstream_path = xstrdup(tools_link(&tools, "fake_server", upstream));
}

/* A generator by how it behaves, or by its path. */
static inline const char *generator(const char *fake, const char *way)
{
    return strchr(way, '/') || strcmp(way, "wrk") == 0 ? way : tools_link(&tools, fake, way);
}

/* Measures one round of a result as it is, under the generators that are named. */
static inline void measure_result(const struct result *result, const struct round_plan *plan,
                                  char *bytes, const char *load, const char *pace,
                                  struct round *rounds)
{
    struct topology topology;
    struct placement placement, upstream_placement;
    char *error = NULL;
    size_t len = strlen(bytes);
    assert_int_equal(topology_read(&topology), 0);
    assert_int_equal(placement_choose(&placement, &topology, 1, NULL, NULL, &error), 0);
    assert_int_equal(
        placement_choose_upstream(&upstream_placement, &topology, 1, NULL, NULL, &error), 0);
    struct round_context context = {
        .result = result,
        .placement = &placement,
        .upstream_placement = &upstream_placement,
        .wrk = generator("fake_load", load),
        .wrapper = "harness/measure/wrk_wrapper.lua",
        .pace = generator("fake_pace", pace),
        .request_bytes = &bytes,
        .request_lens = &len,
        .interrupted = &interrupted,
        .alive = note_alive,
    };
    most_alive = 0;
    round_measure(&context, plan, rounds);
    assert_true(last_was_none);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no process is left */
    assert_int_equal(errno, ECHILD);
    placement_release(&placement);
    placement_release(&upstream_placement);
}

/* The same of a subject, with a reference or alone; with an upstream behind them, or NULL. */
static inline void measure_as_planned(const struct round_plan *plan, const char *upstream,
                                      const char *subject, const char *reference, const char *load,
                                      const char *pace, struct round *rounds)
{
    struct result result;
    make_result(&result, subject, reference);
    if (upstream)
        put_behind(&result, upstream);
    measure_result(&result, plan, upstream ? proxy_request : request, load, pace, rounds);
    result_release(&result);
}

static inline struct round_plan usual_plan(const char *reference, unsigned window_s)
{
    return (struct round_plan){.number = 7,
                               .arms = {0, 1},
                               .arm_count = reference ? 2 : 1,
                               .block = 3,
                               .position = 2,
                               .swap_start = reference != NULL,
                               .window_s = window_s,
                               .environment_padding_bytes = 77};
}

static inline void measure_behind(const char *upstream, const char *subject, const char *reference,
                                  const char *load, unsigned window_s, struct round *rounds)
{
    struct round_plan plan = usual_plan(reference, window_s);
    measure_as_planned(&plan, upstream, subject, reference, load, "well", rounds);
}

static inline void measure(const char *subject, const char *reference, const char *load,
                           unsigned window_s, struct round *rounds)
{
    measure_behind(NULL, subject, reference, load, window_s, rounds);
}

static inline void assert_no_fault_of_its_own(const struct round *round)
{
    for (unsigned i = 0; i < round->outcome.count; i++)
        if (reason_kind(round->outcome.reasons[i].code) == OUTCOME_INVALID &&
            !reason_is_external(round->outcome.reasons[i].code))
            fail_msg("%s: %s", reason_name(round->outcome.reasons[i].code),
                     round->outcome.reasons[i].detail);
}

static inline bool have_wrk(void)
{
    return system("command -v wrk >/dev/null 2>&1") == 0;
}

#endif
