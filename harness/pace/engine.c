/*
 * From a trial that is asked to one that was run: the servers are found, the connections made and
 * exercised, and the loop (pacing.c) does the rest.
 */
#include "pace/engine.h"

#include <sys/resource.h>

#include "data/strings.h"
#include "pace/pacing.h"

enum {
    DESCRIPTORS_ELSE = 32, /* beside the connections */
    EXIT_BAD_URL = 2,
    EXIT_ENVIRONMENT = 5,
};

static const int64_t CONNECT_NS = ENGINE_CONNECT_MS * INT64_C(1000000);

static int raise_descriptors(const struct trial *trial, int *exit_code, char **error)
{
    struct rlimit limit;
    rlim_t needed = DESCRIPTORS_ELSE;

    for (unsigned i = 0; i < trial->target_count; i++)
        needed += trial->targets[i].connections;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (needed <= limit.rlim_max)
        return 0;
    *exit_code = EXIT_ENVIRONMENT;
    unsigned long long fit =
        limit.rlim_max > DESCRIPTORS_ELSE ? limit.rlim_max - DESCRIPTORS_ELSE : 0;
    return text_error(error,
                      "%llu connections need more descriptors than this process may have "
                      "(%llu): -c %llu is the most that fits, or have root raise the limit "
                      "(ulimit -n %llu)",
                      (unsigned long long)needed - DESCRIPTORS_ELSE,
                      (unsigned long long)limit.rlim_max, fit / trial->target_count,
                      (unsigned long long)needed);
}

static size_t backlog_capacity(const struct trial *trial)
{
    double most = (double)trial->max_backlog_ns * 1e-9 * trial->schedule->highest_rps;

    return (size_t)(most / trial->target_count) + 1;
}

static int open_lane(struct pacing *pacing, unsigned i, int *exit_code, char **error)
{
    struct trial_target *asked = &pacing->trial->targets[i];
    struct lane *lane = &pacing->lanes[i];
    int fd;

    if (target_find(&lane->target, &asked->url, pacing->options->interrupted, &fd, exit_code,
                    error) < 0) {
        asked->has_ended_it = true;
        return -1;
    }
    if (pacing->trial->requests_per_connection > 0)
        target_spread(&lane->target);
    target_text(&lane->target, asked->address);
    lane_open(lane, &pacing->loop, asked, pacing->options->requests[i],
              backlog_capacity(pacing->trial));
    pacing->lane_count = i + 1;
    lane_begin(lane, fd);
    return 0;
}

/* The first answer of a server must be right: a wrong path is
 * told at once, not after the whole run. */
static int judge_first(struct pacing *pacing, struct lane *lane, int *exit_code, char **error)
{
    if (lane->has_spoken_tls) {
        *exit_code = EXIT_BAD_URL;
        return text_error(error, "%s speaks TLS, and pace speaks plain HTTP only",
                          lane->asked->address);
    }
    if (lane->record->first_fault[0] == '\0')
        return 0;
    lane->asked->has_ended_it = true;
    loop_end(&pacing->loop, TRIAL_REFUSED, "%s", lane->record->first_fault);
    return 0;
}

static unsigned count_exercised(const struct pacing *pacing, unsigned *due)
{
    unsigned exercised = 0;

    *due = 0;
    for (unsigned i = 0; i < pacing->lane_count; i++) {
        exercised += pacing->lanes[i].exercised;
        *due += pacing->lanes[i].count;
    }
    return exercised;
}

static const struct answer *find_begun(const struct lane *lane)
{
    for (unsigned i = 0; i < lane->begun; i++)
        if (lane->connections[i].request && answer_has_begun(&lane->connections[i].answer))
            return &lane->connections[i].answer;
    return NULL;
}

/* Bytes came, and not all of them. */
static void give_up_on_answer(struct lane *lane, const struct answer *answer)
{
    unsigned long long bytes = answer->body_len;
    int seconds = ENGINE_CONNECT_MS / 1000;

    lane->asked->leaves_unended = true;
    if (answer->status == 0)
        loop_end(lane->loop, TRIAL_SILENT, "the head of an answer was not whole after %d s",
                 seconds);
    else if (answer->ends_at_close)
        loop_end(
            lane->loop, TRIAL_SILENT,
            "an answer names no length, so that it ends with its connection, which stayed open "
            "for %d s (%llu bytes came)",
            seconds, bytes);
    else
        loop_end(lane->loop, TRIAL_SILENT,
                 "of the body of an answer only %llu bytes came in %d s, fewer than its head says",
                 bytes, seconds);
}

