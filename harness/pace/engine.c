/*
 * What happens when: find the servers, make the connections, warm up, keep the window's time, drain, account. In the
 * window the order of a turn is everything: the clock, what is due, then what has come; and after each thing that has
 * come, what has become due meanwhile.
 */
#include "pace/engine.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "data/strings.h"
#include "pace/lane.h"

enum {
    EVENTS_PER_TURN = 64,
    DESCRIPTORS_ELSE = 32, /* beside the connections */
    EXIT_BAD_URL = 2,
    EXIT_ENVIRONMENT = 5,
};

static const int64_t MS = 1000000;
static const int64_t LEAD_NS = 10000000; /* between the last connection and the first arrival */
static const int64_t AUDIT_LEAD_NS = 2000000; /* the audit's files are read before the window opens */
static const int64_t PROGRESS_NS = 500000000;
static const int64_t QUIET_NS = 200000; /* to the next arrival, or progress is not shown */
static const int64_t NEVER = INT64_MAX;
/* Sleep ends so long before something is due: the CPU is awake and the thread is running by then. Shorter ones than
 * SLEEP_LEAST are not worth it; longer than SLEEP_MOST an interrupt might wait. */
static const int64_t SLEEP_MARGIN_NS = 2000000, SLEEP_LEAST_NS = 8000000, SLEEP_MOST_NS = 50000000;

enum phase { PHASE_OPENING, PHASE_WARMING, PHASE_READY, PHASE_WINDOW, PHASE_DRAIN, PHASE_OVER };

/* Drawn beforehand, so that nothing is left to do when it is due but to send it. */
struct next {
    int64_t due_ns; /* NEVER: no more come */
    struct lane *lane;
    const struct request *request;
};

struct engine {
    struct trial *trial;
    const struct engine_options *options;
    struct loop loop;
    struct lane lanes[TRIAL_TARGETS];
    unsigned lane_count;
    enum phase phase;
    int64_t milestone_ns; /* when the phase or the segment has to be looked at again */
    int64_t progress_ns;
    struct next next;
    int64_t origin_ns; /* of the schedule that arrivals are drawn from */
    int64_t end_ns;    /* of the window */
    struct schedule warmup;
    struct arrivals arrivals;
    struct random random; /* which server */
    size_t segment;       /* that comes next */
    int64_t cpu_ns[TRIAL_TARGETS];
};

/* ---- arrivals ---- */

static void draw_from(struct engine *engine, const struct schedule *schedule, int64_t origin_ns,
                      uint64_t seed)
{
    engine->origin_ns = origin_ns;
    arrivals_init(&engine->arrivals, schedule, seed);
    random_init(&engine->random, seed, RANDOM_TARGETS);
}

/* The window's arrivals are the same whether they follow a warm-up or not. */
static void draw_next(struct engine *engine)
{
    struct next *next = &engine->next;
    struct arrival arrival;

    if (!arrivals_next(&engine->arrivals, &arrival)) {
        next->due_ns = NEVER;
        if (engine->arrivals.schedule != &engine->warmup)
            return;
        draw_from(engine, engine->trial->schedule, engine->loop.start_ns, engine->trial->seed);
        if (!arrivals_next(&engine->arrivals, &arrival))
            return;
    }
    next->due_ns = engine->origin_ns + arrival.due_ns;
    next->lane = engine->lanes;
    if (engine->lane_count > 1)
        next->lane += random_below(&engine->random, engine->lane_count);
    next->request = requests_next(next->lane->requests);
}

static void send_due(struct engine *engine)
{
    while (engine->next.due_ns <= engine->loop.watch.now_ns && !engine->loop.is_over) {
        lane_arrive(engine->next.lane, engine->next.due_ns, engine->next.request);
        draw_next(engine);
    }
}

/* ---- phases ---- */

static bool is_quiet(const struct engine *engine)
{
    for (unsigned i = 0; i < engine->lane_count; i++)
        if (!lane_is_quiet(&engine->lanes[i]))
            return false;
    return true;
}

static void take_cpu(struct engine *engine, int64_t cpu_ns[TRIAL_TARGETS])
{
    for (unsigned i = 0; i < engine->lane_count; i++)
        cpu_ns[i] = audit_cpu_of(engine->options->pids[i], engine->options->pid_count[i]);
}

