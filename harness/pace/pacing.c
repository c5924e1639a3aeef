/* One thread, and what it does when. */
#include "pace/pacing.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "data/strings.h"

enum { EVENTS_PER_TURN = 64 };

static const int64_t MS = 1000000;
static const int64_t LEAD_NS = 10000000; /* between the last connection and the first arrival */
static const int64_t AUDIT_LEAD_NS =
    2000000; /* the audit's files are read before the window opens */
static const int64_t PROGRESS_NS = 500000000;
static const int64_t QUIET_NS = 200000; /* to the next arrival, or progress is not shown */
/* Sleep ends so long before something is due: the CPU is awake and the
 * thread is running by then. Shorter ones than SLEEP_LEAST are not worth
 * it; in longer ones than SLEEP_MOST an interrupt might have to wait. */
static const int64_t SLEEP_MARGIN_NS = 2000000, SLEEP_LEAST_NS = 8000000, SLEEP_MOST_NS = 50000000;
static const int64_t SLEEP_OPENING_NS = 1000000; /* while connections are made, which ends it too */

/* ---- arrivals ---- */

static void draw_from(struct pacing *pacing, const struct schedule *schedule, int64_t origin_ns,
                      uint64_t seed)
{
    pacing->origin_ns = origin_ns;
    arrivals_init(&pacing->arrivals, schedule, seed);
    random_init(&pacing->random, seed, RANDOM_TARGETS);
}

/* The window's arrivals are the same whether they follow a warm-up or not. */
static void draw_next(struct pacing *pacing)
{
    struct next *next = &pacing->next;
    struct arrival arrival;

    if (!arrivals_next(&pacing->arrivals, &arrival)) {
        next->due_ns = PACING_NEVER;
        if (pacing->arrivals.schedule != &pacing->warmup)
            return;
        draw_from(pacing, pacing->trial->schedule, pacing->loop.start_ns, pacing->trial->seed);
        if (!arrivals_next(&pacing->arrivals, &arrival))
            return;
    }
    next->due_ns = pacing->origin_ns + arrival.due_ns;
    next->lane = pacing->lanes;
    if (pacing->lane_count > 1)
        next->lane += random_below(&pacing->random, pacing->lane_count);
    next->request = requests_next(next->lane->requests);
}

static void send_due(struct pacing *pacing)
{
    while (pacing->next.due_ns <= pacing->loop.watch.now_ns && !pacing->loop.is_over) {
        lane_arrive(pacing->next.lane, pacing->next.due_ns, pacing->next.request);
        draw_next(pacing);
    }
}

/* ---- phases ---- */

static bool is_quiet(const struct pacing *pacing)
{
    for (unsigned i = 0; i < pacing->lane_count; i++)
        if (!lane_is_quiet(&pacing->lanes[i]))
            return false;
    return true;
}

static void take_cpu(struct pacing *pacing, int64_t cpu_ns[TRIAL_TARGETS])
{
    for (unsigned i = 0; i < pacing->lane_count; i++)
        cpu_ns[i] = audit_cpu_of(pacing->options->pids[i], pacing->options->pid_count[i]);
}

static void open_window(struct pacing *pacing)
{
    pacing->trial->has_window = true;
    pacing->trial->warmed_ns = pacing->trial->warmup_ns;
    take_cpu(pacing, pacing->cpu_ns);
    for (unsigned i = 0; i < pacing->lane_count; i++) {
        struct lane *lane = &pacing->lanes[i];
        struct record *record = lane->record;
        /* Where the loop was late, arrivals of the window were taken already. */
        record->backlog_start = backlog_before(&lane->backlog, pacing->loop.start_ns);
        record->backlog_most = lane->backlog.count;
        record->has_caught_up |= record->backlog_start == 0;
    }
}

/* At its end, or where it ended early. */
static void close_window(struct pacing *pacing, int64_t measured_ns)
{
    int64_t cpu_ns[TRIAL_TARGETS];

    take_cpu(pacing, cpu_ns);
    pacing->trial->measured_ns = measured_ns;
    pacing->stopped_ns = pacing->loop.start_ns + measured_ns;
    for (unsigned i = 0; i < pacing->lane_count; i++) {
        struct lane *lane = &pacing->lanes[i];
        lane->record->backlog_end = lane->backlog.count;
        lane->asked->cpu_ns = cpu_ns[i] == MISSING || pacing->cpu_ns[i] == MISSING
                                  ? MISSING
                                  : cpu_ns[i] - pacing->cpu_ns[i];
    }
}

static void begin_audit(struct pacing *pacing)
{
    audit_open(&pacing->loop.watch);
    pacing->trial->audit.turns = 0;
}