/* A server that takes connections and says nothing is there, but hangs. */
static void give_up(struct pacing *pacing, unsigned exercised, unsigned due)
{
    enum trial_end end = TRIAL_SILENT;

    for (unsigned i = 0; i < pacing->lane_count; i++) {
        struct lane *lane = &pacing->lanes[i];
        lane->asked->has_ended_it = lane->exercised < lane->begun;
        if (lane->connections[lane->begun - 1].is_connecting)
            end = TRIAL_REFUSED;
    }
    for (unsigned i = 0; i < pacing->lane_count && end == TRIAL_SILENT; i++)
        if (find_begun(&pacing->lanes[i]))
            give_up_on_answer(&pacing->lanes[i], find_begun(&pacing->lanes[i]));
    loop_end(&pacing->loop, end, "%u of %u connections were answered, then none for %d s",
             exercised, due, ENGINE_CONNECT_MS / 1000);
}

/* Until so many have answered; not while nothing comes for ENGINE_CONNECT_MS. */
static void await_exercise(struct pacing *pacing, unsigned wanted)
{
    struct loop *loop = &pacing->loop;
    unsigned seen = 0, due, exercised;
    int64_t since_ns = loop->watch.now_ns;

    while ((exercised = count_exercised(pacing, &due)) < wanted && !loop->is_over) {
        if (exercised > seen)
            since_ns = loop->watch.now_ns;
        seen = exercised;
        if (loop->watch.now_ns - since_ns > CONNECT_NS)
            give_up(pacing, exercised, due);
        for (unsigned i = 0; i < pacing->lane_count && wanted == due; i++)
            if (lane_may_begin(&pacing->lanes[i]))
                lane_begin(&pacing->lanes[i], -1);
        pacing_turn(pacing);
    }
}

static int connect_all(struct pacing *pacing, int *exit_code, char **error)
{
    unsigned due;

    await_exercise(pacing, pacing->lane_count);
    for (unsigned i = 0; i < pacing->lane_count; i++)
        if (pacing->lanes[i].exercised > 0 &&
            judge_first(pacing, &pacing->lanes[i], exit_code, error) < 0)
            return -1;
    count_exercised(pacing, &due);
    await_exercise(pacing, due);
    return 0;
}

static void open_records(struct trial *trial)
{
    const struct schedule *schedule = trial->schedule;

    trial->end = TRIAL_WHOLE;
    trial->audit = (struct audit){.run_delay_ns = MISSING, .steal_ns = MISSING};
    for (unsigned i = 0; i < trial->target_count; i++) {
        trial->targets[i].cpu_ns = MISSING;
        record_open(&trial->targets[i].record, PACING_NEVER, schedule->duration_ns,
                    schedule->expected_requests / trial->target_count);
    }
}

/* Finds, connects, keeps time. -1 with a sentence, or without one when it was interrupted. */
static int run(struct pacing *pacing, int *exit_code, char **error)
{
    struct trial *trial = pacing->trial;

    for (unsigned i = 0; i < trial->target_count; i++)
        if (open_lane(pacing, i, exit_code, error) < 0)
            return -1;
    if (connect_all(pacing, exit_code, error) < 0)
        return -1;
    if (!pacing->loop.is_over)
        pacing_keep_time(pacing);
    return 0;
}

int engine_run(struct trial *trial, const struct engine_options *options, int *exit_code,
               char **error)
{
    struct pacing pacing = {.trial = trial, .options = options};
    int failed;

    *error = NULL;
    open_records(trial);
    if (raise_descriptors(trial, exit_code, error) < 0)
        return -1;
    pacing_init(&pacing);
    failed = run(&pacing, exit_code, error);
    if (failed && !*error) {
        loop_end(&pacing.loop, TRIAL_INTERRUPTED, "it was interrupted");
        failed = 0;
    }
    if (!failed)
        pacing_account(&pacing);
    pacing_release(&pacing);
    return failed;
}