static void open_window(struct engine *engine)
{
    take_cpu(engine, engine->cpu_ns);
    for (unsigned i = 0; i < engine->lane_count; i++) {
        struct lane *lane = &engine->lanes[i];
        lane->record->backlog_start = lane->record->backlog_most = lane->backlog.count;
    }
}

/* At its end, or where it ended early. */
static void close_window(struct engine *engine, int64_t measured_ns)
{
    int64_t cpu_ns[TRIAL_TARGETS];

    take_cpu(engine, cpu_ns);
    engine->trial->measured_ns = measured_ns;
    for (unsigned i = 0; i < engine->lane_count; i++) {
        struct lane *lane = &engine->lanes[i];
        lane->record->backlog_end = lane->backlog.count;
        lane->asked->cpu_ns = cpu_ns[i] == MISSING || engine->cpu_ns[i] == MISSING
                                  ? MISSING
                                  : cpu_ns[i] - engine->cpu_ns[i];
    }
}

/* Returns when the one after it begins. */
static int64_t enter_segments(struct engine *engine)
{
    const struct schedule *schedule = engine->trial->schedule;
    int64_t start_ns = engine->loop.start_ns, now_ns = engine->loop.watch.now_ns;

    for (; engine->segment < schedule->count; engine->segment++) {
        const struct segment *segment = &schedule->segments[engine->segment];
        if (start_ns + segment->start_ns > now_ns)
            return start_ns + segment->start_ns;
        for (unsigned i = 0; i < engine->lane_count; i++) {
            engine->lanes[i].is_closing = segment->kind == SEGMENT_CLOSE;
            if (segment->kind == SEGMENT_CLOSE)
                lane_close_idle(&engine->lanes[i]);
        }
    }
    return engine->end_ns;
}

/* Each phase says until when it need not be looked at again. */
static void pass_milestone(struct engine *engine)
{
    struct loop *loop = &engine->loop;

    switch (engine->phase) {
    case PHASE_WARMING:
        audit_open(&loop->watch);
        engine->trial->audit.turns = 0;
        engine->phase = PHASE_READY;
        engine->milestone_ns = loop->start_ns;
        return;
    case PHASE_READY:
        open_window(engine);
        engine->phase = PHASE_WINDOW; /* falls through: the first segment begins with it */
    case PHASE_WINDOW:
        engine->milestone_ns = enter_segments(engine);
        if (loop->watch.now_ns < engine->end_ns)
            return;
        close_window(engine, engine->trial->schedule->duration_ns);
        engine->phase = PHASE_DRAIN;
        engine->milestone_ns = engine->end_ns + ENGINE_DRAIN_MS * MS;
        return;
    case PHASE_DRAIN:
        engine->phase = PHASE_OVER;
        return;
    case PHASE_OPENING:
    case PHASE_OVER:
        return;
    }
}

/* ---- the loop ---- */

/* What is on its way is measured when it comes, so nobody sleeps then. */
static int64_t may_sleep_ns(const struct engine *engine)
{
    int64_t until_ns =
        engine->next.due_ns < engine->milestone_ns ? engine->next.due_ns : engine->milestone_ns;
    int64_t spare_ns = until_ns - engine->loop.watch.now_ns - SLEEP_MARGIN_NS;

    if (engine->phase == PHASE_OPENING)
        return SLEEP_MOST_NS;
    if (spare_ns < SLEEP_LEAST_NS || engine->loop.is_over || !is_quiet(engine))
        return 0;
    return spare_ns < SLEEP_MOST_NS ? spare_ns / MS * MS : SLEEP_MOST_NS;
}

static void show_progress(struct engine *engine)
{
    int64_t now_ns = engine->loop.watch.now_ns;

    if (engine->next.due_ns - now_ns < QUIET_NS || !is_quiet(engine))
        return;
    engine->progress_ns = now_ns + PROGRESS_NS;
    engine->options->progress(engine->options->argument, engine->trial, now_ns);
}

/* What is not done in each turn of a busy loop. */
static void look_around(struct engine *engine)
{
    for (unsigned i = 0; i < engine->lane_count; i++) {
        lane_wake(&engine->lanes[i]);
        lane_check_lost(&engine->lanes[i]);
    }
    if (*engine->options->interrupted)
        loop_end(&engine->loop, TRIAL_INTERRUPTED, "it was interrupted");
    if (engine->loop.watch.now_ns >= engine->milestone_ns)
        pass_milestone(engine);
    if (engine->loop.watch.now_ns >= engine->progress_ns)
        show_progress(engine);
}