/* Returns when the one after it begins. */
static int64_t enter_segments(struct pacing *pacing)
{
    const struct schedule *schedule = pacing->trial->schedule;
    int64_t start_ns = pacing->loop.start_ns, now_ns = pacing->loop.watch.now_ns;

    for (; pacing->segment < schedule->count; pacing->segment++) {
        const struct segment *segment = &schedule->segments[pacing->segment];
        if (start_ns + segment->start_ns > now_ns)
            return start_ns + segment->start_ns;
        for (unsigned i = 0; i < pacing->lane_count; i++) {
            pacing->lanes[i].is_closing = segment->kind == SEGMENT_CLOSE;
            if (segment->kind == SEGMENT_CLOSE)
                lane_close_idle(&pacing->lanes[i]);
        }
    }
    return pacing->end_ns;
}

/* Each phase says until when it need not be looked at again. */
static void pass_milestone(struct pacing *pacing)
{
    struct loop *loop = &pacing->loop;

    switch (pacing->phase) {
    case PHASE_WARMING:
        begin_audit(pacing);
        pacing->phase = PHASE_READY;
        pacing->milestone_ns = loop->start_ns;
        return;
    case PHASE_READY:
        open_window(pacing);
        pacing->phase = PHASE_WINDOW;
        __attribute__((fallthrough)); /* the first segment begins with it */
    case PHASE_WINDOW:
        pacing->milestone_ns = enter_segments(pacing);
        if (loop->watch.now_ns < pacing->end_ns)
            return;
        close_window(pacing, pacing->trial->schedule->duration_ns);
        pacing->phase = PHASE_DRAIN;
        pacing->milestone_ns = pacing->end_ns + ENGINE_DRAIN_MS * MS;
        return;
    case PHASE_DRAIN:
        pacing->phase = PHASE_OVER;
        return;
    case PHASE_OPENING:
    case PHASE_OVER:
        return;
    }
}

/* ---- the loop ---- */

/* What is on its way is measured when it comes, so nobody sleeps then. */
static int64_t may_sleep_ns(const struct pacing *pacing)
{
    int64_t until_ns =
        pacing->next.due_ns < pacing->milestone_ns ? pacing->next.due_ns : pacing->milestone_ns;
    int64_t spare_ns = until_ns - pacing->loop.watch.now_ns - SLEEP_MARGIN_NS;

    if (pacing->phase == PHASE_OPENING)
        return SLEEP_OPENING_NS;
    if (spare_ns < SLEEP_LEAST_NS || pacing->loop.is_over || pacing->phase >= PHASE_DRAIN ||
        !is_quiet(pacing))
        return 0;
    return spare_ns < SLEEP_MOST_NS ? spare_ns / MS * MS : SLEEP_MOST_NS;
}

static void show_progress(struct pacing *pacing)
{
    int64_t now_ns = pacing->loop.watch.now_ns;

    if (pacing->next.due_ns - now_ns < QUIET_NS || !is_quiet(pacing))
        return;
    pacing->progress_ns = now_ns + PROGRESS_NS;
    pacing->options->progress(pacing->options->argument, pacing->trial, now_ns);
}

/* What is not done in each turn of a busy loop. */
static void look_around(struct pacing *pacing)
{
    for (unsigned i = 0; i < pacing->lane_count; i++) {
        lane_wake(&pacing->lanes[i]);
        lane_check_lost(&pacing->lanes[i]);
    }
    if (*pacing->options->interrupted)
        loop_end(&pacing->loop, TRIAL_INTERRUPTED, "it was interrupted");
    if (pacing->loop.watch.now_ns >= pacing->milestone_ns)
        pass_milestone(pacing);
    if (pacing->loop.watch.now_ns >= pacing->progress_ns)
        show_progress(pacing);
}

int pacing_turn(struct pacing *pacing)
{
    struct epoll_event events[EVENTS_PER_TURN];
    struct loop *loop = &pacing->loop;

    pacing->trial->audit.turns++;
    watch_read(&loop->watch);
    send_due(pacing);
    look_around(pacing);
    int64_t sleep_ns = may_sleep_ns(pacing);
    int count = epoll_wait(loop->epoll_fd, events, EVENTS_PER_TURN, (int)(sleep_ns / MS));
    if (sleep_ns > 0)
        watch_woke(&loop->watch, sleep_ns);
    for (int i = 0; i < count; i++) {
        struct connection *connection = events[i].data.ptr;
        lane_event(connection->lane, connection, events[i].events);
        send_due(pacing);
    }
    return count;
}

/* ---- the run ---- */

void pacing_init(struct pacing *pacing)
{
    pacing->loop = (struct loop){
        .trial = pacing->trial,
        .epoll_fd = epoll_create1(EPOLL_CLOEXEC),
        .start_ns = PACING_NEVER,
        .in = xcalloc(1, LOOP_IN_BYTES),
        .expectation = pacing->options->expectation,
        .lens = lens_new(pacing->options->expectation),
    };
    pacing->next.due_ns = pacing->milestone_ns = pacing->progress_ns = PACING_NEVER;
    watch_start(&pacing->loop.watch);
}