static void take_turn(struct engine *engine)
{
    struct epoll_event events[EVENTS_PER_TURN];
    struct loop *loop = &engine->loop;

    engine->trial->audit.turns++;
    watch_read(&loop->watch);
    send_due(engine);
    look_around(engine);
    int64_t sleep_ns = may_sleep_ns(engine);
    int count = epoll_wait(loop->epoll_fd, events, EVENTS_PER_TURN, (int)(sleep_ns / MS));
    if (sleep_ns > 0)
        watch_woke(&loop->watch, sleep_ns);
    for (int i = 0; i < count; i++) {
        struct connection *connection = events[i].data.ptr;
        lane_event(connection->lane, connection, events[i].events);
        send_due(engine);
    }
}

/* ---- before the window ---- */

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
                      "(%llu): -c %llu is the most that fits, or raise the limit (ulimit -Hn)",
                      (unsigned long long)needed - DESCRIPTORS_ELSE,
                      (unsigned long long)limit.rlim_max, fit / trial->target_count);
}

static size_t backlog_capacity(const struct trial *trial)
{
    double most = (double)trial->max_backlog_ns * 1e-9 * trial->schedule->highest_rps;

    return (size_t)(most / trial->target_count) + 1;
}

static int open_lane(struct engine *engine, unsigned i, int *exit_code, char **error)
{
    struct trial_target *asked = &engine->trial->targets[i];
    struct lane *lane = &engine->lanes[i];
    int fd;

    if (target_find(&lane->target, &asked->url, engine->options->interrupted, &fd, exit_code,
                    error) < 0)
        return -1;
    if (engine->trial->requests_per_connection > 0)
        target_spread(&lane->target);
    target_text(&lane->target, asked->address);
    lane_open(lane, &engine->loop, asked, engine->options->requests[i],
              backlog_capacity(engine->trial));
    engine->lane_count = i + 1;
    lane_begin(lane, fd);
    return 0;
}

/* The first answer of a server must be right: a wrong path is told at once, not after the whole run. */
static int judge_first(struct engine *engine, const struct lane *lane, int *exit_code, char **error)
{
    if (lane->has_spoken_tls) {
        *exit_code = EXIT_BAD_URL;
        return text_error(error, "%s speaks TLS, and pace speaks plain HTTP only",
                          lane->asked->address);
    }
    if (lane->record->first_fault[0] != '\0')
        loop_end(&engine->loop, TRIAL_REFUSED, "%s", lane->record->first_fault);
    return 0;
}

static unsigned count_exercised(const struct engine *engine, unsigned *due)
{
    unsigned exercised = 0;

    *due = 0;
    for (unsigned i = 0; i < engine->lane_count; i++) {
        exercised += engine->lanes[i].exercised;
        *due += engine->lanes[i].count;
    }
    return exercised;
}

/* Until so many have answered; not while nothing comes for ENGINE_CONNECT_MS. */
static void await_exercise(struct engine *engine, unsigned wanted)
{
    struct loop *loop = &engine->loop;
    unsigned seen = 0, due, exercised;
    int64_t since_ns = loop->watch.now_ns;

    while ((exercised = count_exercised(engine, &due)) < wanted && !loop->is_over) {
        if (exercised > seen)
            since_ns = loop->watch.now_ns;
        seen = exercised;
        if (loop->watch.now_ns - since_ns > ENGINE_CONNECT_MS * MS)
            loop_end(loop, TRIAL_REFUSED, "%u of %u connections were answered, then none for %d s",
                     exercised, due, ENGINE_CONNECT_MS / 1000);
        for (unsigned i = 0; i < engine->lane_count && wanted == due; i++)
            if (lane_may_begin(&engine->lanes[i]))
                lane_begin(&engine->lanes[i], -1);
        take_turn(engine);
    }
}

static int connect_all(struct engine *engine, int *exit_code, char **error)
{
    unsigned due;

    await_exercise(engine, engine->lane_count);
    for (unsigned i = 0; i < engine->lane_count && !engine->loop.is_over; i++)
        if (judge_first(engine, &engine->lanes[i], exit_code, error) < 0)
            return -1;
    count_exercised(engine, &due);
    await_exercise(engine, due);
    return 0;
}

/* ---- the run ---- */

static double first_rate_rps(const struct schedule *schedule)
{
    for (size_t i = 0; i < schedule->count; i++)
        if (segment_sends(schedule->segments[i].kind))
            return schedule->segments[i].from_rps;
    return 0;
}

/* The warm-up has times of its own: they must not tell the server what will come. */
static void set_times(struct engine *engine)
{
    struct trial *trial = engine->trial;
    int64_t now_ns = watch_read(&engine->loop.watch), origin_ns = now_ns + LEAD_NS;
    int64_t start_ns = origin_ns + trial->warmup_ns;

    engine->loop.start_ns = start_ns;
    engine->end_ns = start_ns + trial->schedule->duration_ns;
    trial->start_monotonic_ns = start_ns;
    trial->start_unix_ns = clock_ns(CLOCK_REALTIME) + start_ns - now_ns;
    for (unsigned i = 0; i < engine->lane_count; i++)
        engine->lanes[i].record->start_ns = start_ns;
    if (trial->warmup_ns > 0) {
        schedule_simple(&engine->warmup, first_rate_rps(trial->schedule), trial->warmup_ns);
        draw_from(engine, &engine->warmup, origin_ns, ~trial->seed);
    } else {
        draw_from(engine, trial->schedule, start_ns, trial->seed);
    }
    draw_next(engine);
    engine->phase = PHASE_WARMING;
    engine->milestone_ns = start_ns - AUDIT_LEAD_NS;
    engine->progress_ns = engine->options->progress ? now_ns : NEVER;
}

static void keep_time(struct engine *engine)
{
    set_times(engine);
    while (!engine->loop.is_over && engine->phase < PHASE_OVER &&
           (engine->phase < PHASE_DRAIN || !is_quiet(engine)))
        take_turn(engine);
}

static void account(struct engine *engine)
{
    struct trial *trial = engine->trial;
    int64_t measured_ns = engine->loop.watch.now_ns - engine->loop.start_ns;

    if (engine->phase == PHASE_WINDOW)
        close_window(engine, measured_ns < trial->schedule->duration_ns
                                 ? measured_ns
                                 : trial->schedule->duration_ns);
    if (engine->phase >= PHASE_READY)
        audit_close(&engine->loop.watch, &trial->audit);
    for (unsigned i = 0; i < engine->lane_count; i++) {
        struct record *record = engine->lanes[i].record;
        lane_end(&engine->lanes[i]);
        assert(record->offered ==
               record->completed + record->censored + record->dropped + record->failed);
        record_close(record);
    }
}

static void open_records(struct trial *trial)
{
    const struct schedule *schedule = trial->schedule;

    trial->end = TRIAL_WHOLE;
    trial->audit = (struct audit){.run_delay_ns = MISSING, .steal_ns = MISSING};
    for (unsigned i = 0; i < trial->target_count; i++) {
        trial->targets[i].cpu_ns = MISSING;
        record_open(&trial->targets[i].record, NEVER, schedule->duration_ns,
                    schedule->expected_requests / trial->target_count);
    }
}

static void release(struct engine *engine)
{
    for (unsigned i = 0; i < engine->lane_count; i++)
        lane_release(&engine->lanes[i]);
    schedule_release(&engine->warmup);
    lens_free(engine->loop.lens);
    free(engine->loop.in);
    close(engine->loop.epoll_fd);
}

int engine_run(struct trial *trial, const struct engine_options *options, int *exit_code,
               char **error)
{
    struct engine engine = {.trial = trial, .options = options, .next.due_ns = NEVER};
    struct loop *loop = &engine.loop;
    int failed = raise_descriptors(trial, exit_code, error);

    if (failed)
        return failed;
    open_records(trial);
    *loop = (struct loop){
        .trial = trial,
        .epoll_fd = epoll_create1(EPOLL_CLOEXEC),
        .start_ns = NEVER,
        .in = xcalloc(1, LOOP_IN_BYTES),
        .expectation = options->expectation,
        .lens = lens_new(options->expectation),
    };
    engine.milestone_ns = engine.progress_ns = NEVER;
    watch_start(&loop->watch);
    for (unsigned i = 0; i < trial->target_count && !failed; i++)
        failed = open_lane(&engine, i, exit_code, error);
    if (failed && *options->interrupted) {
        loop_end(loop, TRIAL_INTERRUPTED, "it was interrupted");
        failed = 0;
    } else if (!failed) {
        failed = connect_all(&engine, exit_code, error);
    }
    if (!failed && !loop->is_over)
        keep_time(&engine);
    if (!failed)
        account(&engine);
    release(&engine);
    return failed;
}