static double first_rate_rps(const struct schedule *schedule)
{
    for (size_t i = 0; i < schedule->count; i++)
        if (segment_sends(schedule->segments[i].kind))
            return schedule->segments[i].from_rps;
    return 0;
}

/* The warm-up has times of its own: they must not tell the server what will come. */
static void set_times(struct pacing *pacing)
{
    struct trial *trial = pacing->trial;
    int64_t now_ns = watch_read(&pacing->loop.watch), origin_ns = now_ns + LEAD_NS;
    int64_t start_ns = origin_ns + trial->warmup_ns;

    pacing->loop.start_ns = start_ns;
    pacing->end_ns = start_ns + trial->schedule->duration_ns;
    trial->start_monotonic_ns = start_ns;
    trial->start_unix_ns = clock_ns(CLOCK_REALTIME) + start_ns - now_ns;
    for (unsigned i = 0; i < pacing->lane_count; i++)
        pacing->lanes[i].record->start_ns = start_ns;
    if (trial->warmup_ns > 0) {
        schedule_simple(&pacing->warmup, first_rate_rps(trial->schedule), trial->warmup_ns);
        draw_from(pacing, &pacing->warmup, origin_ns, ~trial->seed);
    } else {
        draw_from(pacing, trial->schedule, start_ns, trial->seed);
    }
    draw_next(pacing);
    begin_audit(pacing);
    pacing->phase = PHASE_WARMING;
    pacing->milestone_ns = start_ns - AUDIT_LEAD_NS;
    pacing->progress_ns = pacing->options->progress ? now_ns : PACING_NEVER;
}

/* What has come is no more unfinished, though the loop was
 * away when its time ended: as much as can lie there. */
static void take_rest(struct pacing *pacing)
{
    unsigned turns = 0;

    for (unsigned i = 0; i < pacing->lane_count; i++)
        turns += pacing->lanes[i].count / EVENTS_PER_TURN + 1;
    pacing->loop.is_over = true;
    while (turns-- > 0 && pacing_turn(pacing) > 0)
        ;
}

/* Nothing more is due, by the last reading of the clock. */
static void stop(struct pacing *pacing)
{
    struct trial *trial = pacing->trial;
    int64_t now_ns = pacing->loop.watch.now_ns, spent_ns = now_ns - pacing->loop.start_ns;

    if (pacing->phase == PHASE_WINDOW) {
        close_window(pacing, spent_ns < trial->schedule->duration_ns
                                 ? spent_ns
                                 : trial->schedule->duration_ns);
    } else if (pacing->phase < PHASE_WINDOW) {
        trial->warmed_ns = trial->warmup_ns + (spent_ns < 0 ? spent_ns : 0);
        trial->warmed_ns = trial->warmed_ns > 0 ? trial->warmed_ns : 0;
        pacing->stopped_ns = now_ns;
    }
    pacing->next.due_ns = PACING_NEVER;
    pacing->phase = PHASE_DRAIN;
    pacing->milestone_ns = now_ns + ENGINE_DRAIN_MS * MS;
}

static bool is_draining(const struct pacing *pacing)
{
    return pacing->phase < PHASE_OVER && !is_quiet(pacing);
}

/* An overload ends the arrivals; what is on its way comes
 * back, or not, as after a whole schedule. */
void pacing_keep_time(struct pacing *pacing)
{
    set_times(pacing);
    while (!pacing->loop.is_over && (pacing->phase < PHASE_DRAIN || is_draining(pacing)))
        pacing_turn(pacing);
    if (pacing->phase < PHASE_DRAIN)
        stop(pacing);
    while (pacing->trial->end == TRIAL_OVERLOADED && is_draining(pacing) &&
           !*pacing->options->interrupted)
        pacing_turn(pacing);
    take_rest(pacing);
}

void pacing_account(struct pacing *pacing)
{
    struct trial *trial = pacing->trial;

    if (pacing->phase > PHASE_OPENING) {
        audit_close(&pacing->loop.watch, &trial->audit);
        trial->drained_ns = pacing->loop.watch.now_ns - pacing->stopped_ns;
    }
    for (unsigned i = 0; i < pacing->lane_count; i++) {
        struct record *record = pacing->lanes[i].record;
        lane_end(&pacing->lanes[i]);
        assert(record->offered ==
               record->completed + record->censored + record->dropped + record->failed);
        record_close(record);
    }
}

void pacing_release(struct pacing *pacing)
{
    for (unsigned i = 0; i < pacing->lane_count; i++)
        lane_release(&pacing->lanes[i]);
    schedule_clear(&pacing->warmup);
    lens_free(pacing->loop.lens);
    free(pacing->loop.in);
    close(pacing->loop.epoll_fd);
}
